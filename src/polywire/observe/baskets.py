"""Where each basket of a run stands, as data: what it ties up, until when, and what is amiss."""

from typing import Final

from msgspec import Struct

from polywire.core.engine.engine import Engine
from polywire.core.execution.basket import SELLING
from polywire.core.ids import GroupId, InstrumentId, StrategyId
from polywire.core.model.basket import BasketMoved, BasketStep
from polywire.core.units import Money, Quantity, format_micros, payout, per_share

REST: Final = "the rest is held until it pays"
HELD: Final = "a leg of a basket: held until it pays"


class BasketLine(Struct):
    """One basket: whole sets held, and shares of single legs beyond those.

    What all its shares cost and its sets pay for certain. What its last purchase was decided on, in
    micro-dollars, nanoseconds from then to the last end, and millionths of what it ties up that it
    earns a day.
    """

    strategy: StrategyId
    group: GroupId
    state: BasketStep
    legs: int
    sets: Quantity
    surplus: Quantity
    paid_micros: Money
    worth_micros: Money
    spends_micros: Money
    pays_micros: Money
    left_ns: int
    daily: int
    reason: str


def basket_lines(engine: Engine) -> list[BasketLine]:
    """Every basket that holds something or is under way, in the order in which they began."""
    moves = engine.ledger.baskets.values()
    return [_line(engine, moved) for moved in moves if moved.step is not BasketStep.UNWOUND]


def in_basket(engine: Engine, strategy: StrategyId, instrument: InstrumentId) -> str:
    """What becomes of a position that is a leg of one; empty of any other."""
    for moved in engine.ledger.baskets.values():
        for leg, surplus in zip(moved.basket.legs, moved.surplus, strict=True):
            if moved.strategy == strategy and leg.instrument == instrument:
                return _more(surplus) if moved.step in SELLING else HELD
    return ""


def _more(surplus: Quantity) -> str:
    """What is told of a leg while what legs have too much is sold."""
    if surplus <= 0:
        return HELD
    shares = format_micros(surplus)
    return f"a leg of a basket: {shares} too many, sold as soon as bids take them; {REST}"


def _line(engine: Engine, moved: BasketMoved) -> BasketLine:
    basket = moved.basket
    cost = (engine.ledger.position(moved.strategy, leg.instrument).paid for leg in basket.legs)
    return BasketLine(
        strategy=moved.strategy,
        group=basket.group,
        state=moved.step,
        legs=len(basket.legs),
        sets=moved.sets,
        surplus=Quantity(sum(map(abs, moved.surplus))),
        paid_micros=Money(sum(cost)),
        worth_micros=payout(Money(per_share(basket.pays, basket.sets)), moved.sets),
        spends_micros=basket.spends,
        pays_micros=basket.pays,
        left_ns=basket.left_ns,
        daily=basket.daily,
        reason=moved.reason,
    )
