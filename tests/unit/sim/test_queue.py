"""The rule for resting orders, each example with its numbers."""

import pytest
from msgspec import structs

from polywire.core.model.instrument import Side
from polywire.core.model.market import BookSnapshot, PublicTrade

MS = 1_000_000
BIDS = [("0.39", "50"), ("0.40", "100")]
ASKS = [("0.45", "80")]


def test_a_trade_at_our_price_first_uses_up_the_queue_ahead(rig):
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.40", "30")
    rig.trade("SELL", "0.40", "60")
    assert rig.fills(ours) == []
    rig.trade("SELL", "0.40", "50")
    assert rig.fills(ours) == [("0.4", "10", "0")]
    rig.trade("SELL", "0.40", "50")
    assert rig.fills(ours) == [("0.4", "10", "0"), ("0.4", "20", "0")]


def test_a_trade_through_our_price_fills_us_whatever_was_ahead(rig):
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.40", "30")
    rig.trade("SELL", "0.39", "12")
    assert rig.fills(ours) == [("0.4", "12", "0")]
    rig.trade("SELL", "0.40", "12")
    assert rig.filled(ours) == "24"


def test_cancels_ahead_do_not_move_us_up(rig):
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.40", "30")
    rig.book([("0.40", "1")], ASKS)
    rig.trade("SELL", "0.40", "99")
    assert rig.fills(ours) == []
    rig.trade("SELL", "0.40", "2")
    assert rig.filled(ours) == "1"


def test_a_trade_on_the_other_side_or_above_a_bid_fills_nothing(rig):
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.41", "30")
    rig.trade("BUY", "0.41", "100")
    rig.trade("SELL", "0.42", "100")
    assert rig.fills(ours) == []


def test_an_empty_level_has_no_queue(rig):
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.41", "30")
    rig.trade("SELL", "0.41", "7")
    assert rig.filled(ours) == "7"


def test_a_trade_of_the_other_outcome_counts_mirrored(rig):
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.41", "30")
    rig.trade("BUY", "0.59", "7", outcome=1)
    assert rig.filled(ours) == "7"


def test_a_bid_for_the_other_outcome_stands_among_the_asks(rig):
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.55", "30", outcome="no")
    rig.trade("BUY", "0.45", "90")
    assert rig.fills(ours) == [("0.55", "10", "0")]
    rig.trade("SELL", "0.54", "5", outcome=1)
    assert rig.filled(ours) == "15"


def test_one_print_is_shared_by_price_then_arrival_and_never_exceeded(rig):
    rig.book([], ASKS)
    second = rig.place("BUY", "0.40", "10")
    third = rig.place("BUY", "0.40", "10")
    first = rig.place("BUY", "0.41", "10")
    rig.trade("SELL", "0.40", "25")
    assert [rig.filled(order) for order in (first, second, third)] == ["10", "10", "5"]


def test_what_our_first_order_got_does_not_shorten_the_queue_of_the_second(rig):
    rig.book([("0.40", "10")], ASKS)
    first = rig.place("BUY", "0.40", "5")
    rig.book([("0.40", "20")], ASKS)
    second = rig.place("BUY", "0.40", "5")
    rig.trade("SELL", "0.40", "20")
    assert (rig.filled(first), rig.filled(second)) == ("5", "0")
    rig.trade("SELL", "0.40", "6")
    assert rig.filled(second) == "1"


def test_a_print_that_a_second_feed_tells_fills_once_and_equal_ones_of_one_feed_all_fill(rig):
    rig.book([], ASKS)
    ours = rig.place("BUY", "0.40", "30")
    event = rig.trade("SELL", "0.40", "7")
    rig.venue.observe(structs.replace(event, feed="twin"))
    rig.pass_ms(5)
    assert rig.filled(ours) == "7"
    rig.venue.observe(structs.replace(event, feed="twin"))
    rig.venue.observe(event)
    rig.pass_ms(5)
    assert rig.filled(ours) == "14"


@pytest.mark.parametrize(("made_ms", "filled"), [(1, "0"), (2, "0"), (3, "12"), (None, "12")])
def test_a_trade_that_the_book_we_joined_already_shows_is_not_ours(rig, made_ms, filled):
    """It is heard after we came, and was made before; a time that is not told says nothing."""
    rig.now = 2 * MS
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.41", "30")
    at = 0 if made_ms is None else made_ms * MS
    rig.venue.observe(PublicTrade(rig.now, at, "m", 0, Side.SELL, 390_000, 12_000_000, "feed"))
    rig.pass_ms(5)
    assert rig.filled(ours) == filled


def test_no_print_fills_on_a_book_without_proof(rig):
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.40", "30")
    rig.proven = False
    rig.trade("SELL", "0.39", "60")
    rig.proven = True
    rig.trade("SELL", "0.40", "110")
    assert rig.filled(ours) == "10"


def test_an_order_that_came_without_proof_queues_behind_the_first_proven_level(rig):
    rig.proven = False
    ours = rig.place("BUY", "0.40", "30")
    rig.proven = True
    rig.trade("SELL", "0.39", "60")
    assert rig.fills(ours) == []
    rig.book(BIDS, ASKS)
    rig.trade("SELL", "0.40", "101")
    assert rig.filled(ours) == "1"


def test_a_book_that_moves_through_us_fills_at_our_price_up_to_its_size_once(rig):
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.41", "30")
    rig.book([], [("0.40", "8"), ("0.41", "4"), ("0.42", "50")])
    rig.pass_ms(5)
    assert rig.fills(ours) == [("0.41", "8", "0"), ("0.41", "4", "0")]
    rig.book([], [("0.40", "8"), ("0.41", "4"), ("0.42", "60")])
    rig.pass_ms(5)
    assert rig.filled(ours) == "12"
    rig.book([], [("0.40", "10"), ("0.41", "3")])
    rig.pass_ms(5)
    assert rig.filled(ours) == "14"


def test_a_book_without_proof_that_moves_through_us_fills_nothing_until_it_is_proven(rig):
    rig.book(BIDS, ASKS)
    ours = rig.place("BUY", "0.41", "30")
    rig.proven = False
    rig.book([], [("0.40", "8")])
    rig.pass_ms(5)
    assert rig.fills(ours) == []
    rig.proven = True
    rig.venue.observe(BookSnapshot(rig.now, rig.now, "m", 0, (), (), "", "feed"))
    rig.pass_ms(5)
    assert rig.filled(ours) == "8"
