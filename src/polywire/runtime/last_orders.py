"""Which orders of ours may rest at the venue, read from the journal of a run that cannot be asked.

A naive sum of the rows: shares no decision with the engine, and in doubt names one too many.
"""

from pathlib import Path

from msgspec import Struct

from polywire.core.ids import FillId, OrderId, VenueOrderId
from polywire.core.ledger.dump import load
from polywire.core.ledger.ledger import Ledger
from polywire.core.ledger.order import OrderState
from polywire.core.model.account import (
    AccountReported,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderSigned,
)
from polywire.core.model.command import PlaceOrder
from polywire.core.model.event import Record
from polywire.journal.snapshot import recover


class Placed(Struct):
    """An order of ours: what it is called there, and how much of it may rest."""

    left: int
    venue_id: VenueOrderId | None = None
    accepted: bool = False
    ended: bool = False


def may_rest(folder: Path) -> list[VenueOrderId]:
    """Every signed order without proof of its end; raises JournalError for a damaged journal."""
    recovery = recover(folder)
    orders = LastOrders()
    if recovery.ledger is not None:
        orders.restore(recovery.ledger)
    for _, record in recovery.records:
        orders.take(record)
    return [
        order.venue_id
        for order in orders.orders.values()
        if order.venue_id is not None and order.left > 0 and not order.ended
    ]


class LastOrders:
    """Call `restore` with the ledger's dump, then `take` with each row behind it."""

    def __init__(self) -> None:
        self.orders: dict[OrderId, Placed] = {}
        self._ours: dict[VenueOrderId, Placed] = {}
        self._fills: dict[FillId, None] = {}

    def restore(self, state: bytes) -> None:
        """Take up what the ledger kept."""
        ledger = Ledger()
        load(ledger, state)
        self._fills |= dict.fromkeys(ledger.fills)
        for order_id, order in ledger.orders.items():
            placed = Placed(order.remaining, order.venue_id, order.state is OrderState.LIVE)
            placed.ended = order.state in (OrderState.CLOSED, OrderState.REFUSED)
            self.orders[order_id] = placed
            if order.venue_id is not None:
                self._ours[order.venue_id] = placed

    def take(self, record: Record) -> None:
        """Take one row in."""
        match record:
            case PlaceOrder():
                self.orders[record.order_id] = Placed(record.quantity)
            case AccountReported(orders=resting) if resting is not None:
                for venue_id, _ in resting:
                    if venue_id in self._ours:
                        self._ours[venue_id].ended = False
            case OrderSigned() | OrderAccepted() | OrderRejected() | OrderCancelled():
                self._move(record)
            case OrderFilled() if record.fill_id not in self._fills:
                self._fills[record.fill_id] = None
                if record.order_id in self.orders:
                    self.orders[record.order_id].left -= record.quantity
            case _:
                pass

    def _move(self, event: OrderSigned | OrderAccepted | OrderRejected | OrderCancelled) -> None:
        order = self.orders.get(event.order_id)
        if order is None:
            return
        match event:
            case OrderSigned():
                order.venue_id = event.venue_order_id
                self._ours[event.venue_order_id] = order
            case OrderAccepted():
                order.accepted = True
            case OrderCancelled():
                order.ended = True
            case OrderRejected():
                order.ended = not order.accepted  # a refusal is no proof against what rests
