"""A person steers one strategy, one market or one order; everybody else goes on."""

from dataclasses import replace

from tests.unit.core.building import (
    BUY,
    Scripted,
    cut,
    engine,
    fill,
    forty_sixty,
    opening,
    placed,
    quote,
    seat,
    told,
)
from tests.unit.core.guarding import WATCH
from tests.unit.core.started import T0

from polywire.core.engine.engine import Engine
from polywire.core.ids import StrategyId
from polywire.core.model.command import CancelOrder
from polywire.core.model.control import Operation, OperatorCommand
from polywire.core.units import SECOND, Ns, Price, Quantity
from polywire.strategies.touch_quoter import TouchQuoter, TouchQuoterParameters

A, B = StrategyId("a"), StrategyId("b")


def two() -> tuple[Engine, dict[str, str]]:
    """`a` bids at 50 and `b` at 45; their orders by name."""
    made = engine(
        seat(Scripted(lambda _: (quote(BUY, 50),), "a")),
        seat(Scripted(lambda _: (quote(BUY, 45),), "b")),
    )
    told(made, *opening(forty_sixty(), at=T0))
    return made, {one.strategy: one.order_id for one in placed(cut(made, T0))}


def asks(made: Engine, operation: Operation, subject: str, value: str = "") -> None:
    told(made, OperatorCommand(Ns(T0), operation, "why", "me", subject, value))


def cancels(made: Engine, at: int) -> list[tuple[str, str]]:
    told_now = cut(made, at)
    return [(one.order_id, one.reason) for one in told_now if isinstance(one, CancelOrder)]


def test_one_order_is_cancelled_and_no_other() -> None:
    made, orders = two()
    asks(made, Operation.CANCEL_ORDER, orders["a"])
    assert cancels(made, T0 + 1) == [(orders["a"], "why")]
    assert cancels(made, T0 + 2) == [], "said once"


def test_all_orders_of_a_market_are_cancelled() -> None:
    made, orders = two()
    asks(made, Operation.CANCEL_MARKET, "another")
    assert cancels(made, T0 + 1) == []
    (market,) = made.watch.books
    asks(made, Operation.CANCEL_MARKET, market)
    assert sorted(cancels(made, T0 + 2)) == sorted((one, "why") for one in orders.values())


def test_who_is_disabled_is_not_asked_until_it_is_enabled_and_others_are() -> None:
    made, orders = two()
    asks(made, Operation.DISABLE, "a")
    assert cancels(made, T0 + 1) == [(orders["a"], "disabled")]
    scripted = made.roster.seats[A].strategy
    asked = len(scripted.asked)
    for later in range(1, 4):
        cut(made, T0 + later * SECOND)
    assert len(scripted.asked) == asked
    assert len(made.roster.seats[B].strategy.asked) > asked
    asks(made, Operation.ENABLE, "a")
    cut(made, T0 + 5 * SECOND)
    assert len(scripted.asked) > asked
    asks(made, Operation.DISABLE, "nobody")  # changes nothing


def test_the_exits_of_who_is_disabled_go_on_guarding() -> None:
    guarded = replace(seat(Scripted(lambda _: (quote(BUY, 50),), "a")), exits=WATCH)
    made = engine(guarded)
    told(made, *opening(forty_sixty(), at=T0))
    (order,) = placed(cut(made, T0))
    told(made, fill("f1", order.order_id, 50, 10))
    asks(made, Operation.DISABLE, "a")
    cut(made, T0 + 1)
    assert made.ledger.exits, "the position is seen to"


def test_a_parameter_is_told_and_the_strategy_goes_by_it_at_once() -> None:
    quoter = TouchQuoter(
        A,
        TouchQuoterParameters(
            size=Quantity(10_000_000), cap=Quantity(40_000_000), price_min=Price(50_000)
        ),
    )
    made = engine(replace(seat(Scripted(lambda _: (), "x")), strategy=quoter))
    made.roster.seats[A] = made.roster.seats.pop(StrategyId("a"))
    told(made, *opening(forty_sixty(), at=T0))
    assert {one.quantity for one in placed(cut(made, T0))} == {10_000_000}
    asks(made, Operation.SET, "a", '{"size":20000000}')
    now = made.roster.seats[A].strategy
    assert isinstance(now, TouchQuoter)
    assert (now.parameters.size, now.parameters.cap) == (20_000_000, 40_000_000)
    assert made.roster.seats[A].failed == ""


def test_of_two_that_contradict_each_other_the_first_is_told_and_nobody_is_halted() -> None:
    told_so = TouchQuoterParameters(
        size=Quantity(10_000_000), cap=Quantity(40_000_000), price_min=Price(50_000)
    )
    made = engine(replace(seat(Scripted(lambda _: (), "a")), strategy=TouchQuoter(A, told_so)))
    asks(made, Operation.SET, "a", '{"size":30000000}')
    asks(made, Operation.SET, "a", '{"cap":20000000}')
    now = made.roster.seats[A].strategy
    assert isinstance(now, TouchQuoter)
    assert (now.parameters.size, now.parameters.cap) == (30_000_000, 40_000_000)
    assert made.roster.seats[A].failed == ""


def test_what_it_cannot_be_told_halts_it_and_nobody_else() -> None:
    made, _ = two()
    asks(made, Operation.SET, "a", '{"size":1}')
    assert "has no parameters" in made.roster.seats[A].failed
    assert made.roster.seats[B].failed == ""
