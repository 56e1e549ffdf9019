"""Exits before all else, once the venue has cancelled orders by itself, and after a restart.

Owns until when nothing is bought. Places nothing.
"""

from collections.abc import Iterable, Iterator

from polywire.core.engine.roster import Seat
from polywire.core.engine.tracked import Tracked
from polywire.core.ids import MarketId
from polywire.core.ledger.ledger import Key, Ledger
from polywire.core.ledger.order import Order
from polywire.core.model.command import ExitStep
from polywire.core.model.instrument import Side
from polywire.core.model.intent import Quote
from polywire.core.units import MINUTE, SECOND, Ns

REARM_NS = 2 * SECOND
"""As a rule the rest of our orders is gone too, and word of that is on its way."""
REARM_NS_MAX = MINUTE
"""Exits on books that stay without proof for so long do not hold up all others."""
UNTIL_EARLY_NS = 2 * SECOND
"""So much earlier than told, by its own clock, the venue may end an order."""


class Rearming:
    """`begin`, then ask `bars` before each buy, and tell `pursued` what a seat was given."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._began_ns: Ns | None = None
        self._exits: dict[Key, None] = {}

    def begin(self, now: Ns) -> Iterator[MarketId]:
        """Wait for every exit that is not over; the markets to look at."""
        self._began_ns = now
        for key, moved in self._ledger.exits.items():
            if moved.step is not ExitStep.LEFT and self._ledger.position(*key).held > 0:
                self._exits[key] = None
            yield self._ledger.markets[key[1]].id

    def pursued(self, seat: Seat, tracked: Tracked, wanted: Iterable[Quote]) -> None:
        """On a proven book; its exits are in order if all they want to have resting is out."""
        if not self._exits:
            return
        lacking = {quote.instrument for quote in wanted if not self._is_out(seat, quote)}
        for outcome in tracked.market.outcomes:
            if outcome.instrument not in lacking:
                self._exits.pop((seat.strategy.name, outcome.instrument), None)

    def bars(self, now: Ns) -> bool:
        """Whether nothing is to be bought yet."""
        if self._began_ns is None:
            return False
        passed_ns = now - self._began_ns
        if passed_ns < REARM_NS or (self._exits and passed_ns < REARM_NS_MAX):
            return True
        self._began_ns = None
        self._exits.clear()
        return False

    def _is_out(self, seat: Seat, quote: Quote) -> bool:
        return quote.side is Side.BUY or any(
            order.command.strategy == seat.strategy.name
            and order.command.slot == quote.slot
            and not order.cancelling
            for order in self._ledger.open_on(quote.instrument)
        )


def unasked(order: Order, now: Ns) -> bool:
    """Whether an order that was cancelled should be there: it rested, and no one wanted its end."""
    command = order.command
    over = 0 < command.until <= now + UNTIL_EARLY_NS
    return command.time_in_force.rests and not (over or order.cancels)
