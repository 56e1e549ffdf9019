"""A seeded market to make: a fair value nobody shows, others who quote late, and two kinds of flow.

Owns the truth and what is public of it. Prices, trades and arrivals have generators of their own,
so that one seed is the same market whoever quotes in it.
"""

from collections.abc import Callable, Iterator
from math import ceil, floor
from random import Random

from polywire.core.ids import FeedId, InstrumentId, MarketId, VenueId
from polywire.core.model.event import Event
from polywire.core.model.instrument import FeeSchedule, Market, Outcome, Side
from polywire.core.model.market import BookDelta, BookSnapshot, Level, PublicTrade
from polywire.core.units import MILLISECOND, SECOND, Ns, Price, Quantity
from polywire.strategies.log_odds import log_odds, probability

TICK = Price(10_000)
SHARE = 1_000_000
STEP_NS = 200 * MILLISECOND
FEED = FeedId("ws")
FIRST, SECOND_OUTCOME = InstrumentId("first"), InstrumentId("second")
MARKET = Market(
    id=MarketId("made"),
    venue=VenueId("synthetic"),
    catalogue_id="made",
    question="Will it?",
    slug="made",
    outcomes=(Outcome(FIRST, "Yes"), Outcome(SECOND_OUTCOME, "No")),
    tick=TICK,
    lot=Quantity(10_000),
    size_min=Quantity(5 * SHARE),
    fees=FeeSchedule(0, 1, 0),
    neg_risk=False,
    version="v1",
    end_ns=Ns(0),
)
LEVELS = 5
JUMP_EVERY_S = 400.0
REQUOTE_EVERY_S = 2.5
TRADE_EVERY_S = 5.0
LOOK_EVERY_S = 2.0
"""How often an informed trader compares the prices with the fair value."""
LAG_S = 15.0
"""So long the others take to learn of half a move where somebody is informed."""
LEAN = 0.3
"""How much deeper the side is that the price is about to leave, for each tick of it to come."""

Ours = Callable[[Side], dict[Price, Quantity]]
"""What we rest on a side, in the first outcome's prices: who takes sees it too."""


class Synthetic:
    """Step it through time; it yields what a feed would tell.

    People without a view take; with `informed` so do some who know the fair value.
    """

    def __init__(self, seed: int, start: Ns, ours: Ours, *, informed: bool) -> None:
        self.now = start
        self._informed = informed
        self._ours = ours
        self._truth, self._quotes, self._takers, self._known = (
            Random(f"{seed} {what}") for what in ("truth", "quotes", "takers", "informed")
        )
        self._odds = self._believed = log_odds(self._truth.uniform(0.25, 0.75))
        self._volatility = self._truth.uniform(0.003, 0.01)
        self._levels: dict[tuple[int, Price], Quantity] = {}
        self._requote()

    @property
    def fair(self) -> float:
        """What a share of the first outcome is worth, in dollars."""
        return probability(self._odds)

    def snapshot(self) -> BookSnapshot:
        """The whole book."""
        bids, asks = (
            tuple(
                (price, size) for (side, price), size in sorted(self._levels.items()) if side == one
            )
            for one in (0, 1)
        )
        return BookSnapshot(self.now, self.now, MARKET.id, 0, bids, asks[::-1], "", FEED)

    def step(self) -> Iterator[Event]:
        """Let a step of time pass."""
        self.now = Ns(self.now + STEP_NS)
        self._move()
        if _strikes(self._quotes, REQUOTE_EVERY_S):
            yield self._told(self._requote())
        arrives, side = (
            _strikes(self._takers, TRADE_EVERY_S),
            self._takers.choice((Side.BUY, Side.SELL)),
        )
        size = 5 + self._takers.expovariate(1 / 25)
        if arrives:
            yield from self._take(side, size, None)
        looks, size = _strikes(self._known, LOOK_EVERY_S), 10 + self._known.expovariate(1 / 60)
        if looks and self._informed:
            for taker in (Side.BUY, Side.SELL):
                yield from self._take(taker, size, self.fair * SHARE)

    def _move(self) -> None:
        gauss, jump = self._truth.gauss(0, 1), self._truth.choice((-1, 1))
        size = self._truth.uniform(0.25, 0.6)
        self._odds += gauss * self._volatility * (STEP_NS / SECOND) ** 0.5
        if _strikes(self._truth, JUMP_EVERY_S):
            self._odds += jump * size
        self._odds = min(max(self._odds, -3.0), 3.0)
        late = 0.5 ** (STEP_NS / SECOND / LAG_S) if self._informed else 0.0
        self._believed = self._odds + (self._believed - self._odds) * late

    def _requote(self) -> list[Level]:
        """Others bring their orders to the fair value as they see it; what changed."""
        rng = self._quotes
        seen = probability(self._believed) * SHARE + rng.gauss(0, 0.3) * TICK
        lean = min(max(LEAN * (self.fair * SHARE - seen) / TICK, -0.8), 0.8)
        half = rng.choice((1.0, 1.5, 2.0)) * TICK
        bid, ask = floor((seen - half) / TICK) * TICK, ceil((seen + half) / TICK) * TICK
        wanted: dict[tuple[int, Price], Quantity] = {}
        for place in range(LEVELS):
            for side, price in ((0, bid - place * TICK), (1, ask + place * TICK)):
                shares = rng.randint(30, 120) * (1 + place) * (1 - lean if side else 1 + lean)
                if 0 < price < SHARE:
                    wanted[side, Price(price)] = Quantity(round(shares) * SHARE)
        gone = [(*key, Quantity(0)) for key in self._levels if key not in wanted]
        new = [(*key, size) for key, size in wanted.items() if self._levels.get(key) != size]
        self._levels = wanted
        return gone + new

    def _take(self, taker: Side, shares: float, limit: float | None) -> Iterator[Event]:
        """Trade with the best prices, others' before ours: a print for each price, then the book.

        With a limit, no price that is not better than it.
        """
        left, side = round(shares * 100) * 10_000, taker.opposite
        ours = self._ours(side)
        theirs = {price: size for (one, price), size in self._levels.items() if one == side}
        changed: list[Level] = []
        for price in sorted({*ours, *theirs}, reverse=side is Side.BUY):
            worse = limit is not None and (limit - price) * (1 if side is Side.SELL else -1) <= 0
            if worse or not left:
                break
            there = theirs.get(price, Quantity(0))
            part = min(left, there + ours.get(price, 0))
            left -= part
            yield PublicTrade(self.now, self.now, MARKET.id, 0, taker, price, Quantity(part), FEED)
            if there:
                remains = Quantity(max(0, there - part))
                self._levels[side, price] = remains
                changed.append((side, price, remains))
        self._levels = {key: size for key, size in self._levels.items() if size}
        if changed:
            yield self._told(changed)

    def _told(self, levels: list[Level]) -> BookDelta:
        return BookDelta(self.now, self.now, MARKET.id, tuple(levels), (), FEED, self.now)


def _strikes(chance: Random, every_s: float) -> bool:
    return chance.random() < STEP_NS / SECOND / every_s
