"""Account rows of a run that began half an hour before midnight, and a journal of them."""

from collections.abc import Iterable
from pathlib import Path

from tests.unit.core.building import market

from polywire.core.ids import FeedId, MarketId, RunId
from polywire.core.model.control import RunStarted
from polywire.core.model.counts import (
    FeedsCounted,
    MarketCount,
    ReplyCount,
    SocketCount,
    StageCount,
)
from polywire.core.model.event import Record
from polywire.core.model.healing import (
    ChecksumsJudged,
    GapClosed,
    GapStarted,
    ProveBook,
    ReplaceSocket,
    Resubscribe,
)
from polywire.core.model.market import InstrumentListed
from polywire.core.units import Money, Ns
from polywire.journal.capture import Capture
from polywire.journal.log import Journal

SECOND = 1_000_000_000
MIDNIGHT = 1_732_752_000_000_000_000
T0 = MIDNIGHT - 1_800 * SECOND
"""Half an hour before midnight."""


def at(seconds: float) -> Ns:
    return Ns(T0 + int(seconds * SECOND))


def started(run: str = "one", seconds: float = 0) -> RunStarted:
    return RunStarted(at(seconds), RunId(run), "build", "{}", Money(0))


def listed(name: str, seconds: float = 0) -> InstrumentListed:
    return InstrumentListed(at(seconds), market(name))


def gap(name: str, seconds: float, cause: str = "checksum") -> GapStarted:
    return GapStarted(MarketId(name), at(seconds), cause)


def healed(name: str, since: float, to: float, cause: str = "checksum") -> GapClosed:
    return GapClosed(MarketId(name), at(since), at(to), cause, "rest", "resubscribe", 3)


def of(name: str, messages: int, wrong: int = 0) -> MarketCount:
    return MarketCount(MarketId(name), messages, 2 * messages, 7, 2, wrong, 4, 3, 50, 1)


def counted(seconds: float, *markets: MarketCount, ending: bool = False) -> FeedsCounted:
    return FeedsCounted(
        at(seconds), at(0), Ns(100_000_000), 900, markets,
        (SocketCount(FeedId("market-1"), 400, 2, 1, 9, 3, 30, 1_000_000, 5_000_000),
         SocketCount(FeedId("market-2"), 800, 0, 0, 9, 0, 10)),
        (ReplyCount("book", 0, 1), ReplyCount("book", 200, 8), ReplyCount("book", 429, 2)),
        (StageCount("venue_to_receive", 100, 9, 1_000, 2_000, 3_000),
         StageCount("receive_to_decision", 200, 5, 4_000, 5_000, 6_000)),
        ending,
    )  # fmt: skip


def time_of(record: Record) -> Ns:
    match record:
        case GapStarted():
            return record.opened_ns
        case GapClosed():
            return record.closed_ns
        case ProveBook() | Resubscribe() | ReplaceSocket() | ChecksumsJudged():
            return at(0)
        case _:
            return Ns(getattr(record, "recv_ns", T0))


def write(
    folder: Path, records: Iterable[Record], run: str = "one", capture: Capture = Capture.NONE
) -> None:
    newest = T0
    with Journal(folder, RunId(run), capture=capture) as journal:
        for record in records:
            newest = max(newest, time_of(record))
            journal.append(record, Ns(newest))
