"""What others do on our account: orders and fills that are none of ours, counted and shown.

Nothing here is ever cancelled. A fill that is not adopted moves shares and cash of which the
ledger learns by a report; what such fills moved since then explains the difference.
"""

from collections.abc import Callable

from polywire.core.ids import FillId, InstrumentId, StrategyId, VenueOrderId
from polywire.core.ledger.position import Fill, Position, fill_of, rounding
from polywire.core.model.account import FillSettled, ForeignFill, ForeignOrder, Settlement
from polywire.core.units import Money, Quantity

VENUE = StrategyId("venue")
"""Who holds what the venue shows and nobody here bought."""
MANUAL = StrategyId("manual")
"""Who holds what foreign orders bought, where those are adopted."""
OTHERS = frozenset({VENUE, MANUAL})
"""Whose gains and losses are not our strategies' own."""

KEPT = 1_000
"""Foreign orders remembered while they rest."""

PENDING_KEPT = 1_000
"""Foreign fills remembered that could still be undone."""


class Foreign:
    """`resting`: foreign orders as last told; `orders` and `fills` count what was told.

    `shares` and `cash`: what foreign fills moved since they were last put right; cash is `unsure`
    by so much, for roundings and fees that are not known. `pending`: those of them that could still
    be undone.
    """

    def __init__(self) -> None:
        self.resting: dict[VenueOrderId, ForeignOrder] = {}
        self.orders = 0
        self.fills = 0
        self.shares: dict[InstrumentId, Quantity] = {}
        self.cash = self.unsure = Money(0)
        self.pending: dict[FillId, ForeignFill] = {}

    def moved(self, event: ForeignFill) -> None:
        """Remember what an execution moved, and itself while it could be undone."""
        if event.settlement is Settlement.REVERSED:
            return
        self._move(event, 1)
        self.unsure = Money(self.unsure + rounding(event) + event.fee_max)
        if event.settlement is Settlement.PENDING:
            self.pending[event.fill_id] = event
            if len(self.pending) > PENDING_KEPT:
                del self.pending[next(iter(self.pending))]

    def settle(self, event: FillSettled) -> None:
        """What became of an execution; one that is undone moves everything back."""
        if event.settlement is Settlement.PENDING:
            return
        fill = self.pending.pop(event.fill_id, None)
        if fill is not None and event.settlement is Settlement.REVERSED:
            self._move(fill, -1)

    def _move(self, event: ForeignFill, times: int) -> None:
        moved = Position()
        moved.take(foreign_fill(event))
        held = self.shares.get(event.instrument, 0)
        self.shares[event.instrument] = Quantity(held + times * moved.held)
        self.cash = Money(self.cash + times * moved.cash)

    def tidy(self, trading: Callable[[InstrumentId], bool]) -> None:
        """Forget what was bought and sold again, and what moved where nobody here trades."""
        self.shares = {one: moved for one, moved in self.shares.items() if moved and trading(one)}

    def take(self, event: ForeignOrder) -> None:
        """Remember an order while it rests."""
        known = self.resting.pop(event.venue_order_id, None)
        self.orders += known is None and event.remaining > 0
        if event.remaining:
            self.resting[event.venue_order_id] = event
            if len(self.resting) > KEPT:
                del self.resting[next(iter(self.resting))]


def foreign_fill(event: ForeignFill) -> Fill:
    """The execution as a position takes it."""
    return fill_of(event, event.side, event.settlement)
