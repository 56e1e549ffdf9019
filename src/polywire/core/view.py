"""What a strategy may see of one market at a cut: prices, depth, its own position.

A strategy is asked only about books that are proven; the engine pulls quotes from others."""

from collections.abc import Iterable
from typing import NamedTuple

from polywire.core.book.order_book import OrderBook
from polywire.core.ids import GroupId, StrategyId
from polywire.core.ledger.ledger import Ledger
from polywire.core.ledger.order import Order
from polywire.core.model.instrument import Market, Side
from polywire.core.units import Money, Ns, Price, Quantity


class Footing(NamedTuple):
    """What its account and its books let a strategy count on.

    `sells_pending`: whether shares may be sold whose purchase could still be undone;
    `shows_ours`: whether books show our orders, as a venue's do and those of a simulation do not.
    """

    sells_pending: bool
    shows_ours: bool


class MarketView:
    """Read-only; outcomes are indexed 0 and 1, prices are each outcome's own."""

    __slots__ = ("_book", "_footing", "_ledger", "_strategy", "market", "now")

    def __init__(
        self,
        market: Market,
        book: OrderBook,
        ledger: Ledger,
        strategy: StrategyId,
        footing: Footing,
        *,
        now: Ns,
    ) -> None:
        self.market = market
        self.now = now
        self._footing = footing
        self._book = book
        self._ledger = ledger
        self._strategy = strategy

    def touch(self, outcome: int) -> tuple[Price | None, Price | None]:
        """Best bid and best ask; None where a side is empty."""
        return self._book.touch(outcome)

    def levels(self, outcome: int, side: Side) -> Iterable[tuple[Price, Quantity]]:
        """Price and shares, best first."""
        return self._book.levels(outcome, side)

    def held(self, outcome: int) -> Quantity:
        """Shares this strategy holds, pending fills included."""
        instrument = self.market.outcomes[outcome].instrument
        return self._ledger.position(self._strategy, instrument).held

    def sellable(self, outcome: int) -> Quantity:
        """Of these shares, those that may be sold now, in open orders or not."""
        instrument = self.market.outcomes[outcome].instrument
        holding = self._ledger.holdings.get((self._strategy, instrument))
        if holding is None:
            return Quantity(0)
        unsure = 0 if self._footing.sells_pending else holding.unsure
        return Quantity(max(0, holding.now.held - unsure))

    @property
    def shows_ours(self) -> bool:
        """Whether the book shows our own orders."""
        return self._footing.shows_ours

    def paid(self, outcome: int) -> Money:
        """What the shares it holds cost, fees included."""
        instrument = self.market.outcomes[outcome].instrument
        return self._ledger.position(self._strategy, instrument).paid

    def open_orders(self, outcome: int) -> list[Order]:
        """This strategy's open and unknown orders."""
        instrument = self.market.outcomes[outcome].instrument
        return [
            order
            for order in self._ledger.open_on(instrument)
            if order.command.strategy == self._strategy
        ]


class GroupView(NamedTuple):
    """The markets of an exclusive group whose books are proven now; others are left out.

    `through`: how far past the best price of its book an order may go.
    """

    group: GroupId
    markets: tuple[MarketView, ...]
    now: Ns
    through: Price
