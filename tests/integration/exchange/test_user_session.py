"""Our user channel and account readers against the local exchange, over real sockets."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.unit.venues.account_building import auth

from polywire.core.errors import DecodeError, TransportError
from polywire.core.ids import FillId, InstrumentId, OrderId, StrategyId, VenueOrderId
from polywire.core.model.account import (
    FillSettled,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderMissing,
    Settlement,
)
from polywire.core.model.command import PlaceOrder
from polywire.core.model.control import AccountFeedMoved
from polywire.core.model.event import Event
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import TimeInForce
from polywire.core.units import Ns, Price, Quantity
from polywire.exchange.options import ExchangeOptions
from polywire.exchange.settlement import SettlementPlan
from polywire.modes.account import AccountSetup
from polywire.net.http import Http
from polywire.net.websocket import WebSocket, connect
from polywire.runtime.signer import Key, Signer
from polywire.venues.polymarket.account import AccountReader, Balance, read_balance
from polywire.venues.polymarket.catalogue import parse_page
from polywire.venues.polymarket.orders import SignatureType, SignedOrder, Wallet
from polywire.venues.polymarket.user_ws import UserSession
from polywire.venues.secret import Secret

Clients = Callable[[ExchangeOptions | None], Awaitable[Any]]
PRIVATE = "0x" + "4c" * 32
SOON_S = 5.0


def now() -> Ns:
    return Ns(time.time_ns())


@dataclass
class Channel:
    """A session on its socket, and all it has told."""

    session: UserSession
    told: list[Event] = field(default_factory=list)
    socket: WebSocket | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self, url: str) -> None:
        self.socket = await connect(url, self._hear)
        self.session.connected(now())
        for frame in self.session.outbox():
            self.socket.send(frame)

    def _hear(self, frame: bytes) -> None:
        self.told += self.session.receive(frame, now())
        self.news.set()

    async def until(self, *kinds: type) -> list[Event]:
        """All that was told, once there is something of each kind."""
        async with asyncio.timeout(SOON_S):
            while not all(any(isinstance(one, kind) for one in self.told) for kind in kinds):
                self.news.clear()
                await self.news.wait()
        told, self.told = self.told, []
        return told


class Desk:
    """One funded account on the reserved market: signs, sends, knows what it signed."""

    def __init__(self, http: Http, clob: str, market: Market, signer: Signer) -> None:
        self.http, self.clob, self.terms, self.signer = http, clob, market, signer
        self.orders: dict[VenueOrderId, PlaceOrder] = {}

    def known(self, venue_order_id: VenueOrderId) -> PlaceOrder | None:
        return self.orders.get(venue_order_id)

    def market(self, _: InstrumentId) -> Market:
        return self.terms

    def filled(self, _: OrderId) -> Quantity:
        return Quantity(0)

    def knows_fill(self, _: FillId) -> bool:
        return False

    async def buy(
        self, outcome: int, price: int, kind: TimeInForce = TimeInForce.GTC
    ) -> VenueOrderId:
        """Ten shares of an outcome."""
        count = len(self.orders)
        command = PlaceOrder(
            order_id=OrderId(f"run-{count}"),
            strategy=StrategyId("one"),
            market=self.terms.id,
            instrument=self.terms.outcomes[outcome].instrument,
            side=Side.BUY,
            price=Price(price),
            quantity=Quantity(10_000_000),
            time_in_force=kind,
            post_only=False,
        )
        signed = self.signer.sign(command, self.terms, now(), count + 1)
        assert isinstance(signed, SignedOrder)
        self.orders[signed.venue_order_id] = command
        await self.ask("POST", "/order", signed.body)
        return signed.venue_order_id

    async def ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        headers = self.signer.headers(method, path, body, now())
        if method == "POST":
            return await self.http.post(self.clob + path, body, label="x", headers=headers)
        return await self.http.get(self.clob + path, label="x", headers=headers)


async def desk_of(client: Any, http: Http) -> Desk:  # noqa: ANN401
    """A new account with 1,000 dollars."""
    key = Key(Secret(PRIVATE))
    where = client.where
    credentials = await AccountSetup(http, where.clob, key).make_credentials(now())
    await client.post(f"{where.control}/accounts/{key.address}/fund", {"collateral": "1000"})
    page = await http.get(f"{where.gamma}/markets/keyset?limit=100", label="x")
    (market,) = [one for one in parse_page(page).markets if one.slug == "reserve"]
    wallet = Wallet(SignatureType.EOA, key.address, key.address)
    return Desk(http, where.clob, market, Signer(key, wallet, credentials))


def only(events: Iterable[Event], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


@pytest.fixture
async def http() -> Any:  # noqa: ANN401
    found = Http()
    yield found
    await found.close()


async def test_orders_fills_and_reads_of_a_real_account(client: Clients, http: Http) -> None:
    settles = SettlementPlan(mined_ms=50, confirmed_ms=50)
    options = ExchangeOptions(control=True, reserve_market=True, settles=settles)
    served = await client(options)
    desk = await desk_of(served, http)
    api_key = desk.signer.user_auth().api_key
    reader = AccountReader(api_key, desk)
    channel = Channel(UserSession(desk.signer.user_auth(), reader, lambda: 0.5))
    await channel.open(served.where.user_ws)
    (moved,) = await channel.until(AccountFeedMoved)
    assert isinstance(moved, AccountFeedMoved)
    assert (moved.up, moved.cause) == (True, "")

    yes = await desk.buy(0, 480_000)
    (accepted,) = only(await channel.until(OrderAccepted), OrderAccepted)
    assert accepted.order_id == "run-0"
    await desk.buy(1, 530_000, TimeInForce.IOC)
    told = await channel.until(OrderFilled, FillSettled)
    while len(only(told, FillSettled)) < 2:
        told += await channel.until(FillSettled)
    bought = {
        fill.order_id: (fill.price, fill.quantity, fill.maker) for fill in only(told, OrderFilled)
    }
    assert bought == {"run-0": (480_000, 10_000_000, True), "run-1": (520_000, 10_000_000, False)}
    assert {one.settlement for one in only(told, FillSettled)} == {Settlement.FINAL}
    fees = sum(fill.fee for fill in only(told, OrderFilled))

    trades = reader.trades_page(await desk.ask("GET", "/data/trades"), now())
    assert (trades.events, trades.next_cursor) == ([], "")
    assert trades.matched_ns > 0
    cash = read_balance(
        await desk.ask("GET", "/balance-allowance?asset_type=COLLATERAL&signature_type=0")
    )
    assert isinstance(cash, Balance)
    assert cash.held == 1_000_000_000 - 10_000_000 - fees

    resting = await desk.buy(0, 100_000)
    page = reader.orders_page(await desk.ask("GET", "/data/orders"), now())
    assert page.resting == ((resting, 10_000_000),)
    shown = await desk.ask("GET", f"/data/order/{resting}")
    assert only(reader.order_reply(200, shown, resting, now()), OrderAccepted)
    await missing(desk, reader, yes)


async def missing(desk: Desk, reader: AccountReader, known: VenueOrderId) -> None:
    """An order that was signed and never sent is missing by the venue's own words."""
    never = VenueOrderId("0x" + "ab" * 32)
    desk.orders[never] = desk.orders[known]
    with pytest.raises(TransportError, match="Order not found") as refused:
        await desk.ask("GET", f"/data/order/{never}")
    assert refused.value.status == 404
    (event,) = reader.order_reply(404, b'{"error":"Order not found"}', never, now())
    assert isinstance(event, OrderMissing)
    with pytest.raises(DecodeError):
        reader.order_reply(404, b"", never, now())


async def test_credentials_of_nobody_are_refused_with_a_clear_cause(
    client: Clients, http: Http
) -> None:
    served = await client(ExchangeOptions())
    desk = AccountReader("nobody", Desk(http, "", None, None))  # type: ignore[arg-type]
    channel = Channel(UserSession(auth(), desk, lambda: 0.5))
    await channel.open(served.where.user_ws)
    assert channel.socket is not None
    await asyncio.wait_for(channel.socket.closed.wait(), SOON_S)
    moved = channel.session.dropped(now(), channel.socket.cause)[0]
    assert isinstance(moved, AccountFeedMoved)
    assert moved.cause == (
        "the venue refused the API credentials (closed by the venue: 1008 invalid credentials)"
    )
    assert not only(channel.told, OrderCancelled)
