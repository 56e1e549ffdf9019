"""What is to be sold of all that is held, while somebody has asked for that, and what cannot be.

Decides one sale a position at most once a second; sends nothing and changes no order.
"""

from collections.abc import Iterator
from typing import NamedTuple

from polywire.core.book.measures import sweep
from polywire.core.engine.standing import Standing
from polywire.core.engine.tracked import Tracked
from polywire.core.engine.watch import BookWatch
from polywire.core.execution.exits import sellable
from polywire.core.ids import InstrumentId, StrategyId
from polywire.core.ledger.ledger import Key
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import Quote, TimeInForce
from polywire.core.units import SECOND, Ns, Price, Quantity, ceil_to

SALE_NS = SECOND


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

    def sales(self) -> Iterator[tuple[StrategyId, Market, Quote]]:
        """A sale of what each strategy holds, as far as bids take it and no price is given away."""
        now = self._standing.now
        for key, holding in self._standing.ledger.holdings.items():
            tried_ns = self._tried_ns.get(key)
            if holding.now.held <= 0 or (tried_ns is not None and now - tried_ns < SALE_NS):
                continue
            quote = self._sale(key, holding.now.held)
            if isinstance(quote, Quote):
                self._tried_ns[key] = now
                yield key[0], self._standing.ledger.markets[key[1]], quote

    def heard(self, strategy: StrategyId, quote: Quote, reason: str) -> bool:
        """What the gate said to a sale, empty where it passed; whether that is news."""
        key = strategy, quote.instrument
        before = self._refused.pop(key, "")
        if reason:
            self._refused[key] = reason
        return reason != before

    def left(self) -> list[Left]:
        """All that is held, and what keeps it from being sold."""
        found = []
        for (strategy, instrument), holding in self._standing.ledger.holdings.items():
            shares = holding.now.held
            if shares > 0:
                key = strategy, instrument
                sale = self._sale(key, shares)
                passes = isinstance(sale, Quote) or bool(self._open(instrument))
                reason = sale if isinstance(sale, str) else "being sold"
                found.append(Left(*key, shares, self._refused.get(key, reason), passes))
        return found

    def _open(self, instrument: InstrumentId) -> bool:
        return any(self._standing.ledger.open_on(instrument))

    def _sale(self, key: Key, held: Quantity) -> Quote | str:
        market = self._standing.ledger.markets[key[1]]
        tracked = self._watch.books.get(market.id)
        if tracked is None or tracked.resolved:
            return "its market is not traded any more"
        distrust = self._standing.exit_distrust(tracked)
        if distrust:
            return f"its book is not to be trusted: {distrust}"
        if self._open(key[1]):
            return "an order on it is still open"
        there = min(held, self._standing.ledger.held(key[1]), self._standing.limits.order_size_max)
        size = sellable(Quantity(there - self._standing.unsellable(*key)), market)
        return self._at_the_bids(key[1], tracked, size) if size else "too few shares for an order"

    def _at_the_bids(
        self, instrument: InstrumentId, tracked: Tracked, size: Quantity
    ) -> Quote | str:
        market = tracked.market
        index = market.outcome_index(instrument)
        bid, _ = tracked.book.touch(index)
        if bid is None:
            return "nobody bids"
        through = self._standing.limits.price_through_max
        least = Price(ceil_to(max(bid - through, market.tick), market.tick))
        bids = tracked.book.levels(index, Side.BUY)
        taken = Quantity(sum(part for _, part in sweep(bids, Side.SELL, least, size)))
        fits = sellable(taken, market)
        if not fits:
            return "the bids take too few shares for an order"
        return Quote(
            instrument, Side.SELL, least, fits, post_only=False, time_in_force=TimeInForce.IOC
        )
