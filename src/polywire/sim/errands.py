"""The way of our commands to the simulated venue: lost, late, or with the reply lost.

An order that is late rests after its sender gave it up; a cancel may overtake it then.
"""

from collections.abc import Callable, Iterable
from functools import partial

from polywire.core.ids import OrderId
from polywire.core.model.account import AccountEvent, OrderUnknown
from polywire.core.model.command import CancelOrder, LookUpOrder
from polywire.core.units import SECOND, Ns
from polywire.sim.faults import Fault, Weather
from polywire.sim.venue import SimVenue

LATE_NS = 8 * SECOND
"""How late an order may come; longer than the engine waits before it counts one as gone."""

Later = Callable[[Ns, Callable[[Ns], None]], None]


class Errands:
    """`later` has something done at a time, `tell` takes what we hear of our orders."""

    def __init__(
        self,
        venue: SimVenue,
        weather: Weather,
        later: Later,
        tell: Callable[[Iterable[AccountEvent]], None],
    ) -> None:
        self._venue = venue
        self._weather = weather
        self._later = later
        self._tell = tell

    def run(self, command: CancelOrder | LookUpOrder, now: Ns) -> None:
        """A cancel or a question leaves us."""
        match command:
            case CancelOrder():
                if not self._weather.strikes(Fault.LOST_CANCEL, now):
                    self._venue.cancel(command, now)
            case LookUpOrder():
                self._look_up(command, now)

    def place(self, order_id: OrderId, leave: Callable[[Ns], None], now: Ns) -> None:
        """An order leaves us by `leave`, if it does."""
        weather = self._weather
        if weather.strikes(Fault.LOST_ORDER, now):
            self._give_up(order_id, now)
        elif weather.strikes(Fault.LATE_ORDER, now):
            self._give_up(order_id, now)
            self._later(Ns(now + weather.up_to(LATE_NS)), leave)
        else:
            leave(now)

    def _give_up(self, order_id: OrderId, now: Ns) -> None:
        at = Ns(now + self._weather.up_to(2 * SECOND))
        self._tell([OrderUnknown(at, order_id, "no reply")])

    def _look_up(self, command: LookUpOrder, now: Ns) -> None:
        weather = self._weather
        if weather.strikes(Fault.LOST_ANSWER, now):
            return
        if weather.strikes(Fault.LATE_ANSWER, now):
            at = Ns(now + weather.up_to(3 * SECOND))
            self._later(at, partial(self._venue.look_up, command))
        else:
            self._venue.look_up(command, now)
