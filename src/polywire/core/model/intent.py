"""What a strategy wants. Asked again with the same view, it wants the same thing."""

from msgspec import Struct

from polywire.core.ids import InstrumentId
from polywire.core.model.instrument import Side
from polywire.core.units import Price, Quantity

Slot = tuple[InstrumentId, Side]
"""One side of one instrument; a strategy has one of its own for each."""


class Quote(Struct, frozen=True, gc=False):
    """An order the strategy wants to have resting; `quantity` is what may still fill."""

    instrument: InstrumentId
    side: Side
    price: Price
    quantity: Quantity
    post_only: bool = True

    @property
    def slot(self) -> Slot:
        """Where it rests."""
        return self.instrument, self.side
