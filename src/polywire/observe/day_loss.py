"""What was lost since the UTC day began, by the same books as the profit that is told beside it.

The limits value what is held once a second, so their figure may be a second older.
"""

from polywire.core.engine.engine import Engine
from polywire.core.ids import StrategyId
from polywire.core.units import Money


class DayLoss:
    """Of one moment: ask it before the engine goes on."""

    def __init__(self, engine: Engine) -> None:
        self._standing = engine.standing
        self._opened = engine.ledger.opened
        self._valued = engine.standing.value()
        self._begun = engine.now > 0

    @property
    def whole(self) -> Money:
        """Of all strategies; at or over the limit only once the limit itself has seen that."""
        counted, most = self._standing.loss, self._standing.limits.loss_max
        if not self._begun or counted >= most:
            return counted if self._begun else Money(0)
        return Money(min(max(0, self._opened.traded - self._valued.traded), most - 1))

    def of(self, strategy: StrategyId) -> Money:
        """Of one strategy alone."""
        before = dict(self._opened.results).get(strategy, 0)
        return Money(max(0, before - self._valued.results.get(strategy, 0)))
