"""The user channel, lost and late replies, and the control of accounts, over real sockets."""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import pytest
import yarl
from py_clob_client_v2 import ClobClient
from py_clob_client_v2.clob_types import OrderPayload
from py_clob_client_v2.exceptions import PolyApiException
from tests.integration.exchange.conftest import Client, Reader
from tests.integration.exchange.house import House, limit, running

from polywire.exchange.options import ExchangeOptions

Told = dict[str, Any]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with running() as made:
        yield made


@pytest.fixture
def yes(house: House) -> Iterator[str]:
    yield house.market()[1]
    house.tell(command="heal")


@pytest.fixture
async def sockets() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def listening(
    house: House, session: aiohttp.ClientSession, client: ClobClient, *markets: str
) -> Reader:
    """A user channel that is surely subscribed."""
    reader = Reader(await session.ws_connect(house.where["user_ws"]))
    creds = client.creds
    auth = {"apiKey": creds.api_key, "secret": creds.api_secret, "passphrase": creds.api_passphrase}
    await reader.send({"type": "user", "auth": auth} | ({"markets": [*markets]} if markets else {}))
    await reader.send("PING")
    assert await reader.text() == "PONG"
    return reader


async def test_a_silent_channel_is_closed(
    client: Callable[..., Awaitable[Client]], sockets: aiohttp.ClientSession
) -> None:
    made = await client(ExchangeOptions(silence_s=0.2, markets=1))
    reader = Reader(await sockets.ws_connect(made.where.user_ws))
    assert await reader.closed() == (1008, "no subscription")


def place(client: ClobClient, token: str, price: float = 0.1, side: str = "BUY") -> Told:
    told: Told = client.create_and_post_order(limit(token, side, price, 10))
    return told


async def kinds(reader: Reader, count: int) -> list[str]:
    """The prices of the next order events, in the order of arrival."""
    events = [json.loads(await reader.text()) for _ in range(count)]
    return [f"{one['type']} {one['price']}" for one in events]


async def test_a_channel_without_a_key_is_closed(
    house: House, sockets: aiohttp.ClientSession
) -> None:
    made = house.client().creds
    auth = {"apiKey": made.api_key, "secret": made.api_secret, "passphrase": made.api_passphrase}
    for first, reason in (
        ({"type": "user", "auth": auth | {"secret": "x"}}, "invalid credentials"),
        ({"type": "user"}, "invalid credentials"),
        ({"type": "market", "auth": auth}, "invalid subscription payload"),
        ({"type": "user", "auth": auth, "markets": [1]}, "invalid subscription payload"),
        ("PING", "invalid subscription payload"),
    ):
        reader = Reader(await sockets.ws_connect(house.where["user_ws"]))
        await reader.send(first)
        assert await reader.closed() == (1008, reason)


async def test_an_order_is_told_to_its_key_alone_and_to_its_market_alone(
    house: House, sockets: aiohttp.ClientSession, yes: str
) -> None:
    me, you, market = house.client(10), house.client(10), house.market()[0]
    mine = await listening(house, sockets, me)
    yours = await listening(house, sockets, you)
    here = await listening(house, sockets, me, market)
    elsewhere = await listening(house, sockets, me, "0x" + "1" * 64)
    placed = place(me, yes)
    event = json.loads(await mine.text())
    assert event == json.loads(await here.text())
    assert (event["event_type"], event["type"]) == ("order", "PLACEMENT")
    assert (event["id"], event["owner"]) == (placed["orderID"], me.creds.api_key)
    await elsewhere.send({"operation": "subscribe", "markets": [market]})
    await elsewhere.send({"type": "user"})
    assert await elsewhere.text() == "INVALID OPERATION"
    await here.send({"operation": "subscribe", "markets": ["0x" + "1" * 64]})
    await here.send({"operation": "unsubscribe", "markets": [market]})
    await here.send("PING")
    assert await here.text() == "PONG"
    me.cancel_all()
    assert json.loads(await elsewhere.text())["type"] == "CANCELLATION"
    assert json.loads(await mine.text())["type"] == "CANCELLATION"
    for quiet in (yours, here):
        assert await quiet.silent(0.1)


async def test_the_channel_repeats_reorders_withholds_and_drops_on_demand(
    house: House, sockets: aiohttp.ClientSession, yes: str
) -> None:
    client = house.client(100)
    reader = await listening(house, sockets, client)
    house.tell(command="user_repeat", count=1)
    place(client, yes, 0.1)
    place(client, yes, 0.11)
    assert await kinds(reader, 3) == ["PLACEMENT 0.1", "PLACEMENT 0.1", "PLACEMENT 0.11"]
    house.tell(command="user_reorder", count=1)
    place(client, yes, 0.12)
    place(client, yes, 0.13)
    assert await kinds(reader, 2) == ["PLACEMENT 0.13", "PLACEMENT 0.12"]
    house.tell(command="user_freeze", count=2)
    for price in (0.14, 0.15, 0.16):
        place(client, yes, price)
    assert await kinds(reader, 1) == ["PLACEMENT 0.16"]
    house.tell(command="user_reorder", count=1)
    place(client, yes, 0.17)
    assert await kinds(reader, 1) == ["PLACEMENT 0.17"]  # held until nothing is reordered
    house.tell(command="user_drop", code=1006)
    assert await reader.closed() == (1006, "")
    client.cancel_all()


def test_a_lost_reply_leaves_the_order_and_a_lost_request_does_not(house: House, yes: str) -> None:
    client = house.client(100)
    for kind, count in (("lost_replies", 1), ("lost_requests", 0)):
        house.tell(command=kind, count=1, method="POST")
        with pytest.raises(PolyApiException) as broken:
            place(client, yes)
        assert broken.value.status_code is None
        assert len(client.get_open_orders()) == count
        client.cancel_all()
        house.tell(command=kind, count=1, status=500)
        with pytest.raises(PolyApiException) as broken:
            place(client, yes)
        assert broken.value.status_code == 500
        assert broken.value.error_msg == {"error": "Internal server error"}
        assert len(client.get_open_orders()) == count
        client.cancel_all()
    placed = place(client, yes)["orderID"]
    for kind, left in (("lost_requests", 1), ("lost_replies", 0)):
        house.tell(command=kind, count=1, method="DELETE")
        with pytest.raises(PolyApiException):
            client.cancel_order(OrderPayload(orderID=placed))
        assert len(client.get_open_orders()) == left


def test_a_late_reply_is_late_and_what_it_tells_is_done_before(house: House, yes: str) -> None:
    client, other = house.client(100), house.client(100)
    house.tell(command="late_replies", count=1, milliseconds=300)
    began = time.monotonic()
    assert place(client, yes)["status"] == "live"
    assert time.monotonic() - began >= 0.3
    began = time.monotonic()
    place(other, yes)
    assert time.monotonic() - began < 0.3
    client.cancel_all()
    other.cancel_all()


async def test_many_orders_at_once_are_refused_with_a_time_to_wait(
    house: House, sockets: aiohttp.ClientSession
) -> None:
    client = house.client()
    statuses = []
    body = "[" + ",".join("7" * 15) + "]"
    for _ in range(50):  # what is no order costs as much as one
        headers = client._l2_headers("POST", "/orders", serialized_body=body)
        async with sockets.post(f"{house.clob}/orders", data=body, headers=headers) as told:
            statuses.append(told.status)
        if told.status == 429:
            break
        assert told.headers["Poly-RateLimit-Tier"] == "Standard"
        assert "Retry-After" not in told.headers
    assert statuses[:4] == [200] * 4
    assert statuses[-1] == 429
    assert told.headers["Retry-After"] == "1"
    assert abs(int(told.headers["Poly-RateLimit-Reset"]) - time.time()) < 5


async def test_no_body_and_no_query_makes_the_exchange_stumble(
    house: House, sockets: aiohttp.ClientSession
) -> None:
    client = house.client()
    bodies = ["", "null", "7", '"x"', "[]", "{}", "[[]]", "[7]", "[{}]", '{"orderID":7}', "\u00e9",
              '{"orderID":null}', '{"market":7}', '{"heartbeat_id":7}', '{"key":7}',
              '{"order":{},"owner":"x","orderType":"GTC"}', "[" * 100_000]  # fmt: skip
    asked = [
        (method, path, body)
        for method, path in (
            ("POST", "/order"), ("POST", "/orders"), ("DELETE", "/order"), ("DELETE", "/orders"),
            ("DELETE", "/cancel-market-orders"), ("POST", "/orders-scoring"),
            ("POST", "/v1/heartbeats"), ("DELETE", "/auth/readonly-api-key"),
        )
        for body in bodies
    ] + [
        ("GET", f"/{path}?{query}", "")
        for path in ("data/orders", "data/trades", "balance-allowance", "notifications")
        for query in (
            "next_cursor=x", "next_cursor=LTE=", "after=%C2%B2", "before=-1", "signature_type=9",
            "asset_type=CONDITIONAL&token_id=%C2%B2", "asset_type=x", "maker_address=%00", "id=",
        )
    ]  # fmt: skip
    for method, path, body in asked:
        headers = client._l2_headers(method, path.partition("?")[0], serialized_body=body)
        url = yarl.URL(house.clob + path, encoded=True)
        data = body.encode()
        async with sockets.request(method, url, data=data, headers=headers) as told:
            assert told.status in (200, 400, 429), (method, path, body[:99], await told.text())


def test_funding_takes_text_and_numbers_and_says_what_else_it_wants(house: House, yes: str) -> None:
    wallet = "0x" + "0a" * 20
    path = f"/accounts/{wallet}/fund"
    assert house.post(path, {"collateral": "1000", "shares": {yes: 200}}) == {"ok": True}
    assert house.post(path, {"collateral": 0.1, "shares": {yes: "0.000001"}}) == {"ok": True}
    truth = house.truth(wallet.upper().replace("X", "x"))
    assert truth["collateral"] == 1_000_100_000
    assert truth["shares"] == {yes: 200_000_001}
    for asked, words in (
        ({"collateral": "-1"}, "collateral takes a number from 0 with at most six decimals"),
        ({"collateral": "0.0000001"}, "collateral takes a number"),
        ({"collateral": True}, "collateral takes a number"),
        ({"shares": {"1": 1}}, "shares takes tokens; '1' is not listed"),
        ({"shares": [1]}, "shares takes an object"),
        ({"money": 1}, "money is no key here"),
    ):
        assert words in house.post(path, asked)
    assert "an address is 0x" in house.post("/accounts/me/fund", {})
    assert "banned takes true or false" in house.post(f"/accounts/{wallet}/standing", {"banned": 1})


def test_the_truth_has_every_order_and_fill_in_base_units(house: House, yes: str) -> None:
    maker, taker = house.client(100), house.client(0, **{yes: 10})
    bid = place(maker, yes, 0.25)["orderID"]
    gone = place(maker, yes, 0.2)["orderID"]
    maker.cancel_order(OrderPayload(orderID=gone))
    told = taker.create_and_post_order(limit(yes, "SELL", 0.25, 6))
    house.step(10)
    mine = house.truth(maker.get_address())
    assert mine["shares"] == {yes: 6_000_000}
    assert mine["collateral"] == 98_500_000
    orders = {one["id"]: one for one in mine["orders"]}
    assert set(orders) == {bid, gone}
    assert (orders[bid]["original_size"], orders[bid]["size_matched"]) == (10_000_000, 6_000_000)
    assert (orders[bid]["status"], orders[gone]["status"]) == ("LIVE", "CANCELED")
    (fill,) = mine["fills"]
    assert (fill["order"], fill["price"], fill["size"]) == (bid, 250_000, 6_000_000)
    (theirs,) = house.truth(taker.get_address())["fills"]
    assert (theirs["order"], theirs["trade"]) == (told["orderID"], fill["trade"])
    maker.cancel_all()
