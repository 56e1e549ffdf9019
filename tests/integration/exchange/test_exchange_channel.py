"""The market channel's rules one by one, over a real socket."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from polywire.exchange.options import ExchangeOptions

Start = Callable[..., Awaitable[Any]]
UNKNOWN = "1" * 77


async def quiet(client: Start) -> tuple[Any, list[Any]]:
    """An exchange whose flow stands still, and its markets."""
    made = await client(ExchangeOptions(control=True))
    await made.command("stop")
    return made, await made.markets()


async def test_the_first_frame_is_answered_with_one_array_of_books(client: Start) -> None:
    made, markets = await quiet(client)
    reader = await made.reader()
    tokens = markets[0]["tokens"] + markets[1]["tokens"]
    await reader.subscribe(*tokens, UNKNOWN)
    dump = json.loads(await reader.text())
    assert [event["event_type"] for event in dump] == ["book"] * 4
    assert [event["asset_id"] for event in dump] == tokens
    rest = await made.get(f"{made.where.clob}/book?token_id={tokens[0]}")
    for key in ("hash", "bids", "asks", "timestamp", "tick_size", "last_trade_price", "market"):
        assert dump[0][key] == rest[key]
    assert await reader.silent()


async def test_a_dump_that_is_not_wanted_does_not_come(client: Start) -> None:
    made, markets = await quiet(client)
    reader = await made.reader()
    await reader.subscribe(*markets[0]["tokens"], initial_dump=False)
    assert await reader.silent()


@pytest.mark.parametrize(
    "first",
    [
        "PING",
        "hello",
        "[]",
        {"type": "MARKET", "assets_ids": []},
        {"type": "market"},
        {"type": "market", "assets_ids": [1]},
        {"operation": "subscribe", "assets_ids": []},
    ],
)
async def test_anything_but_a_subscription_first_closes_the_socket(
    client: Start, first: object
) -> None:
    reader = await (await client()).reader()
    await reader.send(first)
    assert await reader.closed() == (1008, "invalid subscription payload")


async def test_ping_is_answered_with_the_bare_text_pong(client: Start) -> None:
    made, _ = await quiet(client)
    reader = await made.reader()
    await reader.subscribe()
    await reader.send("PING")
    assert await reader.text() == "PONG"


async def test_protocol_pings_are_answered(client: Start) -> None:
    made, _ = await quiet(client)
    reader = await made.reader()
    await reader.subscribe()
    await reader.socket.ping(b"here")
    await reader.send("PING")
    assert await reader.text() == "PONG"
    assert not reader.socket.closed


async def test_a_second_type_frame_is_an_invalid_operation(client: Start) -> None:
    made, markets = await quiet(client)
    reader = await made.reader()
    await reader.subscribe()
    await reader.subscribe(*markets[0]["tokens"])
    assert await reader.text() == "INVALID OPERATION"
    assert await reader.silent()


async def test_subscriptions_come_and_go_on_an_open_socket(client: Start) -> None:
    made, markets = await quiet(client)
    reader = await made.reader()
    token = markets[0]["tokens"][0]
    await reader.subscribe()
    await reader.send({"operation": "subscribe", "assets_ids": [token]})
    assert (await reader.until("book"))["asset_id"] == token
    await made.command("tick", market=markets[0]["conditionId"], tick="0.005")
    assert (await reader.until("tick_size_change"))["new_tick_size"] == "0.005"
    await reader.send({"operation": "unsubscribe", "assets_ids": [token]})
    await reader.send("PING")
    assert await reader.text() == "PONG"
    await made.command("tick", market=markets[0]["conditionId"], tick="0.01")
    assert await reader.silent()


async def test_a_duplicate_is_refused_but_its_flag_is_applied(client: Start) -> None:
    made, markets = await quiet(client)
    reader = await made.reader()
    token, other = markets[0]["tokens"][0], markets[1]["tokens"][0]
    await reader.subscribe(token)
    await reader.until("book")
    await reader.send(
        {"operation": "subscribe", "assets_ids": [token, other], "custom_feature_enabled": True}
    )
    assert await reader.silent()
    await made.command("list")
    assert (await reader.until("new_market"))["event_type"] == "new_market"


async def test_custom_events_need_the_flag(client: Start) -> None:
    made, markets = await quiet(client)
    plain, custom, whole = [await made.reader() for _ in range(3)]
    await plain.subscribe(*markets[0]["tokens"])
    await custom.subscribe(*markets[0]["tokens"], custom_feature_enabled=True)
    await whole.subscribe(custom_feature_enabled=True)
    for reader in (plain, custom):
        await reader.until("book")
    await made.command("list")
    listed = [await reader.until("new_market") for reader in (custom, whole)]
    assert listed[0] == listed[1]
    assert await plain.silent()
    await made.command("resolve", market=markets[0]["conditionId"], payout="0.5")
    resolved = await custom.until("market_resolved")
    assert (resolved["assets_ids"], resolved["winning_asset_id"]) == (markets[0]["tokens"], "")
    assert json.loads(await plain.text())["bids"] == []


async def test_both_tokens_are_in_a_change_even_if_one_is_subscribed(client: Start) -> None:
    made = await client(ExchangeOptions(frames_a_second=2_000))
    tokens = (await made.markets())[0]["tokens"]
    reader = await made.reader()
    await reader.subscribe(tokens[1])
    change = await reader.until("price_change")
    assert {entry["asset_id"] for entry in change["price_changes"]} == set(tokens)


async def test_books_and_prints_go_only_to_readers_of_their_token(client: Start) -> None:
    made, markets = await quiet(client)
    token = markets[0]["tokens"][0]
    reader = await made.reader()
    await reader.subscribe(token)
    await reader.until("book")
    for _ in range(10):
        await made.command("trade", asset=token, side="BUY", size="1")
    await made.command("step", seconds=0.2)
    await reader.send("PING")
    seen = []
    while (text := await reader.text()) != "PONG":
        seen.append(json.loads(text))
    assert {event["event_type"] for event in seen} >= {"book", "last_trade_price"}
    for event in seen:
        if event["event_type"] in ("book", "last_trade_price"):
            assert event["asset_id"] == token


@pytest.mark.parametrize(("subscribes", "code"), [(True, 1001), (False, 1008)])
async def test_a_socket_that_stays_silent_is_dropped(
    client: Start, subscribes: bool, code: int
) -> None:
    made = await client(ExchangeOptions(silence_s=0.4))
    reader = await made.reader()
    if subscribes:
        await reader.subscribe()
    assert (await reader.closed())[0] == code


async def test_a_socket_that_pings_lives_on(client: Start) -> None:
    made = await client(ExchangeOptions(silence_s=0.6, control=True))
    await made.command("stop")
    reader = await made.reader()
    await reader.subscribe()
    for _ in range(5):
        await reader.send("PING")
        assert await reader.text() == "PONG"
        await asyncio.sleep(0.25)


async def test_a_reader_that_does_not_read_is_closed_and_memory_stays_bounded(
    client: Start,
) -> None:
    made = await client(ExchangeOptions(frames_a_second=20_000, silence_s=1.0))
    tokens = [token for market in await made.markets() for token in market["tokens"]]
    host, port = made.where.clob.removeprefix("http://").split(":")
    stream, writer = await asyncio.open_connection(host, int(port), limit=1024)
    writer.write(
        b"GET /ws/market HTTP/1.1\r\nHost: local\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await stream.readuntil(b"\r\n\r\n")
    payload = json.dumps({"type": "market", "assets_ids": tokens}).encode()
    writer.write(b"\x81\xfe" + len(payload).to_bytes(2) + b"\0\0\0\0" + payload)
    await writer.drain()
    biggest = 0
    async with asyncio.timeout(20):
        while made.exchange.channel.backlog() or not biggest:
            biggest = max(biggest, made.exchange.channel.backlog())
            await asyncio.sleep(0.02)
        assert biggest <= 17 * 2**20
        while made.exchange.channel.readers():  # noqa: ASYNC110  # there is nothing to wait on
            await asyncio.sleep(0.05)
    writer.close()


async def test_a_frozen_asset_is_silent_while_pong_goes_on(client: Start) -> None:
    made, markets = await quiet(client)
    token = markets[0]["tokens"][0]
    reader = await made.reader()
    await reader.subscribe(token)
    await reader.until("book")
    await made.command("freeze", asset=token)
    await made.command("tick", market=markets[0]["conditionId"], tick="0.005")
    await reader.send("PING")
    assert await reader.text() == "PONG"
    await made.command("heal")
    await made.command("tick", market=markets[0]["conditionId"], tick="0.001")
    assert (await reader.until("tick_size_change"))["old_tick_size"] == "0.005"


async def test_a_first_book_can_be_withheld_once(client: Start) -> None:
    made, markets = await quiet(client)
    first, second = markets[0]["tokens"]
    await made.command("missing_book", asset=first, until="resubscribe")
    reader = await made.reader()
    await reader.subscribe(first, second)
    assert [event["asset_id"] for event in json.loads(await reader.text())] == [second]
    again = await made.reader()
    await again.subscribe(first)
    assert (await again.until("book"))["asset_id"] == first


async def test_sockets_can_be_dropped_and_upgrades_refused(client: Start) -> None:
    made, _ = await quiet(client)
    reader = await made.reader()
    await reader.subscribe()
    await made.command("drop", code=1012)
    assert (await reader.closed())[0] == 1012
    cut = await made.reader()
    await cut.subscribe()
    await made.command("drop", code=1006)
    assert (await cut.closed())[0] in (None, 1006)
    await made.command("refuse_upgrades", count=1)
    with pytest.raises(aiohttp.WSServerHandshakeError, match="429"):
        await made.reader()
    await (await made.reader()).subscribe()


async def test_one_hash_can_be_made_wrong(client: Start) -> None:
    made, markets = await quiet(client)
    token = markets[0]["tokens"][0]
    reader = await made.reader()
    await reader.subscribe(token)
    await reader.until("book")
    await made.command("wrong_hash", asset=token, count=1)
    for _ in range(2):
        await made.command("trade", asset=token, side="BUY", size="1")
    wrong = (await reader.until("book"))["hash"]
    truth = (await made.get(f"{made.where.control}/truth"))["books"][token]
    assert wrong != truth["hash"] == (await reader.until("book"))["hash"]
