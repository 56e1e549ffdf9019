"""The books of the watched markets and what they are worth as evidence.

Applies market events, decides at a cut which books are distrusted, and asks for proof.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec import structs

from polywire.core.book.checksum import ChecksumFor
from polywire.core.book.integrity import UNKNOWN, BookIntegrity, Tally
from polywire.core.book.order_book import OrderBook
from polywire.core.ids import FeedId, MarketId
from polywire.core.model.healing import GapClosed, ProveBook
from polywire.core.model.instrument import Market
from polywire.core.model.market import (
    REST,
    BookDelta,
    BookSnapshot,
    FeedBehind,
    FeedCarries,
    FeedDown,
    FeedUp,
    GapOpened,
    MarketResolved,
    PublicTrade,
    TickSizeChanged,
)
from polywire.core.units import SECOND, Ns, Price

SWEEP_NS = SECOND // 4
PROOF_WAIT_NS = 2 * SECOND
PROOF_WAIT_NS_MAX = 16 * SECOND
MISSED = "missed change"
"""REST shows levels that a trusted book lacks: its socket may be open and yet say nothing."""

Touch = tuple[Price | None, Price | None]


@dataclass(slots=True)
class Tracked:
    """One market's book with its evidence, and what is under way to prove it.

    `changes`: messages of the feeds that were applied, merged ones counted each.
    """

    market: Market
    book: OrderBook
    integrity: BookIntegrity
    changes: int = 0
    resolved: bool = False
    retired: bool = False
    rest_ns: Ns = Ns(0)
    gap_ns: Ns = Ns(0)
    gap_cause: str = ""
    asked_ns: Ns = Ns(0)
    asked_times: int = 0
    healed_ns: Ns = Ns(0)
    seen_touch: Touch = (None, None)
    seen_distrust: str = UNKNOWN
    distrusted_ns: Ns = Ns(0)


class BookWatch:
    """All tracked books. `changed` holds the markets with news since the last cut, in order."""

    def __init__(self, checksum_for: ChecksumFor, audit_ns: int) -> None:
        self.books: dict[MarketId, Tracked] = {}
        self.changed: dict[MarketId, Tracked] = {}
        self.gaps = 0
        self._past = Tally()
        self._unverified: dict[MarketId, BookDelta] = {}
        self._checksum_for = checksum_for
        self._audit_ns = audit_ns
        self._carried: dict[FeedId, dict[MarketId, None]] = {}
        self._up: dict[FeedId, None] = {}
        self._swept_ns = Ns(0)

    @property
    def tally(self) -> Tally:
        """What all books' proofs said, of those that were forgotten too."""
        whole = Tally()
        for tally in (self._past, *(each.integrity.tally for each in self.books.values())):
            whole.add(tally)
        return whole

    def list_market(self, market: Market) -> None:
        """Start a book for a market, or take in changed terms; the tick is the feed's to change."""
        tracked = self.books.get(market.id)
        if tracked is None:
            integrity = BookIntegrity(self._checksum_for(market), Tally())
            self.books[market.id] = Tracked(market, OrderBook(market.id), integrity)
        else:
            tracked.market = structs.replace(market, tick=tracked.market.tick)
            tracked.retired = False

    def retire_market(self, market: MarketId) -> None:
        """Keep the book for what we still have in the market."""
        tracked = self.books.get(market)
        if tracked is not None:
            tracked.retired = True

    def drop_market(self, market: MarketId) -> None:
        """Forget a book that is watched no more."""
        tracked = self._verified(market)
        if tracked is not None:
            self._past.add(tracked.integrity.tally)
        self.books.pop(market, None)
        self.changed.pop(market, None)

    def snapshot(self, event: BookSnapshot) -> None:
        """Replace a book; a REST answer older than what the stream said is dropped."""
        tracked = self._verified(event.market)
        if tracked is None:
            return
        rest = event.feed == REST
        if rest and event.venue_ns < tracked.book.venue_ns:
            if event.last_trade is not None:  # its levels are old, a trade we missed is not
                self._know_trade(tracked, event.last_trade, event.venue_ns, event.recv_ns)
            return
        tracked.rest_ns = event.venue_ns if rest else Ns(0)
        if event.tick and event.tick != tracked.market.tick:
            self._set_tick(tracked, event.tick)
        tracked.changes += not rest
        before = tracked.integrity.suspect
        same_answer = event.recv_ns == tracked.book.recv_ns  # it has both outcomes' books
        changed = tracked.book.replace(event)
        tracked.integrity.take_snapshot(tracked.book, event, changed)
        moved = changed or (same_answer and before == MISSED)
        if rest and moved and before in {"", MISSED}:
            tracked.integrity.doubt(MISSED)
        self._lose(event.market)  # without a feed, what is proven now is not known a moment later
        self.changed[event.market] = tracked

    def delta(self, event: BookDelta) -> None:
        """Overwrite levels; discarded before the first book, and if older than a REST book.

        While nothing speaks against a book, hashes are compared after the decision: one that
        disagrees has a grace anyway, and hashing takes as long as all the rest.
        """
        tracked = self._verified(event.market)
        if tracked is None:
            return
        if not tracked.book.known:
            tracked.integrity.skip_delta(event)
            tracked.book.venue_ns = event.venue_ns  # a REST book older than this misses it
            return
        if event.venue_ns < tracked.rest_ns:
            tracked.integrity.supersede_delta(event)
            return
        tracked.book.apply(event)
        tracked.changes += event.frames
        if tracked.integrity.suspect or tracked.integrity.waits:
            tracked.integrity.take_delta(tracked.book, event)
        else:
            self._unverified[event.market] = event
        self.changed[event.market] = tracked

    def trade(self, event: PublicTrade) -> None:
        """The market's last trade price is part of what the venue hashes."""
        tracked = self._verified(event.market)
        if tracked is not None:
            self._know_trade(tracked, event.price, event.venue_ns, event.recv_ns)

    def _know_trade(self, tracked: Tracked, price: Price, venue_ns: Ns, now: Ns) -> None:
        if venue_ns < tracked.book.trade_ns:  # prints may come late
            return
        tracked.book.last_trade = price
        tracked.book.trade_ns = venue_ns
        if tracked.integrity.waits:
            tracked.integrity.recheck(tracked.book, now)
        self.changed[tracked.market.id] = tracked

    def tick(self, event: TickSizeChanged) -> None:
        """Keep the levels, use the new grid, and ask for proof."""
        tracked = self._verified(event.market)
        if tracked is None or tracked.market.tick == event.tick:
            return
        self._set_tick(tracked, event.tick)
        tracked.integrity.doubt("tick size changed")
        self.changed[event.market] = tracked

    def resolve(self, event: MarketResolved) -> None:
        """Nothing more is traded on this market or asked about it."""
        tracked = self.books.get(event.market)
        if tracked is not None:
            tracked.resolved = True

    def gap(self, event: GapOpened) -> None:
        """Something was lost: distrust the book until it is proven again."""
        tracked = self._verified(event.market)
        if tracked is not None:
            tracked.integrity.doubt(event.cause or "gap")
            self.changed[event.market] = tracked

    def feed(self, event: FeedUp | FeedDown | FeedCarries | FeedBehind) -> None:
        """Which feeds are up, and which books each of them feeds."""
        match event:
            case FeedUp():
                self._up[event.feed] = None
            case FeedDown():
                self._up.pop(event.feed, None)
                for market in self._carried.get(event.feed, ()):
                    self._lose(market)
            case FeedBehind():  # alone it would not feed the market
                self._carried.get(event.feed, {}).pop(event.market, None)
                self._lose(event.market)
            case FeedCarries():
                before = self._carried.get(event.feed, ())
                self._carried[event.feed] = dict.fromkeys(event.markets)
                for market in before:
                    self._lose(market)

    def fed(self, market: MarketId) -> bool:
        """Whether a connected feed carries the market."""
        return any(market in self._carried.get(feed, ()) for feed in self._up)

    def distrust(self, tracked: Tracked, now: Ns, age_ns_max: int) -> str:
        """Why no order may rest on a book, or empty."""
        if tracked.integrity.suspect:
            return tracked.integrity.suspect
        if not self.fed(tracked.market.id):
            return "feed down"
        if tracked.book.crossed():
            return "crossed"
        age = now - tracked.integrity.proven_ns
        return "stale proof" if age > age_ns_max else ""

    def cut(self, now: Ns) -> list[ProveBook | GapClosed]:
        """Let graces run out, open and close gaps, and ask for the proofs that are due."""
        told: list[ProveBook | GapClosed] = []
        sweep = now - self._swept_ns >= SWEEP_NS
        if sweep:
            self._swept_ns = now
        for tracked in tuple(self.books.values() if sweep else self.changed.values()):
            if tracked.integrity.waits:
                tracked.integrity.expire(now)
            if not tracked.resolved:
                told.extend(self._tend(tracked, now))
        return told

    def _tend(self, tracked: Tracked, now: Ns) -> Iterator[ProveBook | GapClosed]:
        integrity = tracked.integrity
        market = tracked.market.id
        if integrity.suspect:
            if not tracked.gap_ns:
                tracked.gap_ns, tracked.gap_cause = now, integrity.suspect
                if now - tracked.healed_ns > PROOF_WAIT_NS_MAX:
                    tracked.asked_times = 0  # one that never stays healed is asked less and less
                self.gaps += integrity.suspect != UNKNOWN
                self.changed[market] = tracked
            if now >= max(tracked.asked_ns, tracked.gap_ns) + _patience(tracked):
                tracked.asked_ns = now
                tracked.asked_times += 1
                yield ProveBook(market, integrity.suspect)
            return
        if tracked.gap_ns:
            cause, proof = tracked.gap_cause, integrity.proven_by
            yield GapClosed(market, tracked.gap_ns, now, cause, proof, "", 0)
            tracked.gap_ns, tracked.healed_ns = Ns(0), now
            self.changed[market] = tracked
        if now - max(integrity.proven_ns, tracked.asked_ns) > self._audit_ns:
            tracked.asked_ns = now
            yield ProveBook(market, "audit")

    def _set_tick(self, tracked: Tracked, tick: Price) -> None:
        tracked.market = structs.replace(tracked.market, tick=tick)
        tracked.integrity.checksum.set_tick(tick)

    def verify(self) -> None:
        """Compare the hashes that waited for a decision; the engine calls it when that is made."""
        for market in tuple(self._unverified):
            self._verified(market)

    def _verified(self, market: MarketId) -> Tracked | None:
        """A book whose evidence is complete, before either changes again."""
        tracked = self.books.get(market)
        delta = self._unverified.pop(market, None)
        if tracked is not None and delta is not None:
            tracked.integrity.take_delta(tracked.book, delta)
        return tracked

    def _lose(self, market: MarketId) -> None:
        tracked = self._verified(market)
        if tracked is not None and not self.fed(market):
            tracked.integrity.doubt("feed down")
            self.changed[market] = tracked


def _patience(tracked: Tracked) -> int:
    """Wait a grace for the feed itself to prove the book, then ask less and less often."""
    if not tracked.asked_times:
        return PROOF_WAIT_NS
    return min(PROOF_WAIT_NS << min(tracked.asked_times, 3), PROOF_WAIT_NS_MAX)
