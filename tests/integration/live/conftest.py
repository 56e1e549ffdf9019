"""Real trading against local exchanges in this process: keys, signatures, settlement and all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import uvloop
from msgspec import structs

from polywire.config.build import engine_from
from polywire.config.demo import demo_settings
from polywire.config.schema import Settings, dump
from polywire.core.engine.accountant import Reconciling
from polywire.core.ids import RunId
from polywire.core.units import SECOND, Money
from polywire.exchange.app import Exchange, serve
from polywire.exchange.options import ExchangeOptions
from polywire.modes.account import AccountSetup
from polywire.modes.guards import Guards, GuardTerms
from polywire.modes.live import LiveAccount, LiveSetup
from polywire.modes.trading import Trading, TradingSetup
from polywire.net.clock import Clock
from polywire.net.http import Http
from polywire.runtime.ceiling import Ceiling
from polywire.runtime.endpoints import Endpoints
from polywire.runtime.keystore import Account
from polywire.runtime.signer import Key
from polywire.runtime.watch_list import Watch
from polywire.venues.polymarket.contracts import POLYGON
from polywire.venues.polymarket.orders import SignatureType, Wallet
from polywire.venues.polymarket.selection import Criteria
from polywire.venues.secret import Secret


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that every command runs on: its transports are not asyncio's."""
    return {"uvloop": uvloop.new_event_loop}


PRIVATE = "0x" + "5d" * 32
CASH = Money(1_000_000_000)
RECONCILING = Reconciling(tolerance=10_000, adopt=False, exits=None)


@dataclass
class Live:
    """One real run, its account, and the exchange it trades on."""

    exchange: Exchange
    trading: Trading
    account: LiveAccount
    wallet: str
    api_key: str
    stopped: bool = False

    async def stop(self) -> None:
        """Stop the run, once."""
        if not self.stopped:
            self.stopped = True
            await self.trading.stop("done")

    async def until(self, holds: Callable[[], object], within_s: float = 15.0) -> None:
        """Wait until something holds; what does not hold in time fails the test."""
        try:
            async with asyncio.timeout(within_s):
                while not holds():  # noqa: ASYNC110 - what is waited for has no event
                    await asyncio.sleep(0.01)
        except TimeoutError:
            pytest.fail(f"did not happen within {within_s} s: {self.trading.status()}")

    def theirs(self) -> dict[str, int]:
        """Cash and shares as the exchange has them settled; what is nothing is left out."""
        floor, ledger = self.exchange.venue.floor, self.trading.engine.ledger
        held = {"cash": floor.balance(self.wallet, None)}
        held |= {each: floor.balance(self.wallet, each) for each in ledger.markets}
        return {name: amount for name, amount in held.items() if amount}

    def ours(self) -> dict[str, int]:
        """The same as the ledger has them."""
        ledger = self.trading.engine.ledger
        held = {"cash": int(ledger.cash)} | {each: int(n) for each, n in ledger.shares.items()}
        return {name: amount for name, amount in held.items() if amount}


Start = Callable[..., Awaitable[Live]]


async def account_at(exchange: Exchange, key: Key) -> Account:
    """A funded account of a bare wallet, with API credentials."""
    http = Http()
    desk = AccountSetup(http, exchange.addresses.clob, key)
    now = Clock().now()
    credentials = await desk.credentials(now) or await desk.make_credentials(now)
    await http.close()
    wallet = Wallet(SignatureType.EOA, key.address, key.address)
    return Account(exchange.addresses.clob, POLYGON, wallet, credentials)


@pytest.fixture
async def started(tmp_path: Path) -> AsyncIterator[Start]:
    """A function that starts an exchange and a real run on it; both are stopped after the test."""
    async with AsyncExitStack() as stack:

        async def start(
            options: ExchangeOptions | None = None,
            *,
            exchange: Exchange | None = None,
            journal: str = "journal",
            guarded: bool = False,
            before: Callable[[Exchange], None] = lambda _: None,
            **terms: object,
        ) -> Live:
            key = Key(Secret(PRIVATE))
            if exchange is None:
                exchange = await serve(options or ExchangeOptions(control=True))
                stack.push_async_callback(exchange.close)
                exchange.venue.floor.fund(key.address, CASH, {})
            before(exchange)
            known = await account_at(exchange, key)
            watching = GuardTerms(
                journal=tmp_path / journal, shared_credentials=False, keep_exits=False
            )
            whole = LiveSetup(
                key=key,
                account=known,
                user_ws=exchange.addresses.user_ws,
                ceiling=Ceiling(orders=1_000, dollars=Money(10_000_000_000)),
                seed=1,
                guards=Guards(watching, known) if guarded else None,
            )
            account = LiveAccount(whole)
            setup = live_setup(exchange, account, tmp_path / journal)
            trading = Trading(replace(setup, **terms))  # type: ignore[arg-type]
            live = Live(exchange, trading, account, key.address, known.credentials.api_key)
            stack.push_async_callback(live.stop)
            await trading.start()
            return live

        yield start


def live_settings() -> Settings:
    """The demo's, for an account of which the venue may know better."""
    return structs.replace(demo_settings(1), reconciling=RECONCILING)


def live_setup(exchange: Exchange, account: LiveAccount, journal: Path) -> TradingSetup:
    """What `run` would run, but with a scan each second."""
    settings = live_settings()
    where = exchange.addresses
    return TradingSetup(
        engine=engine_from(settings),
        configuration=dump(settings),
        endpoints=Endpoints(where.clob, where.market_ws, where.gamma, where.data, where.user_ws),
        source=exchange.venue.flow.kind,
        watch=Watch(criteria=Criteria(markets_max=25), every_ns=SECOND, pages_max=10),
        journal=journal,
        run=RunId(f"run-{len([*journal.glob('*.sqlite')])}"),
        build="test",
        account=account,
        seed=1,
    )
