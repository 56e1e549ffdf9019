"""How the engine leaves a position: what is sold when, what makes way, and what is never sold."""

from msgspec import structs
from tests.unit.core.building import (
    BUY,
    CENT,
    DOLLAR,
    LOOSE,
    MS,
    SECOND,
    SHARE,
    WS,
    engine,
    fill,
    market,
    opening,
    placed,
    quote,
    told,
)
from tests.unit.core.guarding import KEY, WATCH, Held, sale, steps

from polywire.core.ids import RunId
from polywire.core.ledger.dump import dump, load
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import OrderRejected
from polywire.core.model.command import ExitCause, StrategyHalted
from polywire.core.model.market import (
    GapOpened,
    InstrumentListed,
    InstrumentRetired,
    MarketResolved,
)
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.core.view import MarketView


def test_a_position_is_armed_and_left_alone_between_its_levels() -> None:
    held = Held(WATCH)
    assert steps(held.cut()) == [("armed", 0)]
    held.book((31, 100))
    assert held.cut() == []
    held.book((49, 100))
    assert held.cut() == []


def test_a_stop_takes_what_it_can_down_to_its_slack() -> None:
    held = Held(WATCH)
    held.cut()
    held.book((30, 100))
    said = held.cut()
    assert steps(said) == [("selling", 0), ("selling", 1)]
    assert sale(said) == [(28, 10, "IOC")]
    assert not placed(said)[0].post_only
    assert (held.exit.cause, held.exit.price) == (ExitCause.STOP, 30 * CENT)


def test_what_one_sale_left_is_sold_a_slack_lower() -> None:
    held = Held(WATCH)
    held.cut()
    held.book((30, 4), (29, 2), (28, 100))
    (first,) = placed(held.cut())
    held.tell(fill("f1", first.order_id, 30, 4))
    assert placed(held.cut()) == []  # its rest is not cancelled yet
    held.gone(first.order_id)
    assert sale(held.cut()) == [(25, 6, "IOC")]


def test_after_as_many_sales_as_are_allowed_it_is_armed_anew_and_waits() -> None:
    held = Held(WATCH)
    held.cut()
    held.book((30, 100))
    for limit in (28, 26, 24):
        said = held.cut()
        assert sale(said) == [(limit, 10, "IOC")]
        held.gone(placed(said)[0].order_id)
    assert steps(held.cut()) == [("armed", 3)]
    assert held.cut(4 * SECOND) == []
    assert sale(held.cut(SECOND)) == [(28, 10, "IOC")]


def test_sales_that_never_left_are_no_attempts() -> None:
    held = Held(WATCH)
    held.cut()
    held.book((30, 100))
    for _ in range(5):  # of three attempts
        (order,) = said = placed(held.cut(2 * SECOND))
        assert [one.price // CENT for one in said] == [28]
        held.tell(OrderRejected(Ns(held.now), order.order_id, "not sent: no connection is ready"))
    for limit in (28, 26, 24):
        (order,) = said = placed(held.cut(2 * SECOND))
        assert [one.price // CENT for one in said] == [limit]
        held.tell(OrderRejected(Ns(held.now), order.order_id, "no"))


def test_parts_that_sell_whole_are_no_attempts_in_vain() -> None:
    limits = structs.replace(LOOSE, order_size_max=Quantity(10 * SHARE))
    held = Held(WATCH, limits)
    held.wants_more = True
    for number in range(4):
        (buy,) = placed([one for one in held.cut() if getattr(one, "order", None)])
        held.tell(fill(f"b{number}", buy.order_id, 40, 10))
    held.wants_more = False
    held.book((30, 1_000))
    for number in range(5):  # of three attempts
        (part,) = said = placed(held.cut())
        assert [(one.price // CENT, one.quantity // SHARE) for one in said] == [(28, 10)]
        held.tell(fill(f"s{number}", part.order_id, 30, 10))
    assert steps(held.cut()) == [("left", 1)]


def test_a_clock_set_back_between_runs_does_not_hold_up_a_stop() -> None:
    held = Held(WATCH)
    held.cut()
    later = Ns(held.now + 3_600 * SECOND)
    vain = structs.replace(held.exit, cause=ExitCause.STOP, attempts=3, at_ns=later)
    held.engine.ledger.move_exit(vain)
    held.book((30, 100))
    assert sale(held.cut()) == [(28, 10, "IOC")]


def test_what_is_sold_before_the_end_is_not_bought_again() -> None:
    held = Held(structs.replace(WATCH, before_end_ns=60 * SECOND, rest_ns=SECOND))
    ends = market(end_ns=Ns(held.now + 30 * SECOND))
    held.tell(InstrumentListed(Ns(held.now), ends))
    (order,) = placed(held.cut())
    held.tell(fill("f1", order.order_id, 39, 10))
    held.wants_more = True
    for _ in range(40):  # past its end too
        assert placed(held.cut(SECOND)) == []


def test_a_sale_never_goes_under_the_floor() -> None:
    held = Held(structs.replace(WATCH, floor=Price(29 * CENT)))
    held.cut()
    held.book((30, 100))
    assert sale(held.cut()) == [(29, 10, "IOC")]


def test_a_price_under_the_floor_is_no_sale_until_it_comes_back() -> None:
    held = Held(structs.replace(WATCH, floor=Price(29 * CENT)))
    held.cut()
    held.book((10, 100))
    assert held.cut() == []
    held.book((29, 100))
    assert sale(held.cut()) == [(29, 10, "IOC")]


def test_a_gap_through_the_stop_is_sold_where_the_price_is() -> None:
    held = Held(WATCH)
    held.cut()
    held.book((12, 100))
    assert sale(held.cut()) == [(10, 10, "IOC")]


def test_a_target_is_sold_at_its_level_or_better() -> None:
    held = Held(WATCH)
    held.cut()
    held.book((51, 100))
    assert sale(held.cut()) == [(50, 10, "IOC")]


def test_a_missed_target_is_armed_anew_so_that_the_stop_is_watched() -> None:
    held = Held(WATCH)
    held.cut()
    held.book((50, 100))
    (order,) = placed(held.cut())
    held.book((20, 100))
    held.gone(order.order_id)
    assert steps(held.cut()) == [("armed", 0)]
    assert sale(held.cut(SECOND)) == [(18, 10, "IOC")]


def test_no_price_is_read_from_a_missing_side() -> None:
    held = Held(structs.replace(WATCH, trail=Price(CENT)))
    held.cut()
    held.book()
    assert held.cut() == []


def test_a_stop_looks_at_the_bids_and_not_at_the_middle() -> None:
    held = Held(WATCH)
    held.cut()
    held.book((30, 100), ask=60)
    assert sale(held.cut()) == [(28, 10, "IOC")]


def test_the_price_is_what_all_shares_would_bring_not_the_best_bid() -> None:
    held = Held(WATCH)
    held.cut()
    held.book((35, 5), (25, 5))  # 30 on average
    assert sale(held.cut()) == [(28, 10, "IOC")]
    other = Held(WATCH)
    other.cut()
    other.book((35, 6), (25, 4))  # 31
    assert other.cut() == []


def test_only_what_the_bids_show_is_sold_and_less_than_an_order_is_no_price() -> None:
    held = Held(WATCH)
    held.cut()
    held.book((30, 6))
    assert sale(held.cut()) == [(28, 6, "IOC")]
    thin = Held(WATCH)
    thin.cut()
    thin.book((30, 4))
    assert thin.cut() == []


def test_a_trigger_has_to_hold() -> None:
    held = Held(structs.replace(WATCH, confirm_ns=300 * MS))
    held.cut()
    held.book((30, 100))
    assert placed(held.cut()) == []
    held.cut(200 * MS)
    held.book((31, 100))
    held.cut(100 * MS)
    held.book((30, 100))
    assert placed(held.cut()) == []
    assert placed(held.cut(299 * MS)) == []
    assert sale(held.cut(MS)) == [(28, 10, "IOC")]


def test_a_trigger_held_in_doubt_does_not_count() -> None:
    held = Held(structs.replace(WATCH, confirm_ns=300 * MS))
    held.cut()
    held.book((30, 100))
    held.cut()
    held.tell(GapOpened(Ns(held.now), held.exit.market, WS, "lost"))
    assert placed(held.cut(400 * MS)) == []
    held.tell(held.venue.snapshot(held.now))
    assert placed(held.cut()) == []
    assert sale(held.cut(300 * MS)) == [(28, 10, "IOC")]


def test_a_trailing_stop_follows_the_best_price_up_and_never_down() -> None:
    held = Held(structs.replace(WATCH, target=None, trail=Price(5 * CENT)))
    held.cut()
    held.book((45, 100))
    held.cut()
    held.book((42, 100))
    held.cut()
    assert held.exit.peak == 45 * CENT
    held.book((40, 100))
    assert sale(held.cut()) == [(38, 10, "IOC")]
    assert held.exit.cause is ExitCause.TRAIL


def test_what_a_part_of_the_shares_would_bring_is_no_peak() -> None:
    held = Held(structs.replace(WATCH, target=None, trail=Price(5 * CENT)))
    held.cut()
    held.book((48, 6))
    held.cut()
    assert held.exit.peak == 39 * CENT
    held.book((48, 6), (36, 4))
    held.cut()
    assert held.exit.peak == 432_000


def test_before_the_end_everything_is_sold_at_what_it_brings() -> None:
    held = Held(structs.replace(WATCH, before_end_ns=10 * SECOND))
    end = Ns(held.now + 12 * SECOND)
    held.tell(InstrumentListed(Ns(held.now), market(end_ns=end)))
    assert placed(held.cut(SECOND)) == []
    assert sale(held.cut(SECOND)) == [(37, 10, "IOC")]
    assert held.exit.cause is ExitCause.END


def test_dust_is_neither_sold_nor_tried_and_ends_the_exit() -> None:
    held = Held(WATCH)
    held.cut()
    held.book((30, 100))
    (first,) = placed(held.cut())
    held.tell(fill("f1", first.order_id, 30, 7))
    held.gone(first.order_id)
    assert steps(held.cut()) == [("left", 1)]
    assert held.cut(10 * SECOND) == []


def test_after_an_exit_the_market_is_not_bought_for_a_while() -> None:
    held = Held(WATCH)
    held.cut()
    held.book((30, 100))
    (order,) = placed(held.cut())
    held.wants_more = True
    assert placed(held.cut()) == []  # nor while the stop is working
    held.tell(fill("f1", order.order_id, 30, 10))
    assert held.engine.left[ExitCause.STOP] == 0
    assert steps(held.cut()) == [("left", 1)]
    assert {cause: count for cause, count in held.engine.left.items() if count} == {
        ExitCause.STOP: 1
    }
    assert placed(held.cut(60 * SECOND - MS)) == []
    held.book((30, 100), ask=60)
    assert sale(held.cut(2 * SECOND)) == [(40, 10, "GTC")]


def test_the_daily_loss_stops_buys_and_not_exits() -> None:
    held = Held(WATCH, limits=structs.replace(LOOSE, loss_max=Money(DOLLAR // 2)))
    held.cut()
    held.book((30, 100))
    assert sale(held.cut(2 * SECOND)) == [(28, 10, "IOC")]


def test_the_exits_of_a_strategy_that_raised_go_on() -> None:
    held = Held(WATCH)
    held.cut()

    def raises(_: MarketView) -> tuple[()]:
        raise ZeroDivisionError

    held.strategy.wants = raises
    held.book((31, 100))
    assert any(isinstance(one, StrategyHalted) for one in held.cut())
    held.book((30, 100))
    assert sale(held.cut()) == [(28, 10, "IOC")]


def test_a_retired_market_is_guarded_and_a_resolved_one_is_forgotten() -> None:
    held = Held(WATCH)
    held.cut()
    held.tell(InstrumentRetired(Ns(held.now), held.exit.market))
    held.book((30, 100))
    assert sale(held.cut()) == [(28, 10, "IOC")]
    at = Ns(held.now)
    held.tell(MarketResolved(at, at, held.exit.market, (Money(DOLLAR), Money(0))))
    assert placed(held.cut(2 * SECOND)) == []
    assert held.engine.ledger.exits == {}


def test_a_larger_minimum_turns_a_position_into_dust_and_back() -> None:
    held = Held(WATCH)
    held.cut()
    held.tell(InstrumentListed(Ns(held.now), market(size_min=Quantity(20 * SHARE))))
    held.book((30, 100))
    assert (steps(held.cut()), sale(held.cut())) == ([("left", 0)], [])
    held.tell(InstrumentListed(Ns(held.now), market()))
    held.book((30, 99))
    assert sale(held.cut()) == [(28, 10, "IOC")]


def test_an_unfinished_exit_goes_on_after_a_restart() -> None:
    held = Held(structs.replace(WATCH, confirm_ns=SECOND))
    held.cut()
    held.book((30, 100))
    held.cut()
    (first,) = placed(held.cut(SECOND))
    held.gone(first.order_id)
    again = engine(held.seat)
    load(again.ledger, dump(held.engine.ledger))
    assert again.ledger.exits == held.engine.ledger.exits
    assert again.ledger.exits[KEY].attempts == 1
    held.engine = again
    started, *rest = opening(held.venue, cash=0, at=held.now)
    told(again, structs.replace(started, run=RunId("later")), *rest)
    assert sale(held.cut()) == [(26, 10, "IOC")]  # the second sale, and no new confirmation


def test_a_dump_of_a_build_without_exits_can_be_read() -> None:
    ledger = Ledger()
    load(ledger, dump(Ledger()))
    assert ledger.exits == {}


def test_the_second_outcome_is_guarded_by_its_own_prices() -> None:
    held = Held(WATCH)
    held.cut()
    held.strategy.wants = lambda _: (quote(BUY, 60, 10, "m-no"),)
    (buy,) = placed(held.cut(SECOND))
    held.tell(fill("f2", buy.order_id, 60, 10))
    held.strategy.wants = lambda _: ()
    held.cut()
    held.book((41, 100), ask=50)  # a bid of 50 cents for the second outcome
    said = held.cut()
    assert [order.instrument for order in placed(said)] == ["m-no"]
    assert sale(said) == [(48, 10, "IOC")]
