"""What the venue shows of one order of the account: taken, resting or over (polymarket.md 2.2)."""

from typing import Final

from msgspec import Struct

from polywire.core.ids import InstrumentId, VenueOrderId
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Side
from polywire.core.units import Price, Quantity
from polywire.venues.polymarket import user_wire as wire
from polywire.venues.polymarket.fills import DUST, Orders

REASON_MAX: Final = 200
TAKEN: Final = frozenset({"LIVE", "MATCHED", "DELAYED", "UNMATCHED"})
"""The venue has the order; what is matched of it is for trades to say."""
ENDED: Final = ("CANCELED", "CANCELLED", "INVALID")
"""How the statuses begin of an order that is over; words of the venue's own may follow."""
IMMEDIATE: Final = frozenset({"FOK", "FAK", "IOC"})
UPDATE: Final = "UPDATE"
CANCELLATION: Final = "CANCELLATION"


class OrderNews(Struct, frozen=True, kw_only=True):
    """One order in its own terms; `order` is None where we did not place it.

    `closed` says why nothing of it rests, empty where something may. An update proves neither that
    nor that the venue has `accepted` it: it says how much is matched.
    """

    venue_order_id: VenueOrderId
    order: PlaceOrder | None
    instrument: InstrumentId
    side: Side
    price: Price
    matched: Quantity
    remaining: Quantity
    accepted: bool
    closed: str


def order_news(shown: wire.Order, orders: Orders) -> OrderNews:
    """What the venue shows of an order; ValueError if it cannot be so."""
    venue_order_id = wire.venue_order_id(shown.id)
    order = orders.known(venue_order_id)
    matched = wire.quantity(shown.size_matched)
    size = wire.quantity(shown.original_size)
    closed = _closed(shown, matched, size)
    if order is not None:
        instrument, side, price = order.instrument, order.side, order.price
        _compare(shown, order, closed)
        size = size or order.quantity
    else:
        instrument = InstrumentId(wire.token(shown.asset_id))
        side, price = wire.side(shown.side), wire.price(shown.price or "")
    return OrderNews(
        venue_order_id=venue_order_id,
        order=order,
        instrument=instrument,
        side=side,
        price=price,
        matched=matched,
        remaining=Quantity(0 if closed else max(0, size - matched)),
        accepted=shown.type != UPDATE,
        closed=closed,
    )


def _closed(shown: wire.Order, matched: Quantity, size: Quantity) -> str:
    """Why nothing of an order rests; a taker's that matched in part, or all but dust, does not."""
    status = wire.bare(shown.status or "")
    if status.startswith(ENDED):
        return status[:REASON_MAX]
    if shown.type == CANCELLATION:
        return "CANCELED"
    over = shown.order_type in IMMEDIATE or size - matched < DUST
    killed = status == "MATCHED" and over and 0 < matched < size
    return "MATCHED" if killed and shown.type != UPDATE else ""


def _compare(shown: wire.Order, order: PlaceOrder, closed: str) -> None:
    """ValueError where the venue shows other terms than those we signed, or no known status."""
    if not closed and shown.type != UPDATE and wire.bare(shown.status or "") not in TAKEN:
        raise ValueError(f"expected the status of order {shown.id}, found {shown.status!r}")
    if shown.asset_id is not None and shown.asset_id != order.instrument:
        raise ValueError(f"expected order {shown.id} on its token, found {shown.asset_id}")
    if shown.side and wire.side(shown.side) is not order.side:
        raise ValueError(f"expected {order.side.name} of order {shown.id}, found {shown.side}")
