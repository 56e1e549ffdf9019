"""Where the events of the watched markets come from: as many sockets as those markets need."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from polywire.core.ids import FeedId, MarketId
from polywire.core.model.healing import ReplaceSocket, Resubscribe
from polywire.core.model.instrument import Market
from polywire.core.units import MILLISECOND
from polywire.net.clock import Clock
from polywire.observe.status import FeedCounts, FeedLine
from polywire.runtime.feed import Feed, OnFrame, Put
from polywire.venues.polymarket.market_ws import MarketSession
from polywire.venues.polymarket.shards import Shards

CONNECT_GAP_NS = 100 * MILLISECOND
"""Sockets open one after the other: many at once are answered with 429 (polymarket.md 1.2)."""


class Pool(Protocol):
    """The feeds of a run, whichever kind: over sockets here, by polling in poll.py."""

    def add(self, markets: Sequence[Market]) -> None:
        """Carry these markets too."""

    def remove(self, markets: Iterable[MarketId]) -> None:
        """Carry these markets no more."""

    def announced(self) -> bool:
        """Whether a new market was announced since the last time this was asked."""

    def lines(self) -> list[FeedLine]:
        """How each feed stands."""

    def counts(self) -> FeedCounts:
        """What they counted, all together."""

    async def close(self) -> None:
        """End all feeds."""


class FeedPool:
    """Adds and removes markets; each lives on one socket for as long as that socket does."""

    def __init__(
        self,
        url: str,
        clock: Clock,
        put: Put,
        random: Callable[[], float],
        on_frame: OnFrame | None = None,
    ) -> None:
        self.feeds: list[Feed] = []
        self._url = url
        self._clock = clock
        self._put = put
        self._random = random
        self._on_frame = on_frame
        self._shards = Shards()

    def add(self, markets: Sequence[Market]) -> None:
        """Carry these markets too, opening sockets where there is no room."""
        by_id = {market.id: market for market in markets}
        for shard, ids in self._shards.assign(by_id).items():
            feed = self._feed(shard)
            self._put(feed.session.subscribe([by_id[key] for key in ids], self._clock.now()))
            feed.flush()

    def remove(self, markets: Iterable[MarketId]) -> None:
        """Carry these markets no more."""
        for shard, ids in self._shards.release(markets).items():
            feed = self.feeds[shard]
            self._put(feed.session.unsubscribe(ids, self._clock.now()))
            feed.flush()

    def resubscribe(self, command: Resubscribe) -> None:
        """Leave a market and carry it anew; nothing happens on a feed that does not carry it."""
        for feed in self.feeds:
            if feed.session.feed == command.feed:
                feed.session.resubscribe(command.market)
                feed.flush()

    def replace(self, command: ReplaceSocket) -> None:
        """Give a socket up and connect anew."""
        for feed in self.feeds:
            if feed.session.feed == command.feed:
                feed.drop(command.reason)

    def assets(self, place: int) -> int:
        """How many assets the nth socket carries."""
        return self._shards.assets(place)

    def announced(self) -> bool:
        """Whether a new market was announced since the last time this was asked."""
        found = [feed.session.take_announcements() for feed in self.feeds]
        return any(found)

    def lines(self) -> list[FeedLine]:
        """How each socket stands."""
        return [
            FeedLine(
                feed.session.feed,
                feed.session.state,
                feed.session.attempt,
                self.assets(place),
                feed.session.cause,
            )
            for place, feed in enumerate(self.feeds)
        ]

    def counts(self) -> FeedCounts:
        """What the sockets counted, all together."""
        stats = [feed.session.stats for feed in self.feeds]
        return FeedCounts(
            frames=sum(stat.frames for stat in stats),
            reconnects=sum(feed.reconnects for feed in self.feeds),
            undecodable=sum(stat.undecodable for stat in stats),
            unknown=sum(sum(stat.unknown.values()) for stat in stats),
        )

    async def close(self) -> None:
        """Close every socket."""
        await asyncio.gather(*(feed.close() for feed in self.feeds))

    def _feed(self, shard: int) -> Feed:
        while len(self.feeds) <= shard:
            place = len(self.feeds)
            session = MarketSession(FeedId(f"market-{place + 1}"), self._random)
            feed = Feed(session, self._url, self._clock, self._put, self._on_frame)
            self.feeds.append(feed)
            feed.start(place * CONNECT_GAP_NS)
        return self.feeds[shard]
