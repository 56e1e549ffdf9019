"""A profit that is taken in steps: which part goes where, on the book and when it is seen."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from tests.unit.core.building import (
    BUY,
    CENT,
    LOOSE,
    SECOND,
    SHARE,
    cancelled,
    fill,
    market,
    placed,
)
from tests.unit.core.guarding import KEY, RESTING, WATCH, Held, sale, steps

from polywire.core.engine.engine import Engine
from polywire.core.execution.exits import ExitStyle, Rung, goals
from polywire.core.ids import FillId
from polywire.core.ledger.dump import dump, load
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import FillSettled, Settlement
from polywire.core.model.command import ExitCause, ExitStep
from polywire.core.model.intent import Quote, TimeInForce
from polywire.core.units import Ns, Price, Quantity


def ladder(*rungs: tuple[int, int]) -> tuple[Rung, ...]:
    return tuple(Rung(Price(cents * CENT), percent) for cents, percent in rungs)


HALVES = structs.replace(WATCH, target=None, ladder=ladder((10, 50), (20, 50)))
LAID_OUT = structs.replace(HALVES, style=ExitStyle.RESTING)


def sold_at(whole: int, *rungs: tuple[int, int]) -> list[float]:
    """How many shares are gone after each step, on a market with a minimum of 5."""
    plan = structs.replace(WATCH, target=None, ladder=ladder(*rungs))
    return [gone / SHARE for gone in goals(plan, Quantity(whole * SHARE), market())]


@pytest.mark.parametrize(
    ("whole", "rungs", "gone"),
    [
        (20, [(5, 50), (10, 25), (15, 25)], [10, 15, 20]),
        (10, [(5, 50), (10, 50)], [5, 10]),
        (8, [(5, 50), (10, 50)], [0, 8]),  # 4 are no order: they go with the next
        (9, [(5, 60), (10, 40)], [9, 9]),  # 3.6 would be left, and be no order
        (16, [(5, 20), (10, 20), (15, 60)], [0, 6.4, 16]),
        (4, [(5, 50), (10, 50)], [0, 0]),
        (20, [(5, 30), (10, 30)], [6, 12]),
        (12, [(5, 60)], [12]),
    ],
)
def test_a_step_is_an_order_and_leaves_an_order_or_nothing(
    whole: int, rungs: list[tuple[int, int]], gone: list[float]
) -> None:
    assert sold_at(whole, *rungs) == gone


@given(
    st.integers(0, 300_000_000),
    st.lists(st.integers(1, 40), min_size=1, max_size=4).filter(lambda each: sum(each) <= 100),
)
def test_no_share_is_lost_between_the_steps(whole: int, percents: list[int]) -> None:
    rungs = ladder(*((place + 1, percent) for place, percent in enumerate(percents)))
    plan = structs.replace(WATCH, target=None, ladder=rungs)
    terms = market()
    before = 0
    for place, gone in enumerate(goals(plan, Quantity(whole), terms)):
        part = Fraction(whole * sum(percents[: place + 1]), 100)
        assert gone == before or gone - before >= terms.size_min
        assert gone in (before, whole) or whole - gone >= terms.size_min
        assert gone in (before, whole) or 0 <= part - gone < 1
        before = gone
    if sum(percents) == 100 and whole >= terms.size_min:
        assert before == whole


def test_each_step_sells_its_part_once() -> None:
    held = Held(HALVES, shares=40)
    held.cut()
    held.book((50, 100))
    (order,) = said = placed(held.cut())
    assert [(one.price // CENT, one.quantity // SHARE) for one in said] == [(50, 20)]
    assert held.exit.cause is ExitCause.TARGET
    held.tell(fill("f1", order.order_id, 50, 20))
    assert steps(held.cut())[-1] == ("armed", 0)
    for cents in (49, 50, 59):  # its price again, and more, but not that of the next
        held.book((cents, 100))
        assert held.cut(SECOND) == []
    held.book((60, 100))
    said = held.cut()
    assert sale(said) == [(60, 20, "IOC")]
    held.tell(fill("f2", placed(said)[0].order_id, 60, 20))
    assert steps(held.cut()) == [("left", 1)]


def test_a_step_that_was_sold_in_part_is_sold_to_its_end() -> None:
    held = Held(HALVES, shares=40)
    held.cut()
    held.book((50, 100))
    (order,) = placed(held.cut())
    assert order.quantity == 20 * SHARE
    held.tell(fill("f1", order.order_id, 50, 12))
    held.gone(order.order_id)
    assert sale(held.cut()) == [(50, 8, "IOC")]


def test_a_rest_of_a_step_that_is_no_order_goes_with_the_next() -> None:
    held = Held(HALVES, shares=40)
    held.cut()
    held.book((50, 100))
    (order,) = placed(held.cut())
    held.tell(fill("f1", order.order_id, 50, 17))
    held.gone(order.order_id)
    assert steps(held.cut()) == [("armed", 0)]
    held.book((60, 100))
    assert sale(held.cut()) == [(60, 23, "IOC")]


def test_a_price_beyond_two_steps_sells_one_after_the_other() -> None:
    held = Held(HALVES)
    held.cut()
    held.book((70, 100))
    (order,) = placed(held.cut())
    assert (order.price, order.quantity) == (68 * CENT, 5 * SHARE)
    held.tell(fill("f1", order.order_id, 70, 5))
    assert steps(held.cut())[-1] == ("armed", 0)
    assert sale(held.cut()) == [(68, 5, "IOC")]


def test_the_price_of_a_step_is_what_its_part_would_bring() -> None:
    held = Held(HALVES)
    held.cut()
    held.book((50, 5), (31, 100))  # all ten would bring 40.5
    assert sale(held.cut()) == [(50, 5, "IOC")]


def test_between_its_steps_the_rest_is_guarded() -> None:
    held = Held(HALVES)
    held.cut()
    held.book((50, 100))
    held.tell(fill("f1", placed(held.cut())[0].order_id, 50, 5))
    held.cut()
    held.book((30, 100))
    assert sale(held.cut()) == [(28, 5, "IOC")]
    assert held.exit.cause is ExitCause.STOP


def test_what_a_step_has_sold_is_not_bought_back_for_the_next() -> None:
    held = Held(HALVES)
    held.cut()
    held.book((50, 100))
    held.tell(fill("f1", placed(held.cut())[0].order_id, 50, 5))
    held.cut()
    held.wants_more = True
    held.book((45, 100), ask=50)
    for _ in range(70):  # longer than any rest after an exit
        assert placed(held.cut(SECOND)) == []


def test_a_ladder_rests_with_an_order_for_each_step() -> None:
    held = Held(LAID_OUT)
    said = held.cut()
    assert sale(said) == [(50, 5, "GTC"), (60, 5, "GTC")]
    assert [order.layer for order in placed(said)] == [0, 1]
    for order in placed(said):
        held.accept(order.order_id)
    assert held.cut(5 * SECOND) == []


def test_a_filled_step_leaves_the_other_where_it_rests() -> None:
    held = Held(LAID_OUT)
    first, second = placed(held.cut())
    for order in (first, second):
        held.accept(order.order_id)
    held.tell(fill("f1", first.order_id, 50, 2))
    assert held.cut(2 * SECOND) == []
    held.tell(fill("f2", first.order_id, 50, 3))
    assert held.cut(2 * SECOND) == []
    held.tell(fill("f3", second.order_id, 60, 5))
    assert steps(held.cut()) == [("left", 0)]


def test_a_stop_waits_until_every_step_is_known_to_be_gone() -> None:
    held = Held(LAID_OUT)
    orders = [order.order_id for order in placed(held.cut())]
    for order_id in orders:
        held.accept(order_id)
    held.book((30, 100))
    said = held.cut()
    assert (cancelled(said), placed(said)) == (orders, [])
    held.gone(orders[0])
    assert held.cut() == []
    held.tell(fill("f1", orders[1], 60, 1))
    assert held.cut() == []
    held.gone(orders[1])
    assert sale(held.cut()) == [(28, 9, "IOC")]


def test_a_ladder_grows_with_what_is_bought_before_its_first_step_sold() -> None:
    held = Held(LAID_OUT)
    for order in placed(held.cut()):
        held.accept(order.order_id)
    held.wants_more = True
    held.book((39, 100), ask=40)
    (more,) = [order for order in placed(held.cut(2 * SECOND)) if order.side is BUY]
    held.wants_more = False
    held.tell(fill("f9", more.order_id, 40, 10))
    assert sale(held.cut()) == [(50, 5, "GTC"), (60, 5, "GTC")]


def test_a_step_over_the_largest_order_is_laid_out_in_parts() -> None:
    limits = structs.replace(LOOSE, order_size_max=Quantity(20 * SHARE))
    held = Held(structs.replace(LAID_OUT, ladder=ladder((10, 30), (20, 70))), limits, shares=20)
    assert sale(held.cut()) == [(50, 6, "GTC"), (60, 14, "GTC")]
    small = structs.replace(LOOSE, order_size_max=Quantity(10 * SHARE))
    parts = Held(
        structs.replace(
            LAID_OUT,
            ladder=ladder(
                (10, 100),
            ),
        ),
        small,
    )
    assert sale(parts.cut()) == [(50, 10, "GTC")]


def test_a_step_beyond_the_grid_does_not_rest() -> None:
    held = Held(structs.replace(LAID_OUT, ladder=ladder((10, 50), (60, 50))))
    assert sale(held.cut()) == [(50, 5, "GTC")]


def recovered(held: Held) -> Engine:
    """The same run after a restart from a dump of its ledger."""
    again = Held(held.seat.exits or WATCH).engine
    fresh = Ledger()
    load(fresh, dump(held.engine.ledger))
    assert fresh.exits == held.engine.ledger.exits
    again.ledger.exits, again.ledger.holdings = fresh.exits, fresh.holdings
    return again


def test_a_restart_in_the_middle_of_a_ladder_knows_which_steps_are_sold() -> None:
    held = Held(HALVES)
    held.cut()
    held.book((50, 100))
    held.tell(fill("f1", placed(held.cut())[0].order_id, 50, 5))
    held.cut()
    holding = recovered(held).ledger.holdings[KEY]
    assert (holding.now.held, holding.now.sold) == (5 * SHARE, 5 * SHARE)
    assert recovered(held).ledger.exits[KEY].step is ExitStep.ARMED


def test_a_sale_that_is_undone_is_sold_again() -> None:
    held = Held(HALVES)
    held.cut()
    held.book((50, 100))
    (order,) = placed(held.cut())
    held.tell(fill("f1", order.order_id, 50, 5, settlement=Settlement.PENDING))
    held.cut()
    held.tell(FillSettled(Ns(held.now), FillId("f1"), Settlement.REVERSED))
    assert sale(held.cut()) == [(50, 5, "IOC")]


def test_a_second_position_begins_its_ladder_anew() -> None:
    held = Held(structs.replace(HALVES, rest_ns=0))
    held.cut()
    held.book((60, 100))
    for number in range(2):
        (order,) = placed(held.cut())
        held.tell(fill(f"s{number}", order.order_id, 60, 5))
        held.cut()
    assert held.exit.step is ExitStep.LEFT
    held.strategy.wants = lambda _: (
        Quote(KEY[1], BUY, Price(40 * CENT), Quantity(10 * SHARE), False, TimeInForce.GTC),
    )
    held.book((39, 100), ask=40)
    (buy,) = placed(held.cut(2 * SECOND))
    held.strategy.wants = lambda _: ()
    held.tell(fill("f9", buy.order_id, 40, 10))
    held.cut()
    assert held.exit.sold == 10 * SHARE
    held.book((50, 100))
    assert sale(held.cut()) == [(50, 5, "IOC")]


def test_a_single_target_is_the_ladder_it_always_was() -> None:
    assert sale(Held(RESTING).cut()) == [(50, 10, "GTC")]
