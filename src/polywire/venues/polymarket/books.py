"""One asset's whole book as the venue sends it, by socket or by REST, in primary prices."""

from polywire.core.ids import FeedId
from polywire.core.model.market import BookSnapshot
from polywire.core.units import Ns, Price, Quantity
from polywire.venues.polymarket.assets import Asset
from polywire.venues.polymarket.texts import Prices, Sizes, last_trade, price_between
from polywire.venues.polymarket.wire import Book, LevelText, venue_ns


class BookReader:
    """Turns a decoded book into a snapshot of its market's primary outcome."""

    __slots__ = ("feed", "prices", "sizes")

    def __init__(self, feed: FeedId) -> None:
        self.feed = feed
        self.prices = Prices()
        self.sizes = Sizes()

    def snapshot(self, book: Book, asset: Asset, now: Ns) -> BookSnapshot:
        """The book with bids ascending and asks descending (best last); ValueError for bad text."""
        market, outcome, _ = asset
        bids = self._levels(book.bids, outcome)
        asks = self._levels(book.asks, outcome)
        if outcome:
            bids, asks = asks, bids
        return BookSnapshot(
            recv_ns=now,
            venue_ns=venue_ns(book.timestamp),
            market=market,
            outcome=outcome,
            bids=tuple(sorted(bids)),
            asks=tuple(sorted(asks, reverse=True)),
            hash=book.hash or "",
            feed=self.feed,
            last_trade=last_trade(book.last_trade_price),
            tick=price_between(book.tick_size) if book.tick_size else Price(0),
        )

    def _levels(self, levels: list[LevelText] | None, outcome: int) -> list[tuple[Price, Quantity]]:
        """A side's levels with the prices of the primary outcome."""
        prices, sizes = self.prices.quoted_for[outcome], self.sizes
        try:
            return [(prices[level.price], sizes[level.size]) for level in levels or ()]
        except KeyError:  # a price not met before
            primary = self.prices.primary
            return [(primary(level.price, outcome), sizes[level.size]) for level in levels or ()]
