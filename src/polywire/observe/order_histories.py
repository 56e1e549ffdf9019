"""What became of each order and fill of a run, step by step, in words with their times.

A fold over records; where an order stands is the ledger's word.
"""

from dataclasses import dataclass, field
from typing import Final

from polywire.core.ids import FillId, OrderId
from polywire.core.ledger.ledger import Ledger
from polywire.core.ledger.order import OPEN, Order, OrderState
from polywire.core.model.account import (
    FillSettled,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderMissing,
    OrderRejected,
    OrderSigned,
    OrderUnknown,
    Settlement,
)
from polywire.core.model.command import CancelOrder, LookUpOrder, PlaceOrder
from polywire.core.model.instrument import Side
from polywire.core.units import Ns, Quantity, format_micros
from polywire.journal.record import Entry

ORDERS_MAX: Final = 20_000
FILLS_MAX: Final = 20_000
STEPS_MAX: Final = 100
"""Of one order; a venue that repeats itself for hours tells nothing new."""
FILLED: Final = "filled"
OVER: Final = {FILLED} | {state.value for state in OrderState if state not in OPEN}

Step = tuple[Ns, str]
SIDES: Final = {Side.BUY: "buy", Side.SELL: "sell"}


@dataclass(slots=True)
class OrderHistory:
    """One order: where it stands, and how it got there."""

    command: PlaceOrder
    at_ns: Ns
    state: str = ""
    filled: Quantity = Quantity(0)
    steps: list[Step] = field(default_factory=list)


@dataclass(slots=True)
class FillHistory:
    """One execution, and whether it could still be undone."""

    command: PlaceOrder
    event: OrderFilled
    settlement: Settlement


class OrderHistories:
    """`orders` and `fills` by their ids, oldest first; of both only the last so many.

    Orders that are over make way for new ones before those that are still open.

    `version` grows with each change; `changed` is the order that it was of.
    """

    def __init__(self) -> None:
        self.orders: dict[OrderId, OrderHistory] = {}
        self.fills: dict[FillId, FillHistory] = {}
        self.version = 0
        self.changed: PlaceOrder | None = None

    def begin(self, ledger: Ledger) -> None:
        """Orders that an earlier run left open."""
        for order in ledger.open_orders.values():
            self._add(order.command, order.sent_ns, "open since an earlier run")
            self._stand(order)

    def take(self, record: Entry, now: Ns, ledger: Ledger) -> None:
        """Take the next record in; those of no order are passed over."""
        match record:
            case PlaceOrder():
                self._add(record, now, f"sent: {_terms(record)}")
                self._follow(record.order_id, ledger)
            case CancelOrder():
                self._step(record.order_id, now, f"to be cancelled: {record.reason}")
            case LookUpOrder():
                self._step(record.order_id, now, "the venue is asked what became of it")
            case FillSettled():
                self._settle(record, ledger)
            case OrderFilled():
                self._fill(record, ledger)
            case (
                OrderSigned()
                | OrderAccepted()
                | OrderRejected()
                | OrderUnknown()
                | OrderMissing()
                | OrderCancelled()
            ):
                self._step(record.order_id, record.recv_ns, _told(record))
                self._follow(record.order_id, ledger)
            case _:
                pass

    def _add(self, command: PlaceOrder, at: Ns, words: str) -> None:
        self.orders[command.order_id] = OrderHistory(command, at, steps=[(at, words)])
        self._change(command)
        if len(self.orders) > ORDERS_MAX:
            over = (one for one, known in self.orders.items() if known.state in OVER)
            del self.orders[next(over, next(iter(self.orders)))]

    def _step(self, order_id: OrderId, at: Ns, words: str) -> None:
        known = self.orders.get(order_id)
        if known is not None and len(known.steps) < STEPS_MAX:
            known.steps.append((at, words))
            self._change(known.command)

    def _change(self, command: PlaceOrder) -> None:
        self.version += 1
        self.changed = command

    def _follow(self, order_id: OrderId, ledger: Ledger) -> None:
        order = ledger.orders.get(order_id)
        if order is not None:
            self._stand(order)

    def _stand(self, order: Order) -> None:
        known = self.orders.get(order.command.order_id)
        if known is not None:
            known.filled = order.filled
            known.state = order.state.value if order.remaining else FILLED
            self._change(order.command)

    def _fill(self, event: OrderFilled, ledger: Ledger) -> None:
        if event.fill_id in self.fills:
            return
        order = ledger.orders.get(event.order_id)
        if order is None:
            return
        self.fills[event.fill_id] = FillHistory(order.command, event, event.settlement)
        while len(self.fills) > FILLS_MAX:
            del self.fills[next(iter(self.fills))]
        shares, price = format_micros(event.quantity), format_micros(event.price)
        fee = f", fee ${format_micros(event.fee)}" if event.fee else ""
        words = f"filled {shares} at {price}{fee}; {event.settlement}"
        self._step(event.order_id, event.recv_ns, words)
        self._stand(order)

    def _settle(self, event: FillSettled, ledger: Ledger) -> None:
        known = self.fills.get(event.fill_id)
        if known is None or known.settlement is event.settlement:
            return
        known.settlement = event.settlement
        shares = format_micros(known.event.quantity)
        words = f"fill of {shares} at {format_micros(known.event.price)} is {event.settlement}"
        self._step(known.command.order_id, event.recv_ns, words)
        self._follow(known.command.order_id, ledger)
        self._change(known.command)


def _terms(one: PlaceOrder) -> str:
    shares, price = format_micros(one.quantity), format_micros(one.price)
    post = ", post-only" if one.post_only else ""
    return f"{SIDES[one.side]} {shares} at {price}, {one.time_in_force}{post}"


def _told(
    record: OrderSigned
    | OrderAccepted
    | OrderRejected
    | OrderUnknown
    | OrderMissing
    | OrderCancelled,
) -> str:
    match record:
        case OrderSigned():
            return f"signed; the venue will call it {record.venue_order_id}"
        case OrderAccepted():
            return "accepted by the venue"
        case OrderRejected():
            return f"refused: {record.reason}"
        case OrderUnknown():
            return f"nobody knows what became of it: {record.reason}"
        case OrderMissing():
            return f"the venue does not know it: {record.reason}"
        case OrderCancelled():
            return f"cancelled: {record.reason}"
