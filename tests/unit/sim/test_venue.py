"""The simulated venue: what it takes, what it refuses and what it tells."""

import pytest

from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import (
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    Settlement,
)
from polywire.core.model.command import CancelOrder
from polywire.core.model.market import MarketResolved
from polywire.core.risk.gate import Approved

BIDS = [("0.39", "50"), ("0.40", "100")]
ASKS = [("0.50", "200"), ("0.46", "40"), ("0.45", "20")]


def rejection(rig):
    return next(event.reason for event in rig.events if isinstance(event, OrderRejected))


def test_an_order_arrives_and_is_answered_after_its_delays(rig):
    rig.book(BIDS, ASKS)
    rig.venue.place(Approved(rig.order("BUY", "0.40", "10")), rig.now)
    assert rig.venue.wakeup() == 10_000_000
    rig.pass_ms(14)
    assert rig.events == []
    assert rig.venue.wakeup() == 15_000_000
    rig.pass_ms(1)
    assert rig.events == [OrderAccepted(15_000_000, "o1")]
    assert rig.venue.wakeup() is None


def test_a_taker_walks_the_levels_at_their_prices_and_pays_a_fee_on_each(rig):
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.46", "50")
    # 20 * 0.04 * 0.45 * 0.55 = 0.198; 30 * 0.04 * 0.46 * 0.54 = 0.29808
    assert rig.fills(ours) == [("0.45", "20", "0.198"), ("0.46", "30", "0.29808")]
    assert rig.cash() == "976.70392"
    assert rig.shares() == "50"


def test_what_is_left_of_a_taker_rests_at_the_end_of_the_queue(rig):
    rig.book([("0.45", "7"), *BIDS], [("0.45", "20"), ("0.50", "9")])
    ours = rig.place("BUY", "0.45", "50")
    rig.trade("SELL", "0.45", "10")
    assert rig.fills(ours) == [("0.45", "20", "0.198"), ("0.45", "3", "0")]


def test_shown_depth_is_not_taken_twice(rig):
    rig.book(BIDS, ASKS)
    rig.place("BUY", "0.45", "15")
    second = rig.place("BUY", "0.45", "15")
    assert rig.filled(second) == "5"
    rig.book(BIDS, [("0.50", "200"), ("0.45", "23")])
    rig.pass_ms(5)
    assert rig.filled(second) == "8"


def test_what_was_taken_comes_back_where_the_venue_shows_less_and_then_more(rig):
    rig.book(BIDS, ASKS)
    rig.place("BUY", "0.45", "15")
    rig.book(BIDS, [("0.45", "4")])
    rig.book(BIDS, [("0.45", "10")])
    assert rig.filled(rig.place("BUY", "0.45", "9")) == "6"


def test_the_other_outcome_is_bought_from_the_mirrored_bids(rig):
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.61", "120", outcome="no")
    assert [fill[:2] for fill in rig.fills(ours)] == [("0.6", "100"), ("0.61", "20")]
    assert rig.shares("no") == "120"


def test_a_sale_takes_the_bids_and_the_fee_comes_off_the_proceeds(rig):
    rig.book(BIDS, [("0.40", "10")])
    rig.place("BUY", "0.40", "10")
    rig.book(BIDS, ASKS)
    before = rig.cash()
    ours = rig.place("SELL", "0.40", "10")
    assert rig.fills(ours) == [("0.4", "10", "0.096")]
    assert (before, rig.cash()) == ("995.904", "999.808")
    assert rig.shares() == "0"


@pytest.mark.parametrize(
    ("price", "size", "more", "reason"),
    [
        ("0.405", "10", {}, "breaks minimum tick size rule: 0.01"),
        ("1", "10", {}, "breaks minimum tick size rule: 0.01"),
        ("0.40", "4.99", {}, "Size (4.99) lower than the minimum: 5"),
        ("0.40", "10.001", {}, "Invalid order payload"),
        ("0.45", "10", {"post_only": True}, "order o1 crosses the book"),
        ("0.47", "5000", {}, "balance: 1000000000, sum of active orders: 0"),
        ("0.40", "2501", {}, "order amount (inc. fees): 1000400000"),
    ],
)
def test_a_buy_is_refused_in_the_venues_words(rig, price, size, more, reason):
    rig.book(BIDS, ASKS)
    rig.place("BUY", price, size, **more)
    assert reason in rejection(rig)
    assert rig.cash() == "1000"


def test_a_marketable_buy_under_a_dollar_is_refused_and_a_resting_one_is_not(rig):
    rig.book([("0.05", "9")], [("0.10", "90")])
    rig.place("BUY", "0.10", "9")
    assert rejection(rig) == "invalid amount for a marketable BUY order ($0.9), min size: $1"
    rig.place("BUY", "0.05", "5")
    assert rig.kinds()[-1] == "OrderAccepted"


def test_shares_in_another_sale_cannot_be_sold_again(rig):
    rig.book(BIDS, ASKS)
    rig.place("BUY", "0.45", "20")
    rig.place("SELL", "0.60", "15")
    rig.place("SELL", "0.61", "6")
    assert "balance: 20000000, sum of active orders: 15000000" in rejection(rig)


def test_resting_buys_hold_back_cash(rig_with):
    rig = rig_with(cash="10")
    rig.book(BIDS, ASKS)
    rig.place("BUY", "0.40", "20")
    rig.place("BUY", "0.40", "6")
    assert "sum of active orders: 8000000" in rejection(rig)


def test_without_proof_nothing_is_matched_and_what_does_not_cross_rests(rig):
    rig.book(BIDS, ASKS)
    rig.proven = False
    rig.place("BUY", "0.45", "20")
    assert "no proof" in rejection(rig)
    rig.place("BUY", "0.44", "20")
    assert rig.kinds()[-1] == "OrderAccepted"


def test_nothing_fills_after_a_cancel(rig):
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.41", "30")
    rig.cancel(ours)
    rig.trade("SELL", "0.41", "10")
    assert rig.events[-1] == OrderCancelled(30_000_000, "o1", "unwanted")
    assert rig.fills(ours) == []


def test_a_cancel_is_told_after_the_fills_that_came_before_it(rig_with):
    replies = iter([5_000_000, 90_000_000, 1_000_000])
    rig = rig_with(reply_ns=lambda: next(replies))
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.41", "30")
    rig.trade("SELL", "0.41", "10")
    rig.cancel(ours)
    rig.pass_ms(90)
    assert rig.kinds() == ["OrderAccepted", "OrderFilled", "OrderCancelled"]


def test_a_cancel_does_not_overtake_its_order(rig_with):
    delays = iter([20_000_000, 1_000_000])
    rig = rig_with(order_ns=lambda: next(delays))
    rig.book(BIDS, ASKS)
    rig.venue.place(Approved(rig.order("BUY", "0.41", "30")), rig.now)
    rig.venue.cancel(CancelOrder("o1", "unwanted"), rig.now)
    rig.pass_ms(30)
    assert rig.kinds() == ["OrderAccepted", "OrderCancelled"]


def test_a_cancel_of_a_matched_order_is_not_answered_and_of_a_stranger_it_is(rig):
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.45", "10")
    rig.cancel(ours)
    assert rig.kinds() == ["OrderAccepted", "OrderFilled"]
    rig.cancel("never-seen")
    assert rig.events[-1].reason == "order can't be found - already canceled or matched"


def test_a_cancel_of_a_rejected_order_says_that_there_is_none(rig):
    rig.book(BIDS, ASKS)
    rejected = rig.place("BUY", "0.40", "1")
    rig.cancel(rejected)
    assert rig.kinds() == ["OrderRejected", "OrderMissing"]


def test_fills_settle_after_their_time_and_have_ids_of_their_own(rig_with):
    rig = rig_with(settle_ns=3_000_000)
    rig.book(BIDS, ASKS)
    rig.place("BUY", "0.46", "50")
    fills = [event for event in rig.events if isinstance(event, OrderFilled)]
    assert {fill.settlement for fill in fills} == {Settlement.PENDING}
    ids = [fill.fill_id for fill in fills]
    assert ids == ["o1:10000000:30000000", "o1:10000000:0"]
    rig.pass_ms(3)
    assert [event.fill_id for event in rig.events[-2:]] == ids
    assert rig.events[-1].settlement is Settlement.FINAL


def test_a_resolution_cancels_what_rests_pays_shares_and_ends_trading(rig):
    rig.book(BIDS, ASKS)
    rig.place("BUY", "0.45", "10")
    rig.place("BUY", "0.30", "10")
    event = MarketResolved(rig.now, rig.now, "m", (500_000, 500_000))
    rig.venue.observe(event)
    rig.venue.observe(event)
    rig.pass_ms(5)
    assert rig.events[-1].reason == "market resolved"
    assert (rig.cash(), rig.shares()) == ("1000.401", "0")
    rig.place("BUY", "0.30", "10")
    assert rejection(rig) == "No orderbook exists for the requested token id"


def test_the_winning_outcome_pays_and_the_losing_one_does_not(rig):
    rig.book(BIDS, [("0.50", "10")])
    rig.place("BUY", "0.50", "10")
    rig.venue.observe(MarketResolved(rig.now, rig.now, "m", (1_000_000, 0)))
    assert (rig.cash(), rig.shares()) == ("1004.9", "0")


def recovered(rig, *, cash):
    ledger = Ledger()
    ledger.start(cash)
    ledger.list_market(rig.shown.market)
    return ledger


def test_after_a_crash_resting_orders_go_to_the_end_of_the_shown_queue(rig):
    ledger = recovered(rig, cash=1_000_000_000)
    ledger.sent(rig.order("BUY", "0.40", "30"), 0)
    ledger.apply_order(OrderAccepted(0, "o1"))
    part = OrderFilled(0, 0, "o1", "o1:20000000", 400_000, 10_000_000, 0, True, Settlement.FINAL)
    ledger.apply_fill(part)
    rig.venue.restore(ledger, 0)
    rig.book(BIDS, ASKS)
    rig.trade("SELL", "0.40", "103")
    assert rig.fills("o1") == [("0.4", "3", "0")]
    assert (rig.cash(), rig.shares()) == ("994.8", "13")
    assert rig.events[-1].fill_id == "o1:1000000:17000000"


def test_a_fill_after_a_crash_is_not_taken_for_one_that_came_before_another_was_lost(rig):
    rig.book(BIDS, ASKS)
    rig.place("BUY", "0.40", "30")
    rig.trade("SELL", "0.40", "110")
    rig.trade("SELL", "0.40", "20")
    first, second = (event for event in rig.events if isinstance(event, OrderFilled))
    ledger = recovered(rig, cash=1_000_000_000)
    rig.count = 0
    ledger.sent(rig.order("BUY", "0.40", "30"), 0)
    ledger.apply_order(OrderAccepted(0, first.order_id))
    assert ledger.apply_fill(second)  # it overtook the first, which the crash lost
    rig.venue.restore(ledger, rig.now)
    rig.book(BIDS, ASKS)
    rig.trade("SELL", "0.39", "10")
    again = rig.events[-1]
    assert (again.order_id, again.quantity) == (first.order_id, 10_000_000)
    assert ledger.apply_fill(again)


def test_after_a_crash_what_was_under_way_starts_again(rig):
    ledger = recovered(rig, cash=1_000_000_000)
    ledger.sent(rig.order("BUY", "0.40", "30"), 0)
    ledger.sent(rig.order("BUY", "0.40", "30"), 0)
    ledger.apply_order(OrderAccepted(0, "o2"))
    ledger.cancelling(CancelOrder("o2", "unwanted"), 0)
    rig.book(BIDS, ASKS)
    rig.venue.restore(ledger, 0)
    rig.pass_ms(15)
    assert [(type(event).__name__, event.order_id) for event in rig.events] == [
        ("OrderAccepted", "o2"),
        ("OrderAccepted", "o1"),
        ("OrderCancelled", "o2"),
    ]


def test_after_a_crash_an_order_of_a_resolved_market_is_cancelled_and_nothing_paid_twice(rig):
    ledger = recovered(rig, cash=1_000_000_000)
    ledger.sent(rig.order("BUY", "0.40", "30"), 0)
    ledger.apply_order(OrderAccepted(0, "o1"))
    resolved = MarketResolved(0, 0, "m", (1_000_000, 0))
    ledger.resolve(resolved)
    rig.venue.restore(ledger, 0)
    rig.venue.observe(resolved)
    rig.pass_ms(15)
    assert rig.kinds() == ["OrderAccepted", "OrderCancelled"]
    assert rig.cash() == "1000"
