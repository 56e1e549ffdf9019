"""What a strategy wants. Asked again with the same view, it wants the same thing."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from polywire.core.ids import InstrumentId
from polywire.core.model.instrument import Side
from polywire.core.units import SECOND, Ns, Price, Quantity

Slot = tuple[InstrumentId, Side, int]
"""One layer of one side of one instrument; a strategy has one of its own for each."""


class TimeInForce(StrEnum):
    """How long an order may live; IOC takes what it can, and the venue cancels the rest.

    FOK takes all of it or nothing; GTD rests until a time of its own, GTC until it is cancelled.
    """

    GTC = "GTC"
    GTD = "GTD"
    IOC = "IOC"
    FOK = "FOK"

    @property
    def rests(self) -> bool:
        """Whether it stays in the book with what it could not take."""
        return self is TimeInForce.GTC or self is TimeInForce.GTD


UNTIL_NS_MIN: Final = 125 * SECOND
"""The venue takes no GTD order that is to rest for under 120 s (polymarket.md 4.4); the rest is
for the way there and for clocks that differ."""


class Quote(Struct, frozen=True, gc=False):
    """An order the strategy wants to have resting, or to take with where it is IOC or FOK.

    `quantity` is what may still fill. `until` is when the venue ends a GTD order by itself, 125 s
    ahead at least and in whole seconds; 0 for all others. Orders on one side that are re-priced
    each by itself have a `layer` each.
    """

    instrument: InstrumentId
    side: Side
    price: Price
    quantity: Quantity
    post_only: bool = True
    time_in_force: TimeInForce = TimeInForce.GTC
    until: Ns = Ns(0)
    layer: int = 0

    @property
    def slot(self) -> Slot:
        """Where it rests."""
        return self.instrument, self.side, self.layer
