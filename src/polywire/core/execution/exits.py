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
    per_share,
    proceeds,
)

REARM_NS = 5 * SECOND
"""How long an exit whose sales all failed waits: what the book shows was not there to take."""


class ExitStyle(StrEnum):
    """`watch` sells when a trigger is seen; `resting` keeps the take-profit order on the book."""

    WATCH = "watch"
    RESTING = "resting"


class ExitPlan(Struct, frozen=True, kw_only=True):
    """How one strategy's positions are left; prices in micros, times in nanoseconds.

    `target`, `stop`: how far above and below a share's average cost; `trail`: how far below the
    best executable price since the position was opened; `before_end_ns`: how long before the
    market's end everything is sold. None switches a trigger off.
    `confirm_ns`: how long a trigger must hold. A sale is limited to `slack` below the price that
    triggered it and never to less than `floor`; it is repeated, each time `slack` lower, at most
    `attempts_max` times. `rest_ns`: no new buy on the market for this long after an exit.
    """

    style: ExitStyle
    target: Price | None
    stop: Price | None
    trail: Price | None
    before_end_ns: int | None
    confirm_ns: int
    slack: Price
    floor: Price
    attempts_max: int
    rest_ns: int


class Offer(Struct, frozen=True):
    """What the bids would give now: shares, the price of one on average, and the best bid."""

    quantity: Quantity
    price: Price
    best: Price


class Levels(Struct, frozen=True):
    """The prices a position is measured against: what a share cost, and the best since then."""

    entry: Price
    peak: Price


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
    """Which trigger an executable price sets off; what protects comes before the target."""
    if plan.stop is not None and price <= levels.entry - plan.stop:
        return ExitCause.STOP
    if plan.trail is not None and price <= levels.peak - plan.trail:
        return ExitCause.TRAIL
    if ending(plan, market, now):
        return ExitCause.END
    if plan.style is ExitStyle.WATCH and plan.target is not None:
        return ExitCause.TARGET if price >= levels.entry + plan.target else None
    return None


def ending(plan: ExitPlan, market: Market, now: Ns) -> bool:
    """Whether everything is sold because the market's end is near."""
    return plan.before_end_ns is not None and 0 < market.end_ns <= now + plan.before_end_ns


def sale_limit(
    plan: ExitPlan, cause: ExitCause, price: Price, levels: Levels, attempts: int, tick: Price
) -> Price:
    """The least a triggered sale takes after so many attempts, on the grid."""
    least = max(price - plan.slack * (attempts + 1), plan.floor, tick)
    if cause is ExitCause.TARGET and plan.target is not None:
        least = max(least, levels.entry + plan.target)
    return Price(ceil_to(least, tick))


def target_price(plan: ExitPlan, entry: Price, best: Price | None, tick: Price) -> Price | None:
    """Where a resting target stands: not under its level, above the best bid, None off the grid."""
    if plan.style is not ExitStyle.RESTING or plan.target is None:
        return None
    price = max(ceil_to(entry + plan.target, tick), tick)
    if best is not None:
        price = max(price, floor_to(best, tick) + tick)
    return Price(price) if price <= ONE - tick else None
