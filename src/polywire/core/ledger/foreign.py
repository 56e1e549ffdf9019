"""What others do on our account: orders and fills that are none of ours, counted and shown.

Nothing here is ever cancelled, and nothing of it is a position of ours.
"""

from polywire.core.ids import VenueOrderId
from polywire.core.model.account import ForeignFill, ForeignOrder

KEPT = 1_000
"""Foreign orders remembered while they rest."""


class Foreign:
    """`resting`: foreign orders as last told; `orders` and `fills` count what was told."""

    def __init__(self) -> None:
        self.resting: dict[VenueOrderId, ForeignOrder] = {}
        self.orders = 0
        self.fills = 0

    def take(self, event: ForeignOrder | ForeignFill) -> None:
        """Count it, and remember an order while it rests."""
        if isinstance(event, ForeignFill):
            self.fills += 1
            return
        known = self.resting.pop(event.venue_order_id, None)
        self.orders += known is None and event.remaining > 0
        if event.remaining:
            self.resting[event.venue_order_id] = event
            if len(self.resting) > KEPT:
                del self.resting[next(iter(self.resting))]
