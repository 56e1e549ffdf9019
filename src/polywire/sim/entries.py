"""What is on the simulated venue's agenda, and its words for an order's end (polymarket.md 4.6)."""

from dataclasses import dataclass
from typing import Final

from polywire.core.ids import OrderId
from polywire.core.model.account import AccountEvent
from polywire.core.model.command import CancelOrder, LookUpOrder, PlaceOrder
from polywire.sim.settlement import Settling

NO_ORDER: Final = "Order not found"
NOT_FOUND: Final = "order can't be found - already canceled or matched"
EXPIRED: Final = "expired"
NOT_WHOLE: Final = "order couldn't be fully filled. FOK orders are fully filled or killed."
KILLED: Final = "FAK orders are partially filled or killed if no match is found."


@dataclass(frozen=True, slots=True)
class Expiry:
    """A GTD order's time is up."""

    order_id: OrderId


@dataclass(frozen=True, slots=True)
class Held:
    """An order that would have traded at once has waited (sim.conduct)."""

    order: PlaceOrder


Upcoming = PlaceOrder | CancelOrder | LookUpOrder | Settling | Expiry | Held | AccountEvent
