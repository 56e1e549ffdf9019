"""What a maker makes of one market: a fold over books, trades and its own fills.

Owns estimates alone, and says whether they have seen enough; prices and sizes are the maker's.
Dollars and shares as floats, log-odds for what moves, nanoseconds for time.
"""

from itertools import islice
from math import sqrt
from typing import Final, NamedTuple

from polywire.core.model.account import OrderFilled
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Market, Side
from polywire.core.model.market import PublicTrade
from polywire.core.units import MINUTE, SCALE, SECOND, Ns, Price, Quantity, complement
from polywire.core.view import MarketView
from polywire.strategies.estimates import Average, Flow, Volatility
from polywire.strategies.fair_value import fair_value, microprice, near_size
from polywire.strategies.log_odds import log_odds
from polywire.strategies.markouts import Markouts
from polywire.strategies.others import others

DEPTH: Final = 3
"""Levels of a side that say something of the next price (strategies.md 2)."""
DECAY_TICKS: Final = 2
VOLATILITY_HALF_LIVES_NS: Final = (10 * SECOND, 900 * SECOND)
FLOW_HALF_LIFE_NS: Final = 120 * SECOND
JUMP_HALF_LIFE_NS: Final = 2 * SECOND
"""A jump is a distance from the mean mid of the last seconds."""
TOXICITY_HALF_LIFE_NS: Final = 10 * MINUTE
SAMPLE_NS: Final = 5 * SECOND
"""Mids are compared so far apart: what bounces faster moves nothing."""
SWEEP: Final = 0.8
"""The share of the near depth that has to be taken at once to be an event."""
STALE_NS: Final = 30 * SECOND
"""Unseen for so long, a market is a new one."""

Levels = list[tuple[Price, Quantity]]


class Alarm(NamedTuple):
    """What counts as an event: how far the mid jumps, in ticks, and how long to stay away."""

    jump_ticks: int
    pause_ns: int


class Look(NamedTuple):
    """What is known at one look: the touch and the fair value in dollars a share.

    `volatility` is of the log-odds, per root of a second, `flow` in standard deviations,
    `toxicity` in dollars; `seen_ns`: for how long the estimates have been fed.
    """

    bid: Price
    ask: Price
    fair: float
    volatility: float
    flow: float
    toxicity: float
    seen_ns: int
    event: bool


class Estimates:
    """What was seen of a market since `since_ns`, without a break."""

    def __init__(self, market: Market, now: Ns) -> None:
        self.since_ns = self.looked_ns = self.sampled_ns = now
        self.mid = self.sampled = 0.0
        """The last mid seen and the last one compared, in dollars; 0 before the first."""
        self.near = (0.0, 0.0)
        self.taken = [0.0, 0.0]
        """Shares near the touch at the last look, and taken of them since, by side."""
        self.recent = Average(JUMP_HALF_LIFE_NS)
        self.volatilities = tuple(Volatility(each) for each in VOLATILITY_HALF_LIVES_NS)
        self.flow = Flow(FLOW_HALF_LIFE_NS, market.size_min / SCALE)

    def move(self, mid: float, now: Ns) -> None:
        """Compare mids a sample apart."""
        if not self.sampled:
            self.sampled, self.sampled_ns = mid, now
        took_ns = now - self.sampled_ns
        if took_ns >= SAMPLE_NS:
            change = log_odds(mid) - log_odds(self.sampled)
            for each in self.volatilities:
                each.move(change, took_ns, now)
            self.sampled, self.sampled_ns = mid, now

    def jump(self, mid: float, now: Ns) -> float:
        """How far a mid is from the mean of those before, each for as long as it stood."""
        if self.mid:
            self.recent.take(self.mid, (now - self.looked_ns) / SECOND, now)
        return abs(mid - (self.recent.read(now) or mid))


class MarketSense:
    """Call `look` with every view, and tell it of trades and fills in between."""

    def __init__(self, market: Market, alarm: Alarm) -> None:
        self.markouts = Markouts(TOXICITY_HALF_LIFE_NS)
        self._market = market
        self._alarm = alarm
        self._paused_ns = Ns(0)
        self._seen = Estimates(market, Ns(0))

    def look(self, view: MarketView) -> Look | None:
        """Take in a view; None while others leave a side empty, for then there is no price."""
        bids, asks = (list(islice(others(view, side), DEPTH)) for side in (Side.BUY, Side.SELL))
        if not bids or not asks:
            return None
        bid, ask = bids[0][0], asks[0][0]
        now = view.now
        if now - self._seen.looked_ns > STALE_NS:
            self._seen = Estimates(self._market, now)
        seen = self._seen
        seen.near = (_shares(bids), _shares(asks))
        seen.taken = [0.0, 0.0]
        self._take_in((bid + ask) / 2 / SCALE, view.market.tick, now)
        flow, toxicity = seen.flow.read(now), self.markouts.toxicity(now)
        dollars = view.market.tick / SCALE
        knows = min(1.0, toxicity / dollars)  # as much as our fills say that takers know
        return Look(
            bid=bid,
            ask=ask,
            fair=_fair(bids, asks, flow * knows, dollars),
            volatility=max(each.read(now) for each in seen.volatilities),
            flow=flow,
            toxicity=toxicity,
            seen_ns=now - seen.since_ns,
            event=now < self._paused_ns,
        )

    def traded(self, trade: PublicTrade) -> None:
        """Add to the flow; what empties a side's near depth is an event."""
        seen = self._seen
        bought = (trade.side is Side.BUY) is (trade.outcome == 0)
        shares = trade.size / SCALE
        seen.flow.trade(shares if bought else -shares, trade.recv_ns)
        hit = Side.SELL if bought else Side.BUY
        seen.taken[hit] += shares
        if seen.near[hit] and seen.taken[hit] >= SWEEP * seen.near[hit]:
            self._pause(trade.recv_ns)

    def filled(self, order: PlaceOrder, fill: OrderFilled) -> None:
        """Remember where the mid was; later looks say where it went."""
        if not self._seen.mid:  # filled before the first look: an order of the run before
            return
        first = self._market.outcome_index(order.instrument) == 0
        price = fill.price if first else complement(fill.price)
        bought = (order.side is Side.BUY) is first
        self.markouts.filled(fill.recv_ns, bought=bought, price=price / SCALE, mid=self._seen.mid)

    def _take_in(self, mid: float, tick: Price, now: Ns) -> None:
        seen = self._seen
        seen.move(mid, now)
        if seen.jump(mid, now) * SCALE >= self._alarm.jump_ticks * tick:
            self._pause(now)
        self.markouts.saw(mid, now)
        seen.looked_ns, seen.mid = now, mid

    def _pause(self, now: Ns) -> None:
        self._paused_ns = Ns(now + self._alarm.pause_ns)


def volatility_over(volatility: float, horizon_ns: int) -> float:
    """What a value with a volatility per root of a second moves in a time."""
    return volatility * sqrt(horizon_ns / SECOND)


def _fair(bids: Levels, asks: Levels, flow: float, tick: float) -> float:
    decay = DECAY_TICKS * tick
    low, high = bids[0][0] / SCALE, asks[0][0] / SCALE
    micro = microprice(low, near_size(bids, decay), high, near_size(asks, decay))
    return fair_value(micro, flow, low, high, tick)


def _shares(levels: Levels) -> float:
    return sum(size for _, size in levels) / SCALE
