"""Positions that are over, folded into one sum a strategy, so that none costs time for ever."""

from collections.abc import Iterator

from polywire.core.ids import InstrumentId, StrategyId
from polywire.core.ledger.position import Holding, Position
from polywire.core.units import ONE, Money

Holdings = dict[tuple[StrategyId, InstrumentId], Holding]


class Archive:
    """`made`: what each strategy's folded positions made; they hold nothing and cost nothing."""

    def __init__(self) -> None:
        self.made: dict[StrategyId, Position] = {}

    def fold(self, holdings: Holdings) -> None:
        """Take out every holding that is over."""
        for key in [key for key, holding in holdings.items() if is_over(holding)]:
            one = holdings.pop(key).now
            made = self.made.setdefault(key[0], Position())
            made.cash = Money(made.cash + one.cash)
            made.realised = Money(made.realised + one.realised)
            made.fees = Money(made.fees + one.fees)

    def results(self, holdings: Holdings) -> Iterator[tuple[StrategyId, Position]]:
        """What everything made, folded or not."""
        yield from ((strategy, holding.now) for (strategy, _), holding in holdings.items())
        yield from self.made.items()


def is_over(holding: Holding) -> bool:
    """Nothing is held, and nothing can be undone; what pays in halves is rounded as a whole."""
    now = holding.now
    whole = holding.worth in (None, 0, ONE)
    return whole and not (now.held or now.paid or holding.waiting)
