"""What is asked about the books and their feeds at a cut, and the gaps that are told.

Owns how long to wait for what: graces, silences, proofs, audits. How a feed is healed is
healing.py's.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from polywire.core.book.belief import Belief
from polywire.core.book.integrity import CHECKSUM, TOUCH, UNKNOWN
from polywire.core.engine.healing import heal
from polywire.core.engine.sources import SILENT_SOCKET, Source, Sources
from polywire.core.engine.tracked import Rung, Tracked
from polywire.core.ids import MarketId
from polywire.core.model.healing import (
    ChecksumsJudged,
    FeedNews,
    FeedOrder,
    GapClosed,
    GapStarted,
    ProveBook,
)
from polywire.core.units import SECOND, Ns

SWEEP_NS = SECOND // 4
"""Every book is looked at about so often, with news or without."""
TURN_BOOKS = 100
"""About so many at once where cuts are frequent: a look at thousands keeps decisions waiting."""
AUDIT_NS = SECOND
"""How often all are asked for the age of their proofs, which is told in tens of seconds."""
PROOF_WAIT_NS = 2 * SECOND
PROOF_WAIT_NS_MAX = 8 * SECOND
SILENCE_NS = 2 * SECOND
"""The shortest silence of a busy book that is suspicious."""
CATCH_UP_NS = SECOND
"""How long a stream may take to tell what REST already shows."""
RELAPSE_NS = 30 * SECOND
"""A book that contradicts its proofs again so soon after it was healed is not fed well."""
ASK_NS = SECOND // 2
"""REST is asked so long before a silence is a reason for distrust: markets do pause."""
SILENT_NS_MAX = 5 * SECOND
"""A silent socket of which REST cannot be asked for so long is replaced."""

COMPANY = 16
"""An audit takes along every book whose proof is older than this part of its interval."""

SILENT = "silence"
MISSED = "missed change"
"""REST shows levels that the stream never told: its socket may be open and yet say nothing."""
SILENCES = frozenset({SILENT, SILENT_SOCKET})


class Ages(Struct, frozen=True, kw_only=True):
    """How old proofs may get, in nanoseconds: until they are renewed by REST, and at most.

    `audit_ns` is for books that one feed tells, `audit_twin_ns` for those that two agree on.
    """

    audit_ns: int
    audit_twin_ns: int
    proof_ns_max: int


def distrust(tracked: Tracked, sources: Sources, now: Ns, age_ns_max: int) -> str:
    """Why no order may rest on a book, or empty."""
    if tracked.integrity.suspect:
        return tracked.integrity.suspect
    if not sources.fed(tracked.market.id):
        return sources.unfed(tracked.market.id)
    if tracked.book.crossed():
        return "crossed"
    age = now - tracked.integrity.proven_ns
    return "stale proof" if age > age_ns_max else ""


class Tending:
    """Looks at the books with news at each cut, and at all of them in turn, four times a second.

    Audits are for all at once.
    """

    def __init__(
        self,
        books: Mapping[MarketId, Tracked],
        changed: dict[MarketId, Tracked],
        sources: Sources,
        belief: Belief,
        ages: Ages,
    ) -> None:
        self.gaps = 0
        self._books = books
        self._changed = changed
        self._sources = sources
        self._belief = belief
        self._ages = ages
        self._swept_ns = Ns(0)
        self._turned_ns = Ns(0)
        self._audited_ns = Ns(0)
        self._round: deque[MarketId] = deque()
        least = min(ages.audit_ns, ages.audit_twin_ns)
        self._soonest_ns = min(least // COMPANY, least - PROOF_WAIT_NS)
        self._told: list[FeedOrder | FeedNews] = []

    def cut(self, now: Ns) -> list[FeedOrder | FeedNews]:
        """Let graces run out, open and close gaps, and ask for what is due."""
        told, self._told = self._told, []
        sweep = now - self._swept_ns >= SWEEP_NS
        if sweep:
            self._swept_ns = now
            told.extend(self._hear_feeds(now))
        due = self._in_turn(now)
        told.extend(self._hear_books(due.values(), now))
        for tracked in tuple((due | self._changed).values()):
            if tracked.integrity.waits:
                tracked.integrity.expire(now)
            if not tracked.resolved:
                told.extend(self._tend(tracked, now))
        if sweep:
            told.extend(heal(self._sources, self._books, now))
        if now - self._audited_ns >= AUDIT_NS:
            self._audited_ns = now
            told.extend(self._audits(now))
        return told

    def _in_turn(self, now: Ns) -> dict[MarketId, Tracked]:
        """As many books as make a whole round in time."""
        passed_ns = now - self._turned_ns
        if passed_ns < SWEEP_NS // max(1, len(self._books) // TURN_BOOKS):
            return {}
        self._turned_ns = now
        count = min(len(self._books), -(-len(self._books) * passed_ns // SWEEP_NS))
        due: dict[MarketId, Tracked] = {}
        while len(due) < count:
            if not self._round:
                self._round.extend(self._books)
            market = self._round.popleft()
            if market in self._books:  # what has left meanwhile takes nobody's turn
                due[market] = self._books[market]
        return due

    def close(self, tracked: Tracked, healed_by: str) -> None:
        """The gap of a book that ends is told at the next cut."""
        if tracked.gap_ns:
            ended_ns = max(tracked.gap_ns, self._swept_ns)
            self._told.append(_closed(tracked, ended_ns, healed_by))
            tracked.gap_ns = Ns(0)

    def miss(self, tracked: Tracked, now: Ns) -> None:
        """REST knows what the stream never told: until it tells something, it does not feed."""
        tracked.ahead_ns = Ns(0)
        tracked.integrity.doubt(MISSED)
        for source in self._sources.carrying(tracked.market.id):
            if source.silent_ns is not None:
                source.failed, source.mute = MISSED, True
        self._sources.untell(tracked.market.id, MISSED, now)
        self._changed[tracked.market.id] = tracked

    def refute(self, tracked: Tracked, now: Ns) -> None:
        """A book that REST confirms does not have the hash that was sent for it."""
        if self._belief.refute(tracked.market.id, now):
            self._judge(now)

    def restore(self, now: Ns) -> None:
        """A hash that was not believed came true."""
        if self._belief.restore(now):
            self._judge(now)

    def _judge(self, now: Ns) -> None:
        for market, tracked in self._books.items():
            tracked.integrity.believed = self._belief.believes(market)
        count = len(self._belief.disbelieved)
        self._told.append(ChecksumsJudged(now, not count, count))

    def _hear_feeds(self, now: Ns) -> Iterator[ProveBook]:
        """Notice feeds that are silent against their own rhythm; REST is asked before."""
        for source in self._sources.by_feed.values():
            patience_ns = source.patience_ns()
            silence_ns = now - source.heard_ns
            if patience_ns is None or silence_ns <= patience_ns - ASK_NS:
                continue
            if source.silent_ns is None and self._alone(source):
                yield from self._silence(source, now)
            if source.silent_ns is not None:
                if silence_ns > patience_ns and not source.mute:
                    source.mute = True
                    self._turned_ns = Ns(0)  # what it fed is looked at now
                if now - source.silent_ns > SILENT_NS_MAX:
                    source.failed = source.failed or SILENT_SOCKET

    def _hear_books(self, books: Iterable[Tracked], now: Ns) -> Iterator[ProveBook]:
        """Notice books that are."""
        for tracked in books:
            patience_ns = tracked.rhythm.patience_ns(SILENCE_NS)
            silence_ns = now - max(tracked.heard_ns, tracked.confirmed_ns)
            if patience_ns is None or tracked.resolved or silence_ns <= patience_ns - ASK_NS:
                continue
            if not tracked.silent_ns:
                tracked.silent_ns = now
                if not self._sources.asked(tracked.market.id):
                    yield self._ask(tracked, SILENT, now)
            if silence_ns > patience_ns:
                tracked.integrity.doubt(SILENT)

    def _alone(self, source: Source) -> bool:
        """Whether no twin tells the same: a twin's silence shows in what it lacks."""
        return all(self._sources.feeding(market) <= 1 for market in source.carries)

    def _silence(self, source: Source, now: Ns) -> Iterator[ProveBook]:
        source.silent_ns = now
        for market in source.carries:
            tracked = self._books.get(market)
            if tracked is None or tracked.resolved or market in source.untold:
                continue
            source.unconfirmed[market] = None
            yield self._ask(tracked, SILENT_SOCKET, now)

    def _tend(self, tracked: Tracked, now: Ns) -> Iterable[FeedOrder | FeedNews]:
        if tracked.ahead_ns and now - tracked.ahead_ns > CATCH_UP_NS:
            self.miss(tracked, now)
        cause = distrust(tracked, self._sources, now, self._ages.proof_ns_max)
        return self._tell(tracked, cause, now) if cause or tracked.gap_ns else ()

    def _tell(self, tracked: Tracked, cause: str, now: Ns) -> Iterator[FeedOrder | FeedNews]:
        """The gap of a book, while there is a cause, or that it is over."""
        if cause:
            if not tracked.gap_ns:
                yield self._open(tracked, cause, now)
            if now >= max(tracked.asked_ns, tracked.gap_ns) + _patience(tracked):
                tracked.step = max(tracked.step, Rung.REST)
                yield self._ask(tracked, cause, now)
                tracked.asked_times += 1
        else:
            yield _closed(tracked, now, tracked.integrity.proven_by)
            tracked.gap_ns, tracked.healed_ns = Ns(0), now
            self._sources.well(tracked.market.id)
            self._changed[tracked.market.id] = tracked

    def _open(self, tracked: Tracked, cause: str, now: Ns) -> GapStarted:
        market = tracked.market.id
        tracked.gap_ns, tracked.gap_cause = now, cause
        tracked.step, tracked.missed = Rung.NONE, 0
        if now - tracked.healed_ns > PROOF_WAIT_NS_MAX:
            tracked.asked_times = 0  # one that never stays healed is asked less and less
        if cause in (CHECKSUM, TOUCH) and now - tracked.healed_ns < RELAPSE_NS:
            self._sources.ail(market, cause, now)
            if cause == CHECKSUM:
                self.refute(tracked, now)
        self.gaps += cause != UNKNOWN
        self._changed[market] = tracked
        return GapStarted(market, now, cause)

    def _ask(self, tracked: Tracked, reason: str, now: Ns) -> ProveBook:
        tracked.asked_ns = now
        return ProveBook(tracked.market.id, reason)

    def _audits(self, now: Ns) -> Iterator[ProveBook]:
        """When a proof is due to be renewed, those that soon would be are renewed with it."""
        ages = {
            tracked.market.id: (age, most)
            for tracked in self._books.values()
            if not (tracked.resolved or tracked.gap_ns)
            for age in (now - max(tracked.integrity.depth_ns, tracked.asked_ns),)
            if age >= self._soonest_ns or tracked.audit_ns is not None
            for most in (self._audit_ns(tracked),)
        }
        if any(age >= most - PROOF_WAIT_NS for age, most in ages.values()):
            for market, (age, most) in ages.items():
                if age >= most // COMPANY:
                    yield self._ask(self._books[market], "audit", now)

    def _audit_ns(self, tracked: Tracked) -> int:
        alone = len(self._sources.by_feed) == 1
        twins = not alone and self._sources.feeding(tracked.market.id) > 1
        usual = self._ages.audit_twin_ns if twins else self._ages.audit_ns
        return usual if tracked.audit_ns is None else min(usual, tracked.audit_ns)


def _closed(tracked: Tracked, now: Ns, healed_by: str) -> GapClosed:
    return GapClosed(
        tracked.market.id,
        tracked.gap_ns,
        now,
        tracked.gap_cause,
        healed_by,
        tracked.step.name.lower() if tracked.step else "",
        tracked.missed,
    )


def _patience(tracked: Tracked) -> int:
    """Wait a grace for the feed itself to prove the book, then ask less and less often."""
    if not tracked.asked_times:
        return PROOF_WAIT_NS
    return min(PROOF_WAIT_NS << min(tracked.asked_times, 2), PROOF_WAIT_NS_MAX)
