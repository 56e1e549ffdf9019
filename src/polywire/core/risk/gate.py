"""The only door: nothing else makes an `Approved`, and no order leaves without one."""

from msgspec import Struct

from polywire.core.model.command import OrderRefused, PlaceOrder
from polywire.core.risk.limits import RULES, RiskState


class Approved(Struct, frozen=True, gc=False):
    """An order that every rule let pass."""

    order: PlaceOrder


def review(order: PlaceOrder, state: RiskState) -> Approved | OrderRefused:
    """Let the order pass, or say which rule refused it and why; the first refusal stands."""
    for rule in RULES:
        reason = rule(order, state)
        if reason is not None:
            return OrderRefused(
                order.strategy,
                order.instrument,
                order.side,
                order.price,
                order.quantity,
                rule.__name__,
                reason,
            )
    return Approved(order)
