"""When a held position is sold: take profit, stop loss, trailing stop, time before the end."""

from enum import StrEnum

from msgspec import Struct

from polywire.core.units import Price


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
