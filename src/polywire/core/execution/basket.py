"""What becomes of a basket: its steps, and what is to be bought or sold of each leg meanwhile.

Pure rules over shares and times. An order nobody knows the fate of counts as open, and nothing is
sent while one is. Prices, books and the gate are engine.baskets'.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec import structs

from polywire.core.model.basket import BasketMoved, BasketStep
from polywire.core.model.instrument import Side
from polywire.core.units import Ns, Price, Quantity

SENT, COMPLETING, UNWINDING, HEDGED, UNWOUND, FLAGGED, PAID = BasketStep
OVER: Final = frozenset({HEDGED, UNWOUND})
"""Nothing is under way; a late fill or one that is undone begins it anew."""
SELLING: Final = frozenset({UNWINDING, FLAGGED})
"""What is too much is sold."""


class LegNow(NamedTuple):
    """One leg: shares held, whether an order on it may still fill, whether its market has paid.

    `least` is the smallest order its market takes.
    """

    held: Quantity
    open: bool
    resolved: bool
    least: Quantity


class Wanted(NamedTuple):
    """Shares of a leg, by its place, to be bought or sold now."""

    leg: int
    side: Side
    shares: Quantity


def counted(moved: BasketMoved, legs: Sequence[LegNow]) -> tuple[Quantity, tuple[Quantity, ...]]:
    """Whole sets held, and the shares of each leg beyond them; of one sold too often, below 0.

    A market that has paid holds nothing any more: from then on the sets are those told before it,
    as far as the other legs have them.
    """
    held = [Quantity(max(0, leg.held)) for leg in legs if not leg.resolved]
    sets = min([*held, moved.sets]) if len(held) < len(legs) else min(held)
    surplus = (0 if leg.resolved else leg.held - sets for leg in legs)
    return sets, tuple(Quantity(each) for each in surplus)


def goal(moved: BasketMoved, legs: Sequence[LegNow]) -> Quantity:
    """How many sets there can be, up to the target, if every order needed for them fills."""
    most = moved.target
    while True:
        stuck = [leg.held for leg in legs if _stuck(leg, most)]
        least = Quantity(max(0, min([most, *stuck])))
        if least == most:
            return most
        most = least


def follow(moved: BasketMoved, legs: Sequence[LegNow], now: Ns, trouble: str) -> BasketMoved:
    """Where a basket stands now; the same object where there is nothing to tell.

    `trouble` says why what is too much was not sold, if it comes to that.
    """
    sets, surplus = counted(moved, legs)
    step = _step(moved, legs, now)
    if (step, sets, surplus) == (moved.step, moved.sets, moved.surplus):
        return moved
    same = step is moved.step
    return structs.replace(
        moved,
        step=step,
        target=sets if step in OVER else moved.target,
        sets=sets,
        surplus=surplus,
        reason=trouble if step is FLAGGED else "",
        at_ns=moved.at_ns if same else now,
    )


def wanted(moved: BasketMoved, legs: Sequence[LegNow]) -> list[Wanted]:
    """What is to be bought or sold now; nothing while any order of it may still fill."""
    if any(leg.open for leg in legs):
        return []
    if moved.step is COMPLETING:
        most = goal(moved, legs)
        return [
            Wanted(place, Side.BUY, Quantity(most - leg.held))
            for place, leg in enumerate(legs)
            if not leg.resolved and leg.held < most
        ]
    if moved.step in SELLING:
        return [
            Wanted(place, Side.SELL, shares)
            for place, shares in enumerate(counted(moved, legs)[1])
            if shares >= legs[place].least
        ]
    return []


def dearer(moved: BasketMoved, place: int, price: Price) -> BasketMoved:
    """After a leg was sent for at more than its limit: what the sets could earn is used up."""
    legs = tuple(
        structs.replace(leg, limit=price, most=price)
        if place == index
        else structs.replace(leg, most=leg.limit)
        for index, leg in enumerate(moved.basket.legs)
    )
    return structs.replace(moved, basket=structs.replace(moved.basket, legs=legs))


def _stuck(leg: LegNow, most: Quantity) -> bool:
    """Whether a leg lacks shares that no order can bring."""
    lacks = most - leg.held
    return not leg.resolved and 0 < lacks < leg.least


def _step(moved: BasketMoved, legs: Sequence[LegNow], now: Ns) -> BasketStep:
    if all(leg.resolved for leg in legs):
        return PAID
    sets, surplus = counted(moved, legs)
    uneven = any(surplus)
    if any(leg.open for leg in legs):
        return _waiting(moved, now, uneven=uneven)
    if not uneven:
        return HEDGED if sets else UNWOUND
    return _uneven(moved, now, completable=not _paying(legs) and goal(moved, legs) > sets)


def _waiting(moved: BasketMoved, now: Ns, *, uneven: bool) -> BasketStep:
    """While an order may still fill; for twice as long as anything else may take."""
    if moved.step in OVER:
        return COMPLETING if uneven else moved.step
    if moved.step is FLAGGED or _late(moved, now, 2 * moved.basket.patience_ns):
        return FLAGGED
    return moved.step


def _uneven(moved: BasketMoved, now: Ns, *, completable: bool) -> BasketStep:
    late = _late(moved, now, moved.basket.patience_ns)
    match moved.step:
        case BasketStep.FLAGGED:
            return FLAGGED
        case BasketStep.UNWINDING:
            return FLAGGED if late else UNWINDING
        case BasketStep.COMPLETING if late:
            return UNWINDING
        case _:
            return COMPLETING if completable else UNWINDING


def _paying(legs: Sequence[LegNow]) -> bool:
    """Whether some of its markets have an answer: what the others are worth has changed."""
    return any(leg.resolved for leg in legs)


def _late(moved: BasketMoved, now: Ns, patience_ns: int) -> bool:
    """Whether a step has taken too long; a restart may find the wall clock set back."""
    return not 0 <= now - moved.at_ns < patience_ns
