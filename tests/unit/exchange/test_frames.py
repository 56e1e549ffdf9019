"""Frames, letter for letter."""

import json

from polywire.exchange import frames
from polywire.exchange.announcements import market_resolved, new_market
from polywire.exchange.books import MarketBook
from polywire.exchange.frames import Change, Proof
from polywire.exchange.listing import FeePlan, Group, Listing, Tag


def small_book() -> MarketBook:
    book = MarketBook("0xabc", ("11", "22"), tick=10_000, neg_risk=False)
    book.put(index=0, bid=True, price=400_000, size=10_000_000)
    book.put(index=0, bid=False, price=450_000, size=2_500_000)
    book.timestamp, book.last_trade = "1700000000001", "0.420"
    return book


def listing() -> Listing:
    group = Group("7", "who-wins", "Who wins?", "Rules.", (Tag("1", "Sports", "sports"),), 0, 1)
    fee = FeePlan("sports_fees_v3", "0.05", "0.15")
    return Listing(
        "9",
        "0xabc",
        "0xdef",
        "a-wins",
        "Will A win?",
        ("Yes", "No"),
        ("11", "22"),
        fee,
        group,
        0,
        1,
    )


def test_a_book_frame_lists_the_best_level_last() -> None:
    frame = frames.book(small_book(), 1)
    assert frame.text == (
        '{"market":"0xabc","asset_id":"22","timestamp":"1700000000001",'
        '"hash":"' + json.loads(frame.text)["hash"] + '",'
        '"bids":[{"price":"0.55","size":"2.5"}],"asks":[{"price":"0.6","size":"10"}],'
        '"tick_size":"0.01","event_type":"book","last_trade_price":"0.420"}'
    )
    assert frame.assets == ("22",)


def test_some_books_lack_tick_and_last_trade() -> None:
    assert set(json.loads(frames.book(small_book(), 0, full=False).text)) == {
        "market",
        "asset_id",
        "timestamp",
        "hash",
        "bids",
        "asks",
        "event_type",
    }


def test_a_price_change_carries_both_tokens_and_goes_to_readers_of_either() -> None:
    change = Change(0, True, 400_000, 0)
    proof = (Proof("a" * 40, "0", "0.45"), Proof("b" * 40, "0.55", "1"))
    frame = frames.price_change(small_book(), [change.mirrored(), change], proof, "5")
    assert json.loads(frame.text) == {
        "market": "0xabc",
        "price_changes": [
            {
                "asset_id": "22",
                "price": "0.6",
                "size": "0",
                "side": "SELL",
                "hash": "b" * 40,
                "best_bid": "0.55",
                "best_ask": "1",
            },
            {
                "asset_id": "11",
                "price": "0.4",
                "size": "0",
                "side": "BUY",
                "hash": "a" * 40,
                "best_bid": "0",
                "best_ask": "0.45",
            },
        ],
        "timestamp": "5",
        "event_type": "price_change",
    }
    assert frame.assets == ("11", "22")


def test_the_touch_and_a_new_grid_are_all_texts() -> None:
    book = small_book()
    assert json.loads(frames.best_bid_ask(book, 1, "5").text) == {
        "event_type": "best_bid_ask",
        "market": "0xabc",
        "asset_id": "22",
        "best_bid": "0.55",
        "best_ask": "0.6",
        "spread": "0.05",
        "timestamp": "5",
    }
    book.tick = 1_000
    assert json.loads(frames.tick_size_change(book, 0, 10_000, "5").text) == {
        "event_type": "tick_size_change",
        "asset_id": "11",
        "market": "0xabc",
        "old_tick_size": "0.01",
        "new_tick_size": "0.001",
        "timestamp": "5",
    }


def test_a_new_market_is_announced_to_the_whole_venue_with_texts_for_numbers() -> None:
    frame = new_market(listing(), 10_000, 1766790415550)
    event = json.loads(frame.text)
    assert (frame.assets, frame.custom) == ((), True)
    assert event["order_price_min_tick_size"] == "0.01"
    assert event["fee_schedule"] == {
        "exponent": "1",
        "rate": "0.05",
        "taker_only": True,
        "rebate_rate": "0.15",
    }
    assert event["assets_ids"] == event["clob_token_ids"] == ["11", "22"]
    assert (event["id"], event["market"], event["timestamp"]) == ("9", "0xabc", "1766790415550")


def test_a_resolution_names_the_winner_and_a_half_has_none() -> None:
    won, half = listing(), listing()
    won.payout, half.payout = ("0", "1"), ("0.5", "0.5")
    event = json.loads(market_resolved(won, 5).text)
    assert (event["winning_asset_id"], event["winning_outcome"]) == ("22", "No")
    event = json.loads(market_resolved(half, 5).text)
    assert (event["winning_asset_id"], event["winning_outcome"]) == ("", "")
