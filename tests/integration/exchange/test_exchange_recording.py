"""A recording goes over a real socket as it is."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import zstandard

from polywire.exchange.options import ExchangeOptions

Start = Callable[..., Awaitable[Any]]


async def test_every_recorded_frame_reaches_a_reader_of_all_assets(
    client: Start, recordings: Path
) -> None:
    path = recordings / "polymarket/market_channel_20260727.jsonl.zst"
    text = zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).readall().decode()
    rows = [json.loads(line)["frame"] for line in text.splitlines()]
    made = await client(ExchangeOptions(recording=path, speed=1e6))
    markets = await made.markets()
    assert len(markets) == 2
    tokens = [token for market in markets for token in market["tokens"]]
    everything, one = await made.reader(), await made.reader()
    await everything.subscribe(*tokens)
    await one.subscribe(markets[1]["tokens"][0])
    received = [json.loads(await everything.text()) for _ in rows]
    assert received == rows
    second = [row for row in rows if row["market"] == markets[1]["conditionId"]]
    assert [json.loads(await one.text()) for _ in second] == second
    book = await made.get(f"{made.where.clob}/book?token_id={tokens[0]}")
    assert book["neg_risk"] is True
    await made.get(f"{made.where.clob}/book?token_id={tokens[2]}", 404)


async def test_rebuilt_ticks_say_so_and_lose_nothing_at_any_speed(
    client: Start, tmp_path: Path
) -> None:
    path = tmp_path / "ticks_20260101_0000.csv"
    rows = ["ts_ms,kind,token,side,price,size,best_bid,best_ask"]
    for n in range(8_000):
        rows.append(f"{n},change,0,BUY,0.{1 + n % 8},{n + 1},0.8,1")
        rows.append(f"{n},change,1,SELL,0.{9 - n % 8},{n + 1},0,0.2")
    path.write_text("\n".join(rows))
    (tmp_path / "ticks_20260101_tokens.json").write_text('{"0": "11", "1": "22"}')
    made = await client(ExchangeOptions(recording=path, speed=1e6))
    assert made.exchange.ready()["source"] == "rebuilt"
    async with made.session.get(f"{made.where.gamma}/markets") as response:
        assert response.headers["X-Polywire-Source"] == "rebuilt"
    reader = await made.reader()
    assert reader.socket._response.headers["X-Polywire-Source"] == "rebuilt"
    await reader.subscribe("11", "22")
    dump = json.loads(await reader.text())
    assert [(book["bids"], book["asks"]) for book in dump] == [([], [])] * 2
    await asyncio.sleep(1)
    sizes = [json.loads(await reader.text())["price_changes"][0]["size"] for _ in range(8_000)]
    assert sizes == [str(n + 1) for n in range(8_000)]
