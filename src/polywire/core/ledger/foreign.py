"""What others do on our account: orders and fills that are none of ours, counted and shown.

Nothing here is ever cancelled. A fill that is not adopted moves shares and cash of which the
ledger learns by a report; what such fills moved since then explains the difference.
"""

from polywire.core.ids import FillId, InstrumentId, VenueOrderId
from polywire.core.ledger.position import Fill, Position
from polywire.core.model.account import ForeignFill, ForeignOrder
from polywire.core.units import Money, Quantity

KEPT = 1_000
"""Foreign orders remembered while they rest."""

FILLS_KEPT = 10_000
"""Foreign fills remembered, since channels repeat themselves."""


class Foreign:
    """`resting`: foreign orders as last told; `orders` and `fills` count what was told.

    `shares` and `cash`: what foreign fills moved since they were last put right.
    """

    def __init__(self) -> None:
        self.resting: dict[VenueOrderId, ForeignOrder] = {}
        self.orders = 0
        self.fills = 0
        self.shares: dict[InstrumentId, Quantity] = {}
        self.cash = Money(0)
        self._seen: dict[FillId, None] = {}

    def is_new(self, fill_id: FillId) -> bool:
        """Count a fill, unless it was told before."""
        if fill_id in self._seen:
            return False
        self.fills += 1
        self._seen[fill_id] = None
        if len(self._seen) > FILLS_KEPT:
            del self._seen[next(iter(self._seen))]
        return True

    def moved(self, event: ForeignFill) -> None:
        """Remember what an execution moved."""
        moved = Position()
        moved.take(foreign_fill(event))
        held = self.shares.get(event.instrument, 0)
        self.shares[event.instrument] = Quantity(held + moved.held)
        self.cash = Money(self.cash + moved.cash)

    def take(self, event: ForeignOrder) -> None:
        """Remember an order while it rests."""
        known = self.resting.pop(event.venue_order_id, None)
        self.orders += known is None and event.remaining > 0
        if event.remaining:
            self.resting[event.venue_order_id] = event
            if len(self.resting) > KEPT:
                del self.resting[next(iter(self.resting))]


def foreign_fill(event: ForeignFill) -> Fill:
    """The execution as a position takes it."""
    return Fill(event.fill_id, event.side, event.price, event.quantity, event.fee, event.settlement)
