"""The one book of a binary market, kept in its primary outcome, and its view from each outcome.

Owns levels, times and the last trade price; why a book may be trusted is integrity.py's.
"""

from collections.abc import Iterator

from polywire.core.book.ladder import Ladder
from polywire.core.ids import MarketId
from polywire.core.model.instrument import Side
from polywire.core.model.market import BookDelta, BookSnapshot, Level
from polywire.core.units import SECOND, Ns, Price, Quantity, complement

AHEAD_NS_MAX = 5 * SECOND
"""How far the venue's clock may be ahead of ours."""


class OrderBook:
    """Two ladders in primary prices; `known` once a snapshot came, never before.

    `venue_ns` is the newest time at which the venue said something of its levels.
    """

    __slots__ = (
        "ask_ladder",
        "bid_ladder",
        "known",
        "last_trade",
        "market",
        "recv_ns",
        "trade_ns",
        "venue_ns",
    )

    def __init__(self, market: MarketId) -> None:
        self.market = market
        self.bid_ladder = Ladder()
        self.ask_ladder = Ladder()
        self.known = False
        self.last_trade: Price | None = None
        self.trade_ns = Ns(0)
        self.venue_ns = Ns(0)
        self.recv_ns = Ns(0)

    def replace(self, snapshot: BookSnapshot) -> tuple[Level, ...]:
        """Hold exactly what the snapshot says; the levels that had to change for it."""
        bids = self.bid_ladder.replace(snapshot.bids)
        asks = self.ask_ladder.replace(snapshot.asks)
        self.known = True
        if snapshot.last_trade is not None:
            self.last_trade = snapshot.last_trade
            self.trade_ns = snapshot.venue_ns
        self.venue_ns = credible(snapshot.venue_ns, snapshot.recv_ns)
        self.recv_ns = snapshot.recv_ns
        return (
            *((0, price, size) for price, size in bids),
            *((1, price, size) for price, size in asks),
        )

    def apply(self, delta: BookDelta) -> None:
        """Overwrite the changed levels, in order; call only on a known book."""
        for side, price, size in delta.levels:
            ladder = self.ask_ladder if side else self.bid_ladder
            if size and price in ladder.sizes:  # most changes resize a level; this saves a call
                ladder.sizes[price] = size
            else:
                ladder.put(price, size)
        if delta.levels and delta.venue_ns > self.venue_ns:
            self.venue_ns = credible(delta.venue_ns, delta.recv_ns)
        self.recv_ns = delta.recv_ns

    def touch(self, outcome: int) -> tuple[Price | None, Price | None]:
        """Best bid and best ask in an outcome's own prices; None where a side is empty."""
        bids, asks = self.bid_ladder.prices, self.ask_ladder.prices
        bid = bids[-1] if bids else None
        ask = asks[0] if asks else None
        if outcome == 0:
            return bid, ask
        return (
            complement(ask) if ask is not None else None,
            complement(bid) if bid is not None else None,
        )

    def crossed(self) -> bool:
        """Whether the best bid is not below the best ask, which no honest book shows for long."""
        bids, asks = self.bid_ladder.prices, self.ask_ladder.prices
        return bool(bids and asks and bids[-1] >= asks[0])

    def size_at(self, outcome: int, side: Side, price: Price) -> Quantity:
        """Shares shown at an outcome's price on a side; 0 where there is no level."""
        if outcome:
            side, price = side.opposite, complement(price)
        ladder = self.ask_ladder if side is Side.SELL else self.bid_ladder
        return ladder.sizes.get(price, Quantity(0))

    def levels(self, outcome: int, side: Side) -> Iterator[tuple[Price, Quantity]]:
        """An outcome's levels on a side, best first."""
        if outcome:
            for price, size in self.levels(0, side.opposite):
                yield complement(price), size
            return
        if side is Side.BUY:
            ladder, prices = self.bid_ladder, reversed(self.bid_ladder.prices)
        else:
            ladder, prices = self.ask_ladder, iter(self.ask_ladder.prices)
        for price in prices:
            yield price, ladder.sizes[price]


def credible(venue_ns: Ns, recv_ns: Ns) -> Ns:
    """When the venue says it was; a time still to come would make all that follows an old story."""
    return venue_ns if venue_ns <= recv_ns + AHEAD_NS_MAX else recv_ns
