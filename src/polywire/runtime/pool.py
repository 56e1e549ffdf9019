"""Where the events of the watched markets come from: as many sockets as those markets need."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from polywire.core.ids import FeedId, MarketId
from polywire.core.model.control import ReconnectorMoved
from polywire.core.model.healing import ReplaceSocket, Resubscribe
from polywire.core.model.instrument import Market
from polywire.core.units import MILLISECOND
from polywire.net.clock import Clock
from polywire.observe.run_status import FeedCounts, FeedLine
from polywire.runtime.fallback import Fallback
from polywire.runtime.feed import MarketFeed, OnFrame, Put
from polywire.runtime.recorder import KeptSession
from polywire.runtime.shard import Shard, seat_of
from polywire.runtime.tasks import Task, end, spawn
from polywire.venues.polymarket.market_ws import MarketSession
from polywire.venues.polymarket.shards import Shards

CONNECT_GAP_NS = 100 * MILLISECOND
"""Sockets open one after the other: many at once are answered with 429 (polymarket.md 1.2)."""
TEND_NS = 250 * MILLISECOND
TWINS = ("", "b")
"""What the names of a shard's sockets end with."""


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
    """Adds and removes markets; each lives on one shard for as long as that does.

    A shard is one socket, or with a `redundancy` of 2 two with the same markets. `fallback`, if
    set, polls for those that fail.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        put: Put,
        random: Callable[[], float],
        on_frame: OnFrame | None = None,
        redundancy: int = 1,
    ) -> None:
        assert 1 <= redundancy <= len(TWINS), f"redundancy {redundancy}"
        self.shards: list[Shard] = []
        self.fallback: Fallback | None = None
        self.keep: OnFrame | None = None
        """Told of each frame that a session reads, where a run is recorded; set it before `add`."""
        self._url = url
        self._clock = clock
        self._put = put
        self._random = random
        self._on_frame = on_frame
        self._twins = TWINS[:redundancy]
        self._places = Shards()
        self._moves: dict[FeedId, ReconnectorMoved] = {}
        self._task: Task | None = None

    @property
    def feeds(self) -> list[MarketFeed]:
        """Every socket, whichever shard it is of."""
        return [feed for shard in self.shards for feed in shard.feeds]

    def add(self, markets: Sequence[Market]) -> None:
        """Carry these markets too, opening sockets where there is no room."""
        by_id = {market.id: market for market in markets}
        for place, ids in self._places.assign(by_id).items():
            while len(self.shards) <= place:
                self._open()
            self.shards[place].add([by_id[key] for key in ids], self._clock.now())
        self._task = self._task or spawn(self._tend())

    def resume(self, moves: Iterable[ReconnectorMoved]) -> None:
        """Try again as an earlier run would have: what was refused then is not asked at once."""
        self._moves = {seat_of(move.feed): move for move in moves}

    def remove(self, markets: Iterable[MarketId]) -> None:
        """Carry these markets no more."""
        for place, ids in self._places.release(markets).items():
            self.shards[place].remove(ids, self._clock.now())

    def resubscribe(self, command: Resubscribe) -> None:
        """Leave a market and carry it anew; nothing happens on a feed that does not carry it."""
        for feed in self.feeds:
            if feed.name == command.feed:
                feed.session.resubscribe(command.market)
                feed.flush()

    def replace(self, command: ReplaceSocket) -> None:
        """Open another socket with the same markets, and drop this one once that has told them."""
        for shard in self.shards:
            for feed in tuple(shard.feeds):
                if feed.name == command.feed:
                    shard.replace(feed, self._clock.now())

    def announced(self) -> bool:
        """Whether a new market was announced since the last time this was asked."""
        found = [feed.session.take_announcements() for feed in self.feeds]
        return any(found)

    def lines(self) -> list[FeedLine]:
        """How each socket stands, and polling where it stands in for some."""
        lines = [
            FeedLine(
                feed.name,
                feed.session.state,
                feed.session.attempt,
                self._places.assets(place),
                feed.session.cause,
                feed.session.reconnector.state,
                shard.share_first(feed.name),
            )
            for place, shard in enumerate(self.shards)
            for feed in shard.feeds
        ]
        return lines + self.fallback.polled.lines() if self.fallback else lines

    def counts(self) -> FeedCounts:
        """What was counted, all together."""
        counts = [feed.counts() for feed in self.feeds] + [shard.gone for shard in self.shards]
        if self.fallback is not None:
            counts.append(self.fallback.polled.counts())
        return FeedCounts(
            frames=sum(count.frames for count in counts),
            reconnects=sum(count.reconnects for count in counts),
            undecodable=sum(count.undecodable for count in counts),
            unknown=sum(count.unknown for count in counts),
        )

    async def close(self) -> None:
        """Close every socket, and poll no more."""
        await end(self._task)
        if self.fallback is not None:
            await self.fallback.polled.close()
        await asyncio.gather(*(feed.close() for feed in self.feeds))

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(self._clock.wait_s(TEND_NS))
            now = self._clock.now()
            for shard in self.shards:
                shard.look(now)
            if self.fallback is not None:
                self.fallback.look(self.shards, now)

    def _open(self) -> None:
        seats = [FeedId(f"market-{len(self.shards) + 1}{twin}") for twin in self._twins]
        before = len(self.feeds)
        self.shards.append(Shard(seats, self._feed, self._put))
        for number, feed in enumerate(self.shards[-1].feeds):
            last = self._moves.pop(feed.name, None)
            if last is not None:
                self._put(feed.session.resume(last, self._clock.now()))
            feed.start((before + number) * CONNECT_GAP_NS)

    def _feed(self, name: FeedId) -> MarketFeed:
        session = (
            MarketSession(name, self._random)
            if self.keep is None
            else KeptSession(name, self._random, self.keep)
        )
        return MarketFeed(session, self._url, self._clock, self._put, self._on_frame)
