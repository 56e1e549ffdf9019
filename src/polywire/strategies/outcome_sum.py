"""Buys all Yes of an exclusive group under a dollar, or all No under n - 1 dollars.

Owns which legs make a set and what it pays for certain; docs/explanation/outcome-sum.md has the
outcomes. What becomes of a basket on its way is the engine's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Final, NamedTuple

from polywire.core.ids import StrategyId
from polywire.core.model.basket import Basket, Leg
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import Quote
from polywire.core.strategy import Wake
from polywire.core.units import (
    DAY,
    ONE,
    Money,
    Ns,
    Price,
    Quantity,
    floor_micros,
    floor_to,
    payout,
    per_share,
)
from polywire.core.view import GroupView, MarketView
from polywire.strategies.outcome_walk import Bounds, Offered, Taken, amount, taken, walk
from polywire.strategies.sum_parameters import OutcomeSumParameters

LEVELS_MAX: Final = 20
"""Deeper than that nobody sends an order."""


class Kind(Enum):
    """Which outcome of each market is traded, and on which side; sales are of split shares.

    Of n exclusive markets at most one resolves Yes, so all No pay n - 1 dollars at least. All Yes
    pay a dollar only where one of them has to.
    """

    YES = (Side.BUY, 0)
    NO = (Side.BUY, 1)
    SPLIT_YES = (Side.SELL, 0)
    SPLIT_NO = (Side.SELL, 1)

    @property
    def side(self) -> Side:
        """Of the orders."""
        return self.value[0]

    @property
    def outcome(self) -> int:
        """Of each market."""
        return self.value[1]

    @property
    def needs_all(self) -> bool:
        """Whether it counts on one of the markets to resolve Yes: all Yes are bought, or kept."""
        return self in (Kind.YES, Kind.SPLIT_NO)

    def worth(self, legs: int) -> Money:
        """What one of each traded leg pays, in dollars a set: for certain, or at most if sold."""
        return Money(ONE if self.outcome == 0 else (legs - 1) * ONE)


class Found(NamedTuple):
    """A basket that pays more than it costs in every outcome it counts on.

    `spends` is what it ties up until then at the prices sent, `pays` what it brings for certain,
    `shown` what it earns if it fills as shown. `daily`: the least earned in millionths a day.
    """

    kind: Kind
    legs: tuple[Offered, ...]
    taken: Taken
    spends: Money
    pays: Money
    shown: Money
    left_ns: int
    daily: int

    @property
    def earns(self) -> Money:
        """At the prices sent, which is the least."""
        return Money(self.pays - self.spends)


@dataclass(frozen=True, slots=True)
class OutcomeSum:
    """Wants no quotes; asked about a group, the basket that earns most, if it earns enough."""

    name: StrategyId
    parameters: OutcomeSumParameters
    wake: Wake = Wake.TOUCH

    def follows(self, market: Market) -> bool:
        """Members of exclusive groups whose contracts pay one of them, or none."""
        return exclusive(market) and not market.placeholder

    def quotes(self, _view: MarketView) -> tuple[Quote, ...]:
        """Nothing of one market alone."""
        return ()

    def basket(self, view: GroupView) -> Basket | None:
        """The best of what is there to buy now."""
        best = max(
            (one for one in self.found(view) if one.kind.side is Side.BUY),
            key=lambda one: one.earns,
            default=None,
        )
        return _basket(best, view, self.parameters) if best is not None else None

    def found(self, view: GroupView) -> Iterator[Found]:
        """What earns enough, at most one of each kind; splits only where they are switched on."""
        own = self.parameters
        for kind in Kind:
            wanted = own.buys in ("both", ("yes", "no")[kind.outcome])
            if kind.side is Side.SELL:
                wanted = own.split
            if wanted and may_count_on(kind, [each.market for each in view.markets]):
                one = best_of(kind, _legs(view, kind), own, view.now)
                if one is not None:
                    yield one


def exclusive(market: Market) -> bool:
    """Whether at most one market of its group resolves Yes, and none 50-50.

    The contracts of neg-risk groups refuse any other payout (polymarket.md 8.6).
    """
    return market.group is not None and market.group_exclusive and market.neg_risk


def complete(markets: Iterable[Market]) -> bool:
    """Whether one of these has to resolve Yes, as far as the venue lets anybody know.

    Not where outcomes may be added (augmented), stand for others (placeholders), are not among
    these, or where the contracts keep an outcome of their own for the rest (version 2).
    """
    known = list(markets)
    return all(
        market.group_size == len(known)
        and not market.group_augmented
        and not market.placeholder
        and market.version == "v1"
        for market in known
    )


def may_count_on(kind: Kind, markets: list[Market]) -> bool:
    """Whether sets of a kind pay what they are worth, whatever happens."""
    fits = len(markets) > 1 and all(map(exclusive, markets))
    one_group = len({market.group for market in markets}) == 1
    return fits and one_group and (complete(markets) or not kind.needs_all)


def best_of(
    kind: Kind, legs: tuple[Offered, ...], own: OutcomeSumParameters, now: Ns
) -> Found | None:
    """The depth at which a kind of basket earns most, of those at which that is enough."""
    if len(legs) < 2:
        return None
    ends = [leg.market.end_ns for leg in legs]
    left_ns = max(ends) - now
    if not 0 < min(ends) - now <= left_ns <= own.days_max:
        return None
    steps = walk(kind.side, legs, kind.worth(len(legs)), own.margin)
    bounds = Bounds(own.sets_max, own.capital_max)
    depths = (taken(kind.side, legs, steps[: depth + 1], bounds) for depth in range(len(steps)))
    sized = (_found(kind, legs, one, left_ns) for one in depths if one is not None)
    enough = (one for one in sized if one.earns > 0 and one.daily >= own.daily_min)
    return max(enough, key=lambda one: one.shown, default=None)


def _found(kind: Kind, legs: tuple[Offered, ...], sent: Taken, left_ns: int) -> Found:
    worth = payout(kind.worth(len(legs)), sent.size)
    if kind.side is Side.BUY:
        spends, pays = sent.worst, worth
        shown = Money(worth - sent.shown)
    else:  # a dollar a share was split, and the other outcome of each is kept
        split = payout(Money(len(legs) * ONE), sent.size)
        spends, pays = Money(split - sent.worst), Money(split - worth)
        shown = Money(sent.shown - worth)
    days = max(left_ns, DAY) / DAY  # a resolution takes its time
    daily = floor_micros((pays - spends) / spends / days) if spends > 0 else 0
    return Found(kind, legs, sent, spends, pays, shown, left_ns, daily)


def _legs(view: GroupView, kind: Kind) -> tuple[Offered, ...]:
    """All markets where one of them has to win; else those that are offered at all."""
    legs = (_offered(each, kind, view.through) for each in view.markets)
    return tuple(leg for leg in legs if kind.needs_all or leg.levels)


def _offered(view: MarketView, kind: Kind, through: Price) -> Offered:
    """The levels that an order may reach, best first."""
    levels = tuple(islice(view.levels(kind.outcome, kind.side.opposite), LEVELS_MAX))
    near = tuple(one for one in levels if abs(one[0] - levels[0][0]) <= through)
    return Offered(view.market, kind.outcome, near)


def _basket(found: Found, view: GroupView, own: OutcomeSumParameters) -> Basket:
    return Basket(
        group=view.group,
        legs=tuple(
            Leg(
                leg.market.id,
                leg.market.outcomes[leg.outcome].instrument,
                limit,
                _most(leg.market, limit, found),
            )
            for leg, limit in zip(found.legs, found.taken.limits, strict=True)
        ),
        sets=found.taken.size,
        give=own.give,
        patience_ns=own.wait,
        spends=found.spends,
        pays=found.pays,
        left_ns=found.left_ns,
        daily=found.daily,
    )


def _most(market: Market, limit: Price, found: Found) -> Price:
    """The highest price of one leg at which the sets cost no more than they pay."""
    size: Quantity = found.taken.size
    bound = amount(Side.BUY, limit, size, market.fees) + found.earns
    highest = min(limit + per_share(found.earns, size), ONE - market.tick)
    most = Price(max(limit, floor_to(highest, market.tick)))
    while most > limit and amount(Side.BUY, most, size, market.fees) > bound:
        most = Price(most - market.tick)
    return most
