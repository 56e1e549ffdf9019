"""Paper runs against local exchanges in this process, over real sockets and real HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import pytest

from polywire.config.build import engine_from
from polywire.config.demo import CASH, demo_settings
from polywire.config.schema import dump
from polywire.core.engine.tracked import Tracked
from polywire.core.ids import MarketId, RunId
from polywire.core.model.instrument import Side
from polywire.core.units import MILLISECOND, SECOND, Ns
from polywire.exchange.app import Exchange, serve
from polywire.exchange.options import ExchangeOptions
from polywire.modes.paper import PaperAccount
from polywire.modes.trading import Trading, TradingSetup
from polywire.runtime.endpoints import Endpoints
from polywire.runtime.watch_list import Watch
from polywire.sim.latency import ConstantLatency
from polywire.venues.polymarket.selection import Criteria

WATCH = Watch(criteria=Criteria(markets_max=25), every_ns=SECOND, pages_max=10)
QUICK = ConstantLatency(Ns(MILLISECOND), Ns(MILLISECOND))

Ladders = tuple[dict[int, int], dict[int, int]]


@dataclass
class Run:
    """One paper run and the exchange it trades on."""

    exchange: Exchange
    paper: Trading
    journal: Path
    session: aiohttp.ClientSession
    stopped: bool = False

    async def stop(self) -> None:
        """Stop the paper run, once."""
        if not self.stopped:
            self.stopped = True
            await self.paper.stop("done")

    @property
    def books(self) -> dict[MarketId, Tracked]:
        """The engine's books."""
        return self.paper.engine.watch.books

    async def until(self, holds: Callable[[], object], within_s: float = 15.0) -> None:
        """Wait until something holds; what does not hold in time fails the test."""
        try:
            async with asyncio.timeout(within_s):
                while not holds():  # noqa: ASYNC110 - what is waited for has no event
                    await asyncio.sleep(0.005)
        except TimeoutError:
            pytest.fail(f"did not happen within {within_s} s: {holds}; {self.paper.status()}")

    async def proven(self, markets: int) -> None:
        """Wait until so many books are tracked and all of them proven."""
        await self.until(lambda: self.tally() == (markets, markets))

    def tally(self) -> tuple[int, int]:
        """How many books are tracked and how many of them are proven."""
        books = self.paper.status().engine.books
        return books.tracked, books.proven

    def distrust(self, market: str) -> str:
        """Why the engine does not trust a market's book, or empty."""
        return self.paper.engine.standing.distrust_of(self.books[MarketId(market)])

    async def tell(self, command: str, **arguments: object) -> None:
        """Have the exchange's control port do something."""
        control = self.exchange.addresses.control
        assert control is not None
        async with self.session.post(control, json={"command": command} | arguments) as reply:
            assert reply.status == 200, await reply.text()

    def first_market(self) -> tuple[str, tuple[str, str]]:
        """A market of the exchange with its two tokens."""
        book = next(iter(self.exchange.venue.flow.books.values()))
        return book.market, book.tokens

    def say(self, text: str) -> None:
        """Send a text of any kind to every reader, as only a broken venue would."""
        for connection in self.exchange.channel._connections:
            connection.send(text)

    async def agreed(self) -> None:
        """Stop the exchange's time and wait until the engine's books equal its own."""
        self.exchange.venue.clock.stop()
        await self.exchange._runner.catch_up(self.exchange.channel)
        await self.until(lambda: self.ours() == self.theirs())

    def theirs(self) -> dict[str, Ladders]:
        """The exchange's books in the first token's prices."""
        return {
            market: (dict(book.bids.sizes), dict(book.asks.sizes))
            for market, book in self.exchange.venue.flow.books.items()
        }

    def ours(self) -> dict[str, Ladders]:
        """The engine's books of unresolved markets in the same form."""
        return {
            str(market): (
                dict(tracked.book.levels(0, Side.BUY)),  # type: ignore[arg-type]
                dict(tracked.book.levels(0, Side.SELL)),  # type: ignore[arg-type]
            )
            for market, tracked in self.books.items()
            if not tracked.resolved
        }


Start = Callable[..., Awaitable[Run]]


@pytest.fixture
async def started(tmp_path: Path) -> AsyncIterator[Start]:
    """A function that starts an exchange and a paper run on it; both are stopped after the test.

    `terms` are fields of the TradingSetup that shall differ.
    """
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())

        async def start(
            options: ExchangeOptions | None = None,
            *,
            strategies: int = 1,
            exchange: Exchange | None = None,
            journal: str = "journal",
            begin: bool = True,
            **terms: object,
        ) -> Run:
            if exchange is None:
                exchange = await serve(options or ExchangeOptions(control=True))
                stack.push_async_callback(exchange.close)
            setup = paper_setup(exchange, tmp_path / journal, strategies)
            paper = Trading(replace(setup, **terms))
            run = Run(exchange, paper, tmp_path / journal, session)
            stack.push_async_callback(run.stop)
            if begin:
                await paper.start()
            return run

        yield start


def paper_setup(exchange: Exchange, journal: Path, strategies: int = 1) -> TradingSetup:
    """What the demo would run, but with a quicker venue and a scan each second."""
    settings = demo_settings(strategies)
    where = exchange.addresses
    return TradingSetup(
        engine=engine_from(settings),
        configuration=dump(settings),
        endpoints=Endpoints(where.clob, where.market_ws, where.gamma, where.data),
        source=exchange.venue.flow.kind,
        watch=WATCH,
        journal=journal,
        run=RunId(f"run-{len([*journal.glob('*.sqlite')])}"),
        build="test",
        account=PaperAccount(CASH, QUICK),
        seed=1,
    )


async def bought(run: Run) -> tuple[str, str]:
    """Wait for a bid of ours and sell so much into it that it fills; the market and the token."""
    ledger = run.paper.engine.ledger
    await run.until(lambda: any(one.command.side == 0 for one in ledger.open_orders.values()))
    while not any(ledger.held(instrument) > 0 for instrument in ledger.markets):
        live = [one for one in ledger.open_orders.values() if one.command.side == 0]
        for order in live[:1]:
            token = order.command.instrument
            await run.tell("trade", asset=token, side="SELL", size="100000")
        sent = run.paper.loop.events
        await run.until(lambda sent=sent: run.paper.loop.events > sent + 20)
    token = next(instrument for instrument in ledger.markets if ledger.held(instrument) > 0)
    return ledger.markets[token].id, token
