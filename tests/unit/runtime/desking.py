"""An order edge whose requests end at a desk that a test sits at, with a real signer and ledger."""

import asyncio
import json
from collections.abc import Awaitable
from typing import Any

from msgspec import structs
from tests.unit.core.building import BUY, SELL
from tests.unit.runtime.looping import Ticking
from tests.unit.venues.building import asset, condition, market

from polywire.core.ids import InstrumentId, OrderId, StrategyId, VenueOrderId
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import AccountEvent, OrderSigned
from polywire.core.model.command import CancelOrder, LookUpOrder, PlaceOrder
from polywire.core.model.control import ControlEvent
from polywire.core.model.instrument import Side
from polywire.core.model.intent import TimeInForce
from polywire.core.risk.gate import Approved
from polywire.core.units import Money, Price, Quantity
from polywire.net.clock import Clock
from polywire.net.line import Reply
from polywire.runtime.ceiling import Ceiling
from polywire.runtime.executor import Executor
from polywire.runtime.own_orders import OwnOrders
from polywire.runtime.signer import Key, Signer
from polywire.venues.polymarket.account import AccountReader
from polywire.venues.polymarket.headers import Credentials
from polywire.venues.polymarket.orders import SignatureType, Wallet
from polywire.venues.secret import Secret

API_KEY = "3e2c94ca-8124-c4c1-c7ea-be1ea21b71fe"
PRIVATE = "0x" + "11" * 32
YES, NO = asset(1, 0), asset(1, 1)
MANY = Ceiling(orders=100_000, dollars=Money(10**15))

Json = Any


class Asked:
    """One request that left, and the answer that the test gives."""

    def __init__(self, method: str, path: str, body: bytes) -> None:
        self.method = method
        self.path = path
        self.body = body
        self.answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

    @property
    def told(self) -> Json:
        """The body as an object."""
        return json.loads(self.body)

    def reply(self, status: int, told: object = None, **headers: str) -> None:
        """Answer; what is no bytes is written as JSON."""
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        found = {name.replace("_", "-").encode(): text.encode() for name, text in headers.items()}
        self.answer.set_result(Reply(status, found, body))

    def fail(self, error: Exception) -> None:
        """Let it end without an answer."""
        self.answer.set_exception(error)


class Desk:
    """Fulfils Gateway; keeps every request."""

    def __init__(self) -> None:
        key = Key(Secret(PRIVATE))
        wallet = Wallet(SignatureType.EOA, key.address, key.address)
        self.signer = Signer(key, wallet, Credentials(API_KEY, Secret("c2VjcmV0"), Secret("p")))
        self.asked: list[Asked] = []
        self.clock = Clock()
        self.ready = True
        """Whether a line is ready."""

    def order(self, path: str, body: bytes) -> Awaitable[Reply] | None:
        """Keep it until the test answers, if there is a line."""
        return self.ask("POST", path, body) if self.ready else None

    def cancel(self, method: str, path: str, body: bytes) -> Awaitable[Reply]:
        """Keep it until the test answers."""
        return self.ask(method, path, body)

    def ask(self, method: str, path: str, body: bytes = b"") -> Awaitable[Reply]:
        """Keep it until the test answers."""
        self.asked.append(Asked(method, path, body))
        return self.asked[-1].answer

    @property
    def newest(self) -> Asked:
        """The last request."""
        return self.asked[-1]


class Edge:
    """An executor between a ledger and a desk; `facts` is what it put."""

    def __init__(self, ceiling: Ceiling = MANY) -> None:
        self.clock = Ticking()
        self.desk = Desk()
        self.ledger = Ledger()
        self.ledger.list_market(market(1))
        self.facts: list[AccountEvent | ControlEvent] = []
        orders = OwnOrders(self.ledger)
        self.reader = AccountReader(API_KEY, orders)
        self.executor = Executor(
            self.desk,  # type: ignore[arg-type]  # has no lines
            self.reader,
            orders,
            ceiling,
            self.clock,
            self.facts.append,
        )

    def sign(self, order: PlaceOrder) -> AccountEvent:
        """Place an order in the ledger and sign it, as a cut would."""
        now = self.clock.now()
        self.ledger.sent(order, now)
        told = self.executor.sign(Approved(order), now)
        if isinstance(told, OrderSigned):
            self.ledger.sign(told)
        return told

    def place(self, *orders: PlaceOrder) -> list[VenueOrderId]:
        """Sign and send orders together; what the venue calls those that left."""
        told = [self.sign(order) for order in orders]
        self.executor.send([Approved(order) for order in orders], self.clock.now())
        return [one.venue_order_id for one in told if isinstance(one, OrderSigned)]

    def cancel(self, *numbers: int) -> None:
        """Ask for cancels of numbered orders together."""
        told = [CancelOrder(OrderId(f"run-{number}"), "moved") for number in numbers]
        self.executor.send(told, self.clock.now())

    async def look_up(self, number: int) -> None:
        """Ask for an order, as the engine does; the request leaves soon after."""
        order_id = OrderId(f"run-{number}")
        command = LookUpOrder(order_id, self.ledger.orders[order_id].venue_id)
        self.executor.send([command], self.clock.now())
        await asyncio.sleep(0)

    async def heard(self) -> list[AccountEvent | ControlEvent]:
        """What was put since the last time, once all that has been answered was dealt with."""
        for _ in range(5):
            await asyncio.sleep(0)
        facts = self.facts.copy()
        self.facts.clear()
        return facts


def order(number: int = 1, side: Side = BUY, cents: int = 50, **terms: object) -> PlaceOrder:
    """Ten Yes of market 1 for half a dollar each, unless told otherwise."""
    usual = PlaceOrder(
        OrderId(f"run-{number}"),
        StrategyId("s"),
        condition(1),
        InstrumentId(YES),
        side,
        Price(cents * 10_000),
        Quantity(10_000_000),
        TimeInForce.GTC,
        post_only=False,
    )
    return structs.replace(usual, **terms)


def leaving(number: int) -> PlaceOrder:
    """A sale at once of what is held."""
    return order(number, SELL, time_in_force=TimeInForce.IOC)


def taken(venue_id: str, **terms: object) -> Json:
    """The venue's word that it has an order."""
    return {"success": True, "errorMsg": "", "orderID": venue_id, "status": "live"} | terms


def refused(error: str) -> Json:
    """The venue's word that it has not."""
    return {"success": False, "errorMsg": error, "orderID": "", "status": ""}
