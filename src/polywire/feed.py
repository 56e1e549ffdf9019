"""The feed as a library: subscribe, read a book that proves itself, iterate events, close.

The same sessions, books and proofs as in trading, without strategies, orders or a journal. How to
use it is in docs/how-to/use-the-feed.md.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from msgspec import Struct

from polywire.core.engine.engine import Engine, EngineParameters
from polywire.core.engine.roster import Roster
from polywire.core.errors import ConfigError
from polywire.core.ids import InstrumentId, MarketId
from polywire.core.model.account import AccountEvent
from polywire.core.model.event import Event, Record
from polywire.core.model.instrument import Market, Side
from polywire.core.model.market import InstrumentListed
from polywire.core.risk.limits import Limits
from polywire.core.units import SECOND, Money, Ns, Price, Quantity
from polywire.net.clock import Clock
from polywire.net.http import Http
from polywire.runtime.catalogue import CatalogueReader
from polywire.runtime.endpoints import POLYMARKET, Endpoints
from polywire.runtime.loop import EngineLoop
from polywire.runtime.mender import Mender
from polywire.runtime.pool import FeedPool
from polywire.runtime.prover import BookProver
from polywire.runtime.tasks import spawn
from polywire.venues.polymarket.checksum import BookChecksum

__all__ = ["POLYMARKET", "Book", "Endpoints", "Feed", "open_feed"]

AUDIT_NS = 45 * SECOND
PROOF_AGE_NS_MAX = 120 * SECOND
EVENTS_WAITING_MAX = 100_000
NO_ORDERS = Limits(
    order_size_max=Quantity(0),
    position_max=Quantity(0),
    price_through_max=Price(0),
    market_exposure_max=Money(0),
    group_exposure_max=Money(0),
    venue_exposure_max=Money(0),
    total_exposure_max=Money(0),
    loss_max=Money(0),
    orders_per_minute=0,
    proof_age_ns_max=PROOF_AGE_NS_MAX,
)


class Book(Struct, frozen=True):
    """One token's book at this moment: micro-dollars and micro-shares, levels best first.

    `distrust` says why the book should not be acted on; empty means that it is proven.
    """

    bids: tuple[tuple[Price, Quantity], ...]
    asks: tuple[tuple[Price, Quantity], ...]
    proven_ns: Ns
    distrust: str

    @property
    def bid(self) -> Price | None:
        """Best bid; None where nobody bids."""
        return self.bids[0][0] if self.bids else None

    @property
    def ask(self) -> Price | None:
        """Best ask; None where nobody offers."""
        return self.asks[0][0] if self.asks else None


class Feed:
    """Made by `open_feed`. Books update by themselves; read them whenever you like."""

    def __init__(self, endpoints: Endpoints, seed: int) -> None:
        parameters = EngineParameters(
            limits=NO_ORDERS, audit_ns=AUDIT_NS, sell_pending=False, audit_twin_ns=AUDIT_NS
        )
        self._engine = Engine(parameters, Roster(()), BookChecksum)
        self._markets: dict[InstrumentId, Market] = {}
        self._events = EventTap()
        clock = Clock()
        self._http = Http()
        self._prover = BookProver(self._http, endpoints.clob, clock, self._put, self._market)
        chance = random.Random(seed)
        self._pool = FeedPool(endpoints.market_ws, clock, self._put, chance.random)
        mender = Mender(self._prover, self._pool)
        self._loop = EngineLoop(self._engine, NoRecords(), clock, self._events, mender)
        self._reader = CatalogueReader(self._http, endpoints.gamma, pages_max=1)
        self._clock = clock
        self._ending = spawn(self._end_events())
        self._loop.start()

    async def subscribe(self, markets: Sequence[str]) -> list[Market]:
        """Carry these markets, named by condition id; their terms as the catalogue tells them.

        Raises ConfigError for a market that is unknown or closed, TransportError if the catalogue
        cannot be reached.
        """
        found = await self._reader.markets([MarketId(name) for name in markets])
        missing = sorted(set(markets) - {market.id for market in found})
        if missing:
            raise ConfigError(f"no open market {', '.join(missing)} in the catalogue")
        now = self._clock.now()
        for market in found:
            self._markets.update({one.instrument: market for one in market.outcomes})
        self._put([InstrumentListed(now, market) for market in found])
        self._pool.add(found)
        return found

    def book(self, token: str) -> Book:
        """The token's book now. Raises ConfigError for a token that was not subscribed.

        What ended the engine, a bug, is raised here too: a book that stands still proves nothing.
        """
        self._raise_failure()
        market = self._markets.get(InstrumentId(token))
        if market is None:
            raise ConfigError(f"token {token} is not subscribed")
        tracked = self._engine.watch.books.get(market.id)
        if tracked is None:
            return Book((), (), Ns(0), "no snapshot")
        outcome = market.outcome_index(InstrumentId(token))
        return Book(
            tuple(tracked.book.levels(outcome, Side.BUY)),
            tuple(tracked.book.levels(outcome, Side.SELL)),
            tracked.integrity.proven_ns,
            self._engine.standing.distrust_of(tracked),
        )

    async def events(self) -> AsyncIterator[Event]:
        """Every market event from now on, after the books took it in; ends when the feed closes.

        Merged changes say how many frames they stand for. A reader that falls 100,000 events
        behind gets an OverflowError rather than a hole it cannot see.
        """
        async for event in self._events.read():
            yield event
        self._raise_failure()

    async def close(self) -> None:
        """Close the sockets and end `events`."""
        self._loop.stop()
        await self._ending
        await self._prover.close()
        await self._pool.close()
        await self._http.close()

    async def _end_events(self) -> None:
        await self._loop.stopped.wait()
        self._events.end()

    def _raise_failure(self) -> None:
        if self._loop.failure is not None:
            raise self._loop.failure

    def _put(self, events: Iterable[Event]) -> None:
        self._loop.put(events)

    def _market(self, market: MarketId) -> Market | None:
        tracked = self._engine.watch.books.get(market)
        return tracked.market if tracked is not None else None


@asynccontextmanager
async def open_feed(endpoints: Endpoints = POLYMARKET, *, seed: int = 0) -> AsyncIterator[Feed]:
    """A feed for as long as the block lasts; `seed` varies the jitter of reconnections."""
    feed = Feed(endpoints, seed)
    try:
        yield feed
    finally:
        await feed.close()


class EventTap:
    """Stands where orders would go and hands on what the engine saw."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Event | None] = asyncio.Queue()
        self._read = False
        self._overflowed = False

    async def read(self) -> AsyncIterator[Event]:
        """Events until the end."""
        self._read = True
        while (event := await self._waiting.get()) is not None:
            yield event
            if self._overflowed:
                raise OverflowError(f"{EVENTS_WAITING_MAX} events were not read in time")

    def end(self) -> None:
        """Let a reader finish."""
        self._waiting.put_nowait(None)

    def observe(self, event: Event) -> None:
        """Keep an event for the reader, if there is one."""
        if self._waiting.qsize() >= EVENTS_WAITING_MAX:
            self._overflowed = True
        elif self._read:
            self._waiting.put_nowait(event)

    def sign(self, approved: object, now: Ns) -> None:
        """Never called: there is no strategy."""
        raise AssertionError(f"a feed places no order, asked for {approved} at {now}")

    def send(self, commands: Sequence[object], now: Ns) -> None:
        """Only ever called without an order."""
        assert not commands, f"a feed sends nothing, asked for {commands} at {now}"

    def due(self, now: Ns) -> list[AccountEvent]:
        """Nothing ever is."""
        assert now >= 0, "time is positive"
        return []

    def wakeup(self) -> Ns | None:
        """Never."""
        return None


class NoRecords:
    """A journal that keeps nothing: nothing leaves, so nothing need be kept."""

    def append(self, record: Record, recv_ns: Ns) -> int:
        """Forget the record."""
        assert recv_ns >= 0, f"{record} has no time"
        return 0

    def barrier(self) -> None:
        """Nothing to commit."""
