"""One of our orders and the table of its states; fills do not move the state, they fill it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from polywire.core.ids import FillId, VenueOrderId
from polywire.core.model.account import (
    OrderAccepted,
    OrderCancelled,
    OrderMissing,
    OrderRejected,
    OrderUnknown,
)
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Side
from polywire.core.units import Money, Ns, Quantity

OrderEvent = OrderAccepted | OrderCancelled | OrderRejected | OrderUnknown | OrderMissing


class OrderState(Enum):
    """SENT and UNKNOWN count as open: the venue may hold the order.

    MISSING does not: the venue has denied it for long enough. REFUSED does not either. Both may
    show up after all: a gateway's no is not always the venue's.
    """

    SENT = "sent"
    LIVE = "live"
    UNKNOWN = "unknown"
    CLOSED = "closed"
    MISSING = "missing"
    REFUSED = "refused"


SENT, LIVE, UNKNOWN, CLOSED, MISSING, REFUSED = OrderState
OPEN = frozenset({SENT, LIVE, UNKNOWN})
NEXT: dict[tuple[OrderState, type[OrderEvent]], OrderState] = {
    (SENT, OrderAccepted): LIVE,
    (SENT, OrderRejected): REFUSED,
    (SENT, OrderCancelled): CLOSED,
    (SENT, OrderUnknown): UNKNOWN,
    (SENT, OrderMissing): MISSING,
    (LIVE, OrderAccepted): LIVE,  # channels may repeat themselves
    (LIVE, OrderCancelled): CLOSED,
    (LIVE, OrderRejected): LIVE,  # no proof that what rests is gone; the venue's open orders are
    (LIVE, OrderUnknown): LIVE,  # a late time-out of a request whose order is known to rest
    (LIVE, OrderMissing): MISSING,
    (UNKNOWN, OrderAccepted): LIVE,
    (UNKNOWN, OrderRejected): REFUSED,
    (UNKNOWN, OrderCancelled): CLOSED,
    (UNKNOWN, OrderUnknown): UNKNOWN,
    (UNKNOWN, OrderMissing): MISSING,
    (CLOSED, OrderAccepted): CLOSED,  # the fill can overtake the accept
    (CLOSED, OrderCancelled): CLOSED,
    (CLOSED, OrderRejected): CLOSED,
    (CLOSED, OrderUnknown): CLOSED,
    (CLOSED, OrderMissing): CLOSED,
    (MISSING, OrderAccepted): LIVE,  # late orders rest after the caller gave up
    (MISSING, OrderCancelled): CLOSED,
    (MISSING, OrderRejected): REFUSED,
    (MISSING, OrderUnknown): MISSING,
    (MISSING, OrderMissing): MISSING,
    (REFUSED, OrderAccepted): LIVE,
    (REFUSED, OrderCancelled): CLOSED,
    (REFUSED, OrderRejected): REFUSED,
    (REFUSED, OrderUnknown): REFUSED,
    (REFUSED, OrderMissing): CLOSED,
}


def next_state(state: OrderState, event: OrderEvent) -> OrderState:
    """Where the order goes; the table is total, a test walks it.

    Here an OrderMissing is one that proves the order gone (`Order.misses`).
    """
    return NEXT[state, type(event)]


@dataclass(slots=True)
class Order:
    """An order we sent: what was asked, where it stands, what has filled and could still cost.

    `venue_id`: what the venue calls it, once it was signed. `cancels` counts the cancels told,
    `cancel_ns` is the time of the last. `missing_ns`: since when the venue denies it; 0: it does
    not. `doubted`: somebody has to look it up. `stray`: it was taken for gone and showed up.
    """

    command: PlaceOrder
    sent_ns: Ns
    state: OrderState = OrderState.SENT
    filled: Quantity = Quantity(0)
    reserved: Money = Money(0)
    cancel_ns: Ns = Ns(0)
    cancels: int = 0
    missing_ns: Ns = Ns(0)
    doubted: bool = False
    stray: bool = False
    fills: list[FillId] = field(default_factory=list)
    venue_id: VenueOrderId | None = None

    @property
    def is_open(self) -> bool:
        """Whether more of it may still fill, as far as anyone knows."""
        return self.state in OPEN

    @property
    def cancelling(self) -> bool:
        """Whether a cancel is unanswered."""
        return self.cancels > 0

    @property
    def remaining(self) -> Quantity:
        """Shares that could still fill."""
        return Quantity(max(0, self.command.quantity - self.filled))

    def misses(self, now: Ns, gone_ns: int) -> bool:
        """Hear that the venue does not know it; whether that proves by now that it is gone."""
        self.missing_ns = self.missing_ns or now
        return now - self.missing_ns >= gone_ns

    def seen(self) -> None:
        """The venue has it, or has had it."""
        self.missing_ns = Ns(0)
        self.doubted = False


def remaining(orders: Iterable[Order], side: Side) -> Quantity:
    """Shares that the orders of one side could still fill together."""
    return Quantity(sum(order.remaining for order in orders if order.command.side is side))
