"""All positions of an account in one row: what was paid, what bids would pay, and what pairs are.

Keys are documented in docs/reference/glance.md.
"""

from msgspec import Struct

from polywire.core.units import Money
from polywire.observe.status import EngineStatus, PositionLine, gain_percent


class HeldTotal(Struct):
    """The sums of all positions; `unrealised` is `value` less `paid`, `percent` that of `paid`.

    `paired_micros`: what merging all pairs of the account would free.
    """

    positions: int
    paid: Money
    value: Money
    unrealised: Money
    percent: float | None
    realised: Money
    paired_micros: Money


class Held(Struct):
    """What is held, and all of it together."""

    positions: list[PositionLine]
    total: HeldTotal


def held(engine: EngineStatus) -> Held:
    """The positions of a status with their sum."""
    lines = engine.positions
    paid, value = sum(one.paid for one in lines), sum(one.value for one in lines)
    total = HeldTotal(
        positions=len(lines),
        paid=Money(paid),
        value=Money(value),
        unrealised=Money(value - paid),
        percent=gain_percent(paid, value),
        realised=Money(sum(one.realised for one in lines)),
        paired_micros=engine.paired_micros,
    )
    return Held(lines, total)
