"""The smallest useful strategy: rest at the best prices and sell what was bought.

It earns the spread when both sides trade and loses when the price runs; it is the tutorial's
example and the demo's, not a recommendation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from typing_extensions import override

from polywire.core.ids import StrategyId
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import Quote
from polywire.core.parameters import (
    COUNT,
    MOST,
    SHARES,
    Sizes,
    StrategyParameters,
    measure,
    price,
)
from polywire.core.strategy import Wake
from polywire.core.units import Money, Price, Quantity, complement, cost, floor_to, format_micros
from polywire.core.view import MarketView


class TouchQuoterParameters(StrategyParameters, frozen=True, kw_only=True, tag="touch_quoter"):
    """Bids at the best bid of both outcomes and offers what it holds at the best ask."""

    size: Annotated[
        Quantity,
        measure(
            "shares of a quote; where a market takes more at least, nothing is bought, and its "
            "least is sold",
            SHARES,
            "0.01",
            MOST,
            example="10",
            editable=True,
        ),
    ]
    cap: Annotated[
        Quantity,
        measure(
            "most shares held of one outcome", SHARES, "0.01", MOST, example="40", editable=True
        ),
    ]
    spread_ticks_min: Annotated[
        int, measure("no quote while the spread has fewer ticks", COUNT, "1", "1000", editable=True)
    ] = 1
    price_min: Annotated[
        Price,
        price(
            "no bid under this, nor over one dollar less this",
            most="0.5",
            example="0.05",
            editable=True,
        ),
    ]

    @override
    def contradictions(self) -> Iterator[tuple[str, str]]:
        """A size that never fits."""
        if self.size > self.cap:
            said = "over cap, so nothing is ever bought"
            yield "size", f"{said}; write at most {format_micros(self.cap)}"

    @override
    def sizes(self) -> Sizes:
        """A quote, and all of one outcome."""
        return Sizes("size", self.size, "cap", self.cap)

    @override
    def buy_min(self, size_min: Quantity) -> Money:
        """The smallest quote at the lowest price."""
        return cost(self.price_min, max(self.size, size_min))


@dataclass(frozen=True, slots=True)
class TouchQuoter:
    """Bids at the best bid of both outcomes up to a cap; offers what it holds at the best ask.

    It wants nothing while the spread is under `spread_ticks_min` ticks, and no new bid outside
    `price_min` .. 1 - `price_min`, where a resolution is near.
    """

    name: StrategyId
    parameters: TouchQuoterParameters
    wake: Wake = Wake.TOUCH

    def follows(self, market: Market) -> bool:
        """Every market that is not a placeholder for an outcome yet to be named."""
        return not market.placeholder

    def lacks(self, bid: Price | None, ask: Price | None, tick: Price) -> str:
        """Why it bids nothing at these best prices, or empty."""
        if bid is None or ask is None:
            return "a side of the book was empty"
        if self._narrow(bid, ask, tick):
            return "the spread was under spread_ticks_min"
        return "the bid was outside price_min" if self._cornered(bid) else ""

    def _narrow(self, bid: Price, ask: Price, tick: Price) -> bool:
        return ask - bid < self.parameters.spread_ticks_min * tick

    def _cornered(self, bid: Price) -> bool:
        return not self.parameters.price_min <= bid <= complement(self.parameters.price_min)

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:
        """Up to one bid and one offer on each outcome."""
        return tuple(quote for outcome in (0, 1) for quote in self._outcome(view, outcome))

    def _outcome(self, view: MarketView, outcome: int) -> list[Quote]:
        bid, ask = view.touch(outcome)
        market, own = view.market, self.parameters
        if bid is None or ask is None or self._narrow(bid, ask, market.tick):
            return []
        instrument = market.outcomes[outcome].instrument
        held = view.held(outcome)
        quotes = []
        if held + own.size <= own.cap and not self._cornered(bid):
            quotes.append(Quote(instrument, Side.BUY, bid, own.size))  # too few: the gate says so
        offered = Quantity(floor_to(min(held, max(own.size, market.size_min)), market.lot))
        if offered >= market.size_min:
            quotes.append(Quote(instrument, Side.SELL, ask, offered))
        return quotes
