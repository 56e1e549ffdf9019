"""What is remembered of each market: its mids, others' trades, and how its book was proven or not.

Also which markets have changed since somebody last asked. Bounded.
"""

from collections import deque
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final, cast

from polywire.core.book.integrity import UNKNOWN as NO_BOOK
from polywire.core.engine.engine import Engine
from polywire.core.ids import MarketId
from polywire.core.model.healing import GapClosed, GapStarted, ProveBook, Resubscribe
from polywire.core.model.market import (
    REST,
    BookDelta,
    BookSnapshot,
    InstrumentListed,
    InstrumentRetired,
    MarketResolved,
    PublicTrade,
    TickSizeChanged,
)
from polywire.core.strategy import Appraiser
from polywire.core.units import SECOND, Ns, Price, format_micros
from polywire.journal.record import Entry
from polywire.observe.series import Series

MIDS_MAX: Final = 1_200
"""Of 2,000 markets that all move, 58 MB."""
SPARK_NS: Final = 15 * SECOND
SPARK_MAX: Final = 40
TRADES_MAX: Final = 100
EVIDENCE_MAX: Final = 100

UNKNOWN: Final = -1

Evidence = tuple[Ns, str, str]
"""When, of which kind, and what in words."""


@dataclass(slots=True)
class MarketMemory:
    """One market, in prices of its first outcome. `sparked`: the version of the last `spark`.

    `mids` have beside each what a strategy took it to be worth, or UNKNOWN.
    """

    mids: Series = field(default_factory=lambda: Series(MIDS_MAX, SECOND, numbers=2))
    sparked: int = 0
    spark: deque[Price] = field(default_factory=lambda: deque(maxlen=SPARK_MAX))
    trades: deque[PublicTrade] = field(default_factory=lambda: deque(maxlen=TRADES_MAX))
    evidence: deque[Evidence] = field(default_factory=lambda: deque(maxlen=EVIDENCE_MAX))


class MarketMemories:
    """`known` by market; `changes` counts what happened to each, so that nobody misses any."""

    def __init__(self) -> None:
        self.known: dict[MarketId, MarketMemory] = {}
        self.moved: dict[MarketId, int] = {}
        self.version = 0
        self._sampled_ns = Ns(0)
        self._swept_ns = Ns(0)
        self._distrusts: dict[MarketId, str] = {}
        self._changed: dict[MarketId, None] = {}

    def of(self, market: MarketId) -> MarketMemory:
        """What is remembered of one, from now on."""
        found = self.known.get(market)
        if found is None:
            found = self.known[market] = MarketMemory()
        return found

    def since(self, version: int) -> list[MarketId]:
        """The markets of which something is new since a version, the newest first."""
        found = []
        for market in reversed(self.moved):
            if self.moved[market] <= version:
                break
            found.append(market)
        return found

    def touch(self, market: MarketId) -> None:
        """Something about it is new."""
        self.version += 1
        self.moved.pop(market, None)
        self.moved[market] = self.version

    def take(self, record: Entry, engine: Engine) -> None:
        """Take the next record in; those of no market are passed over."""
        match record:
            case BookDelta():
                self._changed[record.market] = None
            case BookSnapshot():
                self._changed[record.market] = None
                if record.feed == REST:
                    self._tell(record.market, record.recv_ns, "book", "read by REST")
            case PublicTrade():
                self.of(record.market).trades.append(record)
                self._changed[record.market] = None
            case GapStarted() | GapClosed() | ProveBook() | Resubscribe():
                self._prove(record, engine.now)
            case TickSizeChanged():
                words = f"the tick is {format_micros(record.tick)} now"
                self._tell(record.market, record.recv_ns, "terms", words)
            case InstrumentListed():
                self._changed[record.market.id] = None
            case InstrumentRetired():
                words = "watched only for what is still held in it"
                self._tell(record.market, record.recv_ns, "terms", words)
            case MarketResolved():
                pays = " / ".join(f"${format_micros(one)}" for one in record.payouts)
                self._tell(record.market, record.recv_ns, "terms", f"resolved: pays {pays}")
            case _:
                pass

    def sample(self, now: Ns, engine: Engine) -> None:
        """At a cut: keep the mids of books that changed, and each 15 s a mid of every book.

        Trust ends by time alone: each second all books are looked at for that.
        """
        if now - self._swept_ns >= SECOND:
            self._swept_ns = now
            self._sweep(engine)
        appraisers = list(_appraisers(engine))
        for market in filter(engine.watch.books.__contains__, self._changed):
            self.touch(market)
            mid = _mid(engine, market)
            memory = self.of(market)
            if mid is not None and memory.mids.due(now):
                memory.mids.add(now, mid, _fair(appraisers, market))
        self._changed.clear()
        if now - self._sampled_ns >= SPARK_NS:
            self._sampled_ns = now
            for market in engine.watch.books:
                mid = _mid(engine, market)
                if mid is not None:
                    self.touch(market)
                    memory = self.of(market)
                    memory.spark.append(mid)
                    memory.sparked = self.version

    def change(self, market: MarketId) -> None:
        """Something of ours in it is new; told at the next cut."""
        self._changed[market] = None

    def _sweep(self, engine: Engine) -> None:
        for market in [one for one in self.known if one not in engine.watch.books]:
            del self.known[market]
            self.moved.pop(market, None)
            self._distrusts.pop(market, None)
        for market, tracked in engine.watch.books.items():
            distrust = engine.standing.distrust_of(tracked)
            if self._distrusts.get(market) != distrust:
                self._distrusts[market] = distrust
                self._changed[market] = None

    def _prove(self, record: GapStarted | GapClosed | ProveBook | Resubscribe, now: Ns) -> None:
        match record:
            case GapStarted():
                self._tell(record.market, record.opened_ns, "gap", record.cause)
            case GapClosed():
                gap_s = (record.closed_ns - record.opened_ns) / SECOND
                proven = "proven" if record.cause == NO_BOOK else "proven again"
                words = f"{proven} by {record.healed_by} after {gap_s:.1f} s ({record.cause})"
                self._tell(record.market, record.closed_ns, "proof", words)
            case ProveBook():
                self._tell(record.market, now, "asked", f"for a proof: {record.reason}")
            case Resubscribe():
                self._tell(record.market, now, "asked", f"subscribed anew: {record.reason}")

    def _tell(self, market: MarketId, at: Ns, kind: str, words: str) -> None:
        self.of(market).evidence.append((at, kind, words))
        self._changed[market] = None


def _mid(engine: Engine, market: MarketId) -> Price | None:
    tracked = engine.watch.books.get(market)
    if tracked is None:
        return None
    bid, ask = tracked.book.touch(0)
    return Price((bid + ask) // 2) if bid is not None and ask is not None else None


def _appraisers(engine: Engine) -> Iterator[tuple[Container[MarketId], Appraiser]]:
    """Who says what markets are worth, and of which."""
    for seat in engine.roster.seats.values():
        if _appraises(type(seat.strategy)):
            yield seat.follows, cast(Appraiser, seat.strategy)


@cache
def _appraises(kind: type) -> bool:
    """Looked at once for each kind of strategy, for that takes longer than all else at a cut."""
    return issubclass(kind, Appraiser)


def _fair(appraisers: list[tuple[Container[MarketId], Appraiser]], market: MarketId) -> int:
    """By the first strategy that says; all look at the same book."""
    for follows, strategy in appraisers:
        if market in follows:
            fair = strategy.fair(market)
            return UNKNOWN if fair is None else fair
    return UNKNOWN
