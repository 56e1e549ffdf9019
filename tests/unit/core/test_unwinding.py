"""How what a basket has too much of is sold: how much at once, how far down, and past whom."""

from msgspec import structs
from tests.unit.core.basketing import KEY, NAMES, Bench, basket, orders, steps
from tests.unit.core.building import (
    BUY,
    CENT,
    LOOSE,
    SECOND,
    SHARE,
    WS,
    Scripted,
    cancelled,
    placed,
    quote,
    seat,
)

from polywire.core.engine.roster import Seat
from polywire.core.ids import InstrumentId
from polywire.core.model.account import OrderAccepted, Settlement
from polywire.core.model.basket import BasketStep
from polywire.core.model.command import OrderRefused
from polywire.core.model.market import FeedDown
from polywire.core.risk.limits import Limits
from polywire.core.units import Ns, Price, Quantity

COLLAR = structs.replace(LOOSE, price_through_max=Price(5 * CENT))


def uneven(held: int, limits: Limits = LOOSE, *others: Seat) -> tuple[Bench, Ns]:
    """A basket of 40 whose leg a alone filled, that far; the asks have gone, so it is unwound."""
    bench = Bench(basket(40), limits, *others)
    a, b, c = (one for one in placed(bench.cut()) if one.strategy == KEY[0])
    bench.strategy.wants = None
    bench.done(a, held)
    bench.done(b, 0)
    bench.done(c, 0)
    for name in NAMES:
        bench.book(name, [(29, 100)], [(60, 100)])
    bench.cut()
    return bench, Ns(2 * SECOND)


def sold(bench: Bench, after: int = 2 * SECOND) -> list[tuple[int, int]]:
    """Cents and shares of what leaves next; all of it is sales of leg a."""
    said = orders(bench.cut(after))
    assert all(one[:2] == ("a-yes", "sell") for one in said)
    return [one[2:] for one in said]


def test_shares_that_are_final_are_sold_though_others_are_not_yet() -> None:
    bench = Bench(sells_pending=False)
    for order in placed(bench.cut()):
        bench.done(order, 20)
    bench.cut()
    a, b, c = placed(bench.cut(SECOND))
    bench.strategy.wants = None
    bench.filled(a, 20, Settlement.PENDING)
    bench.done(b, 10)
    bench.done(c, 10)
    for name in NAMES:
        bench.book(name, [(29, 100)], [(60, 100)])
    assert orders(bench.cut()) == []
    assert sold(bench) == [(28, 10)]


def test_a_sale_leaves_nothing_or_enough_for_another() -> None:
    bench, wait = uneven(12)
    bench.book("a", [(29, 9)], [(60, 100)])
    (sale,) = placed(bench.cut(wait))
    assert sale.quantity == 7 * SHARE
    bench.done(sale, 7)
    bench.book("a", [(29, 9)], [(60, 100)])
    assert sold(bench, SECOND) == [(28, 5)]


def test_a_sale_cut_by_the_largest_order_leaves_enough_for_another() -> None:
    bench, _ = uneven(40, structs.replace(LOOSE, order_size_max=Quantity(40 * SHARE)))
    bench.engine.standing.limits = structs.replace(LOOSE, order_size_max=Quantity(38 * SHARE))
    assert sold(bench) == [(28, 35)]


def test_a_sale_goes_no_further_below_the_best_bid_than_any_order() -> None:
    bench = Bench(basket(20, limit=35, most=35), COLLAR)
    bench.strategy.wants = basket(20, limit=35, most=35)
    a, b, c = placed(bench.cut())
    bench.strategy.wants = None
    bench.done(a, 20)
    bench.done(b, 0)
    bench.done(c, 0)
    for name in NAMES:
        bench.book(name, [(40, 6), (33, 100)], [(60, 100)])
    assert orders(bench.cut()) == []
    assert sold(bench) == [(35, 6)]


def test_the_reason_of_a_flag_is_what_is_in_the_way_now() -> None:
    bench, wait = uneven(40)
    bench.book("a", [(20, 100)], [(60, 100)])
    bench.cut(wait)  # nobody bids enough
    bench.book("a", [(29, 20)], [(60, 100)])
    (sale,) = placed(bench.cut(SECOND))
    bench.done(sale, 20)
    bench.book("a", [(29, 20)], [(60, 100)])
    (sale,) = placed(bench.cut(SECOND // 2))
    bench.done(sale, 17)
    bench.cut(wait)
    assert bench.moved.step is BasketStep.FLAGGED
    assert bench.moved.reason == "too few shares for an order"


def test_a_flag_says_that_a_purchase_is_not_final() -> None:
    bench = Bench(sells_pending=False)
    a, b, c = placed(bench.cut())
    bench.strategy.wants = None
    bench.filled(a, 20, Settlement.PENDING)
    bench.done(b, 0)
    bench.done(c, 0)
    for name in NAMES:
        bench.book(name, [(29, 100)], [(60, 100)])
    for _ in range(5):
        assert orders(bench.cut(SECOND)) == []
    assert bench.moved.step is BasketStep.FLAGGED
    assert bench.moved.reason == "its purchase is not final yet"


def test_a_group_rests_a_minute_after_a_basket_that_added_no_set() -> None:
    bench = Bench()
    for order in placed(bench.cut()):
        bench.done(order, 20)
    assert steps(bench.cut()) == ["hedged"]
    for order in placed(bench.cut(SECOND)):
        bench.done(order, 0)
    assert steps(bench.cut()) == ["hedged"]
    assert orders(bench.cut(50 * SECOND)) == []
    for name in NAMES:
        bench.book(name, [(29, 100)], [(30, 100)])
    assert len(orders(bench.cut(10 * SECOND))) == 3


def test_a_sale_does_not_wait_for_the_pace_of_orders_and_a_basket_begins_with_room_to_spare() -> (
    None
):
    pace = structs.replace(LOOSE, orders_per_minute=6)
    bench, wait = uneven(20, pace)
    bench.engine.standing.recent_orders.extend([Ns(bench.now)] * 3)
    assert sold(bench, wait) == [(28, 20)]
    crowded = Bench(limits=structs.replace(pace, orders_per_minute=5))
    said = crowded.cut()
    assert orders(said) == []
    assert [one.rule for one in said if isinstance(one, OrderRefused)] == ["order_rate"]
    assert crowded.cut(SECOND) == []


def test_others_make_way_for_a_sale() -> None:
    maker = Scripted(lambda view: (quote(BUY, 29, 10, f"{view.market.id}-yes"),), "maker")
    bench, wait = uneven(20, LOOSE, seat(maker, dwell=60 * SECOND))
    resting = bench.engine.ledger.open_orders.values()
    bids = {one.command.instrument: one.command for one in resting}
    bench.tell(*(OrderAccepted(Ns(bench.now), bid.order_id) for bid in bids.values()))
    said = bench.cut(wait)
    bid = bids[InstrumentId("a-yes")]
    assert (cancelled(said), orders(said)) == ([], [])  # from now on it is unwound
    said = bench.cut()
    assert (cancelled(said), orders(said)) == ([bid.order_id], [])
    bench.gone(bid)
    assert sold(bench) == [(28, 20)]


def test_a_sale_under_way_is_not_cancelled_when_its_strategy_is_retired() -> None:
    bench, wait = uneven(20)
    (sale,) = placed(bench.cut(wait))
    bench.engine.desk.turnover.retire(KEY[0], sells_out=False)
    for _ in range(9):
        assert cancelled(bench.cut()) == []
    bench.done(sale, 15)
    assert sold(bench) == [(28, 5)]
    assert cancelled(bench.cut(SECOND)) == ["run-5"]  # asks what became of it


def test_a_sale_may_go_out_on_a_book_that_rest_has_just_shown() -> None:
    bench, wait = uneven(20)
    bench.tell(FeedDown(Ns(bench.now), WS, "lost"))
    bench.now += wait
    bench.tell(bench.venues["a"].snapshot(bench.now, feed="rest"))
    assert sold(bench, 0) == [(28, 20)]


def test_what_is_missing_is_bought_no_further_past_the_best_ask_than_any_order() -> None:
    bench = Bench(basket(20, most=40), COLLAR)
    a, b, c = placed(bench.cut())
    bench.done(a, 20)
    bench.done(b, 20)
    bench.done(c, 0)
    bench.book("c", [(29, 100)], [(31, 10), (37, 100)])
    assert orders(bench.cut()) == [("c-yes", "buy", 31, 10)]
