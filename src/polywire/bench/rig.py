"""The whole engine as paper trading runs it, or with an order edge of the caller's.

Real: sockets, sessions, inbox, journal on disk, engine, verification, simulated venue.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import structs
from typing_extensions import override

from polywire.bench.tape import Tape
from polywire.config.demo import CASH, demo_settings
from polywire.config.schema import SeatSettings, dump
from polywire.core.book.integrity import Tally
from polywire.core.engine.engine import Engine, EngineParameters
from polywire.core.engine.roster import Roster, Seat
from polywire.core.ids import FeedId, MarketId, RunId, StrategyId
from polywire.core.model.account import AccountEvent
from polywire.core.model.control import ControlEvent, RunStarted
from polywire.core.model.event import Event
from polywire.core.model.healing import FeedOrder
from polywire.core.model.instrument import Market
from polywire.core.model.market import InstrumentListed
from polywire.core.strategy import Strategy
from polywire.core.units import MILLISECOND, Ns, Price, Quantity
from polywire.journal.log import Journal
from polywire.net.clock import Clock
from polywire.runtime.feed import MarketFeed, OnFrame
from polywire.runtime.heap import settle_heap
from polywire.runtime.inbox import DRAIN_MAX, Inbox
from polywire.runtime.loop import EngineLoop, OrderEdge, PutFact
from polywire.sim.latency import ConstantLatency
from polywire.sim.venue import SimVenue
from polywire.strategies.holder import HolderParameters
from polywire.venues.polymarket.checksum import BookChecksum
from polywire.venues.polymarket.market_ws import MarketSession

RUN = RunId("bench")
SHARES = Quantity(10_000_000)
WAIT_S = 60.0
EdgeFor = Callable[[Engine, Clock, PutFact], OrderEdge]
LATENCY = ConstantLatency(Ns(20 * MILLISECOND), Ns(20 * MILLISECOND))


class MeteredInbox(Inbox):
    """Remembers the most events that ever waited for a drain."""

    def __init__(self, *, merge: bool) -> None:
        super().__init__(merge=merge)
        self.waited_max = 0

    @override
    def drain(self, most: int = DRAIN_MAX) -> list[Event]:
        self.waited_max = max(self.waited_max, len(self._market))
        return super().drain(most)


class NoProofs:
    """Nobody to ask: the feed alone has to prove the books."""

    def __init__(self) -> None:
        self.asked = 0

    def ask(self, _: FeedOrder) -> None:
        """Count what was asked."""
        self.asked += 1


class Rig:
    """Start it, let frames come, `settle`, look, `stop`."""

    def __init__(
        self,
        tape: Tape,
        strategy: Callable[[Engine], Strategy],
        folder: Path,
        *,
        merge: bool = True,
        on_frame: OnFrame | None = None,
        edge: EdgeFor | None = None,
    ) -> None:
        settings = demo_settings(strategies=0)
        roster = Roster(())
        self.engine = Engine(
            EngineParameters(
                limits=settings.limits,
                audit_ns=settings.audit_ns,
                sell_pending=settings.sell_pending,
                audit_twin_ns=settings.audit_twin_ns,
            ),
            roster,
            BookChecksum,
        )
        watcher = strategy(self.engine)
        roster.seats[watcher.name] = Seat(watcher, CASH, 0, 0)
        self._settings = structs.replace(settings, strategies=(_idle(watcher.name),))
        self.clock = Clock()
        self.proofs = NoProofs()
        self.feeds: list[MarketFeed] = []
        self._tape = tape
        self._on_frame = on_frame
        self._journal = Journal(folder, RUN)
        books = self.engine.watch.books
        orders: OrderEdge = SimVenue(books, self._proven, LATENCY, CASH)
        if edge is not None:
            orders = edge(self.engine, self.clock, self._put)
        self.loop = EngineLoop(
            self.engine, self._journal, self.clock, orders, self.proofs, merge=merge
        )
        self.inbox = self.loop.inbox = MeteredInbox(merge=merge)

    @property
    def frames(self) -> int:
        """Frames received and decoded so far."""
        return sum(feed.session.stats.frames for feed in self.feeds)

    @property
    def tally(self) -> Tally:
        """What the hashes said."""
        return self.engine.watch.tally

    async def start(self, url: Callable[[int], str], shards: Sequence[Sequence[Market]]) -> None:
        """List the markets, connect, and wait until every book is proven.

        By its journal a strategy ran that wants nothing, as the caller's does where it is followed.
        """
        now = self.clock.now()
        self.loop.put_fact(RunStarted(now, RUN, "bench", dump(self._settings), CASH))
        self.loop.put([InstrumentListed(now, market) for market in self._tape.markets])
        self.loop.start()
        for number, shard in enumerate(shards):
            session = MarketSession(FeedId(f"market-{number}"), lambda: 0.5)
            self.loop.put(session.subscribe(shard, now))
            feed = MarketFeed(session, url(number), self.clock, self.loop.put, self._on_frame)
            self.feeds.append(feed)
            feed.start()
        await self.settle(len(self._tape.opening))
        unproven = [market.id for market in self._tape.markets if not self._proven(market.id)]
        assert not unproven, f"{len(unproven)} books are not proven by their first hash"
        settle_heap()

    async def settle(self, frames: int) -> None:
        """Wait until so many frames came in all and the engine has seen every one."""
        async with asyncio.timeout(WAIT_S):
            while self.frames < frames or self.loop.inbox:  # noqa: ASYNC110 - an event a frame would be timed too
                await asyncio.sleep(0.002)
        assert self.frames == frames, f"{self.frames} frames of {frames}"

    async def stop(self) -> None:
        """Close sockets and journal."""
        for feed in self.feeds:
            await feed.close()
        self.loop.stop()
        self._journal.close()
        assert self.loop.failure is None, f"the journal failed: {self.loop.failure}"

    def check(self, *, books: bool = True, idle: bool = True) -> None:
        """No hash was wrong, nothing had to be asked by REST; books equal the exchange's own.

        `books` is False where only part of the tape was sent, `idle` where the machine may be too
        busy to keep up, so that books are asked for.
        """
        for market, tracked in self.engine.watch.books.items() if books else ():
            true = self._tape.books[market]
            assert tracked.book.bid_ladder.sizes == true.bids.sizes, f"bids of {market}"
            assert tracked.book.ask_ladder.sizes == true.asks.sizes, f"asks of {market}"
        tally = self.tally
        assert tally.wrong == 0, f"{tally.wrong} hashes were wrong"
        assert tally.unverifiable == 0, f"{tally.unverifiable} could not be verified"
        assert not (idle and self.proofs.asked), f"{self.proofs.asked} books were asked for by REST"
        undecodable = sum(feed.session.stats.undecodable for feed in self.feeds)
        assert undecodable == 0, f"{undecodable} frames could not be read"

    def _put(self, fact: AccountEvent | ControlEvent) -> None:
        self.loop.put_fact(fact)

    def _proven(self, market: MarketId) -> bool:
        tracked = self.engine.watch.books.get(market)
        return tracked is not None and not self.engine.standing.distrust_of(tracked)


def _idle(name: StrategyId) -> SeatSettings:
    """A strategy that a second engine can be made with: nobody asks a millionth of a dollar."""
    least = Price(1)
    never = HolderParameters(shares=SHARES, price_min=least, price_max=least, spread_max=least)
    return SeatSettings(name=name, parameters=never, budget=CASH, patience_ns=0, dwell_ns=0)
