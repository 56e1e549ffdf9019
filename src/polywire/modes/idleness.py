"""Why a strategy ordered nothing in a backtest: once a second, what kept it from each market.

Reads the engine and changes nothing. Of somebody's own strategy it knows what was shown to it.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from polywire.core.engine.desk import Command
from polywire.core.engine.engine import Engine
from polywire.core.engine.roster import Seat
from polywire.core.engine.tracked import Tracked
from polywire.core.ids import StrategyId
from polywire.core.model.command import OrderRefused
from polywire.core.model.event import Event
from polywire.core.risk.gate import Approved
from polywire.core.strategy import Strategy
from polywire.core.units import SECOND, Ns
from polywire.strategies.holder import OUTCOMES, PositionHolder
from polywire.strategies.market_maker import MarketMaker
from polywire.strategies.touch_quoter import TouchQuoter

TOLD_MAX: Final = 3


class Idleness:
    """Fulfils backtest.Observer; ask for `reasons` when the run is over."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ordered: dict[StrategyId, None] = {}
        self._refused: dict[StrategyId, Counter[str]] = {}
        self._looks: dict[StrategyId, Counter[str]] = {}
        self._second = 0

    def saw(self, event: Event) -> None:
        """See backtest.Observer."""

    def decided(self, commands: Sequence[Command], now: Ns) -> None:
        """See backtest.Observer."""
        for command in commands:
            if isinstance(command, Approved):
                self._ordered[command.order.strategy] = None
            elif isinstance(command, OrderRefused):
                self._refused.setdefault(command.strategy, Counter())[command.rule] += 1
        if now // SECOND > self._second:
            self._second = now // SECOND
            for name, seat in self._engine.roster.seats.items():
                if name not in self._ordered:
                    self._look(name, seat)

    def reasons(self) -> dict[str, str]:
        """A sentence for each strategy that sent no order and was not halted."""
        seats = self._engine.roster.seats.items()
        return {
            name: self._reason(name, seat)
            for name, seat in seats
            if name not in self._ordered and not seat.halted
        }

    def _look(self, name: StrategyId, seat: Seat) -> None:
        looks = self._looks.setdefault(name, Counter())
        for market in seat.follows:
            tracked = self._engine.watch.books.get(market)
            if tracked is None or not tracked.book.known:
                looks["no book was known"] += 1
            elif tracked.resolved:
                looks["the market was resolved"] += 1
            elif self._engine.standing.distrust_of(tracked):
                looks["the book was not trusted"] += 1
            else:
                looks[_missing(seat.strategy, tracked)] += 1

    def _reason(self, name: StrategyId, seat: Seat) -> str:
        refused = self._refused.get(name)
        if refused:
            rules = ", ".join(f"{rule} {times:,}" for rule, times in refused.most_common())
            return f"all that it wanted was refused by the limits: {rules}"
        looks = self._looks.get(name, Counter())
        if not seat.follows or not looks:
            return f"it followed {len(seat.follows)} markets, and no second of them was recorded"
        told = [f"{why} ({times:,})" for why, times in looks.most_common(TOLD_MAX)]
        return f"of {looks.total():,} looks at a market, one a second: {', '.join(told)}"


def _missing(strategy: Strategy, tracked: Tracked) -> str:
    """What kept a strategy from wanting something of a proven book, as far as it can be known."""
    match strategy:
        case PositionHolder(parameters=own):
            lacks = strategy.lacks(*tracked.book.touch(OUTCOMES.index(own.outcome)))
        case TouchQuoter():
            lacks = strategy.lacks(*tracked.book.touch(0), tracked.market.tick)
        case MarketMaker():
            lacks = strategy.lacks(tracked.market.id)
        case _:
            lacks = ""
    return lacks or "it wanted nothing"
