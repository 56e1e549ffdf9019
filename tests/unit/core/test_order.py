"""The whole product of order states and events, written out."""

import pytest
from tests.unit.core.building import SHARE, place

from polywire.core.ids import OrderId
from polywire.core.ledger.order import Order, OrderEvent, OrderState, next_state
from polywire.core.model.account import (
    OrderAccepted,
    OrderCancelled,
    OrderMissing,
    OrderRejected,
    OrderUnknown,
)
from polywire.core.units import Ns, Quantity

ACCEPTED = OrderAccepted(Ns(0), OrderId("o1"))
REJECTED = OrderRejected(Ns(0), OrderId("o1"), "no")
UNKNOWN = OrderUnknown(Ns(0), OrderId("o1"), "time-out")
MISSING = OrderMissing(Ns(0), OrderId("o1"), "Order not found")
CANCELLED = OrderCancelled(Ns(0), OrderId("o1"), "asked")

TABLE = """
            accepted  rejected  unknown   cancelled  missing
sent        live      refused   unknown   closed     missing
live        live      live      live      closed     missing
unknown     live      refused   unknown   closed     missing
closed      closed    closed    closed    closed     closed
missing     live      refused   missing   closed     missing
refused     live      refused   refused   closed     closed
"""
EVENTS = {
    "accepted": ACCEPTED,
    "rejected": REJECTED,
    "unknown": UNKNOWN,
    "cancelled": CANCELLED,
    "missing": MISSING,
}


def walks() -> list[tuple[str, OrderEvent, str]]:
    head, *rows = [line.split() for line in TABLE.strip().splitlines()]
    return [
        (row[0], EVENTS[column], cell)
        for row in rows
        for column, cell in zip(head, row[1:], strict=True)
    ]


@pytest.mark.parametrize(("state", "event", "expected"), walks())
def test_each_state_goes_where_the_table_says(state: str, event: OrderEvent, expected: str) -> None:
    assert next_state(OrderState(state), event) is OrderState(expected)


@pytest.mark.parametrize(
    ("state", "is_open"),
    [
        *(("sent", True), ("live", True), ("unknown", True)),
        *(("closed", False), ("missing", False), ("refused", False)),
    ],
)
def test_an_order_counts_as_open_until_the_venue_proves_otherwise(
    state: str, is_open: bool
) -> None:
    assert Order(place(), Ns(0), OrderState(state)).is_open is is_open


def test_what_remains_is_never_negative() -> None:
    order = Order(place(shares=10), Ns(0))
    assert order.remaining == 10 * SHARE
    order.filled = Quantity(4 * SHARE)
    assert order.remaining == 6 * SHARE
    order.filled = Quantity(11 * SHARE)
    assert order.remaining == 0
