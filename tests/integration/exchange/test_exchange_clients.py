"""The official Python clients read markets, books, prices and the channel, unmodified."""

import asyncio
import dataclasses
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from polymarket import AsyncPublicClient
from polymarket._internal.environment import PRODUCTION_CONFIG, create_environment
from polymarket.streams import MarketSpec
from py_clob_client_v2 import ClobClient
from py_clob_client_v2.clob_types import BookParams
from py_clob_client_v2.http_helpers import helpers
from py_clob_client_v2.utilities import parse_raw_orderbook_summary

from polywire.exchange.options import ExchangeOptions

Start = Callable[..., Awaitable[Any]]


@pytest.fixture
def clob_client() -> Iterator[Callable[[str], ClobClient]]:
    """The CLOB client; its module-wide connections are closed after the test."""
    before, helpers._http_client = helpers._http_client, httpx.Client()
    yield lambda host: ClobClient(host=host, chain_id=137)
    helpers._http_client.close()
    helpers._http_client = before


def read_everything(client: ClobClient, neg_risk: bool) -> None:
    """Every public read of the CLOB client on one market."""
    assert client.get_ok() == "OK"
    assert client.get_version() == 2
    assert client.get_server_time() > 1_700_000_000
    market = next(m for m in client.get_markets()["data"] if m["neg_risk"] is neg_risk)
    for read in (
        client.get_simplified_markets,
        client.get_sampling_markets,
        client.get_sampling_simplified_markets,
    ):
        assert market["condition_id"] in {one["condition_id"] for one in read()["data"]}
    yes, no = (token["token_id"] for token in market["tokens"])
    raw = client.get_order_book(yes)
    summary = parse_raw_orderbook_summary(raw)
    assert client.get_order_book_hash(summary) == raw["hash"]
    both = [BookParams(token_id=yes), BookParams(token_id=no)]
    books = {book["asset_id"]: book for book in client.get_order_books(both)}
    assert Decimal(books[yes]["bids"][-1]["price"]) + Decimal(books[no]["asks"][-1]["price"]) == 1
    assert client.get_price(yes, "BUY") == {"price": raw["bids"][-1]["price"]}
    assert client.get_price(yes, "SELL") == {"price": raw["asks"][-1]["price"]}
    assert set(client.get_prices([BookParams(token_id=yes, side="BUY")])) == {yes}
    assert Decimal(client.get_midpoint(yes)["mid"]) > 0
    assert set(client.get_midpoints(both)) == {yes, no}
    assert Decimal(client.get_spread(yes)["spread"]) > 0
    assert set(client.get_spreads(both)) == {yes, no}
    assert set(client.get_last_trade_price(yes)) == {"price", "side"}
    assert [one["token_id"] for one in client.get_last_trades_prices(both)] == [yes, no]
    assert Decimal(str(client.get_tick_size(yes))) == Decimal(raw["tick_size"])
    assert client.get_neg_risk(yes) is neg_risk
    assert client.get_fee_rate_bps(yes) in (0, 1000)
    assert client.get_market(market["condition_id"])["question"] == market["question"]
    assert client.get_clob_market_info(market["condition_id"])["c"] == market["condition_id"]


@pytest.mark.parametrize("neg_risk", [False, True])
async def test_the_clob_client_reads_everything_public(
    client: Start, clob_client: Callable[[str], ClobClient], neg_risk: bool
) -> None:
    made = await client(ExchangeOptions(control=True))
    await made.command("stop")
    await asyncio.to_thread(read_everything, clob_client(made.where.clob), neg_risk)


def environment(where: Any) -> Any:  # noqa: ANN401
    """The unified client's environment with our addresses."""
    config = dataclasses.replace(
        PRODUCTION_CONFIG,
        clob_url=where.clob,
        clob_market_ws_url=where.market_ws,
        gamma_url=where.gamma,
        data_url=where.data,
    )
    return create_environment(name="local", config=config)


async def test_the_unified_client_reads_the_catalogue_and_books(client: Start) -> None:
    made = await client(ExchangeOptions(control=True, markets=30))
    await made.command("stop")
    async with AsyncPublicClient(environment=environment(made.where)) as official:
        markets = [market async for market in official.list_markets(page_size=7).iter_items()]
        assert len(markets) >= 30
        market = markets[0]
        assert market.trading.fee_schedule is not None
        assert market.trading.fee_schedule.rate == Decimal("0.07")
        assert (await official.get_market(slug=market.slug)).id == market.id
        events = (await official.list_events(page_size=50).first_page()).items
        assert any(event.trading.neg_risk_augmented is not None for event in events)
        assert any(len(event.markets) > 2 for event in events)
        token = market.outcomes.yes.token_id
        book = await official.get_order_book(token_id=token)
        assert book.bids[-1].price < book.asks[-1].price
        assert await official.get_price(token_id=token, side="BUY") == book.bids[-1].price
        assert await official.get_spread(token_id=token) > 0
        middle = (book.bids[-1].price + book.asks[-1].price) / 2
        assert await official.get_midpoint(token_id=token) == middle
        tags = (await official.list_tags().first_page()).items
        assert "crypto" in {tag.slug for tag in tags}
        await made.command("trade", asset=token, side="BUY", size="3")
        trades = (await official.list_trades(condition_id=market.condition_id).first_page()).items
        assert trades[0].size == 3
        assert (await official.get_last_trade_price(token_id=token)).price > 0


async def test_the_unified_client_follows_the_market_channel(client: Start) -> None:
    made = await client(ExchangeOptions(control=True))
    token = (await made.markets())[0]["tokens"][0]
    async with AsyncPublicClient(environment=environment(made.where)) as official:
        spec = MarketSpec(token_ids=[token], custom_feature_enabled=True)
        async with await official.subscribe(spec) as events:
            wanted = {"book", "price_change", "last_trade_price", "best_bid_ask", "new_market"}
            seen: dict[str, Any] = {}
            async with asyncio.timeout(20):
                async for event in events:
                    if not seen:
                        await made.command("list")
                    seen[event.type] = event.payload
                    await made.command("trade", asset=token, side="BUY", size="1")
                    if wanted <= set(seen):
                        break
            market = (await made.markets())[0]["conditionId"]
            await made.command("resolve", market=market, payout="1")
            async with asyncio.timeout(20):
                async for event in events:
                    if event.type == "market_resolved":
                        assert event.payload.winning_asset_id == token
                        break
    assert len(seen["book"].hash) == len(hashlib.sha1(b"").hexdigest())
    assert seen["last_trade_price"].size is not None
    assert {change.asset_id for change in seen["price_change"].price_changes} >= {token}
