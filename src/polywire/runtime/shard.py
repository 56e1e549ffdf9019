"""The sockets of one set of markets: one or two, and one more while another is replaced.

Owns which of their frames are let through and which socket goes; pool.py has the markets.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

import structlog

from polywire.core.ids import FeedId, MarketId
from polywire.core.model.counts import SocketCount
from polywire.core.model.event import Event
from polywire.core.model.instrument import Market
from polywire.core.units import SECOND, Ns
from polywire.observe.latency import Histogram
from polywire.observe.run_status import FeedCounts
from polywire.runtime.feed import MarketFeed, Put
from polywire.venues.polymarket.twins import KEEP_NS, Twins
from polywire.venues.reconnector import FAILURES_MAX
from polywire.venues.session import ConnectionState

PROOF_NS: Final = 5 * SECOND
"""A new socket that has not told the first book of all its markets by then may be dropped again."""

GONE_MAX: Final = 16
"""Replaced sockets whose counts are still told; all were written down before."""

log = structlog.get_logger()

Opening = Callable[[FeedId], MarketFeed]


class Shard:
    """Feeds that carry the same markets; `look` has to be called a few times a second.

    `leads`: by how much each was first with what another brought too.
    """

    def __init__(self, seats: Sequence[FeedId], opening: Opening, put: Put) -> None:
        self.feeds = [opening(seat) for seat in seats]
        self.leads: dict[FeedId, Histogram] = {}
        self.gone = FeedCounts()
        """What those that were replaced had counted; each replacement is a reconnection."""
        self._dropped: deque[SocketCount] = deque(maxlen=GONE_MAX)
        self._opening = opening
        self._put = put
        self._markets: dict[MarketId, Market] = {}
        self._lives: Counter[str] = Counter()
        self._replacing: dict[MarketFeed, tuple[MarketFeed, Ns]] = {}
        self._twins: Twins | None = None
        self._alone_ns = Ns(0)
        self._sift()

    @property
    def markets(self) -> Sequence[Market]:
        """What the sockets carry."""
        return tuple(self._markets.values())

    @property
    def failing(self) -> bool:
        """Whether each socket has failed so often that it is not expected back soon."""
        return all(feed.session.attempt >= FAILURES_MAX for feed in self.feeds)

    @property
    def proven(self) -> bool:
        """Whether one of its sockets is live and has told a book of every market."""
        return any(
            feed.session.state is ConnectionState.LIVE
            and not feed.session.attempt
            and not feed.session.untold
            for feed in self.feeds
        )

    def share_first(self, feed: FeedId) -> float:
        """The part of what several brought that this one brought first."""
        count = sum(lead.count for lead in self.leads.values())
        return self.leads[feed].count / count if feed in self.leads else 0.0

    def counted(self) -> list[SocketCount]:
        """What each socket has counted, of those that were replaced too."""
        return [*self._dropped, *(self._counted(feed) for feed in self.feeds)]

    def add(self, markets: Sequence[Market], now: Ns) -> None:
        """Carry these markets too."""
        self._markets.update({market.id: market for market in markets})
        for feed in self.feeds:
            self._put(feed.session.subscribe(markets, now))
            feed.flush()

    def remove(self, markets: Iterable[MarketId], now: Ns) -> None:
        """Carry these markets no more."""
        markets = tuple(markets)
        for market in markets:
            self._markets.pop(market, None)
        for feed in self.feeds:
            self._put(feed.session.unsubscribe(markets, now))
            feed.flush()

    def replace(self, old: MarketFeed, now: Ns) -> None:
        """Open another socket for one that is up, unless that is under way or was in vain lately.

        The old one goes once the new one has told the first book of every market.
        """
        new_ones = [new for new, _ in self._replacing.values()]
        if old in self._replacing or old in new_ones:
            return
        if not old.connected or now < old.session.retry_at():
            return
        self._put(old.session.connecting(now))
        seat = seat_of(old.name)
        self._lives[seat] += 1
        new = self._opening(FeedId(f"{seat}.{self._lives[seat] + 1}"))
        self.feeds.append(new)
        self._replacing[old] = (new, now)
        self._sift()
        self._put(new.session.subscribe(self.markets, now))
        new.start()

    def look(self, now: Ns) -> None:
        """See how replacements stand and which twin is behind."""
        for old in tuple(self._replacing):
            self._judge(old, now)
        if self._twins is None:
            return
        told = {feed.session.feed: feed.session.told for feed in self.feeds}
        behind = self._twins.look(told, now)
        if behind:
            self._put(behind)
        if len(self.feeds) == 1 and now - self._alone_ns >= KEEP_NS:
            self._twins = None  # all that the other had told is known to have come here too
            self._sift()

    def _judge(self, old: MarketFeed, now: Ns) -> None:
        new, began_ns = self._replacing[old]
        proven = new.session.heard_at > 0 and not new.session.untold
        if not proven and now - began_ns < PROOF_NS:
            return
        del self._replacing[old]
        if proven or _better(new, old, began_ns):
            log.info("feed_replaced", feed=new.session.feed, reason=f"in place of {old.name}")
            self._drop(old, now, f"replaced by {new.name}")
            return
        cause = f"{new.name} told no book of {new.session.untold} markets"
        log.warning("feed_not_replaced", feed=old.session.feed, reason=cause)
        self._drop(new, now, cause)
        self._put(old.session.unproven(now, cause))

    def _drop(self, feed: MarketFeed, now: Ns, cause: str) -> None:
        self.feeds.remove(feed)
        self._sift()
        self._dropped.append(self._counted(feed, gone=True))
        counts = feed.counts()
        self.gone.frames += counts.frames
        self.gone.reconnects += counts.reconnects + 1
        self.gone.undecodable += counts.undecodable
        self.gone.unknown += counts.unknown
        feed.stop(cause)
        self._put(feed.session.ended(now, cause))
        self._alone_ns = now

    def _counted(self, feed: MarketFeed, *, gone: bool = False) -> SocketCount:
        counts, leads = feed.counts(), self.leads.get(feed.name)
        return SocketCount(
            feed.name,
            frames=counts.frames,
            undecodable=counts.undecodable,
            unknown=counts.unknown,
            pongs=feed.session.stats.pongs,
            reconnects=counts.reconnects + gone,
            first=leads.count if leads else 0,
            lead_p50_ns=leads.percentile(0.5) if leads else 0,
            lead_p99_ns=leads.percentile(0.99) if leads else 0,
            gone=gone,
        )

    def _sift(self) -> None:
        """Compare what the sockets bring as long as there are several."""
        if self._twins is None and len(self.feeds) > 1:
            self._twins = Twins(self._led)
        if self._twins is not None:
            self._twins.pair = len(self.feeds) == 2
        for feed in self.feeds:
            sifts = self._twins is not None
            feed.receive = partial(self._sifted, feed) if sifts else feed.session.receive

    def _sifted(self, feed: MarketFeed, frame: bytes, now: Ns) -> list[Event]:
        """What a socket's frame says, if no other has said it before."""
        if self._twins is None or self._twins.passes(feed.session.feed, frame, now):
            return feed.session.receive(frame, now)
        return feed.session.repeated(now)

    def _led(self, feed: FeedId, lead_ns: int) -> None:
        if feed not in self.leads:
            self.leads[feed] = Histogram()
        self.leads[feed].add(lead_ns)


def seat_of(feed: FeedId) -> FeedId:
    """The first of those that have one another's place: market-1 of market-1.3."""
    return FeedId(feed.partition(".")[0])


def _better(new: MarketFeed, old: MarketFeed, began_ns: Ns) -> bool:
    """Which of two sockets should stay, though the new one has not told every book."""
    if not new.session.heard_at:
        return False
    return old.session.heard_at < began_ns or new.session.untold <= old.session.untold
