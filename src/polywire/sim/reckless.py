"""Strategies that behave badly on purpose: one asks for nonsense, one raises after a while, one
buys whole sets whatever they pay.

Pure like any other: what looks random is a hash of the market, the time and the name.
"""

import hashlib
from dataclasses import dataclass

from polywire.core.ids import InstrumentId, StrategyId
from polywire.core.model.basket import Basket, Leg
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import Quote, TimeInForce
from polywire.core.strategy import Wake
from polywire.core.units import ONE, SECOND, Money, Ns, Price, Quantity, cost, floor_to
from polywire.core.view import GroupView, MarketView

PRICES = (-10_000, 0, 1, 5_001, 10_000, 499_999, 500_000, 990_000, 999_999, 1_000_000, 7_000_000)
LIVES = (*[TimeInForce.GTC] * 5, TimeInForce.GTD, TimeInForce.IOC, TimeInForce.FOK)
NOBODYS = InstrumentId("no instrument of any market")
SIZES = (-5_000_000, 0, 1, 4_990_000, 5_000_000, 5_000_001, 20_000_000, 10**9, 10**15)


@dataclass(frozen=True, slots=True)
class Reckless:
    """Wants a few orders of any price, size and side; one in three of them is reasonable."""

    name: StrategyId
    wake: Wake = Wake.BOOK

    def follows(self, market: Market) -> bool:  # noqa: ARG002 - the protocol names it
        """Everything."""
        return True

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:
        """Up to three quotes, which change every fifth of a second."""
        seed = f"{self.name}:{view.market.id}:{view.now // 200_000_000}"
        draws = hashlib.sha256(seed.encode()).digest()
        return tuple(
            self._quote(view, draws[start : start + 8]) for start in range(0, draws[31] % 4 * 8, 8)
        )

    def _quote(self, view: MarketView, draws: bytes) -> Quote:
        outcome = draws[0] % 2
        side = Side(draws[1] % 2)
        price = Price(PRICES[draws[2] % len(PRICES)])
        size = Quantity(SIZES[draws[3] % len(SIZES)])
        if draws[4] % 3 == 0:
            price, size = self._reasonable(view, outcome, side, draws[5] - 128)
        instrument = view.market.outcomes[outcome].instrument if draws[7] else NOBODYS
        life = LIVES[draws[6] // 4 % len(LIVES)]
        until = Ns((view.now // SECOND + draws[5]) * SECOND if life is TimeInForce.GTD else 0)
        post_only = draws[6] < 64
        return Quote(instrument, side, price, size, post_only, life, until)

    def _reasonable(
        self, view: MarketView, outcome: int, side: Side, shift: int
    ) -> tuple[Price, Quantity]:
        """Near the touch, often crossing it, for all it holds or a handful."""
        bid, ask = view.touch(outcome)
        tick = view.market.tick
        near = (bid if side is Side.BUY else ask) or Price(500_000)
        price = Price(near + shift // 32 * tick)
        if side is Side.SELL:
            return price, Quantity(floor_to(view.held(outcome), view.market.lot))
        return price, Quantity(5_000_000 + shift // 8 * 10_000 + 200_000)


@dataclass(frozen=True, slots=True)
class Raising:
    """Bids a cent below the touch until its time has come, then raises whenever it is asked."""

    name: StrategyId
    raises_at: Ns
    wake: Wake = Wake.TOUCH

    def follows(self, market: Market) -> bool:  # noqa: ARG002 - the protocol names it
        """Everything."""
        return True

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:
        """One modest bid; ZeroDivisionError from `raises_at` on."""
        if view.now >= self.raises_at:
            raise ZeroDivisionError("this strategy raises on purpose")
        bid, _ = view.touch(0)
        if bid is None or bid <= 20_000:
            return ()
        price = Price(floor_to(bid - 10_000, view.market.tick))
        return (Quote(view.market.outcomes[0].instrument, Side.BUY, price, Quantity(6_000_000)),)


@dataclass(frozen=True, slots=True)
class Grasping:
    """Wants all No of each exclusive group, at the best asks, whatever that earns."""

    name: StrategyId
    wake: Wake = Wake.TOUCH

    def follows(self, market: Market) -> bool:
        """Members of exclusive groups."""
        return market.group_exclusive and not market.placeholder

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:  # noqa: ARG002 - the protocol names it
        """Nothing of one market alone."""
        return ()

    def basket(self, view: GroupView) -> Basket | None:
        """Eight sets, or none of a group that shows fewer than two asks."""
        legs = []
        for one in view.markets:
            _, ask = one.touch(1)
            if ask is not None:
                most = Price(min(ask + 2 * one.market.tick, ONE - one.market.tick))
                legs.append(Leg(one.market.id, one.market.outcomes[1].instrument, ask, most))
        if len(legs) < 2:
            return None
        sets = Quantity(8_000_000)
        return Basket(
            group=view.group,
            legs=tuple(legs),
            sets=sets,
            give=Price(20_000),
            patience_ns=2 * SECOND,
            spends=Money(sum(cost(leg.limit, sets) for leg in legs)),
            pays=Money((len(legs) - 1) * sets),
            left_ns=SECOND,
            daily=0,
        )
