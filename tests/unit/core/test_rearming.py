"""Orders that the venue cancelled by itself, and targets that outlive a run."""

import pytest
from tests.unit.core.building import BUY, SECOND, SHARE, WS, forty_sixty, opening, placed, quote
from tests.unit.core.guarding import RESTING, Held, sale
from tests.unit.core.started import M

from polywire.core.model.command import CancelOrder, OrderRefused, PlaceOrder
from polywire.core.model.control import Operation, OperatorCommand
from polywire.core.model.instrument import Side
from polywire.core.model.market import GapOpened
from polywire.core.units import Ns


def with_target() -> tuple[Held, PlaceOrder]:
    """A position whose target rests at 50 cents, and a buy that rests beside it."""
    held = Held(RESTING)
    held.book((39, 100), ask=60)
    (target,) = placed(held.cut())
    assert (target.side, target.quantity) == (Side.SELL, 10 * SHARE)
    held.accept(target.order_id)
    return held, target


def sides(held: Held, later: int) -> list[Side]:
    return [one.side for one in placed(held.cut(later))]


def test_after_the_venue_cancelled_by_itself_exits_are_rearmed_before_anything_is_bought() -> None:
    held, target = with_target()
    held.wants_more = True
    (bid,) = placed(held.cut(SECOND + SECOND))
    assert bid.side is Side.BUY
    held.accept(bid.order_id)
    held.gone(bid.order_id)
    assert sides(held, SECOND // 10) == [], "word of the target is still on its way"
    held.gone(target.order_id)
    assert sides(held, SECOND // 10) == [Side.SELL]
    assert sides(held, SECOND) == []
    assert sides(held, SECOND) == [Side.BUY]


def test_a_target_on_a_book_without_proof_holds_up_all_buying_for_a_minute() -> None:
    held, target = with_target()
    other = forty_sixty("n")
    started = held.engine
    held.strategy.wants = lambda view: (
        (quote(BUY, 40, 10, "n-yes"),) if view.market.id == "n" and held.wants_more else ()
    )
    held.tell(*opening(other, at=held.now)[1:])
    held.gone(target.order_id)
    held.tell(GapOpened(Ns(held.now), M, WS, "torn"))
    held.wants_more = True
    for _ in range(57):
        held.tell(other.snapshot(held.now + SECOND))
        assert placed(held.cut(SECOND)) == []
    assert not started.ledger.open_orders
    buys = [placed(held.cut(SECOND)) for _ in range(4)]
    assert [one.instrument for (one,) in filter(None, buys)] == ["n-yes"]


def test_what_was_cancelled_because_we_asked_holds_nothing_up() -> None:
    held, _ = with_target()
    held.wants_more = True
    (bid,) = placed(held.cut(2 * SECOND))
    held.accept(bid.order_id)
    held.wants_more = False
    (cancel,) = [one for one in held.cut(2 * SECOND) if isinstance(one, CancelOrder)]
    held.gone(cancel.order_id)
    held.wants_more = True
    assert sides(held, SECOND // 10) == [Side.BUY]


def test_an_order_that_ends_when_it_is_to_holds_nothing_up_and_is_not_placed_again() -> None:
    held, _ = with_target()
    held.wants_more, held.until = True, Ns(300 * SECOND)
    (bid,) = placed(held.cut(2 * SECOND))
    assert bid.until == held.until
    held.accept(bid.order_id)
    held.now = held.until - 2 * SECOND
    held.book((39, 100), ask=60)
    assert held.cut() == []
    held.now += SECOND
    held.gone(bid.order_id)
    refused = [one.reason for one in held.cut(SECOND // 2) if isinstance(one, OrderRefused)]
    assert refused == ["a GTD order ends 125 s from now at the soonest, at a whole second"]
    held.until = Ns(500 * SECOND)
    assert sides(held, SECOND // 10) == [Side.BUY], "the exits were in no danger"


@pytest.mark.parametrize(("operation", "stays"), [(Operation.LEAVE, True), (Operation.HALT, False)])
def test_the_end_of_a_run_leaves_targets_where_they_rest_if_it_is_to(
    operation: Operation, stays: bool
) -> None:
    held, target = with_target()
    held.wants_more = True
    (bid,) = placed(held.cut(2 * SECOND))
    held.accept(bid.order_id)
    held.tell(OperatorCommand(Ns(held.now), operation, "shutting down"))
    said = held.cut()
    cancelled = {one.order_id for one in said if isinstance(one, CancelOrder)}
    assert cancelled == ({bid.order_id} if stays else {bid.order_id, target.order_id})
    assert sale(said) == []
    desk, orders = held.engine.desk, held.engine.ledger.orders
    assert desk.keeps(orders[target.order_id]) is stays
    assert not desk.keeps(orders[bid.order_id])
