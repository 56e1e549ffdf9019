"""Wanted quotes against open orders: the fewest cancels and orders that get from one to the other.

A slot is one layer of one side of one instrument of one strategy. Rules against thrashing: an
order at a wanted price stays while at least half of the wanted size remains in it; an order is not
re-priced before it has rested its dwell time, unless to take at once; nothing goes into a slot
while an order in it waits to be cancelled or re-priced, or takes what it can.
"""

from collections.abc import Iterable

from polywire.core.ledger.order import Order, OrderState
from polywire.core.model.command import CancelOrder
from polywire.core.model.intent import Quote, Slot
from polywire.core.units import SECOND, Ns

TAKING_NS = SECOND
"""An order that was to take what it can should be over by then; a cancel asks what became of it."""


def taking(order: Order, now: Ns) -> bool:
    """Whether it takes what it can, and should not be over yet."""
    return not order.command.time_in_force.rests and now - order.sent_ns < TAKING_NS


def fulfils(order: Order, quote: Quote) -> bool:
    """Whether an open order is what is wanted, so that it stays and nothing is placed for it."""
    command = order.command
    return (
        command.time_in_force.rests
        and not order.cancelling
        and quote.slot == command.slot
        and quote.time_in_force is command.time_in_force
        and quote.until == command.until
        and quote.price == command.price
        and quote.quantity <= 2 * order.remaining <= 2 * quote.quantity
    )


def reconcile(
    wanted: Iterable[Quote], open_orders: Iterable[Order], now: Ns, dwell_ns: int
) -> tuple[list[CancelOrder], list[Quote]]:
    """The cancels to send and the quotes to place; both keep the order in which they were given."""
    missing = list(wanted)
    slots = {quote.slot: not quote.time_in_force.rests for quote in missing}
    cancels: list[CancelOrder] = []
    busy: set[Slot] = set()
    for order in open_orders:
        slot = order.command.slot
        match = next((quote for quote in missing if fulfils(order, quote)), None)
        if match is not None:
            missing.remove(match)
            continue
        busy.add(slot)
        if order.cancelling or now - order.sent_ns < _rest_ns(order, slots, dwell_ns):
            continue
        if order.state is OrderState.LIVE or order.state is OrderState.UNKNOWN:
            cancels.append(
                CancelOrder(order.command.order_id, "re-priced" if slot in slots else "unwanted")
            )
    places = [quote for quote in missing if quote.slot not in busy]
    return cancels, places


def _rest_ns(order: Order, slots: dict[Slot, bool], dwell_ns: int) -> int:
    """How long after it was sent an order may not be cancelled; `slots` says who is to take."""
    if not order.command.time_in_force.rests:
        return TAKING_NS if order.state is OrderState.LIVE else 0
    return 0 if slots.get(order.command.slot, True) else dwell_ns
