"""Holds a number of shares of one outcome in each market it follows, bought at the best ask.

The position bot's entry: how the position is left is its seat's exit plan.
"""

from dataclasses import dataclass

from polywire.core.ids import StrategyId
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import Quote, TimeInForce
from polywire.core.strategy import Wake
from polywire.core.units import Price, Quantity, floor_to, whole_cost
from polywire.core.view import MarketView


@dataclass(frozen=True, slots=True)
class PositionHolder:
    """Buys what is missing to `shares` while the ask lies in its band and the spread is narrow.

    As much of it, that is, as costs what the venue takes: whole cents, where it is strict.
    """

    name: StrategyId
    shares: Quantity
    outcome: int
    price_min: Price
    price_max: Price
    spread_max: Price
    wake: Wake = Wake.TOUCH

    def follows(self, market: Market) -> bool:
        """Every market that is not a placeholder for an outcome yet to be named."""
        return not market.placeholder

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:
        """At most one bid, at the ask; what is not there to take is not waited for."""
        bid, ask = view.touch(self.outcome)
        if bid is None or ask is None or ask - bid > self.spread_max:
            return ()
        market = view.market
        step = whole_cost(ask, market.cost_step, market.lot)
        missing = Quantity(floor_to(self.shares - view.held(self.outcome), step))
        if missing < market.size_min or not self.price_min <= ask <= self.price_max:
            return ()
        instrument = market.outcomes[self.outcome].instrument
        buy = Quote(
            instrument, Side.BUY, ask, missing, post_only=False, time_in_force=TimeInForce.IOC
        )
        return (buy,)
