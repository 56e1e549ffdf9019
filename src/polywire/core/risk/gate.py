"""The only door: nothing else makes an `Approved`, and no order leaves without one."""

from msgspec import Struct

from polywire.core.model.command import OrderRefused, PlaceOrder
from polywire.core.risk.limits import RiskState, refusal


class Approved(Struct, frozen=True, gc=False):
    """An order that every rule let pass."""

    order: PlaceOrder


def review(order: PlaceOrder, state: RiskState) -> Approved | OrderRefused:
    """Let the order pass, or say which rule refused it and why; the first refusal stands."""
    return refusal(order, state) or Approved(order)
