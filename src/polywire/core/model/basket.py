"""Several buys as one plan: equal shares of each leg, or none; and what is told of its way."""

from enum import StrEnum

from msgspec import Struct

from polywire.core.ids import GroupId, InstrumentId, MarketId, StrategyId
from polywire.core.model.command import Decision
from polywire.core.units import Money, Ns, Price, Quantity


class Leg(Struct, frozen=True, array_like=True):
    """One buy: a share costs `limit` at most, or `most` where it alone is missing of a set.

    Both are prices without the fee.
    """

    market: MarketId
    instrument: InstrumentId
    limit: Price
    most: Price


class Basket(Struct, frozen=True, kw_only=True):
    """So many sets, one share of each leg, of the markets of one exclusive group.

    All legs are sent at once, to take what they can. `patience_ns`: how long it may take to buy
    what is missing, and then to sell what is too much. `give`: how far under its limit a share
    too many may be sold, its fee not counted.
    What it was decided on, in micro-dollars: `spends` at the limits with fees, `pays` for certain,
    `daily` as a share of what is spent, in millionths.
    """

    group: GroupId
    legs: tuple[Leg, ...]
    sets: Quantity
    give: Price
    patience_ns: int
    spends: Money
    pays: Money
    left_ns: int
    daily: int


class BasketStep(StrEnum):
    """Where a basket stands.

    Its orders are out; what is missing is bought; what is too much is sold. Then it is hedged
    (equal shares of all legs), unwound (none), or flagged: unequal, and somebody should look.
    It is paid once all its markets are resolved, and then forgotten.
    """

    SENT = "sent"
    COMPLETING = "completing"
    UNWINDING = "unwinding"
    HEDGED = "hedged"
    UNWOUND = "unwound"
    FLAGGED = "flagged"
    PAID = "paid"


class BasketMoved(Decision, frozen=True):
    """Told, not asked: what a restart must know of the basket of a strategy in a group.

    `target`: shares that each leg is to have; `sets`: whole sets held; `surplus`: shares of each
    leg beyond those, in the order of the legs. `at_ns` is when `step` began.
    """

    strategy: StrategyId
    basket: Basket
    step: BasketStep
    target: Quantity
    sets: Quantity
    surplus: tuple[Quantity, ...]
    reason: str
    at_ns: Ns


BasketKey = tuple[StrategyId, GroupId]


class Baskets(dict[BasketKey, BasketMoved]):
    """Where each basket stands, by the last that was told; at most one a strategy and group."""

    def move(self, moved: BasketMoved) -> None:
        """Remember where one stands now, until it has paid."""
        key = moved.strategy, moved.basket.group
        self[key] = moved
        if moved.step is BasketStep.PAID:
            del self[key]
