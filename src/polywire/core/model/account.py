"""Account events: what became of our orders, fills and cash; in any order, perhaps twice."""

from enum import StrEnum

from polywire.core.ids import FillId, InstrumentId, OrderId, VenueOrderId
from polywire.core.model.instrument import Side
from polywire.core.model.market import Fact
from polywire.core.units import Money, Ns, Price, Quantity

NOT_SENT = "not sent: "
"""How the reason begins of an order that never left."""


class Settlement(StrEnum):
    """Where a fill stands; pending money and shares count in the worst case only."""

    PENDING = "pending"
    FINAL = "final"
    REVERSED = "reversed"


class OrderSigned(Fact, frozen=True):
    """What the venue will call an order of ours; written down before anything of it is sent."""

    order_id: OrderId
    venue_order_id: VenueOrderId


class OrderAccepted(Fact, frozen=True):
    """The venue holds the order."""

    order_id: OrderId


class OrderRejected(Fact, frozen=True):
    """A gateway refused the order, or it never left; it may have come to rest all the same."""

    order_id: OrderId
    reason: str

    @property
    def unsent(self) -> bool:
        """Whether it never left: that says nothing of the venue."""
        return self.reason.startswith(NOT_SENT)


class OrderUnknown(Fact, frozen=True):
    """No reply proves what became of the order; it counts as open until the venue says."""

    order_id: OrderId
    reason: str


class OrderMissing(Fact, frozen=True):
    """Asked for an order, the venue does not know it; said once, that proves nothing."""

    order_id: OrderId
    reason: str


class OrderCancelled(Fact, frozen=True):
    """Nothing of the order rests any more; what was filled stays filled."""

    order_id: OrderId
    reason: str


class OrderFilled(Fact, frozen=True):
    """One execution of one of our orders: price, shares and the fee we paid on top of it."""

    venue_ns: Ns
    order_id: OrderId
    fill_id: FillId
    price: Price
    quantity: Quantity
    fee: Money
    maker: bool
    settlement: Settlement


class FillSettled(Fact, frozen=True):
    """A pending fill became final or was undone."""

    fill_id: FillId
    settlement: Settlement


class ForeignOrder(Fact, frozen=True):
    """An order of this account that is none of ours, as the venue tells it now.

    `remaining` is 0 where it rests no more.
    """

    venue_order_id: VenueOrderId
    instrument: InstrumentId
    side: Side
    price: Price
    remaining: Quantity


class ForeignFill(Fact, frozen=True):
    """One execution of an order of this account that is none of ours.

    `fee_max` is what it may have cost beside, where we do not know the terms of its market.
    """

    venue_ns: Ns
    venue_order_id: VenueOrderId
    fill_id: FillId
    instrument: InstrumentId
    side: Side
    price: Price
    quantity: Quantity
    fee: Money
    maker: bool
    settlement: Settlement
    fee_max: Money = Money(0)


class AccountReported(Fact, frozen=True):
    """Cash, shares and what remains of open orders as the venue sees them; the venue is right.

    `orders` is None where it was not asked for them.
    """

    cash: Money
    positions: tuple[tuple[InstrumentId, Quantity], ...]
    orders: tuple[tuple[VenueOrderId, Quantity], ...] | None = None


AccountEvent = (
    OrderSigned
    | OrderAccepted
    | OrderRejected
    | OrderUnknown
    | OrderMissing
    | OrderCancelled
    | OrderFilled
    | FillSettled
    | ForeignOrder
    | ForeignFill
    | AccountReported
)
