"""Wants against orders for any mix of both: never two in a place, and at rest in the end."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from tests.unit.core.building import BUY, SELL, place, quote

from polywire.core.execution.reconcile import reconcile
from polywire.core.ledger.order import Order, OrderState
from polywire.core.model.intent import Quote
from polywire.core.units import Ns

SENT, LIVE, UNKNOWN, *_ = OrderState
NOW, DWELL = 1_000, 100

sides = st.sampled_from([BUY, SELL])
names = st.sampled_from(["m-yes", "m-no"])
layers = st.integers(0, 2)
quotes = st.builds(quote, sides, st.integers(48, 51), st.sampled_from([10, 20]), names)
wants = st.lists(
    st.builds(lambda one, layer: structs.replace(one, layer=layer), quotes, layers), max_size=5
)


@st.composite
def open_orders(draw: st.DrawFn) -> list[Order]:
    return [
        Order(
            structs.replace(
                place(
                    f"o{number}",
                    draw(sides),
                    draw(st.integers(48, 51)),
                    draw(st.sampled_from([10, 20])),
                    instrument=draw(names),
                ),
                layer=draw(layers),
            ),
            Ns(NOW - draw(st.sampled_from([0, DWELL - 1, DWELL]))),
            draw(st.sampled_from([SENT, LIVE, UNKNOWN])),
            cancels=draw(st.integers(0, 1)),
        )
        for number in range(draw(st.integers(0, 5)))
    ]


def slot(item: Order | Quote) -> tuple[str, object, int]:
    named = item.command if isinstance(item, Order) else item
    return named.instrument, named.side, named.layer


@given(wants, open_orders())
def test_the_rules_against_thrashing_hold(wanted: list[Quote], orders: list[Order]) -> None:
    cancels, places = reconcile(wanted, orders, Ns(NOW), DWELL)
    by_id = {order.command.order_id: order for order in orders}
    gone = [by_id[cancel.order_id] for cancel in cancels]
    wanted_slots = {slot(each) for each in wanted}
    assert len({cancel.order_id for cancel in cancels}) == len(cancels)
    for order in gone:
        assert not order.cancelling
        assert order.state is not SENT
        assert slot(order) not in wanted_slots or NOW - order.sent_ns >= DWELL
    blocked = {slot(order) for order in orders if order.cancelling} | {slot(each) for each in gone}
    assert not blocked & {slot(each) for each in places}
    assert not Counter(places) - Counter(wanted)
    for order in orders:
        resting = not order.cancelling and order.state is not SENT and order not in gone
        if resting and slot(order) not in wanted_slots:
            raise AssertionError(f"{order} is wanted by nobody")


@given(wants, open_orders())
def test_answered_often_enough_what_rests_is_what_is_wanted(
    wanted: list[Quote], orders: list[Order]
) -> None:
    resting = list(orders)
    for turn in range(4):
        now = Ns(NOW + turn * DWELL)
        cancels, places = reconcile(wanted, resting, now, DWELL)
        gone = {cancel.order_id for cancel in cancels}
        resting = [
            order
            for order in resting
            if not order.cancelling and order.command.order_id not in gone
        ]
        for order in resting:
            order.state = LIVE
        for number, each in enumerate(places):
            command = place(
                f"t{turn}-{number}",
                each.side,
                each.price // 10_000,
                each.quantity // 1_000_000,
                instrument=each.instrument,
            )
            resting.append(Order(structs.replace(command, layer=each.layer), now, LIVE))
    assert reconcile(wanted, resting, Ns(NOW + 9 * DWELL), DWELL) == ([], [])
    assert len(resting) == len(wanted)
