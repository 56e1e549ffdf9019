"""Where each basket of a run stands, as data: what it ties up, until when, and what is amiss."""

from msgspec import Struct

from polywire.core.engine.engine import Engine
from polywire.core.ids import GroupId, InstrumentId, StrategyId
from polywire.core.model.basket import BasketMoved, BasketStep
from polywire.core.units import Money, Quantity


class BasketLine(Struct):
    """One basket: whole sets held, and shares of single legs beyond those.

    What its last purchase was decided on, in micro-dollars, nanoseconds from then to the last end,
    and millionths of what it ties up that it earns a day.
    """

    strategy: StrategyId
    group: GroupId
    state: BasketStep
    legs: int
    sets: Quantity
    surplus: Quantity
    spends_micros: Money
    pays_micros: Money
    left_ns: int
    daily: int
    reason: str


def basket_lines(engine: Engine) -> list[BasketLine]:
    """Every basket that holds something or is under way, in the order in which they began."""
    moves = engine.ledger.baskets.values()
    return [_line(moved) for moved in moves if moved.step is not BasketStep.UNWOUND]


def in_basket(engine: Engine, strategy: StrategyId, instrument: InstrumentId) -> bool:
    """Whether a position is a leg of one."""
    return any(
        moved.strategy == strategy and leg.instrument == instrument
        for moved in engine.ledger.baskets.values()
        for leg in moved.basket.legs
    )


def _line(moved: BasketMoved) -> BasketLine:
    basket = moved.basket
    return BasketLine(
        strategy=moved.strategy,
        group=basket.group,
        state=moved.step,
        legs=len(basket.legs),
        sets=moved.sets,
        surplus=Quantity(sum(map(abs, moved.surplus))),
        spends_micros=basket.spends,
        pays_micros=basket.pays,
        left_ns=basket.left_ns,
        daily=basket.daily,
        reason=moved.reason,
    )
