"""The ledger as those see it who read and write the venue's words about our orders."""

from polywire.core.ids import FillId, InstrumentId, OrderId, VenueOrderId
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Market
from polywire.core.units import Quantity


class OwnOrders:
    """Fulfils venues.polymarket.fills.Orders."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def known(self, venue_order_id: VenueOrderId) -> PlaceOrder | None:
        """The order with this hash; None if we never signed it."""
        order_id = self._ledger.by_venue.get(venue_order_id)
        order = self._ledger.orders.get(order_id) if order_id is not None else None
        return order.command if order is not None else None

    def market(self, instrument: InstrumentId) -> Market | None:
        """The terms of a market, if they are known."""
        return self._ledger.markets.get(instrument)

    def filled(self, order_id: OrderId) -> Quantity:
        """Shares of an order that are booked already."""
        order = self._ledger.orders.get(order_id)
        return order.filled if order is not None else Quantity(0)

    def knows_fill(self, fill_id: FillId) -> bool:
        """Whether this fill was booked, for one of our orders or for another."""
        return self._ledger.knows_fill(fill_id)

    def venue_id(self, order_id: OrderId) -> VenueOrderId | None:
        """What the venue calls an order of ours; None for one that was never signed."""
        order = self._ledger.orders.get(order_id)
        return order.venue_id if order is not None else None
