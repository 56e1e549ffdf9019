"""What is told when the venue's account differs from ours, and what the ledger changes for it."""

from polywire.core.ids import InstrumentId, StrategyId
from polywire.core.model.command import Decision
from polywire.core.units import Money, Quantity


class DifferenceFound(Decision, frozen=True):
    """Told, not asked: cash, an instrument or an order is not at the venue what it is here.

    `ours` and `theirs` in micros of dollars or shares; `explanation` is empty where there is none.
    """

    subject: str
    ours: int
    theirs: int
    explanation: str


class Correction(Decision, frozen=True):
    """Told, not asked: the venue is right, so shares of an instrument, or cash, change by this.

    `instrument` is None for cash, which belongs to no instrument. `before`: what of it was there
    before our own doing, in micros of dollars: no gain. Shares that a strategy lacks were sold by
    somebody else: it is left with what they cost. `unexplained`: money came in, and nothing
    here says why.
    """

    strategy: StrategyId
    instrument: InstrumentId | None
    shares: Quantity
    cash: Money
    before: Money = Money(0)
    unexplained: bool = False


class PositionHandedOver(Decision, frozen=True):
    """Told, not asked: a strategy takes over all that another holds, at the cost of `paid`."""

    source: StrategyId
    strategy: StrategyId
    instrument: InstrumentId
    shares: Quantity
    paid: Money


Reckoning = DifferenceFound | Correction | PositionHandedOver
