"""The market maker: bids on both outcomes around a fair value, and leans against what it holds.

What it knows of a market is market_sense.py's and lost at a restart; how targets become orders is
two_sided.py's. It never crosses, and counts on no merge: pairs of shares are sold again.
"""

from enum import StrEnum
from math import ceil, floor
from typing import Final

from polywire.core.ids import MarketId, StrategyId
from polywire.core.model.account import OrderFilled
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Market
from polywire.core.model.intent import Quote
from polywire.core.model.market import PublicTrade
from polywire.core.strategy import Wake
from polywire.core.units import ONE, SCALE, Price, Quantity, floor_micros, floor_to
from polywire.core.view import MarketView
from polywire.strategies.log_odds import log_odds, probability, slope
from polywire.strategies.maker_parameters import MakerParameters
from polywire.strategies.market_sense import Alarm, Look, MarketSense, volatility_over
from polywire.strategies.quoting import skewed, widened
from polywire.strategies.reward_estimate import reward_percent
from polywire.strategies.two_sided import Ladder, Patience, Rung, two_sided

TREND_WIDER: Final = 1.5


class Mood(StrEnum):
    """What a maker does about a market now.

    It watches until it has seen enough; a trend is quoted smaller and wider; an event and the end
    are not quoted. A market that pays too little is only reduced.
    """

    WATCHING = "watching"
    QUIET = "quiet"
    TRENDING = "trending"
    EVENT = "event"
    REDUCING = "reduce_only"
    HALTED = "halted"


LACKS: Final = {
    Mood.WATCHING: "it was watched for less than warm_up",
    Mood.EVENT: "it paused for event_pause after a jump",
    Mood.HALTED: "its end was within halt_before",
    Mood.REDUCING: "it was only reduced: its end within reduce_before, outside price_min, or "
    "fewer shares in size than it takes at least",
}


class MarketMaker:
    """Its estimates of each market are in `senses`, what it last did about each in `moods`."""

    wake = Wake.TOUCH

    def __init__(self, name: StrategyId, parameters: MakerParameters) -> None:
        self.name = name
        self.parameters = parameters
        self.senses: dict[MarketId, MarketSense] = {}
        self.fairs: dict[MarketId, float] = {}
        self.moods: dict[MarketId, Mood] = {}

    def follows(self, market: Market) -> bool:
        """Every market that is no placeholder; rewards may come and go, what is held stays."""
        return not market.placeholder

    def traded(self, trade: PublicTrade) -> None:
        """See core.strategy.Listener."""
        sense = self.senses.get(trade.market)
        if sense is not None:
            sense.traded(trade)

    def filled(self, order: PlaceOrder, fill: OrderFilled) -> None:
        """See core.strategy.Listener."""
        sense = self.senses.get(order.market)
        if sense is not None:
            sense.filled(order, fill)

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:
        """Up to `layers` orders on each side of the fair value."""
        look = self._sense(view.market).look(view)
        if look is None:
            self.fairs.pop(view.market.id, None)
            return ()
        self.fairs[view.market.id] = look.fair
        mood = self.moods[view.market.id] = mood_of(self.parameters, view, look)
        if mood in (Mood.WATCHING, Mood.EVENT, Mood.HALTED):
            return ()
        own, market = self.parameters, view.market
        ladders = _ladders(own, view, look, mood)
        if mood is not Mood.REDUCING and not self._pays(view, ladders):
            ladders = _ladders(own, view, look, Mood.REDUCING)
        keep = Price(own.reprice_ticks * market.tick)
        return tuple(two_sided(view, ladders, Patience(keep, own.cap)))

    def fair(self, market: MarketId) -> Price | None:
        """See core.strategy.Appraiser."""
        known = self.fairs.get(market)
        return Price(floor_micros(known)) if known is not None else None

    def lacks(self, market: MarketId) -> str:
        """Why it quoted nothing when it was last asked, or empty."""
        mood = self.moods.get(market, Mood.WATCHING)
        return LACKS.get(mood, "")

    def _pays(self, view: MarketView, ladders: tuple[Ladder, ...]) -> bool:
        """Whether rewards are worth it, where they are asked for."""
        wanted = self.parameters.reward_min
        if wanted is None or view.market.rewards is None:
            return wanted is None
        resting = any(view.open_orders(outcome) for outcome in (0, 1))
        least = wanted / SCALE / (2 if resting else 1)  # so that quotes do not flap
        return reward_percent(view, ladders) >= least

    def _sense(self, market: Market) -> MarketSense:
        sense = self.senses.get(market.id)
        if sense is None:
            alarm = Alarm(self.parameters.event_ticks, self.parameters.event_pause)
            sense = self.senses[market.id] = MarketSense(market, alarm)
        return sense


def mood_of(own: MakerParameters, view: MarketView, look: Look) -> Mood:
    """The first of its reasons that applies, the gravest first."""
    end, now = view.market.end_ns, view.now
    left_ns = end - now if end else own.reduce_before + 1
    small = own.size < view.market.size_min
    cornered = not own.price_min <= look.fair * SCALE <= ONE - own.price_min
    moods = (
        (left_ns <= own.halt_before, Mood.HALTED),
        (look.event, Mood.EVENT),
        (look.seen_ns < own.warm_up, Mood.WATCHING),
        (left_ns <= own.reduce_before or cornered or small, Mood.REDUCING),
        (abs(look.flow) * SCALE > own.trend, Mood.TRENDING),
    )
    return next((mood for applies, mood in moods if applies), Mood.QUIET)


def _ladders(own: MakerParameters, view: MarketView, look: Look, mood: Mood) -> tuple[Ladder, ...]:
    """Both sides, or the one that reduces what is held."""
    tick = view.market.tick
    net = view.held(0) - view.held(1)
    middle, half = _centre(own, look, net, tick / SCALE)
    size = _size(own, view.market)
    if mood is Mood.TRENDING:
        half *= TREND_WIDER
        size = Quantity(max(view.market.size_min, floor_to(size // 2, view.market.lot)))
    fair = look.fair * SCALE
    least = own.edge_ticks * tick
    bid = min(_near((middle - half) * SCALE, tick), _down(fair - least, tick), look.ask - tick)
    ask = max(_near((middle + half) * SCALE, tick), _up(fair + least, tick), look.bid + tick)
    limits = (Price(_down(fair, tick)), Price(_up(fair, tick)))
    step = own.layer_ticks * tick
    bids = Ladder(True, _rungs(own, bid, -step, size, tick), limits[0])
    asks = Ladder(False, _rungs(own, ask, step, size, tick), limits[1])
    if mood is Mood.REDUCING:
        return _reducing(bids, asks, net)
    return tuple(ladder for ladder, grows in ((bids, net), (asks, -net)) if grows < own.soft)


def _centre(own: MakerParameters, look: Look, net: int, tick: float) -> tuple[float, float]:
    """The reservation price and the half spread, in dollars."""
    risk = volatility_over(look.volatility, own.horizon)
    odds = skewed(log_odds(look.fair), net / own.cap, own.skew / SCALE, risk)
    middle = probability(odds)
    half = widened(
        own.edge_ticks * tick,
        own.spread_volatility / SCALE * risk * slope(middle),
        own.spread_toxicity / SCALE * look.toxicity,
    )
    return middle, half


def _size(own: MakerParameters, market: Market) -> Quantity:
    """Shares of an order; as many as rewards ask for, where that fits under the soft cap.

    No fewer than the market takes: who is to order fewer only reduces.
    """
    least = max(own.size, market.size_min)
    wanted = market.rewards.size_min if market.rewards is not None else least
    return Quantity(wanted if least < wanted <= own.soft else least)


def _rungs(
    own: MakerParameters, price: int, step: int, size: Quantity, tick: Price
) -> tuple[Rung, ...]:
    """Layers away from the fair value, as far as there are prices."""
    prices = (price + layer * step for layer in range(own.layers))
    return tuple(Rung(Price(each), size) for each in prices if tick <= each <= ONE - tick)


def _reducing(bids: Ladder, asks: Ladder, net: int) -> tuple[Ladder, ...]:
    """The side that brings what is held towards nothing, for no more than that."""
    side, left = (asks, net) if net > 0 else (bids, -net)
    rungs = []
    for rung in side.rungs:
        size = Quantity(min(rung.size, left))
        left -= size
        if size:
            rungs.append(Rung(rung.price, size))
    return (Ladder(side.lengthens, tuple(rungs), side.limit),) if rungs else ()


def _down(micros: float, tick: int) -> int:
    return floor_to(floor(micros), tick)


def _near(micros: float, tick: int) -> int:
    """The nearest price: rounded away, the smallest reason would cost half a tick more."""
    return _down(micros + tick / 2, tick)


def _up(micros: float, tick: int) -> int:
    return -floor_to(-ceil(micros), tick)
