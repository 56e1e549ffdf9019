"""Journal rows: what the engine saw and answered as (kind, payload) and back. Pure.

The kind is the class name; the payload is MessagePack, an array that starts with the same name.
Owns which kinds are market rows; where rows are kept is journal.log's.
"""

from typing import Final, get_args
from zlib import crc32

import msgspec
from msgspec import structs

from polywire.core.errors import JournalError
from polywire.core.model.command import StrategyHalted
from polywire.core.model.control import Cut, OperatorCommand
from polywire.core.model.event import Record
from polywire.core.model.market import (
    BookDelta,
    BookSnapshot,
    Fact,
    FeedBehind,
    FeedCarries,
    FeedUp,
    GapOpened,
    PublicTrade,
)


class LedgerSnapshot(Fact, frozen=True):
    """The ledger's own dump; recovery starts from the newest one.

    `words`: what operators said of strategies since the run began, in days that may be deleted;
    None before it began. `standing`: which strategies had raised, and which feeds carried what.
    """

    state: bytes
    words: tuple[OperatorCommand, ...] | None = None
    standing: tuple[StrategyHalted | FeedUp | FeedCarries, ...] = ()


Entry = Record | LedgerSnapshot
"""Everything a journal row can hold."""

MARKET: Final = frozenset(
    {
        BookDelta,
        BookSnapshot,
        Cut,
        FeedBehind,
        GapOpened,
        PublicTrade,
    }
)
"""Nearly all rows, and none that the ledger is rebuilt from; every other kind is kept whatever the
capture level, so that it is known of any moment which markets were watched, and by which feeds.
"""

_TYPES: Final[tuple[type[Entry], ...]] = (*get_args(Record), LedgerSnapshot)
_KINDS: Final = {kind.__name__: kind for kind in _TYPES}
_DECODERS: Final = {name: msgspec.msgpack.Decoder(kind) for name, kind in _KINDS.items()}
_pack: Final = msgspec.msgpack.Encoder().encode


def encode(entry: Entry) -> tuple[str, bytes]:
    """The kind and the payload of a row."""
    return type(entry).__name__, _pack(entry)


def decode(kind: str, payload: bytes) -> Entry:
    """The record a row holds; raises JournalError for an unknown kind or a damaged payload."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        raise JournalError(f"expected a known kind of record, found {kind!r}")
    try:
        return decoder.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise JournalError(f"expected a {kind}, found {len(payload)} other bytes") from error


def to_json(entry: Entry) -> tuple[str, str]:
    """The kind of a row, and its fields as a JSON object."""
    return type(entry).__name__, msgspec.json.encode(structs.asdict(entry)).decode()


def from_json(kind: str, text: str) -> Entry:
    """The record of such an object; raises JournalError like `decode`."""
    wanted = _KINDS.get(kind)
    if wanted is None:
        raise JournalError(f"expected a known kind of record, found {kind!r}")
    try:
        fields = msgspec.json.decode(text, type=dict[str, object])
        return msgspec.convert([kind, *fields.values()], wanted)
    except msgspec.MsgspecError as error:
        raise JournalError(f"expected a {kind}, found {text[:100]!r}") from error


def checksum(seq: int, payload: bytes) -> int:
    """Ties a payload to its place: SQLite itself does not notice a flipped bit in a row."""
    return crc32(payload, seq)
