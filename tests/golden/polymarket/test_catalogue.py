"""Recorded catalogue pages: no market is lost, and what is refused says why."""

import json
from collections import Counter
from pathlib import Path

import pytest
from tests.golden.polymarket.recorded import json_lines

from polywire.core.units import Ns
from polywire.venues.polymarket.catalogue import parse_page, parse_resolutions

NOW = Ns(1)


def test_sixty_recorded_pages_parse_without_losing_a_market(recordings: Path) -> None:
    reasons: Counter[str] = Counter()
    pages = listed = tradable = 0
    for line in json_lines(recordings / "polymarket/gamma_market_pages.jsonl.zst"):
        body = line["body"]
        page = parse_page(json.dumps(body).encode())
        raw = {item["id"]: item for item in body["markets"]}
        assert len(page.markets) + len(page.refused) == len(raw) == 25
        for market in page.markets:
            item = raw[market.catalogue_id]
            assert (market.id, market.question) == (item["conditionId"], item["question"])
            assert [one.instrument for one in market.outcomes] == json.loads(item["clobTokenIds"])
            assert [one.name for one in market.outcomes] == json.loads(item["outcomes"])
            assert market.tick == round(item["orderPriceMinTickSize"] * 1_000_000)
            assert market.group == item["events"][0]["id"]
            assert market.liquidity == pytest.approx(item["liquidityNum"] * 1_000_000, abs=2)
        assert all(refused.id in raw for refused in page.refused)
        reasons.update(refused.reason for refused in page.refused)
        pages, listed, tradable = pages + 1, listed + len(raw), tradable + len(page.markets)
    assert (pages, listed, tradable) == (60, 1_500, 1_378)
    assert reasons == {"it charges fees but has no fee schedule": 120, "it has no end date": 2}


def test_a_recorded_event_lists_its_five_markets_in_one_exclusive_group(recordings: Path) -> None:
    event = json.loads(
        (recordings / "polymarket/fed_decision_20260517/gamma_event.json").read_text()
    )
    page = parse_page(json.dumps({"events": [event]}).encode())
    assert page.refused == ()
    assert len(page.markets) == 5
    assert {market.group for market in page.markets} == {"101772"}
    assert all(market.group_exclusive and market.neg_risk for market in page.markets)
    assert page.listings[0].market.group_title == "25 bps decrease"
    assert "fed-rates" in page.markets[0].tags
    assert (page.listings[0].best_bid, page.listings[0].best_ask) == (5_000, 6_000)
    fees = page.markets[0].fees
    assert (fees.rate_micros, fees.exponent, fees.rebate_micros) == (50_000, 1, 250_000)


def test_recorded_temperature_events_are_exclusive_groups_of_buckets(recordings: Path) -> None:
    path = recordings / "weather/temperature_events_20260624.ndjson.zst"
    seen = 0
    for line in json_lines(path):
        events = line["gamma_events"]
        page = parse_page(json.dumps({"events": events}).encode())
        total = sum(len(event["markets"]) for event in events)
        assert len(page.markets) + len(page.refused) == total
        assert {refused.reason for refused in page.refused} <= {"it is closed"}
        assert all(market.group_exclusive for market in page.markets)
        seen += total
    assert seen > 300


def test_recorded_results_of_a_day_are_what_the_markets_paid(recordings: Path) -> None:
    checked = 0
    for line in json_lines(recordings / "polymarket/btc5m_markets_20260608.jsonl.zst"):
        body = json.dumps({"markets": [line["raw"]]}).encode()
        resolved = parse_resolutions(body, NOW)
        if not line["resolved"]:
            assert resolved == []
            continue
        (result,) = resolved
        assert result.market == line["condition_id"]
        prices = line["outcome_prices"]
        assert [str(paid // 1_000_000) for paid in result.payouts] == prices
        assert parse_page(body).refused[0].reason == "it is closed"
        checked += 1
    assert checked > 250
