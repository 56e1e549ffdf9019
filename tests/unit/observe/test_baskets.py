"""What a run says of its baskets: where each stands, and what it was decided on."""

from tests.unit.core.basketing import KEY, NAMES, Bench
from tests.unit.core.building import DOLLAR, SECOND, SHARE, placed

from polywire.core.model.basket import BasketStep
from polywire.observe.status import engine_status


def test_a_basket_is_shown_with_what_it_ties_up_and_earns() -> None:
    bench = Bench()
    assert engine_status(bench.engine, "synthetic").baskets == []
    for order in placed(bench.cut()):
        bench.done(order, 20)
    bench.strategy.wants = None
    bench.cut()
    status = engine_status(bench.engine, "synthetic")
    (line,) = status.baskets
    assert (line.strategy, line.group, line.state) == ("s", "g", BasketStep.HEDGED)
    assert (line.legs, line.sets, line.surplus) == (3, 20 * SHARE, 0)
    assert (line.spends_micros, line.pays_micros) == (18 * DOLLAR, 20 * DOLLAR)
    assert (line.paid_micros, line.worth_micros) == (18 * DOLLAR, 20 * DOLLAR)
    assert (line.left_ns, line.daily, line.reason) == (10, 10, "")
    assert {one.exit.why for one in status.positions} == {"a leg of a basket: held until it pays"}


def test_a_flagged_basket_says_why_and_an_unwound_one_is_gone() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    bench.strategy.wants = None
    bench.done(a, 17)
    bench.done(b, 20)
    bench.done(c, 20)
    bench.cut()
    bench.cut(2 * SECOND)
    (line,) = engine_status(bench.engine, "synthetic").baskets
    assert (line.state, line.surplus) == (BasketStep.FLAGGED, 6 * SHARE)
    assert line.reason == "too few shares for an order"
    assert (line.paid_micros, line.worth_micros) == (17_100_000, 17 * DOLLAR)
    other = Bench()
    for order in placed(other.cut()):
        other.refuse(order)
    other.cut()
    assert engine_status(other.engine, "synthetic").baskets == []


def test_a_leg_says_what_is_too_much_of_it_and_what_is_sold_out_says_so() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    bench.strategy.wants = None
    bench.done(a, 10)
    bench.done(b, 20)
    bench.done(c, 10)
    for name in NAMES:
        bench.book(name, [(10, 100)], [(60, 100)])
    bench.cut()
    bench.cut(2 * SECOND)
    bench.cut(2 * SECOND)
    whys = [one.exit.why for one in engine_status(bench.engine, "synthetic").positions]
    assert sorted(whys) == [
        "a leg of a basket: 10 too many, sold as soon as bids take them; "
        "the rest is held until it pays",
        "a leg of a basket: held until it pays",
        "a leg of a basket: held until it pays",
    ]
    bench.engine.desk.turnover.retire(KEY[0], sells_out=True)
    whys = [one.exit.why for one in engine_status(bench.engine, "synthetic").positions]
    assert set(whys) == {"all that it holds is being sold"}
