"""What overrides a basket, and what it survives: halts, resolutions, bugs and restarts."""

import pytest
from msgspec import structs
from tests.unit.core.basketing import KEY, NAMES, Bench, G, basket, orders, steps
from tests.unit.core.building import (
    CENT,
    DOLLAR,
    SECOND,
    WS,
    market,
    placed,
)

from polywire.core.engine.roster import Seat
from polywire.core.execution.exits import ExitPlan, ExitStyle
from polywire.core.ids import InstrumentId, MarketId, OrderId, RunId
from polywire.core.ledger.dump import dump, load
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.basket import BasketMoved
from polywire.core.model.command import StrategyHalted
from polywire.core.model.control import Operation, OperatorCommand, RunStarted
from polywire.core.model.instrument import Side
from polywire.core.model.intent import TimeInForce
from polywire.core.model.market import (
    GapOpened,
    InstrumentDropped,
    InstrumentListed,
    MarketResolved,
)
from polywire.core.units import Money, Ns, Price
from polywire.core.view import Footing, MarketView

ALL = [("a-yes", "buy", 30, 20), ("b-yes", "buy", 30, 20), ("c-yes", "buy", 30, 20)]


def test_a_halt_stops_orders_and_what_is_too_much_is_still_told() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    bench.done(a, 20)
    bench.done(b, 20)
    bench.done(c, 0)
    bench.tell(OperatorCommand(Ns(bench.now), Operation.HALT, "by hand", "somebody"))
    said = bench.cut()
    assert (steps(said), orders(said)) == (["completing"], [])
    bench.cut(2 * SECOND)
    said = bench.cut(2 * SECOND)
    assert (steps(said), orders(said)) == (["flagged"], [])
    assert "by hand" in bench.moved.reason
    bench.tell(OperatorCommand(Ns(bench.now), Operation.RESUME, "by hand", "somebody"))
    for name in NAMES:
        bench.book(name, [(29, 100)], [(30, 100)])
    assert orders(bench.cut(SECOND)) == [("a-yes", "sell", 28, 20), ("b-yes", "sell", 28, 20)]


def test_all_that_is_held_can_be_sold_baskets_too() -> None:
    bench = Bench()
    for order in placed(bench.cut()):
        bench.done(order, 20)
    assert steps(bench.cut()) == ["hedged"]
    bench.tell(OperatorCommand(Ns(bench.now), Operation.FLATTEN, "out", "somebody"))
    said = bench.cut()
    assert {side for _, side, _, _ in orders(said)} == {"sell"}
    for order in placed(said):
        bench.done(order, 20)
    assert steps(bench.cut()) == ["unwound"]


def test_a_strategy_that_is_sold_out_completes_nothing() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    bench.done(a, 20)
    bench.done(b, 20)
    bench.done(c, 0)
    bench.engine.desk.turnover.retire(KEY[0], sells_out=True)
    said = bench.cut()
    assert [(name, side) for name, side, _, _ in orders(said)] == [
        ("a-yes", "sell"),
        ("b-yes", "sell"),
    ]
    for order in placed(said):
        bench.done(order, 20)
    assert steps(bench.cut()) == ["unwound"]
    assert orders(bench.cut(120 * SECOND)) == []


def test_only_proven_books_are_shown_and_traded_on() -> None:
    bench = Bench()
    bench.tell(GapOpened(Ns(bench.now), MarketId("b"), WS, "lost"))
    bench.strategy.wants = basket(names="ac")
    a, c = placed(bench.cut())
    assert bench.strategy.views == [["a", "c"]]
    bench.tell(GapOpened(Ns(bench.now), MarketId("c"), WS, "lost"))
    bench.done(a, 0)
    bench.done(c, 20)
    assert orders(bench.cut()) == [("a-yes", "buy", 30, 20)]
    bench.gone(bench.engine.ledger.orders[OrderId("run-3")].command)
    assert orders(bench.cut(2 * SECOND)) == []
    assert steps(bench.cut(2 * SECOND)) == ["flagged"]
    assert bench.moved.reason == "a book is not to be trusted: lost"


def test_a_group_is_shown_what_each_of_its_markets_would_be() -> None:
    bench = Bench()
    bench.engine.standing.footing = Footing(sells_pending=False, shows_ours=False)
    shown: list[MarketView] = []
    bench.strategy.basket = lambda view: shown.extend(view.markets)  # type: ignore[method-assign]
    bench.cut()
    assert [one.shows_ours for one in shown] == [False, False, False]


def test_only_the_legs_of_a_basket_leave_past_the_limits_of_other_orders() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    bench.strategy.wants = None
    bench.done(a, 20)
    bench.done(b, 0)
    bench.done(c, 0)
    for name in NAMES:
        bench.book(name, [(29, 100)], [(60, 100)])
    bench.cut()
    bench.cut(2 * SECOND)
    assert bench.moved.step.value == "unwinding"
    leaves = bench.engine.standing.leaves
    sale = structs.replace(a, side=Side.SELL, time_in_force=TimeInForce.IOC)
    assert leaves(sale)
    assert not leaves(structs.replace(sale, instrument=InstrumentId("a-no")))
    assert not leaves(a)


def test_a_resolved_leg_ends_completing_and_what_is_too_much_is_sold() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    bench.strategy.wants = None
    bench.done(a, 20)
    bench.done(b, 20)
    bench.done(c, 10)
    bench.book("c", [(29, 100)], [(33, 100)])
    bench.cut()
    bench.tell(
        MarketResolved(Ns(bench.now), Ns(bench.now), MarketId("c"), (Money(0), Money(DOLLAR)))
    )
    said = bench.cut()
    assert steps(said) == ["unwinding"]
    assert orders(said) == [("a-yes", "sell", 28, 10), ("b-yes", "sell", 28, 10)]


def test_a_basket_whose_markets_have_all_paid_is_forgotten() -> None:
    bench = Bench()
    for order in placed(bench.cut()):
        bench.done(order, 20)
    bench.strategy.wants = None
    bench.cut()
    for name in NAMES:
        pays = (Money(DOLLAR), Money(0)) if name == "a" else (Money(0), Money(DOLLAR))
        bench.tell(MarketResolved(Ns(bench.now), Ns(bench.now), MarketId(name), pays))
    assert steps(bench.cut()) == ["paid"]
    assert bench.engine.ledger.baskets == {}
    assert bench.engine.ledger.cash == 1_000 * DOLLAR + 20 * DOLLAR - 18 * DOLLAR


def test_a_strategy_that_raises_is_halted_and_its_basket_goes_on() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    bench.done(a, 20)
    bench.done(b, 20)
    bench.done(c, 0)
    bench.engine.roster.seats[KEY[0]].failed = "a bug"
    said = bench.cut()
    assert any(isinstance(one, StrategyHalted) for one in said)
    assert orders(said) == [("c-yes", "buy", 30, 20)]


def test_a_bug_in_choosing_a_basket_halts_the_strategy() -> None:
    bench = Bench()
    bench.strategy.raises = True
    assert bench.cut() == []
    assert [type(one) for one in bench.cut()] == [StrategyHalted]


@pytest.mark.parametrize("names", ["ax", "aa", "a"])
def test_legs_that_make_no_set_of_what_was_shown_halt_the_strategy(names: str) -> None:
    bench = Bench(basket(names=names))
    assert placed(bench.cut()) == []
    (said,) = bench.cut()
    assert isinstance(said, StrategyHalted)
    assert "no set of the markets that were shown" in said.error


def test_exits_are_armed_anew_before_a_basket_begins() -> None:
    bench = Bench()
    bench.engine.desk.rearm(Ns(bench.now))
    assert placed(bench.cut()) == []
    assert orders(bench.cut(3 * SECOND)) == ALL


def test_a_leg_whose_market_is_not_watched_any_more_is_flagged() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    bench.strategy.wants = None
    bench.done(a, 0)
    bench.done(b, 0)
    bench.done(c, 20)
    bench.tell(InstrumentDropped(Ns(bench.now), MarketId("c")))
    bench.book("a", [(29, 100)], [(40, 100)])
    assert orders(bench.cut()) == [("b-yes", "buy", 30, 20)]
    bench.gone(bench.engine.ledger.orders[OrderId("run-4")].command)
    assert orders(bench.cut(2 * SECOND)) == []
    assert steps(bench.cut(2 * SECOND)) == ["flagged"]
    assert bench.moved.reason == "a market is not watched any more"


def test_what_is_bought_of_a_missing_leg_costs_whole_cents_where_the_venue_is_strict() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    strict = market("c", group="g", group_exclusive=True, cost_step=Money(40 * CENT))
    bench.tell(InstrumentListed(Ns(bench.now), strict))
    bench.done(a, 20)
    bench.done(b, 20)
    bench.done(c, 7)
    bench.book("c", [(29, 100)], [(30, 100)])
    assert orders(bench.cut()) == []  # twelve of thirteen would leave one
    bench.book("c", [(29, 100)], [(30, 8)])
    assert orders(bench.cut()) == [("c-yes", "buy", 30, 8)]


def test_a_seat_with_exits_begins_no_basket() -> None:
    bench = Bench()
    own: Seat = bench.engine.roster.seats[KEY[0]]
    own.exits = ExitPlan(
        style=ExitStyle.WATCH, target=None, stop=Price(CENT), trail=None, before_end_ns=None,
        confirm_ns=0, slack=Price(CENT), floor=Price(CENT), attempts_max=1, rest_ns=0,
    )  # fmt: skip
    assert placed(bench.cut()) == []


def test_shares_from_elsewhere_are_no_sets() -> None:
    bench = Bench(basket(names="ab"))
    a, b = placed(bench.cut())
    bench.done(a, 0)
    bench.done(b, 0)
    bench.cut()
    ledger = bench.engine.ledger
    ledger.baskets.clear()
    bench.filled(a, 20)  # nobody remembers why
    for name in NAMES:
        bench.book(name, [(29, 100)], [(30, 100)])
    assert placed(bench.cut()) == []


def test_a_restart_takes_a_basket_up_where_it_was() -> None:
    bench = Bench()
    a, b, c = placed(bench.cut())
    bench.done(a, 20)
    bench.done(b, 20)
    bench.done(c, 5)
    bench.book("c", [(29, 100)], [(33, 100)])
    bench.cut()
    bench.book("c", [(29, 100)], [(30, 100)])
    state = dump(bench.engine.ledger)
    read = Ledger()
    load(read, state)
    assert read.baskets == bench.engine.ledger.baskets
    assert dump(read) == state
    bench.engine = bench.fresh()
    load(bench.engine.ledger, state)
    bench.tell(RunStarted(Ns(bench.now), RunId("run2"), "build", "configuration", Money(0)))
    bench.open()
    assert orders(bench.cut()) == [("c-yes", "buy", 30, 15)]


def test_a_journal_row_is_enough_to_take_a_basket_up() -> None:
    bench = Bench()
    said = bench.cut()
    again = bench.fresh()
    (moved,) = [one for one in said if isinstance(one, BasketMoved)]
    again.recover(moved)
    assert again.ledger.baskets == {(KEY[0], G): moved}
