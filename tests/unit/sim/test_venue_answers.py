"""What the simulated venue answers when it is asked what became of an order."""

from polywire.core.model.command import LookUpOrder
from polywire.core.model.market import MarketResolved

BIDS = [("0.40", "100")]
ASKS = [("0.45", "20")]


def told(rig, order_id):
    """What is told of an order when it is looked up now."""
    rig.events.clear()
    rig.venue.look_up(LookUpOrder(order_id, None), rig.now)
    rig.pass_ms(15)
    assert {event.recv_ns for event in rig.events} <= {rig.now}
    return rig.kinds()


def test_an_order_that_never_came_is_missing(rig):
    assert told(rig, "o9") == ["OrderMissing"]


def test_an_order_that_rests_is_accepted_again_after_its_fills(rig):
    rig.book(BIDS, ASKS)
    order_id = rig.place("BUY", "0.45", "30")
    first = rig.fills(order_id)
    assert told(rig, order_id) == ["OrderFilled", "OrderAccepted"]
    assert rig.fills(order_id) == first


def test_a_matched_order_is_told_by_its_fills_alone(rig):
    rig.book(BIDS, ASKS)
    order_id = rig.place("BUY", "0.45", "10")
    assert told(rig, order_id) == ["OrderFilled"]


def test_a_cancelled_order_s_fills_come_before_its_end(rig):
    rig.book(BIDS, ASKS)
    order_id = rig.place("BUY", "0.45", "30", life="IOC")
    assert told(rig, order_id) == ["OrderFilled", "OrderCancelled"]


def test_a_fill_that_is_final_by_now_is_told_with_that(rig_with):
    rig = rig_with(settle_ns=50_000_000)
    rig.book(BIDS, ASKS)
    order_id = rig.place("BUY", "0.45", "10")
    assert told(rig, order_id) == ["OrderFilled"]
    rig.pass_ms(100)
    assert told(rig, order_id) == ["OrderFilled", "FillSettled"]


def fails(*which):
    """A venue at which the settlements with these numbers fail."""
    count = iter(range(100))
    return lambda _: next(count) in which


def test_an_undone_purchase_gives_its_money_back(rig_with):
    rig = rig_with(settle_ns=50_000_000, undoes=fails(0))
    rig.book(BIDS, ASKS)
    rig.place("BUY", "0.45", "10")
    assert (rig.shares(), rig.cash()) == ("10", "995.401")
    rig.pass_ms(100)
    assert (rig.shares(), rig.cash()) == ("0", "1000")
    assert rig.events[-1].settlement == "reversed"


def test_with_a_purchase_the_sale_of_its_shares_is_undone(rig_with):
    rig = rig_with(settle_ns=50_000_000, undoes=fails(0))
    rig.book(BIDS, ASKS)
    rig.place("BUY", "0.45", "10")
    rig.place("SELL", "0.40", "10")
    rig.pass_ms(100)
    assert [event.settlement for event in rig.events if hasattr(event, "settlement")] == [
        *("pending", "pending", "reversed", "reversed"),
    ]
    assert (rig.shares(), rig.cash()) == ("0", "1000")


def test_what_is_undone_after_the_market_was_paid_out_is_unpaid_too(rig_with):
    rig = rig_with(settle_ns=50_000_000, undoes=fails(0))
    rig.book(BIDS, ASKS)
    rig.place("BUY", "0.45", "10")
    rig.venue.observe(MarketResolved(rig.now, rig.now, "m", (1_000_000, 0)))
    assert rig.cash() == "1005.401"
    rig.pass_ms(100)
    assert rig.cash() == "1000"
