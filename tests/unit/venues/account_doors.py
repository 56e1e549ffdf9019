"""Every door by which bytes about an account come in, as a function of bytes, for fuzzing.

Each takes a body and gives what it means, or raises DecodeError; nothing else may happen.
"""

from collections.abc import Callable
from typing import Final

from tests.unit.venues.account_building import (
    Json,
    hash_of,
    made,
    made_by_us,
    order,
    ours,
    page,
    reader,
    trade,
)
from tests.unit.venues.building import NOW, frame

from polywire.core.errors import DecodeError
from polywire.venues.polymarket.account import AccountReader, OrdersPage, TradesPage, read_balance

Door = Callable[[AccountReader, bytes], object]


def _whole(page: OrdersPage | TradesPage) -> object:
    """What a page tells, where nothing of it was skipped."""
    if page.unreadable:
        raise DecodeError("; ".join(page.unreadable))
    return page.events


DOORS: Final[dict[str, Door]] = {
    "frame": lambda one, body: one.frame(body, NOW),
    "orders page": lambda one, body: _whole(one.orders_page(body, NOW)),
    "trades page": lambda one, body: _whole(one.trades_page(body, NOW)),
    "order": lambda one, body: one.order_reply(200, body, hash_of(1), NOW),
    "missing order": lambda one, body: one.order_reply(404, body, hash_of(1), NOW),
    "balance": lambda _, body: read_balance(body),
}
MISSING: Final[Json] = {"error": "Order not found"}
BALANCE: Final[Json] = {"balance": "1000000000", "allowances": {"0xE111": "5"}}
GOOD: Final[dict[str, tuple[bytes, ...]]] = {
    "frame": (
        frame(order()),
        frame(trade(made(901, "2", "0.5"), made(902, "3"))),
        frame(made_by_us(ours(1, "3"), made(902, "2", side="BUY"))),
        frame([order(status="CANCELED", type="CANCELLATION"), trade(status="FAILED")]),
    ),
    "orders page": (page(order(), order(2)),),
    "trades page": (page(trade(), made_by_us(ours(1), id="b"), next_cursor="MTAw"),),
    "order": (frame(order()),),
    "missing order": (frame(MISSING),),
    "balance": (frame(BALANCE),),
}
"""What each door takes: where cases and fuzzers start from."""


def enter(door: str, body: bytes) -> object:
    """One body through one door, at an account that knows order 1."""
    return DOORS[door](reader(), body)
