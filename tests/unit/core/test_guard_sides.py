"""Who sells: the resting target or the stop, one after the other, and what makes way for them."""

from msgspec import structs
from tests.unit.core.building import (
    BUY,
    CENT,
    LOOSE,
    MS,
    SECOND,
    SELL,
    SHARE,
    WS,
    Scripted,
    cancelled,
    fill,
    placed,
    quote,
    seat,
)
from tests.unit.core.guarding import KEY, RESTING, WATCH, Held, sale, steps

from polywire.core.ids import FillId
from polywire.core.model.account import (
    FillSettled,
    OrderRejected,
    OrderUnknown,
    Settlement,
)
from polywire.core.model.command import OrderRefused
from polywire.core.model.intent import TimeInForce
from polywire.core.model.market import (
    GapOpened,
    TickSizeChanged,
)
from polywire.core.units import Ns, Price, Quantity


def test_a_price_that_runs_away_from_a_resting_target_is_followed() -> None:
    held = Held(RESTING)
    (target,) = placed(held.cut())
    held.accept(target.order_id)
    held.book((30, 100))
    assert cancelled(held.cut()) == [target.order_id]
    held.book((15, 100))
    assert held.exit.price == 30 * CENT
    held.cut()
    assert held.exit.price == 15 * CENT
    held.gone(target.order_id)
    assert sale(held.cut()) == [(13, 10, "IOC")]


def test_a_resting_target_stands_on_the_book_at_once() -> None:
    held = Held(RESTING)
    said = held.cut()
    assert sale(said) == [(50, 10, "GTC")]
    assert placed(said)[0].post_only


def test_a_stop_sells_only_after_the_target_is_known_to_be_gone() -> None:
    held = Held(RESTING)
    (target,) = placed(held.cut())
    held.accept(target.order_id)
    held.book((30, 100))
    said = held.cut()  # 21 ms after it was placed: a dwell of a second does not hold it
    assert (cancelled(said), placed(said)) == ([target.order_id], [])
    held.tell(fill("f1", target.order_id, 50, 3))
    assert placed(held.cut()) == []
    held.gone(target.order_id)
    assert sale(held.cut()) == [(28, 7, "IOC")]


def test_a_target_that_fills_on_its_way_out_leaves_nothing_to_stop() -> None:
    held = Held(RESTING)
    (target,) = placed(held.cut())
    held.accept(target.order_id)
    held.book((30, 100))
    held.cut()
    held.tell(fill("f1", target.order_id, 50, 10))
    said = held.cut()
    assert (placed(said), steps(said)) == ([], [("left", 0)])


def test_after_a_partial_target_the_stop_guards_the_rest() -> None:
    held = Held(RESTING)
    (target,) = placed(held.cut())
    held.accept(target.order_id)
    held.tell(fill("f1", target.order_id, 50, 4))
    assert held.cut() == []
    held.book((30, 100))
    assert cancelled(held.cut()) == [target.order_id]
    held.gone(target.order_id)
    assert sale(held.cut()) == [(28, 6, "IOC")]


def test_a_rejected_target_does_not_hold_up_the_stop() -> None:
    held = Held(RESTING)
    (target,) = placed(held.cut())
    held.tell(OrderRejected(Ns(held.now), target.order_id, "crosses the book"))
    held.book((30, 100))
    assert sale(held.cut()) == [(28, 10, "IOC")]


def test_an_unknown_sale_is_asked_about_before_the_next() -> None:
    held = Held(WATCH)
    held.cut()
    held.book((30, 100))
    (first,) = placed(held.cut())
    held.tell(OrderUnknown(Ns(held.now), first.order_id, "no reply"))
    said = held.cut()
    assert (cancelled(said), placed(said)) == ([first.order_id], [])
    held.gone(first.order_id)
    assert sale(held.cut()) == [(26, 10, "IOC")]


def test_the_rest_of_a_target_stays_on_the_book_though_it_is_dust() -> None:
    held = Held(RESTING)
    (target,) = placed(held.cut())
    held.accept(target.order_id)
    held.tell(fill("f1", target.order_id, 50, 7))
    said = held.cut(2 * SECOND)
    assert (cancelled(said), placed(said)) == ([], [])
    held.book((20, 100))
    assert held.cut(2 * SECOND) == []


def test_the_strategy_s_own_sales_and_buys_in_the_way_are_dropped() -> None:
    held = Held(WATCH)
    held.strategy.wants = lambda _: (quote(SELL, 45, 10), quote(BUY, 20, 10))
    said = held.cut()
    assert sale(said) == [(20, 10, "GTC")]
    held.accept(placed(said)[0].order_id)
    held.book((22, 100))
    assert cancelled(held.cut()) == ["run-2"]
    held.gone("run-2")
    assert sale(held.cut()) == [(20, 10, "IOC")]


def test_another_strategy_s_bid_makes_way_for_a_stop() -> None:
    bidder = seat(Scripted(lambda _: (quote(BUY, 29, 10),), "bidder"))
    held = Held(WATCH)
    held.engine.roster.seats = {bidder.strategy.name: bidder, **held.engine.roster.seats}
    bidder.follows[held.engine.ledger.markets[KEY[1]].id] = None
    (bid,) = placed(held.cut())
    held.accept(bid.order_id)
    held.book((30, 100))
    said = held.cut()
    assert cancelled(said) == [bid.order_id]
    assert [type(one) for one in said if isinstance(one, OrderRefused)] == [OrderRefused]
    held.gone(bid.order_id)
    assert sale(held.cut()) == [(28, 10, "IOC")]


def test_a_bid_in_the_way_does_not_wait_for_its_dwell_though_its_owner_bids_on_lower() -> None:
    cents = [29]
    bidder = seat(Scripted(lambda _: (quote(BUY, cents[0], 10),), "bidder"), dwell=60 * SECOND)
    held = Held(WATCH)
    held.engine.roster.seats = {bidder.strategy.name: bidder, **held.engine.roster.seats}
    bidder.follows[held.engine.ledger.markets[KEY[1]].id] = None
    (bid,) = placed(held.cut())
    held.accept(bid.order_id)
    cents[0] = 20
    held.book((30, 100))
    assert cancelled(held.cut()) == [bid.order_id]


def test_a_stop_sells_what_is_there_though_another_strategy_sold_too_much() -> None:
    other = seat(Scripted(lambda _: ((quote(BUY, 40, 10), quote(SELL, 41, 5))[turn],), "other"))
    turn = 0
    held = Held(WATCH)
    held.engine.roster.seats = {other.strategy.name: other, **held.engine.roster.seats}
    other.follows[held.engine.ledger.markets[KEY[1]].id] = None
    (buy,) = placed(held.cut())
    held.tell(fill("f1", buy.order_id, 40, 10, settlement=Settlement.PENDING))
    turn = 1
    (sold,) = placed(held.cut())
    held.tell(fill("f2", sold.order_id, 41, 5))
    other.follows.clear()
    held.tell(FillSettled(Ns(held.now), FillId("f1"), Settlement.REVERSED))
    held.book((30, 100))  # the account holds 5 shares, and we still owe 5 for the other's sale
    assert sale(held.cut()) == [(28, 5, "IOC")]


def test_nothing_is_placed_on_a_book_in_doubt_and_the_target_is_pulled_after_patience() -> None:
    held = Held(RESTING)
    held.seat.patience_ns = SECOND
    (target,) = placed(held.cut())
    held.accept(target.order_id)
    held.tell(GapOpened(Ns(held.now), held.exit.market, WS, "lost"))
    assert cancelled(held.cut()) == []
    assert cancelled(held.cut(SECOND)) == [target.order_id]


def test_a_new_tick_moves_the_target_onto_the_grid_and_the_sale_too() -> None:
    held = Held(structs.replace(RESTING, target=Price(95_000), stop=Price(55_000)))
    (target,) = placed(held.cut())
    assert target.price == 50 * CENT  # 49.5 cents, rounded up
    held.accept(target.order_id)
    at = Ns(held.now)
    held.venue.tick = 1_000
    held.tell(TickSizeChanged(at, at, held.exit.market, Price(1_000)))
    held.tell(held.venue.snapshot(held.now))
    assert cancelled(held.cut(2 * SECOND)) == [target.order_id]
    held.gone(target.order_id)
    (target,) = placed(held.cut())
    assert target.price == 495_000


def test_a_position_over_the_largest_order_is_sold_in_parts() -> None:
    limits = structs.replace(LOOSE, order_size_max=Quantity(10 * SHARE))
    held = Held(RESTING, limits)
    (target,) = placed(held.cut())
    held.accept(target.order_id)
    held.wants_more = True
    (more,) = placed(held.cut())
    held.wants_more = False
    held.tell(fill("f9", more.order_id, 40, 10))
    assert sale(held.cut()) == [(50, 10, "GTC")]  # beside the first, which keeps its place
    assert [order.remaining for order in held.engine.ledger.open_orders.values()] == [
        10 * SHARE
    ] * 2


def test_an_order_that_found_too_little_lets_its_side_rest_unless_an_exit_sells() -> None:
    held = Held(WATCH)
    held.strategy.wants = lambda _: (
        structs.replace(quote(BUY, 38, 10), time_in_force=TimeInForce.IOC, post_only=False),
    )
    (buy,) = placed(held.cut())
    held.gone(buy.order_id)
    assert placed(held.cut()) == []
    assert placed(held.cut(SECOND - 20 * MS)) == []
    assert sale(held.cut(SECOND)) == [(38, 10, "IOC")]
