"""Strategies that come and go while the run goes on, and what becomes of what they hold."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from msgspec import structs
from tests.unit.core.building import (
    BID,
    BUY,
    CENT,
    MS,
    NO,
    SECOND,
    SELL,
    YES,
    NaiveVenue,
    Scripted,
    cancelled,
    cut,
    engine,
    fill,
    forty_sixty,
    opening,
    place,
    placed,
    quote,
    seat,
    told,
)
from tests.unit.core.guarding import RESTING
from tests.unit.core.started import T0, changing, with_limits

from polywire.core.engine.engine import Command, Engine
from polywire.core.engine.roster import Seat
from polywire.core.errors import ConfigError
from polywire.core.execution.exits import ExitPlan
from polywire.core.ids import OrderId, StrategyId
from polywire.core.model.account import OrderAccepted, OrderCancelled, OrderMissing
from polywire.core.model.command import ExitMoved, ExitStep, OrderRefused, PlaceOrder
from polywire.core.model.control import Operation, OperatorCommand
from polywire.core.model.intent import Quote, TimeInForce
from polywire.core.units import Ns, Price
from polywire.core.view import MarketView

A, B = StrategyId("a"), StrategyId("b")
FAR = structs.replace(RESTING, stop=Price(40 * CENT))
"""Nothing triggers at 40 cents, and its target rests at 60."""
NEAR = with_limits(price_through_max=5 * CENT)


def sitting(name: str, *wants: Quote) -> Seat:
    return seat(Scripted(lambda _: wants, name))


def started(*seats: Seat, later: Iterable[Seat] = (), venue: NaiveVenue | None = None) -> Engine:
    """An engine that knows by name the seats that may be added later."""
    made = engine(*seats, limits=NEAR)
    known = {one.strategy.name: one for one in later}
    made.roster.seat_from = lambda text: known[StrategyId(text)]
    told(made, *opening(venue or forty_sixty(), at=T0))
    return made


def ask(made: Engine, operation: Operation, subject: str) -> None:
    told(made, OperatorCommand(Ns(T0), operation, "", "me", subject))


def rests(made: Engine, commands: list[Command]) -> list[PlaceOrder]:
    """Orders of a cut, now at the venue."""
    orders = placed(commands)
    told(made, *(OrderAccepted(Ns(made.now), order.order_id) for order in orders))
    return orders


def who(orders: Iterable[PlaceOrder]) -> list[tuple[str, int]]:
    return [(order.strategy, order.side) for order in orders]


def gone(made: Engine, *orders: PlaceOrder) -> None:
    told(made, *(OrderCancelled(Ns(made.now), one.order_id, "") for one in orders))


def holding(*others: Seat, exits: ExitPlan | None = None, **terms: object) -> Engine:
    """`a` holds ten shares that cost 50 cents each, and 40 is bid; `b` and others sit beside it."""
    wants = changing((quote(BUY, 50),), ())
    wants.name = A
    made = started(replace(seat(wants), exits=exits), *others, **terms)  # type: ignore[arg-type]
    orders = rests(made, cut(made, T0))
    first = next(order for order in orders if order.strategy == A)
    told(made, fill("f1", first.order_id, 50, 10))
    return made


def test_who_is_added_is_asked_at_once_about_every_listed_market() -> None:
    new = replace(sitting("new", quote(BUY, 30)), renew_ns=7)
    made = started(sitting("a"), later=[new], venue=forty_sixty())
    cut(made, T0)
    ask(made, Operation.ADD, "new")
    assert who(placed(cut(made, T0 + 1))) == [("new", BUY)]
    assert {tracked.audit_ns for tracked in made.watch.books.values()} == {7}
    ask(made, Operation.RETIRE, "new")
    assert {tracked.audit_ns for tracked in made.watch.books.values()} == {None}


def test_a_name_at_work_is_not_given_away() -> None:
    made = started(sitting("a", quote(BUY, 30)), later=[sitting("a", quote(BUY, 20))])
    before = made.roster.seats[A]
    ask(made, Operation.ADD, "a")
    assert made.roster.seats[A] is before
    assert [order.price for order in placed(cut(made, T0))] == [30 * CENT]


def test_a_program_of_its_own_adds_nothing() -> None:
    made = engine(sitting("a"))
    with pytest.raises(ConfigError, match="builds its strategies by itself"):
        made.roster.seat_from("{}")


def test_who_is_retired_is_asked_no_more_and_its_orders_are_cancelled() -> None:
    asked = Scripted(lambda _: (quote(BUY, 50), quote(BUY, 30, 10, "m-no")), "a")
    made = started(seat(asked), sitting("b", quote(BUY, 45)))
    orders = rests(made, cut(made, T0))
    ask(made, Operation.RETIRE, "a")
    said = cut(made, T0 + 1)
    assert cancelled(said) == [order.order_id for order in orders if order.strategy == A]
    times = len(asked.asked)
    later = forty_sixty().delta(T0 + 2, (BID, 41, 5))
    told(made, later)
    assert placed(cut(made, T0 + 2 * SECOND)) == []
    assert len(asked.asked) == times
    assert not made.roster.seats[B].retired


def test_an_order_of_a_retired_strategy_that_turns_up_again_is_cancelled_again() -> None:
    made = started(sitting("a", quote(BUY, 50)))
    (order,) = rests(made, cut(made, T0))
    ask(made, Operation.RETIRE, "a")
    cut(made, T0 + 1)
    made.ledger.gone_ns = SECOND
    told(made, OrderMissing(Ns(T0 + 1), order.order_id, ""))
    told(made, OrderMissing(Ns(T0 + 2 * SECOND), order.order_id, ""))
    assert made.ledger.open_orders == {}
    told(made, OrderAccepted(Ns(T0 + 3 * SECOND), order.order_id))
    assert order.order_id in cancelled(cut(made, T0 + 3 * SECOND))


def test_nothing_is_bought_for_who_is_retired_whoever_asks() -> None:
    made = started(sitting("a", quote(BUY, 30)))
    cut(made, T0)
    ask(made, Operation.RETIRE, "a")
    assert made.roster.budget(A) == 0
    assert made.roster.budget(B) == 0


def test_exits_of_who_is_retired_go_on_guarding() -> None:
    venue = forty_sixty()
    made = holding(exits=FAR, venue=venue)
    (target,) = rests(made, cut(made, T0 + 1))
    ask(made, Operation.RETIRE, "a")
    assert placed(cut(made, T0 + 2)) == []
    told(made, venue.delta(T0 + 3, (BID, 40, 0), (BID, 9, 100)))
    assert cancelled(cut(made, T0 + 3)) == [target.order_id]
    gone(made, target)
    (sale,) = placed(cut(made, T0 + 4))
    assert (sale.side, sale.price, sale.time_in_force) == (SELL, 7 * CENT, TimeInForce.IOC)


def test_the_target_of_who_is_retired_stays_where_it_rests() -> None:
    made = holding(exits=FAR)
    (target,) = rests(made, cut(made, T0 + 1))
    assert target.side is SELL
    ask(made, Operation.RETIRE, "a")
    assert cancelled(cut(made, T0 + 2)) == []
    assert OrderId(target.order_id) in made.ledger.open_orders


def test_what_is_sold_out_is_sold_to_the_bids_until_nothing_is_left() -> None:
    made = holding()
    ask(made, Operation.SELL_OUT, "a")
    (sale,) = placed(cut(made, T0 + 1))
    assert (sale.strategy, sale.side, sale.price, sale.quantity) == (A, SELL, 35 * CENT, 10_000_000)
    assert placed(cut(made, T0 + SECOND // 2)) == []
    told(made, fill("f2", sale.order_id, 40, 4))
    gone(made, sale)
    (rest,) = placed(cut(made, T0 + 2 * SECOND))
    assert rest.quantity == 6_000_000
    told(made, fill("f3", rest.order_id, 40, 6))
    assert placed(cut(made, T0 + 4 * SECOND)) == []
    assert made.ledger.position(A, YES).held == 0


def test_exits_stand_aside_for_who_is_sold_out() -> None:
    made = holding(exits=FAR)
    (target,) = rests(made, cut(made, T0 + 1))
    ask(made, Operation.SELL_OUT, "a")
    said = cut(made, T0 + 2)
    over = [one for one in said if isinstance(one, ExitMoved)]
    assert [(one.strategy, one.step, one.cause) for one in over] == [(A, ExitStep.LEFT, None)]
    assert (cancelled(said), placed(said)) == ([target.order_id], [])
    gone(made, target)
    assert who(placed(cut(made, T0 + 3))) == [(A, SELL)]
    assert sum(made.left.values()) == 0


def test_others_make_way_for_who_is_sold_out_and_come_back() -> None:
    bids = (quote(BUY, 38), quote(BUY, 65, 10, "m-no"))
    offers = (quote(SELL, 62, 5, "m-no"),)
    made = holding(sitting("b", *bids[:1]), sitting("c", *offers))
    orders = {
        order.strategy: order for order in (o.command for o in made.ledger.open_orders.values())
    }
    ask(made, Operation.SELL_OUT, "a")
    said = cut(made, T0 + MS)
    assert (cancelled(said), placed(said)) == ([orders[B].order_id], [])
    assert not [one for one in said if isinstance(one, OrderRefused)]
    assert placed(cut(made, T0 + 2 * MS)) == []
    gone(made, orders[B])
    (sale,) = placed(cut(made, T0 + 3 * MS))
    assert (sale.strategy, sale.side) == (A, SELL)
    told(made, fill("f2", sale.order_id, 40, 10))
    assert who(placed(cut(made, T0 + 2 * SECOND))) == [(B, BUY)]


def test_who_sells_out_both_outcomes_never_trades_with_itself() -> None:
    made = holding()
    made.ledger.sent(place("x1", BUY, 60, 10, instrument="m-no", strategy="a"), Ns(T0))
    told(made, fill("f2", "x1", 60, 10))
    ask(made, Operation.SELL_OUT, "a")
    (first,) = placed(cut(made, T0 + 1))
    assert (first.instrument, first.price) == (YES, 35 * CENT)
    told(made, fill("f3", first.order_id, 40, 10))
    (second,) = placed(cut(made, T0 + 2))
    assert (second.instrument, second.price) == (NO, 35 * CENT)


def test_shares_of_another_strategy_are_not_sold() -> None:
    made = holding(sitting("b", quote(BUY, 39)))
    (order,) = [one.command for one in made.ledger.open_orders.values()]
    told(made, fill("f2", order.order_id, 39, 10))
    ask(made, Operation.SELL_OUT, "a")
    (sale,) = placed(cut(made, T0 + 1))
    told(made, fill("f3", sale.order_id, 40, 10))
    assert who(placed(cut(made, T0 + 5 * SECOND))) == [(B, BUY)]
    assert made.ledger.position(B, YES).held == 10_000_000


def test_a_retired_strategy_comes_back_to_what_it_holds() -> None:
    again = sitting("a", quote(SELL, 55))
    made = holding(later=[again])
    ask(made, Operation.SELL_OUT, "a")
    (sale,) = placed(cut(made, T0 + 1))
    gone(made, sale)
    ask(made, Operation.ADD, "a")
    assert [one.price for one in placed(cut(made, T0 + 2 * SECOND))] == [55 * CENT]
    assert made.roster.seats[A] is again


def test_a_strategy_that_raised_is_retired_and_added_anew() -> None:
    def raises(_: MarketView) -> tuple[Quote, ...]:
        raise ValueError("no idea")

    made = started(seat(Scripted(raises, "a")), later=[sitting("a", quote(BUY, 30))])
    cut(made, T0)
    assert made.roster.seats[A].halted
    ask(made, Operation.ADD, "a")
    assert made.roster.seats[A].halted
    ask(made, Operation.RETIRE, "a")
    ask(made, Operation.ADD, "a")
    assert who(placed(cut(made, T0 + 1))) == [(A, BUY)]


def test_nothing_is_sold_out_while_trading_is_halted_and_it_goes_on_after() -> None:
    made = holding()
    told(made, OperatorCommand(Ns(T0), Operation.HALT, "lunch", "me"))
    ask(made, Operation.SELL_OUT, "a")
    assert placed(cut(made, T0 + 1)) == []
    told(made, OperatorCommand(Ns(T0), Operation.RESUME, "", "me"))
    assert who(placed(cut(made, T0 + 2))) == [(A, SELL)]


def test_nobody_of_that_name_is_retired() -> None:
    made = started(sitting("a", quote(BUY, 30)))
    ask(made, Operation.RETIRE, "z")
    assert who(placed(cut(made, T0))) == [(A, BUY)]
