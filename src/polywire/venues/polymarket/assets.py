"""Which assets a socket carries, and which market and outcome each of them is."""

from collections.abc import Iterable

from polywire.core.ids import MarketId
from polywire.core.model.instrument import Market

Asset = tuple[MarketId, int, str]
"""The market of an asset, its outcome, and the asset of the other outcome."""


class Assets:
    """The carried markets in order of subscription, and their assets by id."""

    __slots__ = ("by_id", "markets")

    def __init__(self) -> None:
        self.by_id: dict[str, Asset] = {}
        self.markets: dict[MarketId, Market] = {}

    def add(self, markets: Iterable[Market]) -> list[str]:
        """Carry these markets; the assets that are new. New assets of a market end its old ones."""
        new: list[str] = []
        for market in markets:
            first, second = pair(market)
            if market.id in self.markets and pair(self.markets[market.id]) != (first, second):
                self.remove([market.id])
            self.markets[market.id] = market
            new += [asset for asset in (first, second) if asset not in self.by_id]
            self.by_id[first] = (market.id, 0, second)
            self.by_id[second] = (market.id, 1, first)
        return new

    def remove(self, market_ids: Iterable[MarketId]) -> list[str]:
        """Carry these markets no more; the assets that go. Unknown ids are no error."""
        gone: list[str] = []
        for market_id in market_ids:
            market = self.markets.pop(market_id, None)
            if market is not None:
                gone += pair(market)
        for asset in gone:
            del self.by_id[asset]
        return gone


def pair(market: Market) -> tuple[str, str]:
    """The assets of a market's outcomes."""
    first, second = market.outcomes
    return first.instrument, second.instrument
