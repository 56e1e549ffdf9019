"""One of our orders and the table of its states; fills do not move the state, they fill it."""

from dataclasses import dataclass, field
from enum import Enum

from polywire.core.ids import FillId, VenueOrderId
from polywire.core.model.account import (
    OrderAccepted,
    OrderCancelled,
    OrderRejected,
    OrderUnknown,
)
from polywire.core.model.command import PlaceOrder
from polywire.core.units import Money, Ns, Quantity

OrderEvent = OrderAccepted | OrderCancelled | OrderRejected | OrderUnknown


class OrderState(Enum):
    """SENT and UNKNOWN count as open: the venue may hold the order."""

    SENT = "sent"
    LIVE = "live"
    UNKNOWN = "unknown"
    CLOSED = "closed"


SENT, LIVE, UNKNOWN, CLOSED = OrderState
NEXT: dict[tuple[OrderState, type[OrderEvent]], OrderState] = {
    (SENT, OrderAccepted): LIVE,
    (SENT, OrderRejected): CLOSED,
    (SENT, OrderCancelled): CLOSED,
    (SENT, OrderUnknown): UNKNOWN,
    (LIVE, OrderAccepted): LIVE,  # channels may repeat themselves
    (LIVE, OrderCancelled): CLOSED,
    (LIVE, OrderRejected): LIVE,  # no proof that what rests is gone; the venue's open orders are
    (LIVE, OrderUnknown): LIVE,  # a late time-out of a request whose order is known to rest
    (UNKNOWN, OrderAccepted): LIVE,
    (UNKNOWN, OrderRejected): CLOSED,
    (UNKNOWN, OrderCancelled): CLOSED,
    (UNKNOWN, OrderUnknown): UNKNOWN,
    (CLOSED, OrderAccepted): CLOSED,  # the fill can overtake the accept
    (CLOSED, OrderCancelled): CLOSED,
    (CLOSED, OrderRejected): CLOSED,
    (CLOSED, OrderUnknown): CLOSED,
}


def next_state(state: OrderState, event: OrderEvent) -> OrderState:
    """Where the order goes; the table is total, a test walks it."""
    return NEXT[state, type(event)]


@dataclass(slots=True)
class Order:
    """An order we sent: what was asked, where it stands, what has filled and could still cost.

    `venue_id`: what the venue calls it, once it was signed.
    """

    command: PlaceOrder
    sent_ns: Ns
    state: OrderState = OrderState.SENT
    filled: Quantity = Quantity(0)
    reserved: Money = Money(0)
    cancelling: bool = False
    fills: list[FillId] = field(default_factory=list)
    venue_id: VenueOrderId | None = None

    @property
    def is_open(self) -> bool:
        """Whether more of it may still fill, as far as anyone knows."""
        return self.state is not OrderState.CLOSED

    @property
    def remaining(self) -> Quantity:
        """Shares that could still fill."""
        return Quantity(max(0, self.command.quantity - self.filled))
