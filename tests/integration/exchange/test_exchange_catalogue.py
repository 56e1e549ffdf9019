"""The catalogue's routes, filters, pages and odd encodings."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest

from polywire.exchange.options import ExchangeOptions

Start = Callable[..., Awaitable[Any]]
Made = Any


@pytest.fixture
async def made(client: Start) -> Any:  # noqa: ANN401
    started = await client(ExchangeOptions(control=True, markets=130, seed=4))
    await started.command("stop")
    return started


async def walk(made: Made, route: str, query: str = "") -> list[Any]:
    """Every object of a keyset route."""
    name, cursor, seen = route.split("/")[1], "", []
    while True:
        page = await made.get(f"{made.where.gamma}{route}?{query}&after_cursor={cursor}")
        seen += page[name]
        cursor = page.get("next_cursor", "")
        if not cursor:
            return seen


async def test_keyset_pages_hold_every_market_once(made: Made) -> None:
    for query in ("limit=7", "limit=100&order=volumeNum&ascending=false", "order=endDate"):
        markets = await walk(made, "/markets/keyset", query)
        ids = [market["id"] for market in markets]
        assert len(ids) == len(set(ids)) >= 130
    by_volume = await walk(made, "/markets/keyset", "order=volumeNum&ascending=false")
    volumes = [market["volumeNum"] for market in by_volume]
    assert volumes == sorted(volumes, reverse=True)
    events = await walk(made, "/events/keyset", "limit=10")
    assert sum(len(event["markets"]) for event in events) == len(by_volume)


async def test_a_market_is_encoded_as_oddly_as_the_venue_does(made: Made) -> None:
    market = (await made.get(f"{made.where.gamma}/markets/keyset"))["markets"][0]
    assert isinstance(market["outcomes"], str)
    assert json.loads(market["outcomes"]) == ["Up", "Down"]
    tokens = json.loads(market["clobTokenIds"])
    assert all(token.isdigit() for token in tokens)
    prices = json.loads(market["outcomePrices"])
    assert sum(map(float, prices)) == pytest.approx(1)
    assert isinstance(prices[0], str)
    assert market["positionIds"] == []
    assert (type(market["id"]), type(market["volume"]), type(market["volumeNum"])) == (
        str,
        str,
        float,
    )
    assert market["feeSchedule"] == {
        "exponent": 1,
        "rate": 0.07,
        "takerOnly": True,
        "rebateRate": 0.2,
    }
    assert market["endDate"].endswith("Z")
    assert market["umaResolutionStatuses"] == "[]"
    assert "closedTime" not in market


@pytest.mark.parametrize("payout", ["1", "0", "0.5"])
async def test_a_resolved_market_shows_its_payout_and_leaves_the_open_list(
    made: Made, payout: str
) -> None:
    market = (await made.markets())[0]
    await made.command("resolve", market=market["conditionId"], payout=payout)
    assert market["id"] not in {one["id"] for one in await made.markets()}
    closed = (await made.get(f"{made.where.gamma}/markets/keyset?closed=true"))["markets"]
    assert [one["id"] for one in closed] == [market["id"]]
    shown = closed[0]
    paid = {"1": ["1", "0"], "0": ["0", "1"], "0.5": ["0.5", "0.5"]}[payout]
    assert json.loads(shown["outcomePrices"]) == paid
    assert (shown["active"], shown["closed"], shown["umaResolutionStatus"]) == (
        True,
        True,
        "resolved",
    )
    assert datetime.strptime(shown["closedTime"] + "00", "%Y-%m-%d %H:%M:%S%z").tzinfo
    token = json.loads(shown["clobTokenIds"])[0]
    await made.get(f"{made.where.clob}/book?token_id={token}", 404)


async def test_filters_keep_what_they_say(made: Made) -> None:
    everything = await walk(made, "/markets/keyset", "limit=100&include_tag=true")

    async def kept(query: str) -> set[str]:
        return {m["id"] for m in await walk(made, "/markets/keyset", f"limit=100&{query}")}

    def expected(rule: Callable[[Any], bool]) -> set[str]:
        found = {market["id"] for market in everything if rule(market)}
        assert 0 < len(found) < len(everything)
        return found

    assert await kept("liquidity_num_min=20000") == expected(lambda m: m["liquidityNum"] >= 20000)
    assert await kept("volume_num_min=1e5") == expected(lambda m: m["volumeNum"] >= 1e5)
    assert await kept("tag_id=84&tag_id=21") == expected(
        lambda m: bool({"84", "21"} & {tag["id"] for tag in m["tags"]})
    )
    middle = sorted(market["endDate"] for market in everything)[60]
    assert await kept(f"end_date_max={middle}") == expected(lambda m: m["endDate"] <= middle)
    assert await kept(f"end_date_min={middle}") >= expected(lambda m: m["endDate"] > middle)
    token = json.loads(everything[5]["clobTokenIds"])[1]
    assert await kept(f"clob_token_ids={token}") == {everything[5]["id"]}
    two = "&".join(f"condition_ids={market['conditionId']}" for market in everything[7:9])
    assert await kept(two) == {market["id"] for market in everything[7:9]}
    assert await kept(f"slug={everything[9]['slug']}") == {everything[9]["id"]}


async def test_an_exclusive_event_says_so_and_shows_its_placeholders(made: Made) -> None:
    events = await walk(made, "/events/keyset", "limit=100")
    races = [event for event in events if event["negRisk"]]
    assert races
    for event in races:
        assert event["negRiskMarketID"].startswith("0x")
        assert all(market["negRisk"] for market in event["markets"])
    augmented = next(event for event in races if event["negRiskAugmented"])
    titles = {market["groupItemTitle"]: market for market in augmented["markets"]}
    assert titles["Other"]["negRiskOther"]
    assert not titles["Person A"]["active"]
    assert "bestBid" not in titles["Person A"]


async def test_offsets_are_for_the_old_routes_only(made: Made) -> None:
    gamma = made.where.gamma
    await made.get(f"{gamma}/markets/keyset?offset=5", 422)
    await made.get(f"{gamma}/markets?offset=2001", 422)
    await made.get(f"{gamma}/markets/keyset?limit=101", 422)
    await made.get(f"{gamma}/markets/keyset?after_cursor=x", 422)
    first, second = [await made.get(f"{gamma}/markets?limit=20&offset={n}") for n in (0, 20)]
    assert isinstance(first, list)
    assert not {m["id"] for m in first} & {m["id"] for m in second}
    assert len(await made.get(f"{gamma}/events?limit=5")) == 5


async def test_single_objects_tags_and_search(made: Made) -> None:
    gamma = made.where.gamma
    market = (await made.markets())[0]
    assert (await made.get(f"{gamma}/markets/{market['id']}"))["slug"] == market["slug"]
    assert (await made.get(f"{gamma}/markets/slug/{market['slug']}"))["id"] == market["id"]
    event = market["events"][0]
    assert (await made.get(f"{gamma}/events/{event['id']}"))["markets"][0]["id"] == market["id"]
    tags = await made.get(f"{gamma}/tags")
    assert {"id": "84", "label": "Weather", "slug": "weather"}.items() <= tags[-1].items() or any(
        tag["slug"] == "weather" for tag in tags
    )
    found = await made.get(f"{gamma}/public-search?q=bitcoin+up")
    assert found["events"][0]["id"] == event["id"]
    await made.get(f"{gamma}/markets/1", 404)
    async with made.session.get(f"{gamma}/tags") as response:
        assert response.headers["X-Polywire-Source"] == "synthetic"
