"""How the engine sends a basket and sees it through: all legs or none, completed or unwound."""

from msgspec import structs
from tests.unit.core.basketing import NAMES, Bench, basket, orders, steps
from tests.unit.core.building import (
    CENT,
    DOLLAR,
    LOOSE,
    SECOND,
    SHARE,
    placed,
)

from polywire.core.model.account import Settlement
from polywire.core.model.basket import BasketStep
from polywire.core.model.command import OrderRefused
from polywire.core.units import Money

ALL = [("a-yes", "buy", 30, 20), ("b-yes", "buy", 30, 20), ("c-yes", "buy", 30, 20)]


def test_all_legs_leave_at_once_and_take_what_they_can() -> None:
    bench = Bench()
    said = bench.cut()
    assert orders(said) == ALL
    assert {(order.time_in_force, order.post_only) for order in placed(said)} == {("IOC", False)}
    assert steps(said) == ["sent"]
    assert bench.strategy.views == [["a", "b", "c"]]
    assert bench.cut() == []  # one at a time


def test_equal_shares_of_all_legs_are_hedged_and_left_alone() -> None:
    bench = Bench()
    for order in placed(bench.cut()):
        bench.done(order, 20)
    bench.strategy.wants = None
    assert steps(bench.cut()) == ["hedged"]
    assert (bench.moved.sets, bench.held) == (20 * SHARE, [20, 20, 20])
    bench.book("a", [(5, 100)], [(6, 100)])
    said = bench.cut(60 * SECOND)
    assert (steps(said), orders(said)) == ([], [])


def test_a_leg_that_the_gate_refuses_keeps_all_of_them_here() -> None:
    tight = structs.replace(LOOSE, total_exposure_max=Money(13 * DOLLAR))
    bench = Bench(limits=tight)
    said = bench.cut()
    assert placed(said) == []
    assert [one.rule for one in said if isinstance(one, OrderRefused)] == ["total_exposure"]
    ledger = bench.engine.ledger
    assert (ledger.reserved, ledger.exposure, ledger.open_orders, ledger.orders) == (0, 0, {}, {})
    assert ledger.exposures == {"a": 0, "b": 0}
    assert (bench.engine.desk.sent, len(bench.engine.standing.recent_orders)) == (0, 0)
    assert bench.cut(SECOND) == []  # told once
    bench.strategy.wants = basket(14)
    assert [order.order_id for order in placed(bench.cut(SECOND))] == ["run-1", "run-2", "run-3"]


def test_what_is_missing_is_bought_and_may_cost_what_the_sets_earn() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    bench.done(a, 20)
    bench.done(b, 20)
    bench.done(c, 8)
    bench.book("c", [(29, 100)], [(31, 5), (32, 100)])
    said = bench.cut()
    assert steps(said) == ["completing", "completing"]  # the second: that price is used up
    assert orders(said) == [("c-yes", "buy", 32, 12)]
    assert [leg.most // CENT for leg in bench.moved.basket.legs] == [30, 30, 32]
    bench.done(placed(said)[0], 12)
    assert steps(bench.cut()) == ["hedged"]
    assert bench.held == [20, 20, 20]


def test_two_missing_legs_are_bought_at_their_limits_and_no_dearer() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    bench.done(a, 20)
    bench.done(b, 0)
    bench.refuse(c)
    bench.book("b", [(29, 100)], [(31, 100)])
    assert orders(bench.cut()) == [("c-yes", "buy", 30, 20)]


def test_a_price_beyond_break_even_is_not_paid_and_the_rest_is_sold() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    bench.strategy.wants = None
    bench.done(a, 20)
    bench.done(b, 20)
    bench.done(c, 5)
    bench.book("c", [(29, 100)], [(33, 100)])
    assert orders(bench.cut()) == []
    assert bench.moved.step is BasketStep.COMPLETING
    assert bench.moved.surplus == (15 * SHARE, 15 * SHARE, 0)
    said = bench.cut(2 * SECOND)
    assert steps(said) == ["unwinding"]
    assert orders(said) == [("a-yes", "sell", 28, 15), ("b-yes", "sell", 28, 15)]
    for order in placed(said):
        bench.done(order, 15)
    assert steps(bench.cut()) == ["hedged"]
    assert bench.held == [5, 5, 5]


def test_a_surplus_is_not_sold_for_less_than_may_be_given_away() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    bench.strategy.wants = None
    bench.done(a, 20)
    bench.done(b, 0)
    bench.done(c, 0)
    for name in NAMES:
        bench.book(name, [(27, 100)], [(40, 100)])
    assert orders(bench.cut()) == []
    assert steps(bench.cut(2 * SECOND)) == ["unwinding"]
    said = bench.cut(2 * SECOND)
    assert (steps(said), orders(said)) == (["flagged"], [])
    assert bench.moved.reason == "the bids take too few shares"
    assert bench.moved.surplus == (20 * SHARE, 0, 0)
    bench.book("a", [(28, 12), (27, 100)], [(40, 100)])
    said = bench.cut(SECOND)  # flagged, and still looked after
    assert orders(said) == [("a-yes", "sell", 28, 12)]
    bench.done(placed(said)[0], 12)
    assert steps(bench.cut()) == ["flagged"]
    assert bench.moved.surplus == (8 * SHARE, 0, 0)


def test_nothing_is_sent_while_nobody_knows_what_became_of_an_order() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    bench.strategy.wants = None
    bench.done(a, 20)
    bench.done(b, 20)
    bench.lose(c)
    for _ in range(3):
        assert orders(bench.cut(SECOND)) == []
    said = bench.cut(SECOND)
    assert (steps(said), orders(said)) == (["flagged"], [])
    assert bench.moved.reason == "nobody knows what became of an order"
    bench.filled(c, 20)  # it was there
    assert steps(bench.cut()) == ["hedged"]


def test_a_late_fill_of_an_unwound_basket_is_sold() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    bench.strategy.wants = None
    for order in (a, b, c):
        bench.refuse(order)
    assert steps(bench.cut()) == ["unwound"]
    bench.filled(b, 20)
    said = bench.cut()
    assert steps(said) == ["unwinding"]
    assert orders(said) == [("b-yes", "sell", 28, 20)]


def test_a_fill_that_is_undone_long_after_is_bought_again() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    bench.strategy.wants = None
    bench.done(a, 20)
    bench.done(b, 20)
    fill = bench.filled(c, 20, Settlement.PENDING)
    assert steps(bench.cut()) == ["hedged"]
    bench.cut(3_600 * SECOND)
    for name in NAMES:
        bench.book(name, [(29, 100)], [(30, 100)])
    bench.undo(fill)
    said = bench.cut()
    assert steps(said) == ["completing"]
    assert orders(said) == [("c-yes", "buy", 30, 20)]


def test_shares_too_few_for_an_order_are_flagged() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    bench.strategy.wants = None
    bench.done(a, 20)
    bench.done(b, 20)
    bench.done(c, 17)
    assert steps(bench.cut()) == ["unwinding"]
    assert steps(bench.cut(2 * SECOND)) == ["flagged"]
    assert bench.moved.reason == "too few shares for an order"


def test_sets_are_added_to_sets_of_the_same_legs_alone() -> None:
    bench = Bench()
    for order in placed(bench.cut()):
        bench.done(order, 20)
    assert steps(bench.cut()) == ["hedged"]
    bench.strategy.wants = basket(20, names="ab")
    assert bench.cut(SECOND) == []
    bench.strategy.wants = basket()
    said = bench.cut(SECOND)
    assert orders(said) == ALL
    assert bench.moved.target == 40 * SHARE
    for order in placed(said):
        bench.done(order, 20)
    assert steps(bench.cut()) == ["hedged"]
    assert bench.moved.sets == 40 * SHARE


def test_a_group_rests_after_what_was_not_there_to_take() -> None:
    bench = Bench()
    for order in placed(bench.cut()):
        bench.done(order, 0)
    assert steps(bench.cut()) == ["unwound"]
    assert orders(bench.cut(59 * SECOND)) == []
    for name in NAMES:
        bench.book(name, [(29, 100)], [(30, 100)])
    bench.strategy.wants = basket(20, names="ab")
    assert orders(bench.cut(2 * SECOND)) == []  # an order of c could still fill
    bench.strategy.wants = basket()
    assert orders(bench.cut(SECOND)) == ALL


def test_nothing_new_begins_while_another_of_its_baskets_is_flagged() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    bench.done(a, 20)
    bench.done(b, 17)
    bench.done(c, 20)
    bench.cut()
    assert steps(bench.cut(2 * SECOND)) == ["flagged"]
    for name in NAMES:
        bench.book(name, [(29, 100)], [(30, 100)])
    asked = len(bench.strategy.views)
    bench.cut(120 * SECOND)
    assert len(bench.strategy.views) == asked
