"""Fills that the venue shows and has not told: what waits for them, and for how long."""

from tests.unit.venues.account_building import (
    TRADE,
    Book,
    Json,
    hash_of,
    made,
    order,
    reader,
    trade,
)
from tests.unit.venues.building import NOW, SECOND, frame

from polywire.core.ids import OrderId
from polywire.core.model.account import AccountEvent, OrderCancelled, OrderFilled
from polywire.core.units import Ns
from polywire.venues.polymarket.account import AccountReader

RUN_1 = OrderId("run-1")
LATER = Ns(NOW + 1)


def told(message: Json, one: AccountReader) -> list[AccountEvent]:
    return one.frame(frame(message), NOW)


def test_an_update_proves_nothing_and_shows_what_no_fill_has_told_yet() -> None:
    one = reader()
    update = order(type="UPDATE", size_matched="5", associate_trades=["f50e"])
    assert told(update, one) == []
    assert one.tally.behind(NOW) == (hash_of(1),)
    told(trade(), one)
    assert one.tally.behind(NOW) == ()
    assert told(update, one) == []
    assert one.tally.behind(NOW) == ()


def test_what_an_earlier_run_booked_is_not_missed() -> None:
    book = Book()
    book.booked[book.place(1)] = 5_000_000
    one = reader(book)
    told(order(type="UPDATE", size_matched="5"), one)
    assert one.tally.behind(NOW) == ()
    told(order(type="UPDATE", size_matched="7"), one)
    assert one.tally.behind(NOW) == (hash_of(1),)


def test_what_an_earlier_run_booked_counts_once_when_it_is_told_again() -> None:
    book = Book()
    book.booked[book.place(1)] = 5_000_000
    book.fills = [f"{TRADE}:{hash_of(1)}"]
    one = reader(book)
    told(trade(status="CONFIRMED"), one)
    cancelled = order(status="CANCELED", type="CANCELLATION", size_matched="8")
    assert told(cancelled, one) == []
    assert one.tally.behind(NOW) == (hash_of(1),)
    fill, closed = told(trade(made(901, "3"), id="b", size="3"), one)
    assert isinstance(fill, OrderFilled)
    assert isinstance(closed, OrderCancelled)


def test_a_sum_of_fills_may_fall_short_by_less_than_the_smallest_step() -> None:
    one = reader()
    told(trade(made(901, "4.990001"), size="4.990001"), one)
    told(order(type="UPDATE", size_matched="5"), one)
    assert one.tally.behind(NOW) == ()
    told(order(type="UPDATE", size_matched="5.000001"), one)
    assert one.tally.behind(NOW) == (hash_of(1),)


def test_a_close_waits_for_the_fills_that_it_shows() -> None:
    one = reader()
    cancelled = order(status="CANCELED", type="CANCELLATION", size_matched="5")
    assert told(cancelled, one) == []
    assert told(cancelled, one) == []
    told(trade(made(901, "3"), id="a", size="3"), one)
    fill, closed = one.frame(frame(trade(made(901, "2"), id="b", size="2")), LATER)
    assert isinstance(fill, OrderFilled)
    assert closed == OrderCancelled(LATER, RUN_1, "CANCELED")
    assert told(cancelled, one) == []


def test_more_matched_than_was_ordered_is_believed_as_far_as_it_can_be() -> None:
    one = reader()
    told(order(size_matched="99999"), one)
    assert one.tally.behind(NOW) == (hash_of(1),)
    told(trade(made(901, "10"), size="10"), one)
    assert one.tally.behind(NOW) == ()
    told(order(type="UPDATE", size_matched="99999"), one)
    assert one.tally.behind(NOW) == ()


def test_after_a_minute_a_close_waits_no_more_for_fills_that_nobody_tells() -> None:
    one = reader()
    told(order(type="UPDATE", size_matched="5"), one)
    cancelled = order(status="CANCELED", type="CANCELLATION", size_matched="5")
    assert told(cancelled, one) == []
    assert one.tally.overdue(Ns(NOW + 60 * SECOND - 1)) == []
    assert one.tally.behind(Ns(NOW + 60 * SECOND - 1)) == (hash_of(1),)
    then = Ns(NOW + 60 * SECOND)
    assert one.tally.behind(then) == (), "read no more each second for it"
    assert one.tally.overdue(then) == [OrderCancelled(then, RUN_1, "CANCELED")]
    assert one.tally.overdue(then) == []
    (late,) = told(trade(), one)
    assert isinstance(late, OrderFilled)


def test_a_figure_that_is_told_again_and_again_is_no_newer_for_it() -> None:
    one, later = reader(), Ns(NOW + 59 * SECOND)
    told(order(type="UPDATE", size_matched="5"), one)
    one.frame(frame(order(type="UPDATE", size_matched="5")), later)
    assert one.tally.behind(Ns(NOW + 60 * SECOND)) == ()
    one.frame(frame(order(type="UPDATE", size_matched="6")), later)
    assert one.tally.behind(Ns(NOW + 60 * SECOND)) == (hash_of(1),)


def test_a_close_after_its_fills_is_told_at_once_and_so_is_one_that_a_failed_trade_explains() -> (
    None
):
    for status in ("MATCHED", "FAILED"):
        one = reader()
        told(trade(status=status), one)
        cancelled = order(status="CANCELED", type="CANCELLATION", size_matched="5")
        assert told(cancelled, one) == [OrderCancelled(NOW, RUN_1, "CANCELED")]
