"""What a strategy wants. Asked again with the same view, it wants the same thing."""

from enum import StrEnum

from msgspec import Struct

from polywire.core.ids import InstrumentId
from polywire.core.model.instrument import Side
from polywire.core.units import Price, Quantity

Slot = tuple[InstrumentId, Side]
"""One side of one instrument; a strategy has one of its own for each."""


class TimeInForce(StrEnum):
    """How long an order may live; IOC takes what it can, and the venue cancels the rest."""

    GTC = "GTC"
    GTD = "GTD"
    IOC = "IOC"
    FOK = "FOK"


class Quote(Struct, frozen=True, gc=False):
    """An order the strategy wants to have resting, or to take with where it is IOC.

    `quantity` is what may still fill.
    """

    instrument: InstrumentId
    side: Side
    price: Price
    quantity: Quantity
    post_only: bool = True
    time_in_force: TimeInForce = TimeInForce.GTC

    @property
    def slot(self) -> Slot:
        """Where it rests."""
        return self.instrument, self.side
