"""The yardstick of the market maker: one tick from the mid on both sides, whatever happens."""

from dataclasses import dataclass

from polywire.core.ids import StrategyId
from polywire.core.model.instrument import Market
from polywire.core.model.intent import Quote
from polywire.core.strategy import Wake
from polywire.core.units import Price, Quantity, ceil_to, floor_to
from polywire.core.view import MarketView
from polywire.strategies.two_sided import Ladder, Patience, Rung, two_sided


@dataclass(frozen=True, slots=True)
class OneTick:
    """Rests `size` on both sides up to `cap`; it sells what it holds first, as the maker does."""

    name: StrategyId
    size: Quantity
    cap: Quantity
    wake: Wake = Wake.TOUCH

    def follows(self, market: Market) -> bool:
        """Every market that is no placeholder."""
        return not market.placeholder

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:
        """One order on each side, re-priced whenever the mid has moved a tick."""
        bid, ask = view.touch(0)
        if bid is None or ask is None:
            return ()
        tick, middle = view.market.tick, (bid + ask) // 2
        below, above = floor_to(middle - tick, tick), ceil_to(middle + tick, tick)
        ladders = tuple(
            Ladder(lengthens, (Rung(Price(price), self.size),), limit=Price(price))
            for lengthens, price in ((True, below), (False, above))
            if tick <= price <= 1_000_000 - tick
        )
        return tuple(two_sided(view, ladders, Patience(tick, self.cap)))
