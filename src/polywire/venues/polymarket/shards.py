"""Which socket carries which markets: at most 200 assets each, and no market ever moves.

Shards of 200 because sockets with more were seen to freeze (polymarket.md 1.2).
"""

from collections.abc import Iterable
from typing import Final

from polywire.core.ids import MarketId

ASSETS_MAX: Final = 200
ASSETS_PER_MARKET: Final = 2


class Shards:
    """Markets by shard number; the same calls in the same order give the same numbers."""

    __slots__ = ("_markets_max", "_shard_of", "_sizes")

    def __init__(self, assets_max: int = ASSETS_MAX) -> None:
        self._markets_max = assets_max // ASSETS_PER_MARKET
        assert self._markets_max > 0, f"room for {assets_max} assets"
        self._shard_of: dict[MarketId, int] = {}
        self._sizes: list[int] = []

    def assign(self, market_ids: Iterable[MarketId]) -> dict[int, tuple[MarketId, ...]]:
        """Put new markets where there is room, the lowest shard first, opening as many as needed.

        What each shard gets; markets already placed stay where they are and are left out.
        """
        gained: dict[int, list[MarketId]] = {}
        for market in market_ids:
            if market in self._shard_of:
                continue
            shard = self._roomy()
            self._shard_of[market] = shard
            self._sizes[shard] += 1
            gained.setdefault(shard, []).append(market)
        return {shard: tuple(markets) for shard, markets in gained.items()}

    def release(self, market_ids: Iterable[MarketId]) -> dict[int, tuple[MarketId, ...]]:
        """Let go of markets; what each shard loses. Unknown markets are left out."""
        lost: dict[int, list[MarketId]] = {}
        for market in market_ids:
            shard = self._shard_of.pop(market, None)
            if shard is not None:
                self._sizes[shard] -= 1
                lost.setdefault(shard, []).append(market)
        return {shard: tuple(markets) for shard, markets in lost.items()}

    def assets(self, shard: int) -> int:
        """How many assets a shard carries."""
        return ASSETS_PER_MARKET * self._sizes[shard]

    def _roomy(self) -> int:
        """The first shard with room; a new one if all are full."""
        for shard, size in enumerate(self._sizes):
            if size < self._markets_max:
                return shard
        self._sizes.append(0)
        return len(self._sizes) - 1
