"""Orders that take what they can: the rest is cancelled at once, after what they took was told."""

import pytest

from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import OrderAccepted, OrderCancelled, OrderRejected

BIDS = [("0.39", "50"), ("0.40", "20")]
ASKS = [("0.46", "40"), ("0.45", "20")]
KILLED = "FAK orders are partially filled or killed if no match is found."
NOT_WHOLE = "order couldn't be fully filled. FOK orders are fully filled or killed."


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


def test_one_for_all_or_nothing_takes_all_within_its_limit(rig):
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.46", "60", life="FOK")
    assert rig.fills(ours) == [("0.45", "20", "0.198"), ("0.46", "40", "0.39744")]
    assert rig.kinds() == ["OrderAccepted", "OrderFilled", "OrderFilled"]


@pytest.mark.parametrize(("size", "proven"), [("60.01", True), ("10", False)])
def test_one_for_all_or_nothing_takes_nothing_else(rig, size, proven):
    rig.book(BIDS, ASKS)
    rig.proven = proven
    rig.place("BUY", "0.46", size, life="FOK")
    assert rig.events == [OrderRejected(15_000_000, "o1", NOT_WHOLE)]
    assert rig.cash() == "1000"


def test_what_we_took_is_not_there_for_all_or_nothing(rig):
    rig.book(BIDS, ASKS)
    rig.place("BUY", "0.45", "20", life="IOC")
    rig.place("BUY", "0.45", "10", life="FOK")
    assert rig.events[-1] == OrderRejected(30_000_000, "o2", NOT_WHOLE)


def test_one_with_an_end_rests_until_then(rig):
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.40", "10", life="GTD 200")
    rig.pass_ms(199_980)
    assert rig.kinds() == ["OrderAccepted"]
    rig.pass_ms(10)
    assert rig.events[-1] == OrderCancelled(200_005_000_000, ours, "expired")
    rig.trade("SELL", "0.39", "100")
    assert rig.filled(ours) == "0"


def test_one_that_is_over_before_its_end_is_not_told_of_it(rig):
    rig.book(BIDS, ASKS)
    rig.cancel(rig.place("BUY", "0.40", "10", life="GTD 200"))
    rig.place("BUY", "0.45", "10", life="GTD 200")
    rig.pass_ms(300_000)
    assert rig.kinds() == ["OrderAccepted", "OrderCancelled", "OrderAccepted", "OrderFilled"]


@pytest.mark.parametrize("life", ["GTD", "GTD 120", "GTC 300"])
def test_an_end_that_the_venue_does_not_take_is_refused(rig, life):
    rig.book(BIDS, ASKS)
    rig.place("BUY", "0.40", "10", life=life)
    assert rig.events == [OrderRejected(15_000_000, "o1", "invalid expiration")]
