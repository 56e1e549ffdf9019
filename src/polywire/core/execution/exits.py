"""When a held position is sold, and at what price: target, stop, trailing stop, before the end.

Pure rules over prices; what the engine does about them, and when, is engine.guard's.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from polywire.core.book.measures import sweep
from polywire.core.model.command import ExitCause
from polywire.core.model.instrument import Market, Side
from polywire.core.units import (
    ONE,
    SECOND,
    Money,
    Ns,
    Price,
    Quantity,
    ceil_to,
    floor_to,
    odds_below,
    per_share,
    percent_of,
    proceeds,
)

REARM_NS = 5 * SECOND
"""How long an exit whose sales all failed waits: what the book shows was not there to take."""


class ExitStyle(StrEnum):
    """`watch` sells when a trigger is seen; `resting` keeps the take-profit order on the book."""

    WATCH = "watch"
    RESTING = "resting"


class Rung(Struct, frozen=True):
    """One step of a ladder: how far above a share's average cost, how many per cent go there."""

    above: Price
    percent: int


class ExitPlan(Struct, frozen=True, kw_only=True):
    """How one strategy's positions are left; prices in micros, times in nanoseconds.

    `target`, `stop`: how far above and below a share's average cost; `ladder`: a target in steps,
    lowest first; `trail`: how far below the best executable price since the position was opened,
    `trail_odds` the same in millionths of log-odds; `before_end_ns`: how long before the market's
    end everything is sold. None switches a trigger off.
    `confirm_ns`: how long a trigger must hold. A sale is limited to `slack` below the price that
    triggered it and never to less than `floor`; it is repeated, each time `slack` lower, at most
    `attempts_max` times. `rest_ns`: no new buy on the market for this long after an exit.
    """

    style: ExitStyle
    target: Price | None
    ladder: tuple[Rung, ...] = ()
    stop: Price | None
    trail: Price | None
    trail_odds: int | None = None
    before_end_ns: int | None
    confirm_ns: int
    slack: Price
    floor: Price
    attempts_max: int
    rest_ns: int

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """The steps in which it takes its profit; a target is one for everything."""
        return self.ladder if self.target is None else (Rung(self.target, 100),)

    @property
    def trails(self) -> bool:
        """Whether it has to know the best price since the position was opened."""
        return self.trail is not None or self.trail_odds is not None


class Offer(Struct, frozen=True):
    """What the bids would give now: shares, the price of one on average, and the best bid."""

    quantity: Quantity
    price: Price
    best: Price


class Levels(Struct, frozen=True):
    """The prices a position is measured against: what a share cost, and the best since then.

    `target` is that of the step to be sold next, None where there is none.
    """

    entry: Price
    peak: Price
    target: Price | None


def sellable(held: Quantity, market: Market) -> Quantity:
    """Shares on the lot; 0 where they are too few for an order."""
    size = Quantity(floor_to(max(0, held), market.lot))
    return size if size >= market.size_min else Quantity(0)


def offer(bids: Iterable[tuple[Price, Quantity]], size: Quantity, market: Market) -> Offer | None:
    """What shares would bring, or as many as the bids take; None where that is no order."""
    parts = sweep(bids, Side.SELL, Price(0), size)
    shown = Quantity(sum(part for _, part in parts))
    taken = sellable(shown, market)
    if not taken:
        return None
    money = Money(sum(proceeds(price, part) for price, part in parts))
    return Offer(taken, per_share(money, shown), parts[0][0])


def triggered(
    plan: ExitPlan, levels: Levels, price: Price, market: Market, now: Ns
) -> ExitCause | None:
    """Which trigger that protects an executable price sets off."""
    if plan.stop is not None and price <= levels.entry - plan.stop:
        return ExitCause.STOP
    if plan.trails and price <= trail_price(plan, levels.peak):
        return ExitCause.TRAIL
    return ExitCause.END if ending(plan, market, now) else None


def trail_price(plan: ExitPlan, peak: Price) -> Price:
    """At which price, or under it, the trailing stop sells."""
    if plan.trail is not None:
        return Price(peak - plan.trail)
    assert plan.trail_odds is not None, "nothing trails"
    return odds_below(peak, plan.trail_odds)


def ending(plan: ExitPlan, market: Market, now: Ns) -> bool:
    """Whether everything is sold because the market's end is near."""
    return plan.before_end_ns is not None and 0 < market.end_ns <= now + plan.before_end_ns


def sale_limit(
    plan: ExitPlan, cause: ExitCause, price: Price, levels: Levels, attempts: int, tick: Price
) -> Price:
    """The least a triggered sale takes after so many attempts, on the grid."""
    least = max(price - plan.slack * (attempts + 1), plan.floor, tick)
    if cause is ExitCause.TARGET and levels.target is not None:
        least = max(least, levels.target)
    return Price(ceil_to(least, tick))


def goals(plan: ExitPlan, whole: Quantity, market: Market) -> list[Quantity]:
    """How much of a position is to be sold once each step is, of what was ever held of it.

    A step too small for an order goes with the next; one that would leave too little sells all.
    """
    gone, percent, found = Quantity(0), 0, []
    for rung in plan.rungs:
        percent += rung.percent
        part = percent_of(whole, percent)
        if part - gone >= market.size_min:
            gone = part if whole - part >= market.size_min else whole
        found.append(gone)
    return found


def target_price(target: Price, best: Price | None, tick: Price) -> Price | None:
    """Where a resting target stands: not under its level, above the best bid, None off the grid."""
    price = max(ceil_to(target, tick), tick)
    if best is not None:
        price = max(price, floor_to(best, tick) + tick)
    return Price(price) if price <= ONE - tick else None
