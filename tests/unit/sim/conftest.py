"""One market, its book set by hand, and a simulated venue that trusts it; numbers as people say."""

from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace

import pytest

from polywire.core.book.order_book import OrderBook
from polywire.core.model.account import AccountEvent, OrderFilled
from polywire.core.model.command import CancelOrder, PlaceOrder
from polywire.core.model.instrument import FeeSchedule, Market, Outcome, Side
from polywire.core.model.intent import TimeInForce
from polywire.core.model.market import BookSnapshot, PublicTrade
from polywire.core.risk.gate import Approved
from polywire.sim.conduct import USUAL, Conduct
from polywire.sim.venue import SimVenue

MS = 1_000_000


def micros(text):
    return int(Decimal(text) * 1_000_000)


@dataclass
class Shown:
    market: Market
    book: OrderBook


class Rig:
    """The venue on market "m" with tokens "yes" and "no"; orders take 10 ms, replies 5 ms."""

    def __init__(
        self,
        *,
        cash="1000",
        conduct=USUAL,
        order_ns=lambda: 10 * MS,
        reply_ns=lambda: 5 * MS,
    ):
        market = Market(
            id="m",
            venue="v",
            catalogue_id="1",
            question="?",
            slug="m",
            outcomes=(Outcome("yes", "Yes"), Outcome("no", "No")),
            tick=10_000,
            lot=10_000,
            size_min=5_000_000,
            fees=FeeSchedule(40_000, 1, 0),
            neg_risk=False,
            version="v1",
            end_ns=0,
        )
        self.shown = Shown(market, OrderBook("m"))
        self.proven = True
        self.now = 0
        self.events: list[AccountEvent] = []
        self.count = 0
        self.latency = SimpleNamespace(order_ns=lambda _: order_ns(), reply_ns=lambda _: reply_ns())
        self.open(conduct, micros(cash))

    def open(self, conduct, cash=1_000_000_000):
        """The venue begins anew."""
        self.venue = SimVenue({"m": self.shown}, lambda _: self.proven, self.latency, cash, conduct)

    def book(self, bids=(), asks=()):
        """Show a whole book, pairs of price and size, to engine and venue."""
        event = BookSnapshot(self.now, self.now, "m", 0, _levels(bids), _levels(asks), "", "feed")
        self.shown.book.replace(event)
        self.venue.observe(event)

    def order(self, side, price, size, *, outcome="yes", post_only=False, life="GTC"):
        """`life` is a kind, and of a GTD order also the second it ends at."""
        kind, _, until_s = life.partition(" ")
        self.count += 1
        return PlaceOrder(
            f"o{self.count}",
            "s",
            "m",
            outcome,
            Side[side],
            micros(price),
            micros(size),
            TimeInForce[kind],
            post_only,
            int(until_s or 0) * 1000 * MS,
        )

    def place(self, side, price, size, **more):
        """Send an order and let it arrive and be answered; its id."""
        order = self.order(side, price, size, **more)
        self.venue.place(Approved(order), self.now)
        self.pass_ms(15)
        return order.order_id

    def cancel(self, order_id):
        self.venue.cancel(CancelOrder(order_id, "unwanted"), self.now)
        self.pass_ms(15)

    def trade(self, taker, price, size, *, outcome=0):
        """A public trade a millisecond later, and what we hear of it."""
        self.now += MS
        event = PublicTrade(
            self.now, self.now, "m", outcome, Side[taker], micros(price), micros(size), "feed"
        )
        self.venue.observe(event)
        self.pass_ms(5)
        return event

    def pass_ms(self, duration):
        self.now += duration * MS
        self.events += self.venue.due(self.now)

    def fills(self, order_id):
        """(price, size, fee) of each execution of an order."""
        return [
            (_text(event.price), _text(event.quantity), _text(event.fee))
            for event in self.events
            if isinstance(event, OrderFilled) and event.order_id == order_id
        ]

    def filled(self, order_id):
        return _text(sum(micros(size) for _, size, _ in self.fills(order_id)))

    def kinds(self):
        return [type(event).__name__ for event in self.events]

    def cash(self):
        return _text(self.venue.report(self.now).cash)

    def shares(self, outcome="yes"):
        return _text(dict(self.venue.report(self.now).positions).get(outcome, 0))


def _levels(pairs):
    return tuple((micros(price), micros(size)) for price, size in pairs)


def _text(amount):
    return str((Decimal(amount) / 1_000_000).normalize() + 0)


@pytest.fixture
def rig():
    return Rig()


@pytest.fixture
def rig_with():
    """A rig whose latencies and conduct are those named."""

    def make(*, order_ns=lambda: 10 * MS, reply_ns=lambda: 5 * MS, cash="1000", **conduct):
        return Rig(cash=cash, conduct=Conduct(**conduct), order_ns=order_ns, reply_ns=reply_ns)

    return make
