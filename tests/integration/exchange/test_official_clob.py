"""The official CLOB client trades here unmodified: keys, every type of order, cancels, reads."""

import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from py_clob_client_v2 import ClobClient
from py_clob_client_v2.clob_types import (
    AssetType,
    BalanceAllowanceParams,
    DropNotificationParams,
    MarketOrderArgsV2,
    OpenOrderParams,
    OrderMarketCancelParams,
    OrderPayload,
    OrderScoringParams,
    OrdersScoringParams,
    OrderType,
    PostOrdersV2Args,
    TradeParams,
)
from py_clob_client_v2.exceptions import PolyApiException
from tests.integration.exchange.house import House, limit, running
from tests.pages import DOCS, blocks

Told = dict[str, Any]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with running("--tier", "Elite") as made:
        yield made


@pytest.fixture
def yes(house: House) -> str:
    """A token whose book is empty at the end of every test."""
    return house.market()[1]


def balance(client: ClobClient, token: str = "") -> int:
    kind = AssetType.CONDITIONAL if token else AssetType.COLLATERAL
    asked = BalanceAllowanceParams(asset_type=kind, token_id=token or None)
    return int(client.get_balance_allowance(asked)["balance"])


def test_the_guide_does_what_it_says(house: House, yes: str) -> None:
    guide = blocks(DOCS / "how-to/trade-locally.md")
    first, unified = (one.text for one in guide if one.language == "python")
    unified = unified.replace(
        "ws://127.0.0.1:8100/ws", house.where["user_ws"].removesuffix("/user")
    )
    for name, port in (("clob", 8100), ("gamma", 8101), ("data", 8102), ("control", 8109)):
        first = first.replace(f"http://127.0.0.1:{port}", house.where[name])
        unified = unified.replace(f"http://127.0.0.1:{port}", house.where[name])
    told: dict[str, Any] = {}
    exec(compile(first, "trade-locally", "exec"), told)
    assert told["token"] == yes
    exec(compile(unified, "trade-locally", "exec"), {})


def test_keys_are_made_derived_listed_and_deleted(house: House) -> None:
    client = house.client()
    made = client.creds
    assert client.derive_api_key() == made
    with pytest.raises(PolyApiException) as refused:
        client.create_api_key()
    assert refused.value.status_code == 400
    second = client.create_api_key(nonce=1)
    assert client.get_api_keys() == {"apiKeys": [made.api_key, second.api_key]}
    assert client.get_closed_only_mode() == {"closed_only": False}
    readonly = client.create_readonly_api_key()["apiKey"]
    assert client.get_readonly_api_keys() == [readonly]
    assert client.delete_readonly_api_key(readonly) is True
    builder = client.create_builder_api_key()
    assert set(builder) == {"key", "secret", "passphrase"}
    assert client.get_builder_api_keys() == [{"key": builder["key"]}]
    assert client.revoke_builder_api_key() == "OK"
    assert client.get_builder_api_keys() == []
    assert client.delete_api_key() == "OK"
    with pytest.raises(PolyApiException) as refused:
        client.get_api_keys()
    assert refused.value.status_code == 401


def test_resting_orders_are_shown_scored_and_cancelled_in_every_way(house: House, yes: str) -> None:
    client, market = house.client(1000), house.market()[0]
    late = int(time.time()) + 600
    soon = limit(yes, "BUY", 0.21, 10)
    soon.expiration = late
    orders = [
        client.create_and_post_order(limit(yes, "BUY", 0.2, 10)),
        client.create_and_post_order(soon, order_type=OrderType.GTD),
        client.create_and_post_order(limit(yes, "BUY", 0.22, 10), post_only=True),
        client.create_and_post_order(limit(yes, "BUY", 0.23, 10)),
        client.create_and_post_order(limit(yes, "BUY", 0.24, 10)),
    ]
    assert {one["status"] for one in orders} == {"live"}
    assert all(one["success"] and one["errorMsg"] == "" for one in orders)
    ids = [one["orderID"] for one in orders]
    shown = client.get_open_orders(OpenOrderParams(asset_id=yes))
    assert [one["id"] for one in shown] == ids
    assert [one["price"] for one in shown] == ["0.2", "0.21", "0.22", "0.23", "0.24"]
    assert [one["order_type"] for one in shown] == ["GTC", "GTD", "GTC", "GTC", "GTC"]
    assert shown[1]["expiration"] == str(late)
    assert client.get_open_orders(OpenOrderParams(id=ids[2])) == [shown[2]]
    assert client.get_order(ids[0]) == shown[0]
    assert client.is_order_scoring(OrderScoringParams(orderId=ids[0])) == {"scoring": True}
    assert client.cancel_order(OrderPayload(orderID=ids[0])) == {
        "canceled": [ids[0]], "not_canceled": {},
    }  # fmt: skip
    scored = client.are_orders_scoring(OrdersScoringParams(orderIds=ids[:2]))
    assert scored == {ids[0]: False, ids[1]: True}
    assert client.get_order(ids[0])["status"] == "CANCELED"
    assert client.cancel_orders([ids[0], ids[1], "0x12"]) == {
        "canceled": [ids[1]],
        "not_canceled": {
            ids[0]: "Order already canceled",
            "0x12": "Order not found or already canceled",
        },
    }
    other = OrderMarketCancelParams(market="0x" + "1" * 64)
    assert client.cancel_market_orders(other) == {"canceled": [], "not_canceled": {}}
    told = client.cancel_market_orders(OrderMarketCancelParams(market=market, asset_id=yes))
    assert set(told["canceled"]) == set(ids[2:])
    assert client.cancel_all() == {"canceled": [], "not_canceled": {}}
    assert client.get_open_orders() == []


def test_a_resting_order_expires_a_minute_early(house: House, yes: str) -> None:
    client = house.client(100)
    args = limit(yes, "BUY", 0.2, 10)
    # The exchange's clock has been stepped ahead of the machine's by other tests.
    args.expiration = house.get(f"{house.clob}/time") + 185
    placed = client.create_and_post_order(args, order_type=OrderType.GTD)
    house.step(120)
    assert client.get_order(placed["orderID"])["status"] == "LIVE"
    house.step(10)
    assert client.get_order(placed["orderID"])["status"] == "CANCELED_EXPIRED_ORDER"


def test_market_orders_match_and_settle_to_the_micro(house: House, yes: str) -> None:
    maker, taker = house.client(0, **{yes: 100}), house.client(1000)
    maker.create_and_post_order(limit(yes, "SELL", 0.5, 40))
    maker.create_and_post_order(limit(yes, "SELL", 0.52, 60))
    buy = MarketOrderArgsV2(token_id=yes, amount=25.2, side="BUY", price=0.52)
    told = taker.create_and_post_market_order(buy, order_type=OrderType.FOK)
    assert told["status"] == "matched"
    assert told["makingAmount"] == "25.2"
    assert told["takingAmount"] == "50"
    assert len(told["tradeIDs"]) == len(told["transactionsHashes"]) == 1
    (mine,) = taker.get_trades(TradeParams(id=told["tradeIDs"][0]))
    assert (mine["trader_side"], mine["size"], mine["status"]) == ("TAKER", "50", "MATCHED")
    (theirs,) = maker.get_trades(TradeParams(market=house.market()[0]))
    assert theirs["trader_side"] == "MAKER"
    assert [one["matched_amount"] for one in theirs["maker_orders"]] == ["40", "10"]
    assert balance(taker) == 1_000_000_000
    money = BalanceAllowanceParams(asset_type=AssetType.COLLATERAL)
    assert taker.update_balance_allowance(money) == ""
    house.step(2.5)
    fee = 1_000_000_000 - 25_200_000 - balance(taker)
    assert fee == 499_840  # 0.04 of 40 * 0.5 * 0.5 and of 10 * 0.52 * 0.48
    assert balance(taker, yes) == 50_000_000
    assert balance(maker) == 25_200_000
    assert balance(maker, yes) == 50_000_000
    assert taker.get_trades()[0]["status"] == "MINED"
    house.step(5)
    assert taker.get_trades()[0]["status"] == "CONFIRMED"
    sell = MarketOrderArgsV2(token_id=yes, amount=50, side="SELL", price=0.4)
    buyer = house.client(1000)
    bid = buyer.create_and_post_order(limit(yes, "BUY", 0.45, 20))
    told = taker.create_and_post_market_order(sell, order_type=OrderType.FAK)
    assert (told["status"], told["makingAmount"], told["takingAmount"]) == ("matched", "20", "9")
    assert taker.get_order(told["orderID"])["status"] == "CANCELED"
    assert buyer.get_order(bid["orderID"])["status"] == "MATCHED"
    house.step(10)
    truth = house.truth(buyer.get_address())
    assert truth["collateral"] == 1_000_000_000 - 9_000_000
    assert truth["shares"] == {yes: 20_000_000}
    maker.cancel_all()


def test_a_bid_on_the_other_outcome_is_met_by_a_mint(house: House, yes: str) -> None:
    no = house.market()[2]
    first, second = house.client(100), house.client(100)
    first.create_and_post_order(limit(no, "BUY", 0.48, 10))
    told = second.create_and_post_order(limit(yes, "BUY", 0.55, 10))
    assert (told["status"], told["makingAmount"], told["takingAmount"]) == ("matched", "5.2", "10")
    house.step(10)
    (trade,) = first.get_trades()
    (entry,) = trade["maker_orders"]
    assert (entry["asset_id"], entry["side"], entry["price"]) == (no, "BUY", "0.48")
    assert balance(first, no) == balance(second, yes) == 10_000_000


def test_a_batch_answers_in_order_and_refuses_alone(house: House, yes: str) -> None:
    client = house.client(10)
    sizes = [5, 4, *[5] * 13]
    args = [
        PostOrdersV2Args(client.create_order(limit(yes, "BUY", 0.1, size)), OrderType.GTC)
        for size in sizes
    ]
    told = client.post_orders(args)
    assert [one["success"] for one in told] == [size == 5 for size in sizes]
    assert "Size (4) lower than the minimum: 5" in told[1]["errorMsg"]
    ids = [one["orderID"] for one in told if one["orderID"]]
    assert [one["id"] for one in client.get_open_orders()] == ids
    assert len(client.cancel_all()["canceled"]) == 14


def test_orders_and_trades_come_in_pages(house: House, yes: str) -> None:
    maker, taker = house.client(1000), house.client(0, **{yes: 1000})
    placed = []
    for _ in range(7):
        args = [
            PostOrdersV2Args(maker.create_order(limit(yes, "BUY", 0.1, 5)), OrderType.GTC)
            for _ in range(15)
        ]
        placed += [one["orderID"] for one in maker.post_orders(args)]
    assert len(maker.get_open_orders(only_first_page=True)) == 100
    assert [one["id"] for one in maker.get_open_orders()] == placed
    for _ in range(7):
        sales = [
            PostOrdersV2Args(taker.create_order(limit(yes, "SELL", 0.1, 5)), OrderType.GTC)
            for _ in range(15)
        ]
        assert {one["status"] for one in taker.post_orders(sales, defer_exec=True)} == {"matched"}
    page = taker.get_trades_paginated()
    assert (len(page["trades"]), page["limit"], page["count"]) == (100, 100, 100)
    rest = taker.get_trades_paginated(next_cursor=page["next_cursor"])
    assert (len(rest["trades"]), rest["next_cursor"]) == (5, "LTE=")
    trades = taker.get_trades()
    assert trades == page["trades"] + rest["trades"]
    assert sum(Decimal(one["size"]) for one in trades) == 525
    now = int(trades[0]["match_time"])
    assert len(taker.get_trades(TradeParams(after=now))) == 105
    assert taker.get_trades(TradeParams(before=now)) == []
    assert taker.get_trades(TradeParams(after=now + 1)) == []
    assert len(taker.get_trades(TradeParams(maker_address=maker.get_address()))) == 105
    assert maker.get_open_orders() == []
    assert taker.get_pre_migration_orders() == []
    assert taker.get_total_earnings_for_user_for_day("2026-11-20") == []
    assert taker.get_earnings_for_user_for_day("2026-11-20") == []
    assert taker.get_reward_percentages() == {}


def test_notifications_tell_of_fills_and_cancels_until_they_are_dropped(
    house: House, yes: str
) -> None:
    maker, taker = house.client(100), house.client(0, **{yes: 10})
    maker.create_and_post_order(limit(yes, "BUY", 0.3, 10))
    taker.create_and_post_order(limit(yes, "SELL", 0.3, 5))
    maker.cancel_all()
    told = maker.get_notifications()
    assert [one["type"] for one in told] == [2, 1]
    assert told[0]["payload"]["matched_size"] == "5"
    assert told[1]["payload"]["remaining_size"] == "5"
    assert maker.drop_notifications(DropNotificationParams(ids=[str(told[0]["id"])])) == "OK"
    assert maker.get_notifications() == told[1:]


def test_a_trade_that_fails_on_chain_gives_everything_back(house: House, yes: str) -> None:
    maker, taker = house.client(100), house.client(0, **{yes: 10})
    house.tell(command="settle", fail_share="1")
    maker.create_and_post_order(limit(yes, "BUY", 0.3, 10))
    told = taker.create_and_post_order(limit(yes, "SELL", 0.3, 10))
    house.tell(command="settle", fail_share="0")
    assert told["status"] == "matched"
    house.step(10)
    assert [one["status"] for one in taker.get_trades()] == ["FAILED"]
    assert [one["type"] for one in maker.get_notifications()] == [2, 8]
    assert (balance(maker), balance(maker, yes)) == (100_000_000, 0)
    assert (balance(taker), balance(taker, yes)) == (0, 10_000_000)


def test_orders_fall_when_the_heartbeat_stops(house: House, yes: str) -> None:
    client = house.client(100)
    placed = client.create_and_post_order(limit(yes, "BUY", 0.3, 10))
    told = client.post_heartbeat()
    house.step(6)
    told = client.post_heartbeat(told["heartbeat_id"])
    with pytest.raises(PolyApiException) as refused:
        client.post_heartbeat("stale")
    assert refused.value.status_code == 400
    assert refused.value.error_msg == {"error_msg": "Invalid Heartbeat ID", **told}
    house.step(6)
    time.sleep(0.3)
    assert client.get_order(placed["orderID"])["status"] == "LIVE"
    house.step(16)
    deadline = time.monotonic() + 5
    while client.get_open_orders() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert client.get_order(placed["orderID"])["status"] == "CANCELED"
