"""What a run's account rows say of its feeds: which books were watched, their gaps and counts.

Takes the rows one by one. What it comes to, sorted and in the units of people, is feed_report's.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from polywire.core.ids import FeedId, MarketId
from polywire.core.model.control import RunStarted
from polywire.core.model.counts import FeedsCounted, MarketCount, SocketCount
from polywire.core.model.event import Record
from polywire.core.model.healing import (
    ChecksumsJudged,
    GapClosed,
    GapStarted,
    ProveBook,
    ReplaceSocket,
    Resubscribe,
)
from polywire.core.model.market import InstrumentListed, MarketResolved
from polywire.core.units import SECOND, Ns

KINDS: Final = (
    ChecksumsJudged,
    FeedsCounted,
    GapClosed,
    GapStarted,
    InstrumentListed,
    MarketResolved,
    ProveBook,
    ReplaceSocket,
    Resubscribe,
    RunStarted,
)
"""The rows it reads something from."""

NUMBERS: Final = MarketCount.__struct_fields__[1:]


@dataclass(slots=True)
class Watched:
    """One market: since when it is watched, when that ended (0: not yet), and its newest counts.

    `past` has what was counted before the market was forgotten and listed again.
    """

    listed_ns: Ns
    question: str = ""
    ended_ns: Ns = Ns(0)
    seen_ns: Ns = Ns(0)
    count: MarketCount | None = None
    past: list[MarketCount] = field(default_factory=list)

    def take(self, count: MarketCount, now: Ns) -> None:
        """Newer counts; smaller ones were begun anew."""
        if self.count is not None and count.messages < self.count.messages:
            self.past.append(self.count)
        self.count = count
        self.seen_ns = now

    def counted(self, market: MarketId) -> MarketCount:
        """Everything counted so far."""
        parts = [*self.past, *([self.count] if self.count else [])]
        sums = (sum(getattr(part, name) for part in parts) for name in NUMBERS)
        return MarketCount(market, *sums)


@dataclass(slots=True)
class Connected:
    """One connection: the newest counts, and between which moments it told how many frames.

    Rates are over these alone: a connection that opened or ended between two counts lived for a
    time that account rows do not say.
    """

    since_ns: Ns
    seen_ns: Ns
    count: SocketCount
    since_frames: int
    seen_frames: int


class FeedHistory:
    """Gaps by market and opening time: a `GapStarted` while open, a `GapClosed` once healed."""

    def __init__(self) -> None:
        self.started_ns = Ns(0)
        self.counted_ns = Ns(0)
        self.newest: FeedsCounted | None = None
        self.judged: ChecksumsJudged | None = None
        self.sockets: dict[FeedId, Connected] = {}
        self.watched: dict[MarketId, Watched] = {}
        self.gaps: dict[MarketId, dict[Ns, GapStarted | GapClosed]] = {}
        self.proofs_asked: Counter[str] = Counter()
        self.resubscribed = 0
        self.replaced = 0

    def take(self, record: Record) -> None:
        """Take the next row in; kinds that say nothing of feeds are passed over."""
        match record:
            case FeedsCounted():
                self._count(record)
            case GapStarted():
                self._gaps_of(record.market).setdefault(record.opened_ns, record)
            case GapClosed():
                self._gaps_of(record.market)[record.opened_ns] = record
            case InstrumentListed():
                known = self._known(record.market.id, record.recv_ns)
                known.question = record.market.question
            case MarketResolved():
                self._known(record.market, record.recv_ns).ended_ns = record.recv_ns
            case RunStarted():
                self.started_ns = record.recv_ns
            case ChecksumsJudged():
                self.judged = record
            case _:
                self._ask(record)

    @property
    def any_book(self) -> bool:
        """Whether any book ever came: the wait for it ended, or it was counted."""
        closed = (isinstance(one, GapClosed) for own in self.gaps.values() for one in own.values())
        counts = (one.count for one in self.watched.values() if one.count)
        return any(closed) or any(count.messages or count.snapshots for count in counts)

    def until_ns(self, market: MarketId, end_ns: Ns) -> Ns:
        """How long a market was watched: to its end, to when it was last counted, or to the run's.

        A market that the newest counts lack was dropped, which account rows do not say.
        """
        watched = self.watched[market]
        if watched.ended_ns:
            return watched.ended_ns
        return watched.seen_ns if 0 < watched.seen_ns < self.counted_ns else end_ns

    def _gaps_of(self, market: MarketId) -> dict[Ns, GapStarted | GapClosed]:
        return self.gaps.setdefault(market, {})

    def _known(self, market: MarketId, now: Ns) -> Watched:
        return self.watched.setdefault(market, Watched(now))

    def _count(self, counted: FeedsCounted) -> None:
        before_ns = self.newest.recv_ns if self.newest else counted.started_ns
        self.newest = counted
        self.started_ns = counted.started_ns
        for one in counted.sockets:
            known = self.sockets.get(one.feed) or self._connected(one, before_ns)
            known.count = one
            if not one.gone:
                known.seen_ns, known.seen_frames = counted.recv_ns, one.frames
        if not counted.markets:
            return
        self.counted_ns = counted.recv_ns
        for count in counted.markets:
            self._known(count.market, counted.recv_ns).take(count, counted.recv_ns)

    def _connected(self, one: SocketCount, before_ns: Ns) -> Connected:
        """A connection never told of before: those of a run's first minute are as old as it."""
        assert self.newest is not None
        of_the_start = before_ns - self.started_ns < SECOND
        since_ns = before_ns if of_the_start else self.newest.recv_ns
        frames = 0 if of_the_start else one.frames
        known = Connected(since_ns, since_ns, one, frames, frames)
        self.sockets[one.feed] = known
        return known

    def _ask(self, record: Record) -> None:
        match record:
            case ProveBook():
                self.proofs_asked[record.reason] += 1
            case Resubscribe():
                self.resubscribed += 1
            case ReplaceSocket():
                self.replaced += 1
            case _:
                pass
