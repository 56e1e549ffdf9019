"""Takers that have to wait, and a venue that restarts: what is answered, and when."""

from polywire.core.model.account import OrderAccepted, OrderCancelled, OrderFilled, OrderRejected
from polywire.core.model.command import CancelOrder
from polywire.core.risk.gate import Approved
from polywire.sim.conduct import AWAY, POST_ONLY, Conduct

MS, S = 1_000_000, 1_000_000_000
BIDS = [("0.40", "100")]
ASKS = [("0.45", "80")]


def told(rig, order_id):
    return [event for event in rig.events if getattr(event, "order_id", "") == order_id]


def test_an_order_that_would_trade_waits_and_then_meets_the_book_of_that_time(rig):
    rig.open(Conduct(taker_wait_ns=100 * MS))
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.45", "10")  # arrives after 10 ms, is looked at again after 110
    assert told(rig, ours) == []
    rig.pass_ms(50)
    rig.book(BIDS, [("0.44", "80")])
    rig.pass_ms(50)
    assert rig.fills(ours)[0][:2] == ("0.44", "10")


def test_one_that_finds_nothing_any_more_rests(rig):
    rig.open(Conduct(takers_wait_ns={"m": 100 * MS}))
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.45", "10")
    rig.book(BIDS, [("0.50", "80")])
    rig.pass_ms(100)
    assert [type(event) for event in told(rig, ours)] == [OrderAccepted]
    assert ours in rig.venue.resting()


def test_an_order_that_rests_does_not_wait(rig):
    rig.open(Conduct(taker_wait_ns=100 * MS))
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.41", "10")
    assert [type(event) for event in told(rig, ours)] == [OrderAccepted]


def test_a_waiting_order_cannot_be_cancelled_until_it_was_looked_at(rig):
    rig.open(Conduct(taker_wait_ns=100 * MS))
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.45", "100")
    rig.cancel(ours)
    assert told(rig, ours) == []
    rig.pass_ms(100)
    assert [type(event) for event in told(rig, ours)] == [
        OrderAccepted, OrderFilled, OrderCancelled,
    ]  # fmt: skip


def test_a_restarting_venue_refuses_orders_and_leaves_cancels_unanswered(rig):
    rig.open(Conduct(away=((1 * S, 3 * S),)))
    rig.book(BIDS, ASKS)
    before = rig.place("BUY", "0.41", "10")
    rig.now = 1 * S
    refused = rig.place("BUY", "0.42", "10")
    assert [event.reason for event in told(rig, refused)] == [AWAY]
    rig.cancel(before)
    assert before in rig.venue.resting()
    rig.now = 3 * S
    rig.cancel(before)
    assert before not in rig.venue.resting()


def test_nothing_fills_while_the_venue_is_away(rig):
    rig.open(Conduct(away=((1 * S, 3 * S),)))
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.41", "30")
    rig.now = 2 * S
    rig.trade("SELL", "0.39", "10")
    rig.book([], [("0.40", "8")])
    assert rig.fills(ours) == []
    rig.now = 3 * S
    rig.book([], [("0.40", "8")])
    rig.pass_ms(5)
    assert rig.filled(ours) == "8"


def test_after_a_restart_only_post_only_orders_are_taken_for_two_minutes(rig):
    rig.open(Conduct(away=((1 * S, 3 * S),)))
    rig.book(BIDS, ASKS)
    rig.now = 4 * S
    plain = rig.place("BUY", "0.41", "10")
    (event,) = told(rig, plain)
    assert isinstance(event, OrderRejected)
    assert event.reason == POST_ONLY
    rests = rig.place("BUY", "0.41", "10", post_only=True)
    assert rests in rig.venue.resting()
    rig.now = 123 * S
    assert rig.place("BUY", "0.41", "10") in rig.venue.resting()


def test_a_cancel_that_follows_its_order_on_the_way_does_not_overtake_the_wait(rig):
    rig.open(Conduct(taker_wait_ns=100 * MS))
    rig.book(BIDS, ASKS)
    order = rig.order("BUY", "0.45", "10")
    rig.venue.place(Approved(order), rig.now)
    rig.venue.cancel(CancelOrder(order.order_id, "unwanted"), rig.now)
    rig.pass_ms(115)
    assert rig.filled(order.order_id) == "10"
