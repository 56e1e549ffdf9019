"""The CLOB's public routes: types, texts and statuses as clients rely on them."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from polywire.exchange.options import ExchangeOptions

Start = Callable[..., Awaitable[Any]]
Made = Any
NO_BOOK = {"error": "No orderbook exists for the requested token id"}


@pytest.fixture
async def made(client: Start) -> Any:  # noqa: ANN401
    started = await client(ExchangeOptions(control=True))
    await started.command("stop")
    return started


async def test_a_book_has_every_field_in_its_type(made: Made) -> None:
    token = (await made.markets())[0]["tokens"][0]
    book = await made.get(f"{made.where.clob}/book?token_id={token}")
    assert list(book) == [
        "market",
        "asset_id",
        "timestamp",
        "hash",
        "bids",
        "asks",
        "min_order_size",
        "tick_size",
        "neg_risk",
        "last_trade_price",
    ]
    assert re.fullmatch("0x[0-9a-f]{64}", book["market"])
    assert re.fullmatch("[0-9a-f]{40}", book["hash"])
    assert re.fullmatch("[0-9]{13}", book["timestamp"])
    assert (book["min_order_size"], book["neg_risk"]) == ("5", False)
    for side in ("bids", "asks"):
        assert all(set(map(type, level.values())) == {str} for level in book[side])
    assert float(book["bids"][-1]["price"]) == max(float(x["price"]) for x in book["bids"])
    assert float(book["asks"][-1]["price"]) == min(float(x["price"]) for x in book["asks"])


async def test_many_books_come_at_once_without_the_unknown(made: Made) -> None:
    tokens = [token for market in await made.markets() for token in market["tokens"]]
    asked = [{"token_id": token} for token in [*tokens, "5" * 70]]
    books = await made.post(f"{made.where.clob}/books", asked)
    assert {book["asset_id"] for book in books} == set(tokens)
    truth = (await made.get(f"{made.where.control}/truth"))["books"]
    assert {book["asset_id"]: book for book in books} == truth
    for broken in ({}, ["1"], [{"token_id": 1}], "x"):
        refused = await made.post(f"{made.where.clob}/books", broken, 400)
        assert refused == {"error": "Invalid payload"}
    refused = await made.post(f"{made.where.clob}/books", [{"token_id": "1"}] * 501, 400)
    assert refused == {"error": "Payload exceeds the limit"}


async def test_prices_midpoints_and_spreads_fit_the_book(made: Made) -> None:
    clob = made.where.clob
    yes, no = (await made.markets())[0]["tokens"]
    book = await made.get(f"{clob}/book?token_id={yes}")
    bid, ask = book["bids"][-1]["price"], book["asks"][-1]["price"]
    assert await made.get(f"{clob}/price?token_id={yes}&side=BUY") == {"price": bid}
    assert await made.get(f"{clob}/price?token_id={yes}&side=SELL") == {"price": ask}
    mid = (await made.get(f"{clob}/midpoint?token_id={yes}"))["mid"]
    assert float(mid) == pytest.approx((float(bid) + float(ask)) / 2)
    spread = (await made.get(f"{clob}/spread?token_id={yes}"))["spread"]
    assert float(spread) == pytest.approx(float(ask) - float(bid))
    asked = [{"token_id": yes, "side": "BUY"}, {"token_id": yes, "side": "SELL"}]
    assert await made.post(f"{clob}/prices", asked) == {yes: {"BUY": bid, "SELL": ask}}
    both = [{"token_id": yes}, {"token_id": no}]
    mids = await made.post(f"{clob}/midpoints", both)
    assert float(mids[yes]) + float(mids[no]) == pytest.approx(1)
    assert (await made.post(f"{clob}/spreads", both))[no] == spread


async def test_the_last_trade_is_the_markets_and_has_no_side_before_the_first(made: Made) -> None:
    clob = made.where.clob
    await made.command("list")
    yes, no = (await made.markets())[-1]["tokens"]
    assert await made.get(f"{clob}/last-trade-price?token_id={yes}") == {
        "price": "0.5",
        "side": "",
    }
    await made.command("trade", asset=yes, side="BUY", size="1")
    first, second = await made.get(f"{clob}/last-trades-prices?token_ids={yes},{no}")
    assert (first["token_id"], second["token_id"]) == (yes, no)
    assert first["price"] == second["price"]
    assert first["side"] in ("BUY", "SELL")
    activity = await made.get(
        f"{clob}/markets/live-activity/{(await made.markets())[-1]['conditionId']}"
    )
    assert float(activity[0]["price"]) == float(first["price"])
    trades = await made.get(f"{made.where.data}/v2/trades?limit=1")
    assert trades["data"][0]["token_id"] in (yes, no)
    assert trades["pagination"]["limit"] == 1


@pytest.mark.parametrize(
    ("path", "status", "answer"),
    [
        ("/book?token_id=" + "5" * 70, 404, NO_BOOK),
        ("/midpoint?token_id=" + "5" * 70, 404, NO_BOOK),
        ("/book", 400, {"error": "Invalid token id"}),
        ("/price?token_id=1&side=UP", 400, {"error": "Invalid side"}),
        ("/markets/0x00", 404, {"error": "market not found"}),
        ("/clob-markets/0x00", 404, {"error": "market not found"}),
        ("/fee-rate?token_id=1", 404, {"error": "fee rate not found for market"}),
        ("/nowhere", 404, {"error": "not found"}),
        ("/", 200, "OK"),
        ("/ok", 200, "OK"),
        ("/version", 200, {"version": 2}),
    ],
)
async def test_errors_have_the_venues_words(
    made: Made, path: str, status: int, answer: object
) -> None:
    assert await made.get(made.where.clob + path, status) == answer


async def test_constants_of_a_market_agree_on_every_route(made: Made) -> None:
    clob = made.where.clob
    for market in await made.markets():
        token, cid = market["tokens"][0], market["conditionId"]
        tick = await made.get(f"{clob}/tick-size/{token}")
        assert tick == {"minimum_tick_size": market["orderPriceMinTickSize"]}
        neg_risk = await made.get(f"{clob}/neg-risk?token_id={token}")
        assert neg_risk == {"neg_risk": market["negRisk"]}
        short = await made.get(f"{clob}/clob-markets/{cid}")
        assert (short["mts"], short["mos"]) == (market["orderPriceMinTickSize"], 5)
        assert short.get("nr", False) == market["negRisk"]
        assert ("fd" in short) == market["feesEnabled"]
        full = await made.get(f"{clob}/markets/{cid}")
        assert [t["token_id"] for t in full["tokens"]] == market["tokens"]
        assert full["neg_risk"] == market["negRisk"]
        by_token = await made.get(f"{clob}/markets-by-token/{market['tokens'][1]}")
        assert list(by_token.values()) == [cid, *market["tokens"]]


async def test_markets_come_in_pages_by_cursor(client: Start) -> None:
    made = await client(ExchangeOptions(markets=1_100, frames_a_second=1))
    cursor, seen = "MA==", []
    while cursor != "LTE=":
        page = await made.get(f"{made.where.clob}/simplified-markets?next_cursor={cursor}")
        seen += [market["condition_id"] for market in page["data"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) >= 1_100


async def test_requests_can_be_refused_for_a_while(made: Made) -> None:
    await made.command("refuse_requests", status=425, count=2)
    for status in (425, 425):
        async with made.session.get(f"{made.where.clob}/time") as response:
            assert response.status == status
    assert isinstance(await made.get(f"{made.where.clob}/time"), int)
