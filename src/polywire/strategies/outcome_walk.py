"""What sets of shares cost where books are walked level by level: one share of each leg is a set.

Pure integers, rounded against us. Knows prices, fees and sizes; which legs belong together, and
what a set pays, is outcome_sum's.
"""

from collections.abc import Sequence
from math import lcm
from typing import Final, NamedTuple

from polywire.core.model.instrument import FeeSchedule, Market, Side
from polywire.core.risk.limits import MARKETABLE_BUY_MIN
from polywire.core.units import (
    ONE,
    SCALE,
    Money,
    Price,
    Quantity,
    cost,
    floor_to,
    payout,
    per_share,
    proceeds,
    shares_for,
    whole_cost,
)

MANY: Final = Quantity(1_000_000 * SCALE)
"""Edges are those of a million sets, so that no rounding of a fee decides on a level."""

Levels = Sequence[tuple[Price, Quantity]]


class Offered(NamedTuple):
    """One leg: an outcome of a market with the levels it could be traded at, best first."""

    market: Market
    outcome: int
    levels: Levels


class Step(NamedTuple):
    """So many sets at these prices; `edge` is what a million of them earn."""

    prices: tuple[Price, ...]
    size: Quantity
    edge: Money


class Bounds(NamedTuple):
    """The most that one basket may have, and tie up."""

    sets: Quantity
    dollars: Money


class Taken(NamedTuple):
    """Equal shares of every leg: prices to send, shares, what that costs as shown and at worst.

    Money is what is paid for buys, fees included, or what sales bring without them.
    """

    limits: tuple[Price, ...]
    size: Quantity
    shown: Money
    worst: Money


def amount(side: Side, price: Price, size: Quantity, fees: FeeSchedule) -> Money:
    """What a buy at once takes with its fee, or what a sale at once brings without it."""
    fee = fees.taker_fee(price, size)
    if side is Side.BUY:
        return Money(cost(price, size) + fee)
    return Money(proceeds(price, size) - fee)


def edge(side: Side, prices: Sequence[Price], legs: Sequence[Offered], worth: Money) -> Money:
    """What a million sets earn that are bought at prices and pay `worth` each, or the reverse."""
    total = _at_limits(side, prices, legs, MANY)
    whole = payout(worth, MANY)
    return Money(whole - total if side is Side.BUY else total - whole)


def walk(side: Side, legs: Sequence[Offered], worth: Money, margin: Price) -> list[Step]:
    """Take every leg's levels side by side while the next set still earns more than a margin."""
    steps: list[Step] = []
    places = [0] * len(legs)
    lefts = [leg.levels[0][1] if leg.levels else Quantity(0) for leg in legs]
    least = payout(Money(margin), MANY)
    while all(place < len(leg.levels) for place, leg in zip(places, legs, strict=True)):
        prices = tuple(leg.levels[place][0] for place, leg in zip(places, legs, strict=True))
        earned = edge(side, prices, legs, worth)
        if earned <= least:
            break
        size = min(lefts)
        steps.append(Step(prices, size, earned))
        for index, leg in enumerate(legs):
            lefts[index] = Quantity(lefts[index] - size)
            if not lefts[index]:
                places[index] += 1
                if places[index] < len(leg.levels):
                    lefts[index] = leg.levels[places[index]][1]
    return steps


def taken(
    side: Side, legs: Sequence[Offered], steps: Sequence[Step], bounds: Bounds
) -> Taken | None:
    """As many sets of a walk as orders on each leg can be sent for; None where that is none.

    On the lot and over the least size of every market; buys cost what each venue takes at once,
    and all at the prices sent no more than the bounds allow.
    """
    limits = steps[-1].prices
    step = lcm(*(_step(side, price, leg) for price, leg in zip(limits, legs, strict=True)))
    least = max(_least(side, price, leg) for price, leg in zip(limits, legs, strict=True))
    there = sum(each.size for each in steps)
    most = min(there, bounds.sets, _affordable(side, limits, legs, bounds.dollars))
    size = Quantity(floor_to(most, step))
    worst = _at_limits(side, limits, legs, size)
    if side is Side.BUY and worst > bounds.dollars:  # each leg rounds its fee up by itself
        size = Quantity(size - step)
        worst = _at_limits(side, limits, legs, size)
    if size < max(least, step):
        return None
    return Taken(limits, size, _as_shown(side, legs, size), worst)


def _step(side: Side, price: Price, leg: Offered) -> Quantity:
    market = leg.market
    return whole_cost(price, market.cost_step, market.lot) if side is Side.BUY else market.lot


def _least(side: Side, price: Price, leg: Offered) -> Quantity:
    """The smallest order: the market's own, and what costs a dollar where it is bought at once."""
    market = leg.market
    if side is Side.SELL:
        return market.size_min
    return Quantity(max(market.size_min, shares_for(MARKETABLE_BUY_MIN, price)))


def _affordable(
    side: Side, limits: Sequence[Price], legs: Sequence[Offered], spend_max: Money
) -> Quantity:
    """So many sets cost no more than that at the prices sent; sales spend what they split."""
    if side is Side.SELL:
        return shares_for(spend_max, Price(len(legs) * ONE))
    many = _at_limits(side, limits, legs, MANY)
    return shares_for(spend_max, Price(per_share(many, MANY) + 1))


def _at_limits(
    side: Side, limits: Sequence[Price], legs: Sequence[Offered], size: Quantity
) -> Money:
    """What so many sets take or bring at the prices sent."""
    prices = zip(limits, legs, strict=True)
    return Money(sum(amount(side, price, size, leg.market.fees) for price, leg in prices))


def _as_shown(side: Side, legs: Sequence[Offered], size: Quantity) -> Money:
    total = 0
    for leg in legs:
        left = size
        for price, shown in leg.levels:
            part = Quantity(min(left, shown))
            total += amount(side, price, part, leg.market.fees)
            left = Quantity(left - part)
            if not left:
                break
    return Money(total)
