"""Holds a number of shares of one outcome in each market it follows, bought at the best ask.

The position bot's entry: how the position is left is its seat's exit plan.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from typing_extensions import override

from polywire.core.ids import StrategyId
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import Quote, TimeInForce
from polywire.core.parameters import (
    MOST,
    SHARES,
    Sizes,
    StrategyParameters,
    measure,
    price,
    words,
)
from polywire.core.strategy import Wake
from polywire.core.units import Money, Price, Quantity, cost, floor_to, format_micros, whole_cost
from polywire.core.view import MarketView

OutcomeName = Literal["yes", "no"]
OUTCOMES: Final[tuple[OutcomeName, OutcomeName]] = ("yes", "no")


class HolderParameters(StrategyParameters, frozen=True, kw_only=True, tag="holder"):
    """Buys one outcome of each market at the ask and holds it; the position bot's entry."""

    shares: Annotated[
        Quantity,
        measure("shares to hold in each market", SHARES, "0.01", MOST, example="10", editable=True),
    ]
    outcome: Annotated[OutcomeName, words("the first outcome of a market, or the second")] = "yes"
    price_min: Annotated[Price, price("no buy under this ask", example="0.1", editable=True)]
    price_max: Annotated[Price, price("no buy over this ask", example="0.6", editable=True)]
    spread_max: Annotated[
        Price, price("no buy while the spread is wider", example="0.02", editable=True)
    ]

    @override
    def contradictions(self) -> Iterator[tuple[str, str]]:
        """A band without a price in it."""
        if self.price_min > self.price_max:
            said = "under price_min, so nothing is ever bought"
            yield "price_max", f"{said}; write at least {format_micros(self.price_min)}"

    @override
    def sizes(self) -> Sizes:
        """All of the position, or what is missing."""
        return Sizes("shares", self.shares, "shares", self.shares)

    @override
    def buy_min(self, _size_min: Quantity) -> Money:
        """The whole position at the lowest price."""
        return cost(self.price_min, self.shares)

    @override
    def buy_max(self) -> Money:
        """The whole position at the highest price."""
        return cost(self.price_max, self.shares)

    @property
    @override
    def sells(self) -> bool:
        """Never: that is what exits are for."""
        return False


@dataclass(frozen=True, slots=True)
class PositionHolder:
    """Buys what is missing to `shares` while the ask lies in its band and the spread is narrow.

    As much of it, that is, as costs what the venue takes: whole cents, where it is strict.
    """

    name: StrategyId
    parameters: HolderParameters
    wake: Wake = Wake.TOUCH

    def follows(self, market: Market) -> bool:
        """Every market that is not a placeholder for an outcome yet to be named."""
        return not market.placeholder

    def lacks(self, bid: Price | None, ask: Price | None) -> str:
        """Why it buys nothing at these best prices, or empty."""
        own = self.parameters
        if bid is None or ask is None:
            return "a side of the book was empty"
        if ask - bid > own.spread_max:
            return "the spread was over spread_max"
        if ask < own.price_min:
            return "the ask was under price_min"
        return "the ask was over price_max" if ask > own.price_max else ""

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:
        """At most one bid, at the ask; what is not there to take is not waited for."""
        own, market = self.parameters, view.market
        outcome = OUTCOMES.index(own.outcome)
        bid, ask = view.touch(outcome)
        if ask is None or self.lacks(bid, ask):
            return ()
        step = whole_cost(ask, market.cost_step, market.lot)
        missing = Quantity(floor_to(own.shares - view.held(outcome), step))
        if missing < market.size_min:
            return ()
        instrument = market.outcomes[outcome].instrument
        buy = Quote(
            instrument, Side.BUY, ask, missing, post_only=False, time_in_force=TimeInForce.IOC
        )
        return (buy,)
