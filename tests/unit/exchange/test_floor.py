"""The trading floor with the numbers written out: accounts, one market on cents, and strangers."""

import json

import pytest
from tests.unit.exchange.floor_market import SECOND, FloorMarket

from polywire.exchange.refusal import RefusedError
from polywire.exchange.terms import Placed, PlacedStatus

LIVE, MATCHED = PlacedStatus.LIVE, PlacedStatus.MATCHED


@pytest.fixture
def market() -> FloorMarket:
    found = FloorMarket()
    found.fund("a")
    found.fund("b", "1000", "100", "100")
    return found


def test_a_buyer_takes_from_a_seller_at_the_sellers_price_and_pays_the_fee(
    market: FloorMarket,
) -> None:
    resting, first = market.place("b", "sell 10 yes 0.40")
    _, second = market.place("a", "buy 10 yes 0.52")
    assert first == Placed(LIVE)
    trades = market.floor.trades("a")
    assert second == Placed(MATCHED, 4_000_000, 10_000_000, (str(trades[0]["id"]),))
    market.wait(2_000)
    # crypto: 10 x 0.07 x 0.4 x 0.6 = 0.168
    assert market.has("a") == (1_000_000_000 - 4_000_000 - 168_000, 10_000_000, 0)
    assert market.has("b") == (1_000_000_000 + 4_000_000, 90_000_000, 100_000_000)
    assert market.floor.orders("a") == market.floor.orders("b") == []
    order = market.floor.order(resting)
    assert order is not None
    assert (order["status"], order["size_matched"]) == ("MATCHED", "10")


def test_two_buyers_of_opposite_outcomes_mint_a_full_set(market: FloorMarket) -> None:
    market.place("b", "buy 10 no 0.50")
    market.place("a", "buy 10 yes 0.52")
    market.wait(2_000)
    assert market.has("a") == (1_000_000_000 - 5_000_000 - 175_000, 10_000_000, 0)
    assert market.has("b") == (1_000_000_000 - 5_000_000, 100_000_000, 110_000_000)
    entry = market.floor.trades("a")[0]["maker_orders"][0]  # type: ignore[index]
    assert (entry["side"], entry["price"], entry["outcome"]) == ("BUY", "0.5", "Down")


def test_two_sellers_of_opposite_outcomes_merge_a_full_set(market: FloorMarket) -> None:
    market.fund("a", "0", "20")
    market.place("a", "sell 10 yes 0.30")
    market.place("b", "sell 10 no 0.60")
    market.wait(2_000)
    assert market.has("a") == (1_000_000_000 + 3_000_000, 10_000_000, 0)
    # 10 x 0.07 x 0.7 x 0.3 = 0.147
    assert market.has("b") == (1_000_000_000 + 7_000_000 - 147_000, 100_000_000, 90_000_000)


def test_who_came_first_at_a_price_is_filled_first_and_a_better_price_before_both(
    market: FloorMarket,
) -> None:
    first, _ = market.place("b", "sell 10 yes 0.40")
    market.show("ask", "0.40", "15")
    second, _ = market.place("b", "sell 10 yes 0.40")
    better, _ = market.place("b", "sell 5 yes 0.39")
    market.place("a", "buy 17 yes 0.45")
    matched = [market.floor.order(one)["size_matched"] for one in (better, first, second)]  # type: ignore[index]
    assert matched == ["5", "10", "0"]


def test_a_market_buy_spends_all_its_dollars_at_the_prices_it_finds(market: FloorMarket) -> None:
    market.show("ask", "0.40", "5")
    market.show("ask", "0.55", "100")
    _, placed = market.place("a", "buy $5 yes 0.60", "FOK")
    assert (placed.made, placed.taken) == (5_000_000, 5_000_000 + 5_454_545)


def test_an_execution_costs_the_buyer_a_micro_more_than_the_seller_gets(
    market: FloorMarket,
) -> None:
    market.place("b", "sell 10 yes 0.41")
    _, placed = market.place("a", "buy $1 yes 0.50", "FAK")
    assert (placed.made, placed.taken) == (1_000_000, 2_439_024)
    market.wait(2_000)
    # 2.439024 x 0.41 = 0.99999984
    assert market.has("b")[0] == 1_000_000_000 + 999_999


def test_what_a_fill_or_kill_cannot_get_whole_it_does_not_get(market: FloorMarket) -> None:
    market.show("ask", "0.40", "5")
    with pytest.raises(RefusedError, match="FOK orders are fully filled or killed"):
        market.place("a", "buy $5 yes 0.45", "FOK")
    assert market.book.asks.sizes == {400_000: 5_000_000}
    event = market.heard[-1]
    assert (event["type"], event["size_matched"]) == ("CANCELLATION", "")
    assert event["status"].startswith("CANCELED_order couldn't be fully filled.")


def test_a_fill_and_kill_takes_what_is_there_and_never_rests(market: FloorMarket) -> None:
    market.show("bid", "0.40", "4")
    order_id, placed = market.place("b", "sell 10 yes 0.40", "FAK")
    assert (placed.status, placed.made, placed.taken) == (MATCHED, 4_000_000, 1_600_000)
    assert market.floor.orders("b") == []
    assert market.floor.order(order_id)["status"] == "CANCELED"  # type: ignore[index]
    with pytest.raises(RefusedError, match="no orders found to match with FAK order"):
        market.place("b", "sell 10 yes 0.40", "FAK")


def test_what_is_left_of_a_marketable_order_rests_and_shows_in_the_book(
    market: FloorMarket,
) -> None:
    market.show("ask", "0.40", "4")
    order_id, placed = market.place("a", "buy 10 yes 0.45")
    assert (placed.status, placed.taken) == (MATCHED, 4_000_000)
    assert [order["id"] for order in market.floor.orders("a")] == [order_id]
    assert market.book.bids.sizes == {450_000: 6_000_000}
    kinds = [json.loads(frame.text)["event_type"] for frame in market.floor.take_frames()]
    assert kinds == ["last_trade_price", "book", "book", "best_bid_ask", "best_bid_ask"]


def test_a_resting_order_is_told_as_any_other_level(market: FloorMarket) -> None:
    market.show("bid", "0.40", "4")
    order_id, _ = market.place("a", "buy 10 yes 0.40")
    change = json.loads(market.floor.take_frames()[0].text)["price_changes"]
    assert [(e["price"], e["size"], e["side"]) for e in change] == [
        ("0.4", "14", "BUY"),
        ("0.6", "14", "SELL"),
    ]
    market.floor.cancel("a", [order_id], market.now)
    change = json.loads(market.floor.take_frames()[0].text)["price_changes"]
    assert change[0]["size"] == "4"
    assert change[0]["hash"] == market.book.hash(0, market.book.timestamp)


def test_cancels_say_which_orders_they_did_not_touch_and_why(market: FloorMarket) -> None:
    mine, _ = market.place("a", "buy 10 yes 0.40")
    theirs, _ = market.place("b", "buy 10 yes 0.41")
    done, _ = market.place("b", "sell 10 yes 0.41")
    first = market.floor.cancel("a", [mine, mine, theirs, "0x0"], market.now)
    assert first.canceled == [mine]
    assert first.not_canceled == {
        theirs: "Order not found or already canceled",
        "0x0": "Order not found or already canceled",
    }
    again = market.floor.cancel("a", [mine], market.now)
    assert again.not_canceled == {mine: "Order already canceled"}
    matched = market.floor.cancel("b", [done], market.now)
    assert matched.not_canceled == {done: "Order already matched"}


def test_cancels_of_a_market_and_of_a_token_leave_the_others(market: FloorMarket) -> None:
    yes, _ = market.place("a", "buy 10 yes 0.40")
    no, _ = market.place("a", "buy 10 no 0.40")
    other, _ = market.place("b", "buy 10 no 0.40")
    token = market.listing.tokens[1]
    assert market.floor.cancel_market("a", "", token, market.now).canceled == [no]
    assert market.floor.cancel_market("a", "0x1", "", market.now).canceled == []
    assert market.floor.cancel_all("a", market.now).canceled == [yes]
    assert [order["id"] for order in market.floor.orders("b")] == [other]


def test_a_dated_order_ends_a_minute_before_its_expiration(market: FloorMarket) -> None:
    expires = market.now // SECOND + 180
    order_id, _ = market.place("a", "buy 10 yes 0.40", "GTD", expiration_s=expires)
    market.wait(119_999)
    assert len(market.floor.orders("a")) == 1
    market.wait(1)
    assert market.floor.orders("a") == []
    assert market.floor.order(order_id)["status"] == "CANCELED_EXPIRED_ORDER"  # type: ignore[index]
    assert market.book.bids.sizes == {}


def test_makers_hear_of_their_fills_and_of_every_step_of_the_trade(market: FloorMarket) -> None:
    resting, _ = market.place("b", "sell 10 yes 0.40")
    market.heard.clear()
    taking, _ = market.place("a", "buy 5 yes 0.40")
    told = [(e["to"], e.get("type"), e["status"], e.get("trader_side")) for e in market.heard]
    assert told == [
        ("a", "PLACEMENT", "MATCHED", None),
        ("b", "UPDATE", "LIVE", None),
        ("a", "TRADE", "MATCHED", "TAKER"),
        ("b", "TRADE", "MATCHED", "MAKER"),
    ]
    trade = market.heard[-1]
    assert trade["taker_order_id"] == taking
    assert [(m["order_id"], m["matched_amount"]) for m in trade["maker_orders"]] == [(resting, "5")]
    market.wait(10_000)
    steps = [event["status"] for event in market.heard if event["to"] == "b"]
    assert steps == ["LIVE", "MATCHED", "MINED", "CONFIRMED"]


def test_a_delayed_order_cannot_be_cancelled_and_trades_when_its_time_comes(
    market: FloorMarket,
) -> None:
    market.floor.settles = type(market.settles)(taker_delay_ms=250)
    market.show("ask", "0.40", "10")
    order_id, placed = market.place("a", "buy 10 yes 0.40")
    assert placed == Placed(PlacedStatus.DELAYED)
    assert market.floor.cancel("a", [order_id], market.now).canceled == []
    market.show("ask", "0.40", "0")
    market.wait(250)
    assert [order["id"] for order in market.floor.orders("a")] == [order_id]
    assert [event["type"] for event in market.heard] == ["PLACEMENT", "UPDATE"]
