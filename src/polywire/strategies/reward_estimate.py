"""What a maker's ladders would earn of a market's rewards, against what they would cost.

An estimate for choosing markets, never counted as money: see rewards.py.
"""

from itertools import takewhile

from polywire.core.model.instrument import Rewards, Side
from polywire.core.units import ONE, SCALE
from polywire.core.view import MarketView
from polywire.strategies.others import others
from polywire.strategies.rewards import Levels, adjusted_mid, daily_reward, score, side_score
from polywire.strategies.two_sided import Ladder


def reward_percent(view: MarketView, ladders: tuple[Ladder, ...]) -> float:
    """Dollars a day for each hundred that the orders cost; 0 without rewards or without a mid."""
    terms = view.market.rewards
    if terms is None:
        return 0.0
    mid = adjusted_mid(others(view, Side.BUY), others(view, Side.SELL), terms)
    spent = sum(each.own(rung.price) / ONE * rung.size for each in ladders for rung in each.rungs)
    if mid is None or not spent:
        return 0.0
    bids, asks = (
        [rung for each in ladders if each.lengthens is longer for rung in each.rungs]
        for longer in (True, False)
    )
    ours = _score(bids, asks, mid, terms)
    theirs = _score(others(view, Side.BUY), others(view, Side.SELL), mid, terms)
    return 100 * daily_reward(ours, theirs, terms) / (spent / SCALE)


def _score(bids: Levels, asks: Levels, mid: float, terms: Rewards) -> float:
    """Of both sides; levels are best first, and those beyond the band are not read."""
    near = [
        takewhile(lambda level: abs(level[0] - mid) <= terms.spread_max, side)
        for side in (bids, asks)
    ]
    first, second = (side_score(side, mid, terms) for side in near)
    return score(first, second, mid)
