"""Whatever becomes of its orders, a basket ends equal, empty or flagged, and says what it holds."""

from itertools import product

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.property.basket_world import KINDS, PATIENCE, SETS, World

from polywire.core.model.basket import BasketStep

ENDS = {BasketStep.HEDGED, BasketStep.UNWOUND, BasketStep.FLAGGED, BasketStep.PAID}
programs = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 999), st.integers(0, 999)), max_size=60
)


def judged(world: World) -> None:
    """Where a basket ended is what its shares are."""
    step, held = world.moved.step, world.held
    assert step in ENDS
    mine = [one for one, over in zip(held, world.resolved, strict=True) if not over]
    if step is BasketStep.PAID:
        assert not mine
    elif step is BasketStep.UNWOUND:
        assert not any(mine)
    elif step is BasketStep.HEDGED:
        assert min(mine) > 0
        assert len(set(mine)) == 1
    else:
        assert any(world.moved.surplus)
        assert world.moved.reason


@settings(max_examples=max(300, settings().max_examples))
@given(st.integers(2, 4), programs)
@example(2, [("unknown", 0, 0), ("wait", 55, 0), ("fill", 0, 0), ("gone", 0, 0)])
def test_any_basket_ends_where_it_says(legs, program) -> None:
    judged(World(legs).run(program).settle())


FATES = ("none", "dust", "part", "whole")


def apply(world: World, leg: int, fate: str) -> None:
    order = next(one for one in world.orders if one.leg == leg and one.open)
    shares = {"none": 0, "dust": 2, "part": 12, "whole": SETS}[fate]
    if shares:
        world.fill(order, shares)
    order.open = False


def test_every_pair_of_fates_and_of_what_follows() -> None:
    """First fates of three legs, then one fate for all that is bought, one for all that is sold."""
    seen = set()
    for first in product(FATES, repeat=3):
        for bought, sold in product(FATES, repeat=2):
            world = World(3)
            for leg, fate in enumerate(first):
                apply(world, leg, fate)
            for _ in range(24):
                world.cut()
                for order in [one for one in world.orders if one.open]:
                    fate = bought if order.side == 0 else sold
                    part = {"none": 0, "dust": 2, "part": order.left // 2, "whole": order.left}
                    if part[fate]:
                        world.fill(order, min(order.left, part[fate]))
                    order.open = False
                world.now += PATIENCE // 4
            world.cut(sends=False)
            judged(world)
            seen.add(world.moved.step)
            if bought == "whole" and "dust" not in first and set(first) != {"none"}:
                assert world.moved.step is BasketStep.HEDGED
                equal = len(set(first)) == 1
                assert world.held == ([12] * 3 if equal and first[0] == "part" else [SETS] * 3)
            if sold == "whole" and bought == "none" and "dust" not in first:
                assert world.moved.step in (BasketStep.HEDGED, BasketStep.UNWOUND)
    assert seen == ENDS - {BasketStep.PAID}
