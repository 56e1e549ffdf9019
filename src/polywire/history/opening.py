"""Which recordings lie at a path, told by content, and their events merged in order of receipt."""

import heapq
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from msgspec import structs

from polywire.core.errors import ConfigError
from polywire.core.ids import FeedId
from polywire.core.model.event import Event
from polywire.core.model.market import (
    REST,
    BookDelta,
    BookSnapshot,
    FeedBehind,
    FeedCarries,
    FeedDown,
    FeedUp,
    GapOpened,
    PublicTrade,
)
from polywire.core.units import Ns
from polywire.history import frames, record_folder, windows
from polywire.history.journals import JournalHistory
from polywire.history.lines import ZSTD, first_line
from polywire.history.provenance import LOOK, Recording
from polywire.history.terms import Given
from polywire.history.ticks import HEAD, TOKENS, TickHistory
from polywire.history.windows import WindowHistory
from polywire.journal.archive import archive_files, read_archive
from polywire.journal.files import day_file
from polywire.journal.frames import frame_files
from polywire.venues.polymarket.answers import UNREADABLE

SQLITE: Final = b"SQLite format 3\x00"
PACKED: Final = (ZSTD, b"\x1f\x8b")
RECORDED: Final = re.compile(r"\.(jsonl|csv|sqlite|parquet)(\.(zst|gz))?\Z")
SHAPES: Final = (
    "a recording of `polywire record` (folder or file), a journal (folder or day), one as "
    "Parquet (folder or file), lines of "
    '{"t_ms","clock","frame"}, level changes as CSV, or a five-minute window'
)

OfFeeds: Final = (
    BookDelta
    | BookSnapshot
    | PublicTrade
    | GapOpened
    | FeedUp
    | FeedDown
    | FeedBehind
    | FeedCarries
)
Opening = Callable[[Path, Given, int], Recording]


class Found(NamedTuple):
    """A recording and what opens it."""

    path: Path
    opens: Opening


class Finds(NamedTuple):
    """The recordings at a path, and what lies among them and is none."""

    recordings: list[Found]
    others: list[str]


def detect(path: Path) -> Opening | None:
    """What opens a file or folder, by what it begins with; None where nothing here can read it."""
    if path.is_dir():
        return _in_folder(path).opens
    return _of_file(path) if path.is_file() else None  # a pipe would be waited for


def _of_file(path: Path) -> Opening | None:
    if day_file(path) is not None or _begins(path, SQLITE):
        return _journal
    if archive_files(path):
        return _archive
    first = first_line(path)
    if first.decode(errors="replace").strip() == HEAD:
        return ticks
    for decode, opening in _BY_FIRST_LINE:
        try:
            decode(first)
        except UNREADABLE:
            continue
        return opening
    return None


def histories(path: Path, given: Given, delay_ns: int) -> list[Recording]:
    """The recordings at a path, opened; ConfigError for none.

    `delay_ns` is added to venue times where a recording has no time of receipt.
    """
    return [found.opens(found.path, given, delay_ns) for found in recordings(path).recordings]


def recordings(path: Path) -> Finds:
    """The recordings at a path: one, or those that lie in a folder.

    Raises ConfigError for none, and for what seems to be one and cannot be read.
    """
    if not path.exists():
        raise ConfigError(f"there is no recording at {path}", look=LOOK)
    one = _in_folder(path) if path.is_dir() else Folder(detect(path), [])
    if one.opens is not None:
        beside = [each.name for each in one.others if _seems_recorded(each)]
        return Finds([Found(path, one.opens)], beside)
    detected = [(each, detect(each)) for each in one.others]
    found = [Found(each, opens) for each, opens in detected if opens is not None]
    if not found:
        raise ConfigError(f"{path} is no recording: expected {SHAPES}", look=LOOK)
    others = [each for each, opens in detected if opens is None]
    for each in filter(_seems_recorded, others):
        raise ConfigError(
            f"{each} lies among recordings and cannot be read as one: expected {SHAPES}; take it "
            "away, or get it again",
            look=LOOK,
        )
    return Finds(found, [each.name for each in others if not each.name.endswith(TOKENS)])


def merged(opened: Sequence[Recording]) -> Iterator[Event]:
    """All events by their receive times; at equal times in the order of the recordings."""
    if len(opened) == 1:
        return opened[0].events()
    return heapq.merge(*map(_among_others, opened), key=lambda event: event.recv_ns)


def _among_others(one: Recording) -> Iterator[Event]:
    """A recording whose feeds are its own, also by name, and are down when it ends."""
    name, now = one.provenance.input.name, Ns(0)
    up: dict[FeedId, None] = {}
    for event in one.events():
        now = event.recv_ns
        if not isinstance(event, OfFeeds) or event.feed == REST:
            yield event
            continue
        feed = FeedId(f"{name}/{event.feed}")
        if isinstance(event, FeedUp):
            up[feed] = None
        elif isinstance(event, FeedDown):
            up.pop(feed, None)
        yield structs.replace(event, feed=feed)
    for feed in up:
        yield FeedDown(now, feed, "the recording ended")


class Folder(NamedTuple):
    """What opens a folder as one recording, if it is one, and what in it is no part of that."""

    opens: Opening | None
    others: list[Path]


def _in_folder(path: Path) -> Folder:
    try:
        inside = sorted(path.iterdir())
    except OSError as error:
        raise _unreadable(path, error) from error
    opens: Opening | None = None
    own: list[Path] = [each for each in inside if day_file(each) is not None]
    if own:
        opens = _journal
    elif own := archive_files(path):
        opens = _archive
    elif any(detect(each) is _record for each in frame_files(path)):
        own, opens = frame_files(path), _record
    return Folder(opens, [each for each in inside if each not in own])


def _seems_recorded(path: Path) -> bool:
    """Whether somebody may miss it: its name is that of a recording, or it is packed."""
    named = RECORDED.search(path.name) is not None
    return named or (path.is_file() and any(_begins(path, magic) for magic in PACKED))


def _begins(path: Path, magic: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(magic)) == magic
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"cannot read {path}: {error.strerror or error}", look=LOOK)


def ticks(path: Path, given: Given, delay_ns: int) -> Recording:
    """Level changes and trades as CSV."""
    return TickHistory(path, given, delay_ns)


def _journal(path: Path, _given: Given, _delay_ns: int) -> Recording:
    return JournalHistory(path)


def _archive(path: Path, _given: Given, _delay_ns: int) -> Recording:
    return JournalHistory(path, read_archive)


def _record(path: Path, given: Given, _delay_ns: int) -> Recording:
    return frames.recorded(path, given)


def _channel(path: Path, given: Given, delay_ns: int) -> Recording:
    return frames.market_channel(path, given, delay_ns)


def _window(path: Path, given: Given, delay_ns: int) -> Recording:
    return WindowHistory(path, given, delay_ns)


_BY_FIRST_LINE: Final[tuple[tuple[Callable[[bytes], object], Opening], ...]] = (
    (record_folder.decode_head, _record),
    (msgspec.json.Decoder(frames.ChannelLine).decode, _channel),
    (windows.decode_head, _window),
)
