"""What the floor refuses, in the venue's words."""

import pytest
from tests.unit.exchange.floor_market import SECOND, FloorMarket

from polywire.exchange.floor import Floor
from polywire.exchange.refusal import RefusedError
from polywire.exchange.settlement import SettlementPlan

REFUSED: dict[str, tuple[str, str, dict[str, object], str]] = {
    "off the grid": (
        "buy 10 yes 0.505", "GTC", {},
        "order {id} is invalid. Price (0.505) breaks minimum tick size rule: 0.01",
    ),
    "at a dollar": (
        "buy 10 yes 1.00", "GTC", {},
        "order {id} is invalid. Price (1) breaks minimum tick size rule: 0.01",
    ),
    "market buy off the grid": (
        "buy $5 yes 0.505", "FAK", {},
        "order {id} is invalid. Price (0.505004) breaks minimum tick size rule: 0.01",
    ),
    "too small": (
        "buy 4.99 yes 0.50", "GTC", {},
        "order {id} is invalid. Size (4.99) lower than the minimum: 5",
    ),
    "too fine": (
        "sell 10.001 yes 0.50", "GTC", {},
        "invalid amounts, the sell orders maker amount supports a max accuracy of 2 decimals, "
        "taker amount a max of 4 decimals",
    ),
    "half cents": (
        "buy 5.1 yes 0.45", "FOK", {},
        "invalid amounts, the market buy orders maker amount supports a max accuracy of "
        "2 decimals, taker amount a max of 4 decimals",
    ),
    "under a dollar": (
        "buy $0.99 yes 0.60", "FAK", {},
        "invalid amount for a marketable BUY order ($0.99), min size: $1",
    ),
    "post-only that crosses": (
        "buy 10 yes 0.60", "GTC", {"post_only": True},
        "invalid post-only order: order crosses book",
    ),
    "post-only that never rests": ("buy $5 yes 0.60", "FAK", {"post_only": True},
        "Invalid order payload"),
    "nothing": ("sell 0 yes 0.60", "GTC", {}, "Invalid order payload"),
    "a date that is not asked for": (
        "buy 10 yes 0.50", "GTC", {"expiration_s": 1_900_000_000}, "invalid expiration"),
    "no date": ("buy 10 yes 0.50", "GTD", {}, "invalid expiration"),
    "no money": (
        "buy 10 yes 0.50", "GTC", {"maker": "nobody"},
        "not enough balance / allowance: the balance is not enough -> "
        "balance: 0, order amount: 5000000",
    ),
    "no shares": (
        "sell 10 yes 0.50", "GTC", {"maker": "nobody"},
        "not enough balance / allowance: the balance is not enough -> "
        "balance: 0, order amount: 10000000",
    ),
}  # fmt: skip


@pytest.fixture
def market() -> FloorMarket:
    found = FloorMarket()
    found.fund("a", "1000", "100")
    found.show("ask", "0.60", "100")
    return found


@pytest.mark.parametrize(("words", "kind", "more", "text"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_order_is_refused_in_the_venues_words(
    market: FloorMarket, words: str, kind: str, more: dict[str, object], text: str
) -> None:
    order = market.order("a", words, kind, **more)
    with pytest.raises(RefusedError) as refusal:
        market.floor.place(order, market.now)
    assert refusal.value.status == 400
    assert refusal.value.reason == text.replace("{id}", order.id)
    assert market.floor.order(order.id) is None
    assert market.book.asks.sizes == {600_000: 100_000_000}


def test_three_minutes_ahead_is_soon_enough_and_a_second_less_is_not(market: FloorMarket) -> None:
    soon = market.now // SECOND + 180
    market.place("a", "buy 10 yes 0.40", "GTD", expiration_s=soon)
    with pytest.raises(RefusedError, match="invalid expiration"):
        market.place("a", "buy 10 yes 0.40", "GTD", expiration_s=soon - 1)


def test_the_same_order_twice_is_one_order(market: FloorMarket) -> None:
    order = market.order("a", "buy 10 yes 0.40")
    market.floor.place(order, market.now)
    with pytest.raises(RefusedError, match=rf"order {order.id} is invalid\. Duplicated\."):
        market.floor.place(order, market.now)
    assert market.book.bids.sizes == {400_000: 10_000_000}


def test_a_buyer_without_money_hears_all_the_sums(market: FloorMarket) -> None:
    market.place("a", "buy 100 yes 0.40")
    market.place("a", "buy 10 yes 0.60")
    with pytest.raises(RefusedError) as refusal:
        market.place("a", "buy 2000 yes 0.49")
    assert refusal.value.reason == (
        "not enough balance / allowance: the balance is not enough -> balance: 1000000000, "
        "sum of active orders: 40000000, sum of matched orders: 6168000, "
        "order amount (inc. fees): 980000000"
    )


def test_the_fee_of_what_would_trade_at_once_must_be_paid_as_well(market: FloorMarket) -> None:
    market.fund("c", "6.167999")
    with pytest.raises(RefusedError, match=r"order amount \(inc. fees\): 6168000"):
        market.place("c", "buy 10 yes 0.60")
    market.fund("c", "0.000001")
    market.place("c", "buy 10 yes 0.60")
    market.wait(2_000)
    assert market.has("c")[0] == 0


def test_a_token_nobody_lists_has_no_order_book(market: FloorMarket) -> None:
    with pytest.raises(RefusedError, match="No orderbook exists") as refusal:
        market.place("a", "buy 10 yes 0.40", token="7")
    assert refusal.value.status == 404


def test_a_market_that_has_not_opened_takes_no_orders(market: FloorMarket) -> None:
    market.book.timestamp = "0"
    with pytest.raises(RefusedError, match="not yet ready to process new orders"):
        market.place("a", "buy 10 yes 0.40")


def test_a_recording_takes_no_orders(market: FloorMarket) -> None:
    class Recorded:
        kind = "recorded"

    floor = Floor(Recorded(), SettlementPlan(), 1)  # type: ignore[arg-type]
    with pytest.raises(RefusedError) as refusal:
        floor.place(market.order("a", "buy 10 yes 0.40"), market.now)
    assert refusal.value.status == 503
    assert refusal.value.reason.startswith("Trading is currently disabled.")
