"""Orders that take what they can: the rest is cancelled at once, after what they took was told."""

import pytest

from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import OrderAccepted, OrderCancelled, OrderRejected
from polywire.core.model.command import CancelOrder
from polywire.core.model.intent import TimeInForce
from polywire.core.risk.gate import Approved

BIDS = [("0.39", "50"), ("0.40", "20")]
ASKS = [("0.46", "40"), ("0.45", "20")]
KILLED = "FAK orders are partially filled or killed if no match is found."


def test_it_takes_what_is_within_its_limit_and_nothing_of_it_rests(rig):
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.45", "50", life="IOC")
    assert rig.fills(ours) == [("0.45", "20", "0.198")]
    assert rig.events[-1] == OrderCancelled(15_000_000, ours, KILLED)
    rig.trade("SELL", "0.44", "100")
    assert rig.filled(ours) == "20"


def test_one_that_is_wholly_filled_is_not_cancelled(rig):
    rig.book(BIDS, ASKS)
    rig.place("BUY", "0.46", "50", life="IOC")
    assert rig.kinds() == ["OrderAccepted", "OrderFilled", "OrderFilled"]


def test_one_that_meets_nobody_is_cancelled_and_frees_what_it_held_back(rig):
    rig.book(BIDS, ASKS)
    rig.place("BUY", "0.46", "10", life="IOC")
    rig.place("SELL", "0.41", "10", life="IOC")
    assert rig.kinds()[-2:] == ["OrderAccepted", "OrderCancelled"]
    sale = rig.place("SELL", "0.39", "10", life="IOC")
    assert rig.filled(sale) == "10"


def test_without_proof_it_gets_nothing(rig):
    rig.book(BIDS, ASKS)
    rig.proven = False
    rig.place("BUY", "0.45", "10", life="IOC")
    rig.place("BUY", "0.44", "10", life="IOC")
    assert rig.kinds() == ["OrderRejected", "OrderAccepted", "OrderCancelled"]
    rig.proven = True
    rig.book(BIDS, [("0.40", "100")])
    assert isinstance(rig.events[0], OrderRejected)
    assert rig.cash() == "1000"


def test_a_late_cancel_is_not_answered_again_nor_before_the_fills(rig_with):
    replies = iter([5_000_000, 90_000_000, 1_000_000, 1_000_000])
    rig = rig_with(reply_ns=lambda: next(replies))
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.45", "50", life="IOC")
    rig.cancel(ours)
    rig.pass_ms(100)
    assert rig.kinds() == ["OrderAccepted", "OrderFilled", "OrderCancelled"]


def test_after_a_crash_one_that_had_arrived_is_over_and_one_that_had_not_starts_again(rig):
    ledger = Ledger()
    ledger.start(1_000_000_000)
    ledger.list_market(rig.shown.market)
    ledger.sent(rig.order("BUY", "0.45", "30", life="IOC"), 0)
    ledger.sent(rig.order("BUY", "0.45", "30", life="IOC"), 0)
    ledger.apply_order(OrderAccepted(0, "o1"))
    rig.book(BIDS, ASKS)
    rig.venue.restore(ledger, 0)
    rig.pass_ms(15)
    told = [(type(event).__name__, event.order_id) for event in rig.events]
    assert told[0] == ("OrderCancelled", "o1")
    assert rig.filled("o2") == "20"


def test_no_other_way_to_end_is_simulated(rig):
    rig.book(BIDS, ASKS)
    order = rig.order("BUY", "0.45", "30", life=TimeInForce.FOK.name)
    with pytest.raises(AssertionError, match="FOK is not simulated"):
        rig.venue.place(Approved(order), 0)
    rig.venue.cancel(CancelOrder("o9", "unwanted"), 0)
