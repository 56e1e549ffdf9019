"""The books of the watched markets: what each market event does to a book and to its evidence.

Which books are distrusted, and what is asked for because of it, is tending.py's.
"""

from collections.abc import Sequence

from msgspec import structs

from polywire.core.book.belief import Belief
from polywire.core.book.checksum import ChecksumFor
from polywire.core.book.integrity import CHECKSUM, BookIntegrity, Tally
from polywire.core.book.order_book import OrderBook, credible
from polywire.core.engine.sources import BEHIND, SILENT_SOCKET, Source, Sources
from polywire.core.engine.tending import SILENCES, SILENT, Ages, Tending, distrust
from polywire.core.engine.tracked import Tracked
from polywire.core.ids import MarketId
from polywire.core.model.healing import FeedNews, FeedOrder
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

CATCH_UP_NS = SECOND
"""So long after a standstill nothing is traded: by then the sockets have told what they held."""
STOOD_STILL = "stood still"


class BookWatch:
    """All tracked books. `changed` holds the markets with news since the last cut, in order."""

    def __init__(self, checksum_for: ChecksumFor, ages: Ages) -> None:
        self.books: dict[MarketId, Tracked] = {}
        self.changed: dict[MarketId, Tracked] = {}
        self.sources = Sources()
        self._past = Tally()
        self._unverified: dict[MarketId, BookDelta] = {}
        self._checksum_for = checksum_for
        self._ages = ages
        self._belief = Belief()
        self._tending = Tending(self.books, self.changed, self.sources, self._belief, ages)
        self._stale_ns = Ns(0)

    @property
    def gaps(self) -> int:
        """How many gaps were opened, but for those of books not yet told."""
        return self._tending.gaps

    @property
    def tally(self) -> Tally:
        """What all books' proofs said, of those that were forgotten too."""
        return Tally.whole([self._past, *(each.integrity.tally for each in self.books.values())])

    def list_market(self, market: Market, audit_ns: int | None = None) -> None:
        """Start a book for a market, or take in changed terms; the tick is the feed's to change.

        `audit_ns`: the age at which its proof is renewed, where that is sooner than usual.
        """
        tracked = self.books.get(market.id)
        if tracked is None:
            integrity = BookIntegrity(self._checksum_for(market), self._belief, market.id)
            tracked = Tracked(market, OrderBook(market.id), integrity)
            self.books[market.id] = tracked
        else:
            tracked.market = structs.replace(market, tick=tracked.market.tick)
            tracked.retired = False
        tracked.audit_ns = audit_ns

    def retire_market(self, market: MarketId) -> None:
        """Keep the book for what we still have in the market."""
        tracked = self.books.get(market)
        if tracked is not None:
            tracked.retired = True

    def drop_market(self, market: MarketId) -> None:
        """Forget a book that is watched no more."""
        tracked = self._verified(market)
        if tracked is not None:
            self._past = Tally.whole([self._past, tracked.integrity.tally])
            self._tending.close(tracked, "dropped")
        self._belief.forget(market)
        self.books.pop(market, None)
        self.changed.pop(market, None)

    def resolve(self, event: MarketResolved) -> None:
        """Nothing more is traded on this market or asked about it."""
        tracked = self.books.get(event.market)
        if tracked is not None:
            tracked.resolved = True
            self._tending.close(tracked, "resolved")

    def snapshot(self, event: BookSnapshot) -> None:
        """Replace a book; one older than what another feed has told can only mend one in doubt."""
        tracked = self._verified(event.market)
        if tracked is None:
            return
        rest = event.feed == REST
        venue_ns = credible(event.venue_ns, event.recv_ns)
        other = event.feed != tracked.feed or self.sources.shared(event.market)
        late = other and venue_ns < tracked.book.venue_ns
        if not rest:
            self._hear(tracked, event, 1)
        if late:
            self._take_late(tracked, event)
            return
        tracked.feed = tracked.feed if rest else event.feed
        tracked.floor_ns = venue_ns if other else Ns(0)
        if event.tick and event.tick != tracked.market.tick:
            self._set_tick(tracked, event.tick)
        before = self._doubted(tracked)
        changed = tracked.book.replace(event)
        if tracked.gap_ns:
            tracked.missed += len(changed)
        agreed = tracked.integrity.take_snapshot(tracked.book, event, changed)
        if rest:
            self._take_rest(tracked, event, before, moved=bool(changed))
            if not agreed or (before == CHECKSUM and not changed):
                self._tending.refute(tracked, event.recv_ns)
        elif agreed and event.hash and not tracked.integrity.believed:
            self._tending.restore(event.recv_ns)
        self._lose(event.market)  # without a feed, what is proven now is not known a moment later
        self.changed[event.market] = tracked

    def delta(self, event: BookDelta) -> None:
        """Overwrite levels; discarded before the first book, and if a book holds them already.

        While nothing speaks against a book, hashes are compared after the decision: one that
        disagrees has a grace anyway, and hashing takes as long as all the rest.
        """
        tracked = self._verified(event.market)
        if tracked is None:
            return
        if not tracked.book.known:
            tracked.integrity.skip_delta(event)
            if event.levels:  # a book older than this misses it
                told_ns = credible(event.venue_ns, event.recv_ns)
                tracked.book.venue_ns = max(tracked.book.venue_ns, told_ns)
            return
        self._hear(tracked, event, event.frames)
        if event.venue_ns < tracked.floor_ns:
            tracked.integrity.supersede_delta(event)
            return
        tracked.feed = event.feed
        if tracked.integrity.suspect:
            tracked.kept.keep(event, tracked.book.venue_ns)
        else:
            tracked.kept.clear()
        tracked.book.apply(event)
        if tracked.integrity.suspect or tracked.integrity.waits:
            tracked.integrity.take_delta(tracked.book, event)
        else:
            self._unverified[event.market] = event
        self.changed[event.market] = tracked

    def begin_run(self, market: MarketId) -> Source | None:
        """Who tells of a book of which changes may be taken in together from here on, until a cut.

        None while anything speaks against the book or its feed: then each of them may matter.
        """
        tracked = self._verified(market)
        if tracked is None or tracked.integrity.suspect or tracked.integrity.waits:
            return None
        source = self.sources.by_feed.get(tracked.feed) if tracked.feed is not None else None
        if source is None or source.silent_ns is not None or market in source.untold:
            return None
        if tracked.ahead_ns or not tracked.book.known or self._shared(market):
            return None
        self.changed[market] = tracked
        return source

    def take_run(self, change: BookDelta, times: Sequence[Ns]) -> None:
        """What `delta` does for each of many changes that agreed; their feed is heard by itself.

        `change` is the last of them with the levels of all; they came at `times`, never going back.
        """
        tracked = self.books[change.market]
        tracked.heard_ns = change.recv_ns
        tracked.silent_ns = Ns(0)
        tracked.changes += len(times)
        tracked.rhythm.hear_all(times)
        tracked.kept.clear()
        tracked.book.apply(change)
        if len(times) > 1:
            tracked.integrity.take_agreed(len(times) - 1, times[-2])
        self._unverified[change.market] = change

    def trade(self, event: PublicTrade) -> None:
        """The market's last trade price is part of what the venue hashes."""
        tracked = self._verified(event.market)
        if tracked is not None:
            self._know_trade(tracked, event.price, event.venue_ns, event.recv_ns)

    def tick(self, event: TickSizeChanged) -> None:
        """Keep the levels, use the new grid, and ask for proof."""
        tracked = self._verified(event.market)
        if tracked is None or tracked.market.tick == event.tick:
            return
        self._set_tick(tracked, event.tick)
        tracked.integrity.doubt("tick size changed")
        self.changed[event.market] = tracked

    def gap(self, event: GapOpened) -> None:
        """Something was lost: distrust the book until it is proven again."""
        tracked = self._verified(event.market)
        if tracked is not None:
            tracked.integrity.doubt(event.cause or "gap")
            self.changed[event.market] = tracked

    def stand_still(self, now: Ns) -> None:
        """What waited in the sockets is old, proofs and all: let it be read, and then be proven."""
        self._stale_ns = Ns(now + CATCH_UP_NS)
        for market, tracked in self.books.items():
            self._verified(market)
            tracked.integrity.doubt(STOOD_STILL)
            self.changed[market] = tracked

    def feed(self, event: FeedUp | FeedDown | FeedCarries | FeedBehind) -> None:
        """Which feeds are up, and which books each of them feeds."""
        if isinstance(event, FeedBehind):
            self.sources.untell(event.market, BEHIND, event.recv_ns, event.feed)
            self._lose(event.market)
            return
        for market in self.sources.take(event):
            self._lose(market)

    def fed(self, market: MarketId) -> bool:
        """Whether a feed would tell of a change of the market's book."""
        return self.sources.fed(market)

    def distrust(self, tracked: Tracked, now: Ns) -> str:
        """Why no order may rest on a book, or empty."""
        if now < self._stale_ns:
            return STOOD_STILL
        return distrust(tracked, self.sources, now, self._ages.proof_ns_max)

    def cut(self, now: Ns) -> list[FeedOrder | FeedNews]:
        """Let graces run out, open and close gaps, and ask for what is due."""
        return self._tending.cut(now)

    def verify(self) -> None:
        """Compare the hashes that waited for a decision; the engine calls it when that is made."""
        for market in tuple(self._unverified):
            self._verified(market)

    def _doubted(self, tracked: Tracked) -> str:
        """Why a book is suspect or soon would be: REST may be asked about a silence before."""
        market = tracked.market.id
        why = tracked.integrity.suspect
        if not why and not self.fed(market):
            why = self.sources.unfed(market)
        asked = tracked.silent_ns or self.sources.asked(market)
        return why or (SILENT if asked else "")

    def _take_late(self, tracked: Tracked, event: BookSnapshot) -> None:
        """A trade that we missed is news; its levels mend a book in doubt, but prove none."""
        if event.last_trade is not None:
            self._know_trade(tracked, event.last_trade, event.venue_ns, event.recv_ns)
        if not tracked.integrity.suspect:
            return
        if (mended := tracked.kept.onto(event)) is not None:
            changed = tracked.book.replace(mended)
            tracked.missed += len(changed)
            tracked.integrity.mend(changed)
            self.changed[event.market] = tracked
        if event.feed == REST:  # which cannot prove it before the market rests
            self.sources.ail(event.market, tracked.integrity.suspect, event.recv_ns)

    def _take_rest(
        self, tracked: Tracked, event: BookSnapshot, before: str, *, moved: bool
    ) -> None:
        """What a REST book says of the feeds that should have told the same."""
        market, now = tracked.market.id, event.recv_ns
        if tracked.integrity.depth_ns == now:
            tracked.confirmed_ns = now
        if not moved:
            if tracked.rest_changed_ns != now:  # the other outcome's book of the same answer
                self.sources.confirm(market, now)
                if tracked.silent_ns:
                    tracked.rhythm.quiet(now)
                    tracked.silent_ns = Ns(0)
            return
        tracked.rest_changed_ns = now
        if before in SILENCES:
            self._tending.miss(tracked, now)
        elif not before:  # the stream may be on its way
            tracked.ahead_ns = tracked.ahead_ns or now
            tracked.ahead_venue_ns = credible(event.venue_ns, event.recv_ns)

    def _shared(self, market: MarketId) -> bool:
        return len(self.sources.by_feed) > 1 and self.sources.shared(market)

    def _hear(self, tracked: Tracked, event: BookSnapshot | BookDelta, messages: int) -> None:
        """A feed told of a market, however late."""
        source = self.sources.by_feed.get(event.feed)
        if source is not None:
            source.heard(tracked.market.id, messages, event.recv_ns)
            if source.silent_ns is not None:
                self._resume(source)
        tracked.heard_ns = event.recv_ns
        tracked.silent_ns = Ns(0)
        tracked.changes += messages
        tracked.rhythm.hear(messages, event.recv_ns)
        if tracked.ahead_ns and event.venue_ns >= tracked.ahead_venue_ns:
            tracked.ahead_ns = Ns(0)

    def _resume(self, source: Source) -> None:
        """A silent feed tells again: what it left out meanwhile is known of no book."""
        alone = [market for market in source.carries if not self.fed(market)]
        source.speak()
        for market in alone:
            tracked = self._verified(market)
            if tracked is not None:
                tracked.integrity.doubt(SILENT_SOCKET)
                self.changed[market] = tracked

    def _know_trade(self, tracked: Tracked, price: Price, venue_ns: Ns, now: Ns) -> None:
        if venue_ns < tracked.book.trade_ns:  # prints may come late
            return
        tracked.book.last_trade = price
        tracked.book.trade_ns = venue_ns
        if tracked.integrity.waits:
            tracked.integrity.recheck(tracked.book, now)
        self.changed[tracked.market.id] = tracked

    def _set_tick(self, tracked: Tracked, tick: Price) -> None:
        tracked.market = structs.replace(tracked.market, tick=tick)
        tracked.integrity.checksum.set_tick(tick)

    def _verified(self, market: MarketId) -> Tracked | None:
        """A book whose evidence is complete, before either changes again."""
        tracked = self.books.get(market)
        delta = self._unverified.pop(market, None)
        if tracked is not None and delta is not None:
            tracked.integrity.take_delta(tracked.book, delta)
        return tracked

    def _lose(self, market: MarketId) -> None:
        tracked = self._verified(market)
        if tracked is None or self.fed(market):
            return
        cause = self.sources.unfed(market)
        if cause != SILENT_SOCKET:  # REST may find that there was nothing to tell
            tracked.integrity.doubt(cause)
        self.changed[market] = tracked
