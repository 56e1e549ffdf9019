"""The smallest useful strategy: rest at the best prices and sell what was bought.

It earns the spread when both sides trade and loses when the price runs; it is the tutorial's
example and the demo's, not a recommendation.
"""

from dataclasses import dataclass

from polywire.core.ids import StrategyId
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import Quote
from polywire.core.strategy import Wake
from polywire.core.units import Price, Quantity, complement, floor_to
from polywire.core.view import MarketView


@dataclass(frozen=True, slots=True)
class TouchQuoter:
    """Bids at the best bid of both outcomes up to a cap; offers what it holds at the best ask.

    It wants nothing while the spread is under `spread_ticks_min` ticks, and no new bid outside
    `price_min` .. 1 - `price_min`, where a resolution is near.
    """

    name: StrategyId
    size: Quantity
    cap: Quantity
    spread_ticks_min: int
    price_min: Price
    wake: Wake = Wake.TOUCH

    def follows(self, market: Market) -> bool:
        """Every market that is not a placeholder for an outcome yet to be named."""
        return not market.placeholder

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:
        """Up to one bid and one offer on each outcome."""
        return tuple(quote for outcome in (0, 1) for quote in self._outcome(view, outcome))

    def _outcome(self, view: MarketView, outcome: int) -> list[Quote]:
        bid, ask = view.touch(outcome)
        market = view.market
        if bid is None or ask is None or ask - bid < self.spread_ticks_min * market.tick:
            return []
        instrument = market.outcomes[outcome].instrument
        held = view.held(outcome)
        quotes = []
        size = Quantity(max(self.size, market.size_min))
        if held + size <= self.cap and self.price_min <= bid <= complement(self.price_min):
            quotes.append(Quote(instrument, Side.BUY, bid, size))
        offered = Quantity(floor_to(min(held, size), market.lot))
        if offered >= market.size_min:
            quotes.append(Quote(instrument, Side.SELL, ask, offered))
        return quotes
