"""Settlement at the simulated venue: a fill becomes final a while later, or is undone."""

from collections.abc import Callable

from msgspec import Struct

from polywire.core.ids import InstrumentId
from polywire.core.model.account import FillSettled, OrderFilled, Settlement
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Side
from polywire.core.units import Ns
from polywire.sim.account import Account


class Settling(Struct, frozen=True):
    """A fill whose settlement is under way."""

    order: PlaceOrder
    fill: OrderFilled


class Settlements:
    """Knows which shares are there for good: a sale of others is undone when its time comes.

    `fails` is asked whether a fill is undone without such a reason.
    """

    def __init__(self, account: Account, fails: Callable[[Ns], bool]) -> None:
        self._account = account
        self._fails = fails
        self._final: dict[InstrumentId, int] = {}

    def end(self, one: Settling, at: Ns) -> FillSettled:
        """What becomes of a fill, once."""
        fill, instrument = one.fill, one.order.instrument
        final = self._final.get(instrument, 0)
        change = fill.quantity if one.order.side is Side.BUY else -fill.quantity
        undone = self._fails(at) or final + change < 0
        if undone:
            self._account.undo(one.order, fill.price, fill.quantity, fill.fee)
        else:
            self._final[instrument] = final + change
        settlement = Settlement.REVERSED if undone else Settlement.FINAL
        return FillSettled(Ns(max(at, fill.recv_ns)), fill.fill_id, settlement)
