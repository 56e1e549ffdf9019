"""How trades settle, fail and are paid out; and that nothing is lost or made on the way."""

import pytest
from tests.property.naive_floor import MILLION, amiss
from tests.unit.exchange.floor_market import FloorMarket

from polywire.exchange.refusal import RefusedError
from polywire.exchange.settlement import SettlementPlan


def opened(**plan: float) -> FloorMarket:
    market = FloorMarket(SettlementPlan(**plan))  # type: ignore[arg-type]
    market.fund("a", "100")
    market.fund("b", "100", "100", "100")
    market.fund("c", "100")
    return market


def adds_up(market: FloorMarket, dollars: int) -> None:
    listing = market.listing
    markets = [(listing.condition_id, *listing.tokens)]
    assert amiss(market.floor.wallets.settled, dollars * MILLION, markets) == []


def statuses(market: FloorMarket, name: str) -> list[str]:
    return [e["status"] for e in market.heard if e["to"] == name and e["event_type"] == "trade"]


def test_balances_show_a_trade_only_once_it_is_mined() -> None:
    market = opened(mined_ms=500)
    market.place("b", "sell 10 yes 0.40")
    market.place("a", "buy 10 yes 0.40")
    market.wait(499)
    assert market.has("a") == (100_000_000, 0, 0)
    market.wait(1)
    assert market.has("a") == (95_832_000, 10_000_000, 0)
    adds_up(market, 300)


def test_fresh_shares_may_be_sold_at_once_unless_the_venue_forbids_it() -> None:
    for allowed in (True, False):
        market = opened(spend_unmined=allowed)
        market.place("b", "sell 10 yes 0.40")
        market.place("a", "buy 10 yes 0.40")
        if allowed:
            market.place("a", "sell 10 yes 0.45")
            continue
        with pytest.raises(RefusedError, match=r"balance: 0, order amount: 10000000"):
            market.place("a", "sell 10 yes 0.45")
        market.wait(2_000)
        market.place("a", "sell 10 yes 0.45")


def test_a_failed_trade_gives_everything_back() -> None:
    market = opened(fail_share=1)
    before = {name: market.has(name) for name in "abc"}
    market.place("b", "buy 10 no 0.60")
    market.place("a", "buy 10 yes 0.40")
    market.wait(60_000)
    assert {name: market.has(name) for name in "abc"} == before
    assert statuses(market, "a") == statuses(market, "b") == ["MATCHED", "FAILED"]
    market.place("a", "buy 250 yes 0.40")
    adds_up(market, 300)


def test_a_trade_that_is_retried_is_mined_later() -> None:
    market = opened(retry_share=1, mined_ms=100, confirmed_ms=100)
    market.place("b", "sell 10 yes 0.40")
    market.place("a", "buy 10 yes 0.40")
    market.wait(60_000)
    assert statuses(market, "a") == ["MATCHED", "RETRYING", "MINED", "CONFIRMED"]
    assert market.has("b")[0] == 104_000_000


def test_a_sale_of_shares_that_never_came_fails_too() -> None:
    market = opened(fail_share=1)
    market.place("b", "sell 10 yes 0.40")
    market.place("a", "buy 10 yes 0.40")
    market.floor.settles = SettlementPlan()
    market.place("c", "buy 10 yes 0.30")
    market.place("a", "sell 10 yes 0.30")
    market.wait(60_000)
    assert statuses(market, "c") == ["MATCHED", "FAILED"]
    assert market.has("a") == market.has("c") == (100_000_000, 0, 0)
    adds_up(market, 300)


def test_orders_that_a_failed_trade_leaves_uncovered_are_cancelled() -> None:
    market = opened(fail_share=1)
    market.place("b", "sell 10 yes 0.40")
    market.place("a", "buy 10 yes 0.40")
    sale, _ = market.place("a", "sell 10 yes 0.45")
    market.wait(2_000)
    assert market.floor.order(sale)["status"] == "CANCELED_NOT_ENOUGH_BALANCE"  # type: ignore[index]
    assert market.book.asks.sizes == {}


def test_a_micro_that_partial_fills_cost_more_never_makes_a_wallet_owe() -> None:
    market = opened()
    market.fund("d", "4.1")
    order_id, _ = market.place("d", "buy 10 yes 0.41")
    for size in ("3.333333", "3.333333"):
        market.anonymous(lifts=False, size=size)
        market.wait(0)
    assert market.floor.order(order_id)["status"] == "CANCELED_NOT_ENOUGH_BALANCE"  # type: ignore[index]
    market.wait(60_000)
    # 3.333333 x 0.41 = 1.36666653, rounded up
    assert market.has("d") == (4_100_000 - 1_366_667, 3_333_333, 0)
    market.fund("d", "0.9")
    adds_up(market, 305)


@pytest.mark.parametrize(
    ("payout", "ten_yes", "rest"),
    [(("1", "0"), 10, 90), (("0", "1"), 0, 100), (("0.5", "0.5"), 5, 95)],
)
def test_a_resolution_pays_shares_and_ends_orders(
    payout: tuple[str, str], ten_yes: int, rest: int
) -> None:
    market = opened()
    market.place("b", "sell 10 yes 0.40")
    market.place("a", "buy 10 yes 0.40")
    resting, _ = market.place("a", "buy 10 yes 0.30")
    market.flow.resolve(market.listing.condition_id, payout, market.now)
    assert market.has("a") == (95_832_000 + ten_yes * MILLION, 0, 0)
    assert market.has("b") == (104_000_000 + rest * MILLION, 0, 0)
    assert market.floor.order(resting)["status"] == "CANCELED_MARKET_RESOLVED"  # type: ignore[index]
    assert statuses(market, "a") == ["MATCHED", "MINED"]
    market.wait(60_000)
    assert statuses(market, "a")[-1] == "CONFIRMED"
    adds_up(market, 300)
    with pytest.raises(RefusedError, match="not yet ready"):
        market.place("a", "buy 10 yes 0.30")


def test_half_a_micro_of_a_payout_is_kept_by_nobody_but_counted() -> None:
    market = opened()
    market.fund("d", "0", "0.000001", "0.000003")
    market.flow.resolve(market.listing.condition_id, ("0.5", "0.5"), market.now)
    assert market.has("d") == (1, 0, 0)
    adds_up(market, 300)
