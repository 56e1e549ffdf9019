"""The trading floor with the numbers written out: two accounts, one market, and strangers."""

import pytest
from tests.unit.exchange.floor_market import FloorMarket

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
    entry = market.floor.trades("a")[0]["maker_orders"][0]
    assert (entry["side"], entry["price"], entry["outcome"]) == ("BUY", "0.5", "Down")


def test_a_buyer_without_money_hears_all_the_sums(market: FloorMarket) -> None:
    market.place("a", "buy 100 yes 0.40")
    with pytest.raises(RefusedError) as refusal:
        market.place("a", "buy 2000 yes 0.49")
    assert refusal.value.status == 400
    assert refusal.value.reason == (
        "not enough balance / allowance: the balance is not enough -> balance: 1000000000, "
        "sum of active orders: 40000000, sum of matched orders: 0, "
        "order amount (inc. fees): 980000000"
    )
