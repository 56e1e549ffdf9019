"""What is to be sold of all that is held, while somebody has asked for that, and what cannot be.

Decides one sale a position at most once a second; sends nothing and changes no order.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from polywire.core.engine.selling import into_bids
from polywire.core.engine.standing import Standing
from polywire.core.engine.watch import BookWatch
from polywire.core.ids import InstrumentId, StrategyId
from polywire.core.ledger.ledger import Key
from polywire.core.model.instrument import Market
from polywire.core.model.intent import Quote
from polywire.core.units import SECOND, Ns, Quantity

SALE_NS = SECOND


Clear = Callable[[Quote, Market], bool]
"""Whether a sale may leave now."""


class Left(NamedTuple):
    """Shares that are still held and why; `waits` where that may pass within moments."""

    strategy: StrategyId
    instrument: InstrumentId
    shares: Quantity
    reason: str
    waits: bool


class Flattening:
    """`sales` are due now; tell `heard` what the gate said to each."""

    def __init__(self, standing: Standing, watch: BookWatch) -> None:
        self._standing = standing
        self._watch = watch
        self._tried_ns: dict[Key, Ns] = {}
        self._refused: dict[Key, str] = {}

    def sales(
        self, seller: StrategyId | None = None, clear: Clear = lambda *_: True
    ) -> Iterator[tuple[StrategyId, Market, Quote]]:
        """A sale of what each strategy, or one, holds, where it is clear to go."""
        now = self._standing.now
        for key, quote in self.wanted(seller):
            tried_ns = self._tried_ns.get(key)
            market = self._standing.ledger.markets[key[1]]
            waits = tried_ns is not None and now - tried_ns < SALE_NS
            if not waits and clear(quote, market):
                self._tried_ns[key] = now
                yield key[0], market, quote

    def wanted(self, seller: StrategyId | None = None) -> Iterator[tuple[Key, Quote]]:
        """What each, or one, would sell, as far as bids take it and no price is given away."""
        for key, shares in self._held(seller):
            sale = self._sale(key, shares, seller)
            if isinstance(sale, Quote):
                yield key, sale

    def heard(self, strategy: StrategyId, quote: Quote, reason: str) -> bool:
        """What the gate said to a sale, empty where it passed; whether that is news."""
        key = strategy, quote.instrument
        before = self._refused.pop(key, "")
        if reason:
            self._refused[key] = reason
        return reason != before

    def left(self, seller: StrategyId | None = None) -> list[Left]:
        """All that each, or one, holds, and what keeps it from being sold."""
        found = []
        for key, shares in self._held(seller):
            sale = self._sale(key, shares, seller)
            passes = isinstance(sale, Quote) or self._is_open(key, seller)
            reason = sale if isinstance(sale, str) else "being sold"
            found.append(Left(*key, shares, self._refused.get(key, reason), passes))
        return found

    def _held(self, seller: StrategyId | None) -> Iterator[tuple[Key, Quantity]]:
        for key, holding in self._standing.ledger.holdings.items():
            if holding.now.held > 0 and seller in (None, key[0]):
                yield key, holding.now.held

    def _is_open(self, key: Key, seller: StrategyId | None) -> bool:
        """Whether an order waits to be known: anybody's where all is sold, else the seller's."""
        orders = self._standing.ledger.open_on(key[1])
        return any(seller in (None, order.command.strategy) for order in orders)

    def _sale(self, key: Key, held: Quantity, seller: StrategyId | None) -> Quote | str:
        market = self._standing.ledger.markets[key[1]]
        tracked = self._watch.books.get(market.id)
        if tracked is None or tracked.resolved:
            return "its market is not traded any more"
        distrust = self._standing.exit_distrust(tracked)
        if distrust:
            return f"its book is not to be trusted: {distrust}"
        if self._is_open(key, seller):
            return "an order on it is still open"
        return into_bids(self._standing, tracked, key, held)
