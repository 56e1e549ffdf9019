"""The venue's books and ours agree to the micro: accounts that trade on the local exchange's floor,
heard through a channel that drops, repeats and reorders, then read by REST.
"""

import json
from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.exchange.floor_market import FloorMarket
from tests.unit.venues.building import NOW, market

from polywire.core.ids import FillId, InstrumentId, OrderId, StrategyId, VenueOrderId
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import (
    AccountEvent,
    FillSettled,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
)
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import FeeSchedule, Market, Outcome, Side
from polywire.core.model.intent import TimeInForce
from polywire.core.units import Money, Price, Quantity
from polywire.exchange.refusal import RefusedError
from polywire.exchange.settlement import SettlementPlan
from polywire.venues.polymarket.account import AccountReader

CASH, SHARES = 1_000_000_000, 500_000_000
KINDS = {"GTC": TimeInForce.GTC, "FAK": TimeInForce.IOC, "FOK": TimeInForce.FOK}


class Trader:
    """Account a: places on the floor, books what it hears, and can look everything up."""

    def __init__(self, floor: FloorMarket) -> None:
        self.floor = floor
        self.ledger = Ledger()
        self.ledger.start(Money(CASH))
        first, second = floor.listing.tokens
        outcomes = Outcome(InstrumentId(first), "Yes"), Outcome(InstrumentId(second), "No")
        rate = int(Fraction(floor.listing.fee.rate) * 1_000_000)
        self.terms = market(1, outcomes=outcomes, fees=FeeSchedule(rate, 1, 0))
        self.ledger.list_market(self.terms)
        self.orders: dict[VenueOrderId, PlaceOrder] = {}
        self.reader = AccountReader("a", self)

    def known(self, venue_order_id: VenueOrderId) -> PlaceOrder | None:
        return self.orders.get(venue_order_id)

    def market(self, instrument: InstrumentId) -> Market:  # noqa: ARG002
        return self.terms

    def filled(self, order_id: OrderId) -> Quantity:
        return self.ledger.orders[order_id].filled

    def knows_fill(self, fill_id: FillId) -> bool:
        return self.ledger.knows_fill(fill_id)

    def place(self, words: str, kind: str) -> None:
        """Know an order, then send it."""
        order = self.floor.order("a", words, kind)
        verb, _, _, price = words.split()
        command = PlaceOrder(
            order_id=OrderId(f"run-{len(self.orders)}"),
            strategy=StrategyId("one"),
            market=self.terms.id,
            instrument=InstrumentId(order.token),
            side=Side[verb.upper()],
            price=Price(round(float(price) * 1_000_000)),
            quantity=Quantity(order.taking if order.buys else order.making),
            time_in_force=KINDS[kind],
            post_only=False,
        )
        self.orders[VenueOrderId(order.id)] = command
        self.ledger.sent(command, NOW)
        try:
            self.floor.floor.place(order, self.floor.now)
        except RefusedError as refused:
            self.ledger.apply_order(OrderRejected(NOW, command.order_id, refused.reason))

    def hear(self, message: dict[str, Any]) -> None:
        """One event of the channel, as bytes."""
        self.book(self.reader.frame(json.dumps(message).encode(), NOW))

    def book(self, events: list[AccountEvent]) -> None:
        for event in events:
            match event:
                case OrderFilled():
                    assert self.ledger.apply_fill(event), "told twice"
                case FillSettled():
                    self.ledger.apply_settlement(event)
                case OrderAccepted() | OrderCancelled():
                    self.ledger.apply_order(event)
                case _:
                    raise AssertionError(event)

    def read_all(self) -> None:
        """What a reconnection reads: trades, open orders, and each order we think is open."""
        floor = self.floor.floor
        self.book(self.reader.trades_page(page(floor.trades("a")), NOW).events)
        self.book(self.reader.orders_page(page(floor.orders("a")), NOW).events)
        for venue_order_id, command in self.orders.items():
            if command.order_id in self.ledger.open_orders:
                shown = json.dumps(floor.order(venue_order_id)).encode()
                self.book(self.reader.order_reply(200, shown, venue_order_id, NOW))


def page(data: list[Any]) -> bytes:
    return json.dumps({"data": data, "next_cursor": "LTE=", "limit": 100}).encode()


def words(verb: str, size: int, outcome: str, price: int) -> str:
    return f"{verb} {size} {outcome} 0.{price:02d}"


ORDERS = st.builds(
    words,
    st.sampled_from(["buy", "sell"]),
    st.integers(5, 40),
    st.sampled_from(["yes", "no"]),
    st.integers(45, 55),
)
STEPS = st.one_of(
    st.tuples(st.just("a"), ORDERS, st.sampled_from(sorted(KINDS))),
    st.tuples(st.just("b"), ORDERS, st.just("GTC")),
    st.tuples(st.just("anonymous"), st.booleans(), st.integers(1, 3_000)),
    st.tuples(st.just("wait"), st.integers(1, 3_000), st.none()),
    st.tuples(st.just("cancel"), st.none(), st.none()),
)


def act(step: tuple[Any, Any, Any], floor: FloorMarket, trader: Trader) -> None:
    match step:
        case ("a", order, kind):
            trader.place(order, kind)
        case ("b", order, kind):
            try:
                floor.place("b", order, kind)
            except RefusedError:
                return
        case ("anonymous", lifts, size):
            floor.anonymous(lifts=lifts, size=f"{size / 100:.2f}")
        case ("wait", milliseconds, _):
            floor.wait(milliseconds)
        case _:
            floor.floor.cancel_all("a", floor.now)


@given(st.lists(STEPS, min_size=3, max_size=25), st.integers(0, 2**32), st.sampled_from([0, 0.3]))
def test_what_we_have_is_what_the_venue_says_whatever_the_channel_does(
    steps: list[tuple[Any, Any, Any]], seed: int, trouble: float
) -> None:
    floor, rng = FloorMarket(SettlementPlan(fail_share=trouble, retry_share=trouble)), Random(seed)
    for name in "ab":
        floor.fund(name, "1000", "500", "500")
    trader = Trader(floor)
    for step in steps:
        act(step, floor, trader)
        told = [event for event in floor.heard if event.pop("to") == "a"]
        floor.heard.clear()
        told = [event for event in told for _ in range(rng.choice([0, 1, 1, 1, 2]))]
        rng.shuffle(told)
        for event in told:
            trader.hear(event)
        if rng.random() < 0.2:
            trader.read_all()
    floor.wait(60_000)
    trader.read_all()
    ledger, (first, second) = trader.ledger, floor.listing.tokens
    held = [ledger.held(InstrumentId(token)) for token in (first, second)]
    assert (ledger.cash, *held) == tuple(
        had - start for had, start in zip(floor.has("a"), (0, SHARES, SHARES), strict=True)
    )
    resting = {
        trader.orders[VenueOrderId(order["id"])].order_id for order in floor.floor.orders("a")
    }
    assert set(ledger.open_orders) == resting
    assert trader.reader.tally.behind(NOW) == ()
    assert trader.reader.tally.contradictions == 0
