"""A strategy of one's own (docs/how-to/write-a-strategy.md): it shows the parts, no profit."""

from dataclasses import dataclass
from typing import Annotated

from polywire.core.ids import StrategyId
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import Quote
from polywire.core.parameters import MOST, SHARES, Sizes, StrategyParameters, measure, price
from polywire.core.strategy import Wake
from polywire.core.units import Price, Quantity, floor_to
from polywire.core.view import MarketView


class DipParameters(StrategyParameters, frozen=True, kw_only=True):
    """Bids below the best bid of the first outcome, and offers what it holds at the best ask."""

    size: Annotated[Quantity, measure("shares of an order", SHARES, "0.01", MOST, example="10")]
    below: Annotated[Price, price("how far under the best bid it bids", example="0.02")]

    def sizes(self) -> Sizes:
        """An order, and all that is held."""
        return Sizes("size", self.size, "size", self.size)


@dataclass(frozen=True, slots=True)
class Dip:
    """Waits for the price to fall by a step, and for it to come back."""

    name: StrategyId
    parameters: DipParameters
    wake: Wake = Wake.TOUCH

    def follows(self, market: Market) -> bool:
        """Every market that is not a placeholder for an outcome yet to be named."""
        return not market.placeholder

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:
        """One bid while nothing is held, one offer of what is held."""
        market, held = view.market, view.held(0)
        yes = market.outcomes[0].instrument
        bid, ask = view.touch(0)
        offered = Quantity(floor_to(min(held, view.sellable(0)), market.lot))
        if ask is not None and offered >= market.size_min:
            return (Quote(yes, Side.SELL, ask, offered),)
        if held or bid is None or bid - self.parameters.below < market.tick:
            return ()
        dip = Price(floor_to(bid - self.parameters.below, market.tick))
        return (Quote(yes, Side.BUY, dip, self.parameters.size),)
