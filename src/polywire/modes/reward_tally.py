"""Estimates what resting orders would earn of liquidity rewards: apart, for nobody pays them here.

Once a minute, as the venue samples; what others have is the book's, as if one maker had placed it
all (strategies.rewards). Reads the engine and changes nothing.
"""

from collections.abc import Sequence
from typing import Final

from polywire.core.engine.desk import Command
from polywire.core.engine.engine import Engine
from polywire.core.engine.tracked import Tracked
from polywire.core.ids import MarketId, StrategyId
from polywire.core.ledger.order import Order, OrderState
from polywire.core.model.event import Event
from polywire.core.model.instrument import Rewards, Side
from polywire.core.units import DAY, MINUTE, Money, Ns, floor_micros
from polywire.sim.queue import primary
from polywire.strategies.rewards import Levels, adjusted_mid, daily_reward, score, side_score

LIVED_NS_MIN: Final = 3_500_000_000
"""An order younger than this does not count (strategies.md 3.3)."""
Ours = dict[StrategyId, list[Order]]


class RewardTally:
    """Fulfils backtest.Observer; a strategy's other orders count among the others'."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._minute: int | None = None
        self._dollars: dict[tuple[StrategyId, MarketId], float] = {}

    def saw(self, _event: Event) -> None:
        """Nothing is made of single events."""

    def decided(self, _commands: Sequence[Command], now: Ns) -> None:
        """See backtest.Observer."""
        minute = now // MINUTE
        if self._minute is not None and minute > self._minute:
            self._sample(now)
        self._minute = minute

    def of(self, strategy: StrategyId, market: MarketId) -> Money:
        """What a strategy would have earned on a market, at most by what is rounded away."""
        return Money(floor_micros(self._dollars.get((strategy, market), 0.0)))

    def _sample(self, now: Ns) -> None:
        resting: dict[MarketId, Ours] = {}
        for order in self._engine.ledger.open_orders.values():
            if order.state is OrderState.LIVE and now - order.sent_ns >= LIVED_NS_MIN:
                ours = resting.setdefault(order.command.market, {})
                ours.setdefault(order.command.strategy, []).append(order)
        for market, ours in resting.items():
            tracked = self._engine.watch.books.get(market)
            if tracked is not None and tracked.book.known and tracked.market.rewards is not None:
                self._share(tracked, ours, tracked.market.rewards)

    def _share(self, tracked: Tracked, ours: Ours, terms: Rewards) -> None:
        """A minute's part of the day's rewards for each strategy's score."""
        bids, asks = ([*tracked.book.levels(0, side)] for side in (Side.BUY, Side.SELL))
        mid = adjusted_mid(bids, asks, terms)
        if mid is None:
            return
        theirs = _score(bids, asks, mid, terms)
        scores: dict[StrategyId, float] = {}
        for name, orders in ours.items():
            buys, sales = (_levels(tracked, orders, side) for side in (Side.BUY, Side.SELL))
            scores[name] = _score(buys, sales, mid, terms)
        whole = theirs + sum(scores.values())
        for name, own in scores.items():
            key = name, tracked.market.id
            earned = daily_reward(own, whole - own, terms) * MINUTE / DAY
            self._dollars[key] = self._dollars.get(key, 0.0) + earned


def _score(bids: Levels, asks: Levels, mid: float, terms: Rewards) -> float:
    return score(side_score(bids, mid, terms), side_score(asks, mid, terms), mid)


def _levels(tracked: Tracked, orders: Sequence[Order], side: Side) -> Levels:
    """Orders on one side of the one book; those for the second outcome stand on the other one."""
    placed = [(primary(tracked.market, order.command), order.remaining) for order in orders]
    return [(price, left) for (where, price), left in placed if where is side]
