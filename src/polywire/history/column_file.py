"""Where a recording is kept as columns, so that it is decoded once: a file for each reading of it.

Its name says what it was made of: digests of the recordings and of what was given with them, and
the version of this code. A file is whole or it is not there.
"""

import hashlib
import os
import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
import zstandard
from msgspec import Struct, structs

from polywire import __version__
from polywire.core.errors import ConfigError
from polywire.core.ids import FeedId, MarketId
from polywire.core.model.event import Event
from polywire.core.model.market import Proof
from polywire.history.columns import TYPES, Columns, Rows, Spot, Stretch, stretches
from polywire.history.opening import Found, merged, recordings, ticks
from polywire.history.provenance import LOOK, Provenance, Recording, input_of
from polywire.history.terms import Given
from polywire.history.ticks import tokens_beside

CODEC: Final = 4
SUFFIX: Final = ".columns"
_LENGTH: Final = 8

Watch = Callable[[Iterator[Event]], Iterator[Event]]
"""Passes events on, and says how far they are."""


class _PackedRows(Struct, array_like=True):
    """Rows of one market, their columns as bytes."""

    market: MarketId
    feed: FeedId
    spots: list[Spot]
    proofs: list[Proof]
    columns: list[bytes]


class _Packed(Struct, array_like=True):
    """A stretch."""

    recv_ns: bytes
    number: bytes
    rows: list[_PackedRows]
    others: list[tuple[int, Event]]


_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(_Packed).decode
_provenances: Final = msgspec.msgpack.Decoder(tuple[Provenance, ...]).decode


class ColumnFile:
    """A whole file; ConfigError for one that cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with path.open("rb") as file:
                file.seek(-_LENGTH, 2)
                self._end = int.from_bytes(file.read(_LENGTH), "little")
                file.seek(self._end)
                packed = file.read()[:-_LENGTH]
            self.provenance: tuple[Provenance, ...] = _provenances(zstandard.decompress(packed))
        except (OSError, ValueError, zstandard.ZstdError, msgspec.MsgspecError) as error:
            raise self._damaged(error) from error

    def stretches(self) -> Iterator[Stretch]:
        """All of it, as often as it is asked for."""
        try:
            with self._path.open("rb") as file:
                while file.tell() < self._end:
                    size = int.from_bytes(file.read(_LENGTH), "little")
                    yield _stretch(_unpack(zstandard.decompress(file.read(size))))
        except (OSError, zstandard.ZstdError, msgspec.MsgspecError) as error:
            raise self._damaged(error) from error

    def events(self) -> Iterator[Event]:
        """The same, one by one."""
        for stretch in self.stretches():
            yield from stretch.events()

    def _damaged(self, error: Exception) -> ConfigError:
        return ConfigError(f"{self._path} is damaged ({error}): delete it", look=LOOK)


def columns_of(
    path: Path, given: Given, delay_ns: int, folder: Path, watch: Watch = iter
) -> ColumnFile:
    """The recordings at a path as columns, decoded into the folder unless they are there.

    Raises ConfigError for recordings that cannot be read, and a folder that cannot be written.
    """
    found, others = recordings(path)
    target = folder / f"{_key(found, others, given, delay_ns)}{SUFFIX}"
    if not target.exists():
        opened = [one.opens(one.path, given, delay_ns) for one in found]
        part = target.with_suffix(f".{os.getpid()}.part")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                for stretch in stretches(watch(merged(opened))):
                    packed = zstandard.compress(_pack(_packed(stretch)), 1)
                    file.write(len(packed).to_bytes(_LENGTH, "little") + packed)
                end = file.tell()
                told = _provenance(path, opened, others)
                file.write(zstandard.compress(_pack(told)))
                file.write(end.to_bytes(_LENGTH, "little"))
            part.replace(target)
        except OSError as error:
            raise ConfigError(f"cannot keep columns in {folder}: {error}", look=LOOK) from error
        finally:
            part.unlink(missing_ok=True)
    return ColumnFile(target)


def _provenance(
    path: Path, opened: Sequence[Recording], others: Sequence[str]
) -> tuple[Provenance, ...]:
    """Where the events come from, and what gave none; ConfigError where there are none at all."""
    first, *rest = (one.provenance for one in opened)
    if not any(one.events for one in (first, *rest)):
        raise ConfigError(
            f"{path} has no events: it is empty, or a journal without what its run was told",
            look=LOOK,
        )
    if others:
        left = f"left out of {path.name}, as no recordings: {', '.join(others)}"
        first = structs.replace(first, assumptions=(*first.assumptions, left))
    return first, *rest


def _key(found: Sequence[Found], others: Sequence[str], given: Given, delay_ns: int) -> str:
    """Everything that decides what the events are."""
    beside = [tokens_beside(one.path) if one.opens is ticks else {} for one in found]
    made_of = (
        CODEC, __version__, sys.byteorder, delay_ns, [input_of(one.path) for one in found],
        beside, others, list(given.markets.values()), list(given.resolved.values()),
    )  # fmt: skip
    return hashlib.sha256(_pack(made_of)).hexdigest()[:32]


def _packed(stretch: Stretch) -> _Packed:
    rows = [
        _PackedRows(*one[:-1], [column.tobytes() for column in one.columns]) for one in stretch.rows
    ]
    return _Packed(stretch.recv_ns.tobytes(), stretch.number.tobytes(), rows, stretch.others)


def _stretch(packed: _Packed) -> Stretch:
    rows = [
        Rows(one.market, one.feed, one.spots, one.proofs, Columns(*map(array, TYPES, one.columns)))
        for one in packed.rows
    ]
    return Stretch(array("q", packed.recv_ns), array("H", packed.number), rows, packed.others)
