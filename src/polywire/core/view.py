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


class MarketView:
    """Read-only; outcomes are indexed 0 and 1, prices are each outcome's own."""

    __slots__ = ("_book", "_ledger", "_strategy", "market", "now")

    def __init__(
        self, market: Market, book: OrderBook, ledger: Ledger, strategy: StrategyId, *, now: Ns
    ) -> None:
        self.market = market
        self.now = now
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
    """The markets of an exclusive group whose books are proven now; others are left out."""

    group: GroupId
    markets: tuple[MarketView, ...]
    now: Ns
