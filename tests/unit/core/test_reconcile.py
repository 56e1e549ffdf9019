"""What is wanted against what is open: when to cancel, when to wait, when to place."""

import pytest
from msgspec import structs
from tests.unit.core.building import BUY, SECOND, SELL, SHARE, place, quote

from polywire.core.execution.reconcile import reconcile
from polywire.core.ledger.order import Order, OrderState
from polywire.core.model.command import PlaceOrder
from polywire.core.model.intent import Quote, TimeInForce
from polywire.core.units import Ns, Quantity

SENT, LIVE, UNKNOWN, CLOSED, *_ = OrderState
NOW, DWELL = 1_000, 100
LONG_AGO = NOW - DWELL


def resting(
    command: PlaceOrder, state: OrderState = LIVE, sent: int = LONG_AGO, filled: int = 0
) -> Order:
    return Order(command, Ns(sent), state, Quantity(filled * SHARE))


def being_cancelled(order: Order) -> Order:
    order.cancels = 1
    return order


def outcome(wanted: list[Quote], orders: list[Order]) -> tuple[list[tuple[str, str]], list[Quote]]:
    cancels, places = reconcile(wanted, orders, Ns(NOW), DWELL)
    return [(cancel.order_id, cancel.reason) for cancel in cancels], places


def test_what_is_wanted_and_missing_is_placed() -> None:
    assert outcome([quote()], []) == ([], [quote()])


def test_what_is_wanted_and_there_is_left_alone() -> None:
    assert outcome([quote()], [resting(place())]) == ([], [])


def test_what_is_there_and_not_wanted_is_cancelled() -> None:
    assert outcome([], [resting(place())]) == ([("o1", "unwanted")], [])


def test_a_new_price_cancels_first_and_places_only_after_the_answer() -> None:
    order = resting(place(cents=50))
    assert outcome([quote(cents=51)], [order]) == ([("o1", "re-priced")], [])
    assert outcome([quote(cents=51)], [being_cancelled(order)]) == ([], [])
    assert outcome([quote(cents=51)], []) == ([], [quote(cents=51)])


def test_nothing_goes_beside_an_unanswered_cancel_even_at_the_same_price() -> None:
    assert outcome([quote()], [being_cancelled(resting(place()))]) == ([], [])


@pytest.mark.parametrize(("age", "cancelled"), [(99, False), (100, True)])
def test_an_order_rests_its_dwell_before_it_is_re_priced(age: int, cancelled: bool) -> None:
    order = resting(place(), sent=NOW - age)
    expected = [("o1", "re-priced")] if cancelled else []
    assert outcome([quote(cents=51)], [order]) == (expected, [])


def test_what_is_not_wanted_at_all_is_cancelled_before_its_dwell() -> None:
    assert outcome([], [resting(place(), sent=NOW)]) == ([("o1", "unwanted")], [])


@pytest.mark.parametrize(("filled", "stays"), [(0, True), (5, True), (6, False)])
def test_an_order_stays_while_half_of_what_is_wanted_remains(filled: int, stays: bool) -> None:
    cancels, _ = outcome([quote(shares=10)], [resting(place(shares=10), filled=filled)])
    assert (cancels == []) is stays


def test_an_order_for_more_than_is_wanted_goes() -> None:
    assert outcome([quote(shares=9)], [resting(place(shares=10))])[0] == [("o1", "re-priced")]


@pytest.mark.parametrize("state", [SENT, UNKNOWN])
def test_an_order_without_an_answer_fills_its_slot(state: OrderState) -> None:
    assert outcome([quote()], [resting(place(), state)]) == ([], [])
    assert outcome([quote(cents=51)], [resting(place(), state)])[1] == []


def test_an_order_on_its_way_is_cancelled_only_once_it_rests() -> None:
    assert outcome([], [resting(place(), SENT)]) == ([], [])
    assert outcome([], [resting(place(), LIVE)]) == ([("o1", "unwanted")], [])


def test_an_unknown_order_that_is_not_wanted_is_cancelled() -> None:
    assert outcome([], [resting(place(), UNKNOWN)]) == ([("o1", "unwanted")], [])


def test_the_other_side_and_the_other_outcome_are_other_slots() -> None:
    order = resting(place(cents=50))
    wanted = [quote(SELL, 60), quote(BUY, 30, instrument="m-no")]
    assert outcome(wanted, [order]) == ([("o1", "unwanted")], wanted)


def test_each_order_answers_one_want() -> None:
    assert outcome([quote(), quote()], [resting(place())]) == ([], [quote()])
    both = [resting(place("o1")), resting(place("o2"))]
    assert outcome([quote()], both) == ([("o2", "re-priced")], [])


def test_layers_are_kept_in_the_order_they_were_given() -> None:
    wanted = [quote(cents=50), quote(cents=49), quote(cents=48)]
    assert outcome(wanted, [resting(place(cents=49))]) == ([], [wanted[0], wanted[2]])
    orders = [resting(place("o1", cents=40)), resting(place("o2", cents=41))]
    assert outcome([], orders) == ([("o1", "unwanted"), ("o2", "unwanted")], [])


def test_each_layer_is_re_priced_by_itself() -> None:
    near, far = (structs.replace(place(f"o{n}", cents=50 - n), layer=n) for n in (0, 1))
    wanted = [quote(cents=51), structs.replace(quote(cents=49), layer=1)]
    assert outcome(wanted, [resting(near), resting(far)]) == ([("o0", "re-priced")], [])
    assert outcome(wanted, [being_cancelled(resting(near))]) == ([], [wanted[1]])
    assert outcome(wanted, [resting(far), resting(structs.replace(near, layer=2))]) == (
        [("o0", "unwanted")],
        [wanted[0]],
    )


def test_an_order_that_ends_at_another_time_is_another_order() -> None:
    def until(item: PlaceOrder | Quote, end_s: int) -> PlaceOrder | Quote:
        return structs.replace(item, time_in_force=TimeInForce.GTD, until=Ns(end_s * SECOND))

    there = resting(until(place(), 300))
    assert outcome([until(quote(), 300)], [there]) == ([], [])
    assert outcome([until(quote(), 301)], [there]) == ([("o1", "re-priced")], [])
    assert outcome([quote()], [there]) == ([("o1", "re-priced")], [])


def taking(item: PlaceOrder | Quote) -> PlaceOrder | Quote:
    return structs.replace(item, time_in_force=TimeInForce.IOC, post_only=False)


def test_what_takes_at_once_waits_for_no_dwell_but_for_the_answer() -> None:
    young = resting(place(cents=50), sent=NOW)
    now = taking(quote(cents=50))
    assert outcome([now], [young]) == ([("o1", "re-priced")], [])
    assert outcome([now], [being_cancelled(young)]) == ([], [])
    assert outcome([now], []) == ([], [now])


def test_nothing_goes_beside_an_order_that_takes_not_even_its_like() -> None:
    whole = structs.replace(taking(place(cents=50)), time_in_force=TimeInForce.FOK)
    for state, command in ((SENT, taking(place(cents=50))), (LIVE, whole)):
        order = resting(command, state, sent=NOW)
        assert outcome([taking(quote(cents=50))], [order]) == ([], [])
        assert outcome([quote(cents=50)], [order]) == ([], [])


def test_an_order_that_takes_is_asked_about_when_it_is_unknown_or_late() -> None:
    command = taking(place())
    assert outcome([], [resting(command, UNKNOWN, sent=NOW)]) == ([("o1", "unwanted")], [])
    late = Order(command, Ns(NOW - SECOND), LIVE)
    assert outcome([], [late]) == ([("o1", "unwanted")], [])
    assert outcome([], [Order(command, Ns(NOW - SECOND + 1), LIVE)]) == ([], [])
