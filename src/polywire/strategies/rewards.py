"""What a venue's liquidity programme would pay for resting orders (strategies.md 3.3).

An estimate: the others' score is taken from the book as if one maker had placed it, and nobody
knows who is sampled when. Prices in micros, scores in shares.
"""

from collections.abc import Iterable
from typing import Final

from polywire.core.model.instrument import Rewards
from polywire.core.units import SCALE, Price, Quantity

ONE_SIDED: Final = 3
"""By which what rests on one side alone is divided, where the mid lies in `BALANCED`."""
BALANCED: Final = (100_000, 900_000)

Levels = Iterable[tuple[Price, Quantity]]


def side_score(levels: Levels, mid: float, terms: Rewards) -> float:
    """((v - s) / v)^2 times the shares of each order that is near and large enough."""
    return sum(
        ((terms.spread_max - abs(price - mid)) / terms.spread_max) ** 2 * size / SCALE
        for price, size in levels
        if size >= terms.size_min and abs(price - mid) <= terms.spread_max
    )


def score(bids: float, asks: float, mid: float) -> float:
    """The score of both sides together: of the lesser, or a third of the greater, which is more."""
    lesser, greater = min(bids, asks), max(bids, asks)
    low, high = BALANCED
    return max(lesser, greater / ONE_SIDED) if low <= mid <= high else lesser


def daily_reward(ours: float, others: float, terms: Rewards) -> float:
    """Dollars a day for a score beside the others'."""
    return terms.daily / SCALE * ours / (ours + others) if ours > 0 else 0.0


def adjusted_mid(bids: Levels, asks: Levels, terms: Rewards) -> float | None:
    """The mid of the first levels that have the least size; None where a side has none."""
    bid = next((price for price, size in bids if size >= terms.size_min), None)
    ask = next((price for price, size in asks if size >= terms.size_min), None)
    return None if bid is None or ask is None else (bid + ask) / 2
