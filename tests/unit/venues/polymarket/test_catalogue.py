"""The catalogue's odd encodings, one by one, and every reason to refuse a market."""

import json
from typing import Any

import pytest
from tests.unit.venues.building import NOW, asset, condition

from polywire.core.errors import DecodeError
from polywire.core.model.instrument import FeeSchedule, Rewards
from polywire.core.model.market import MarketResolved
from polywire.core.units import Money, Price, Quantity
from polywire.venues.polymarket.catalogue import (
    Page,
    parse_group_size,
    parse_page,
    parse_resolutions,
)
from polywire.venues.polymarket.listing import Listing
from polywire.venues.polymarket.query import PageQuery

END_NS = 1_781_654_400_000_000_000


def item(**keys: object) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "id": "644105",
        "question": "Will it rain?",
        "conditionId": condition(1),
        "slug": "will-it-rain",
        "outcomes": '["Yes", "No"]',
        "clobTokenIds": json.dumps([asset(1, 0), asset(1, 1)]),
        "active": True,
        "closed": False,
        "archived": False,
        "acceptingOrders": True,
        "enableOrderBook": True,
        "orderPriceMinTickSize": 0.01,
        "orderMinSize": 5,
        "endDate": "2026-06-17T00:00:00Z",
        "feesEnabled": False,
    }
    merged = usual | keys
    return {key: value for key, value in merged.items() if value is not ...}


def page(*items: object, **keys: object) -> Page:
    return parse_page(json.dumps({"markets": items} | keys).encode())


def only(**keys: object) -> Listing:
    (listing,) = page(item(**keys)).listings
    return listing


def reason(**keys: object) -> str:
    (refused,) = page(item(**keys)).refused
    assert (refused.id, refused.slug) == ("644105", "will-it-rain")
    return refused.reason


def test_a_listed_market_in_our_terms() -> None:
    market = only().market
    assert (market.id, market.catalogue_id, market.venue) == (condition(1), "644105", "polymarket")
    assert [(one.instrument, one.name) for one in market.outcomes] == [
        (asset(1, 0), "Yes"),
        (asset(1, 1), "No"),
    ]
    assert (market.tick, market.lot, market.size_min) == (10_000, 10_000, 5_000_000)
    assert (market.end_ns, market.version, market.neg_risk) == (END_NS, "v1", False)
    assert market.fees == FeeSchedule(rate_micros=0, exponent=1, rebate_micros=0)
    assert (market.group, market.group_exclusive, market.placeholder) == (None, False, False)
    assert (market.volume, market.liquidity, market.tags) == (0, 0, ())


@pytest.mark.parametrize(
    ("tick", "micros"),
    [
        (0.1, 100_000),
        (0.01, 10_000),
        (0.005, 5_000),
        (0.0025, 2_500),
        (0.001, 1_000),
        (0.0001, 100),
        ("0.001", 1_000),
    ],
)
def test_every_tick_of_the_venue_is_known(tick: object, micros: int) -> None:
    assert only(orderPriceMinTickSize=tick).market.tick == micros


def test_a_fee_schedule_is_read_exactly() -> None:
    schedule = {"rate": 0.07, "exponent": 1, "takerOnly": True, "rebateRate": 0.2}
    fees = only(feesEnabled=True, feeSchedule=schedule).market.fees
    assert fees == FeeSchedule(rate_micros=70_000, exponent=1, rebate_micros=200_000)
    bare = only(feesEnabled=True, feeSchedule={"rate": "0.0175", "exponent": "2"}).market.fees
    assert bare == FeeSchedule(rate_micros=17_500, exponent=2, rebate_micros=0)


def test_version_two_markets_have_their_positions_as_assets() -> None:
    market = only(version="v2", positionIds=["12", "34"], clobTokenIds=None).market
    assert [one.instrument for one in market.outcomes] == ["12", "34"]
    assert market.version == "v2"


def test_plain_arrays_are_read_like_arrays_inside_text() -> None:
    market = only(outcomes=["Up", "Down"], clobTokenIds=["1", "2"]).market
    assert [(one.instrument, one.name) for one in market.outcomes] == [("1", "Up"), ("2", "Down")]


@pytest.mark.parametrize(
    ("keys", "volume", "liquidity"),
    [
        ({"volumeNum": 4257.849665999998, "liquidity": "522.00367"}, 4_257_849_665, 522_003_670),
        ({"volume": "30335", "liquidityNum": 0}, 30_335_000_000, 0),
        ({"volume": "", "volumeNum": None, "liquidity": 1e3}, 0, 1_000_000_000),
    ],
)
def test_figures_come_from_numbers_or_their_text(
    keys: dict[str, object], volume: int, liquidity: int
) -> None:
    market = only(**keys).market
    assert (market.volume, market.liquidity) == (volume, liquidity)


@pytest.mark.parametrize(
    ("bid", "ask", "expected"),
    [
        (0.005, 0.006, (5_000, 6_000, 1_000)),
        (..., 0.002, (None, 2_000, None)),
        (0, 1, (None, None, None)),
        (None, "0.5", (None, 500_000, None)),
    ],
)
def test_a_side_without_a_price_is_none(
    bid: object, ask: object, expected: tuple[int | None, ...]
) -> None:
    listing = only(bestBid=bid, bestAsk=ask)
    assert (listing.best_bid, listing.best_ask, listing.spread) == expected


@pytest.mark.parametrize(
    ("end", "ns"),
    [
        ("2026-06-17T00:00:00.5Z", END_NS + 500_000_000),
        ("2026-06-17", END_NS),
        ("2026-06-17 02:00:00+02", END_NS),
    ],
)
def test_dates_in_every_style_are_the_same_moment(end: str, ns: int) -> None:
    assert only(endDate=end).market.end_ns == ns


def test_a_market_brings_its_group_and_its_topics() -> None:
    tags = [{"slug": "Weather"}, {"slug": None, "label": "Rain"}, {"label": None}]
    assert only(negRisk=True).market.neg_risk  # the venue hashes it, whatever the group tells
    group = {"id": 63303, "negRisk": True, "tags": [{"slug": "weather"}, {"slug": "daily"}]}
    market = only(events=[group], tags=tags, groupItemTitle="66-67°F", negRisk=True).market
    assert (market.group, market.group_title, market.neg_risk) == ("63303", "66-67°F", True)
    assert (market.group_exclusive, market.group_augmented) == (True, False)
    assert market.tags == ("weather", "rain", "daily")


@pytest.mark.parametrize(
    ("augmented", "keys", "placeholder"),
    [
        (True, {"groupItemTitle": "Person A"}, True),
        (True, {"groupItemTitle": "Other"}, True),
        (True, {"groupItemTitle": "Jane Doe", "negRiskOther": True}, True),
        (True, {"groupItemTitle": "Jane Doe", "active": False}, True),
        (True, {"groupItemTitle": "Jane Doe"}, False),
        (True, {}, False),
        (False, {"groupItemTitle": "Person A"}, False),
    ],
)
def test_augmented_groups_have_placeholders(
    augmented: bool, keys: dict[str, object], placeholder: bool
) -> None:
    market = only(events=[{"negRiskAugmented": augmented}], **keys).market
    assert market.placeholder is placeholder
    assert market.group_augmented is augmented


FEES = {"rate": 0.07, "exponent": 1, "takerOnly": True, "rebateRate": 0.2}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"conditionId": ...}, "it has no condition id"),
        ({"closed": True}, "it is closed"),
        ({"archived": True}, "it is archived"),
        ({"active": False}, "it is not active"),
        ({"enableOrderBook": False}, "it has no order book"),
        ({"acceptingOrders": None}, "it accepts no orders"),
        ({"endDate": ...}, "it has no end date"),
        ({"endDate": "soon"}, "Invalid isoformat string: 'soon'"),
        ({"endDate": "9999-12-31"}, "expected a year up to 2255, found '9999-12-31'"),
        ({"outcomes": '["A","B","C"]'}, "it has 3 outcomes, not two"),
        ({"outcomes": ""}, "it has 0 outcomes, not two"),
        ({"clobTokenIds": None}, "it has 0 usable asset ids, not two"),
        ({"clobTokenIds": '["1","1"]'}, "it has 2 usable asset ids, not two"),
        ({"clobTokenIds": '["1","x"]'}, "it has 2 usable asset ids, not two"),
        ({"version": "v3"}, "its version 'v3' is not known"),
        ({"orderPriceMinTickSize": 0.02}, "its tick of 20000 micros is none the venue has"),
        ({"orderPriceMinTickSize": ...}, "its tick of None micros is none the venue has"),
        ({"orderMinSize": 0}, "it has no minimum size"),
        ({"orderMinSize": ""}, "it has no minimum size"),
        ({"orderMinSize": -5}, "it has no minimum size"),
        ({"orderMinSize": "five"}, "expected a number, found 'five'"),
        ({"orderMinSize": "NaN"}, "expected a number, found 'NaN'"),
        ({"orderMinSize": 1e30}, "expected a number, found '1e+30'"),
        ({"orderMinSize": 0.0000001}, "expected at most six decimals, found 1E-7"),
        ({"feesEnabled": True}, "it charges fees but has no fee schedule"),
        (
            {"feesEnabled": True, "feeSchedule": FEES | {"takerOnly": False}},
            "it charges makers too",
        ),
        (
            {"feesEnabled": True, "feeSchedule": FEES | {"rate": None}},
            "its fee rate is no share of a dollar",
        ),
        (
            {"feesEnabled": True, "feeSchedule": FEES | {"rate": 1.5}},
            "its fee rate is no share of a dollar",
        ),
        (
            {"feesEnabled": True, "feeSchedule": FEES | {"exponent": 0}},
            "its fee exponent 0 is no small positive integer",
        ),
        (
            {"feesEnabled": True, "feeSchedule": FEES | {"exponent": 1.5}},
            "its fee exponent 1.5 is no small positive integer",
        ),
        (
            {"feesEnabled": True, "feeSchedule": FEES | {"exponent": None}},
            "its fee exponent None is no small positive integer",
        ),
    ],
)
def test_what_cannot_be_traded_is_refused_with_its_reason(
    keys: dict[str, object], expected: str
) -> None:
    assert reason(**keys) == expected


def test_a_market_of_another_shape_is_refused_and_the_next_one_is_kept() -> None:
    found = page(item(closed="maybe"), {"id": [], "slug": 7}, 5, item())
    assert [(one.id, one.slug) for one in found.refused] == [
        ("644105", "will-it-rain"),
        ("", ""),
        ("", ""),
    ]
    assert len(found.markets) == 1


def test_a_page_of_groups_lists_all_their_markets() -> None:
    events = [
        {"id": "7", "negRisk": True, "markets": [item(), item(closed=True)]},
        {"id": "8", "markets": None},
        {"id": "9", "slug": "broken", "markets": "none"},
    ]
    found = parse_page(json.dumps({"events": events, "next_cursor": "abc"}).encode())
    assert [market.group for market in found.markets] == ["7"]
    assert [(one.id, one.reason) for one in found.refused] == [
        ("644105", "it is closed"),
        ("9", "it has no condition id"),
    ]
    assert found.next_cursor == "abc"
    assert page().next_cursor == ""


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"markets":5}', b'{"markets":' * 100_000])
def test_what_is_no_page_is_a_decode_error(body: bytes) -> None:
    with pytest.raises(DecodeError, match="catalogue page"):
        parse_page(body)


def resolved(**keys: object) -> dict[str, Any]:
    usual = {
        "closed": True,
        "umaResolutionStatus": "resolved",
        "outcomePrices": '["1", "0"]',
        "closedTime": "2026-06-17 00:00:16+00",
    }
    return item(**(usual | keys))


def payouts(*items: object) -> list[MarketResolved]:
    return parse_resolutions(json.dumps({"markets": items}).encode(), NOW)


@pytest.mark.parametrize(
    ("prices", "paid"),
    [
        ('["1", "0"]', (1_000_000, 0)),
        ('["0", "1"]', (0, 1_000_000)),
        ('["0.5", "0.5"]', (500_000, 500_000)),
        (["1.0", "0.0"], (1_000_000, 0)),
    ],
)
def test_a_resolved_market_pays_by_its_last_prices(prices: object, paid: tuple[int, int]) -> None:
    at = END_NS + 16_000_000_000
    assert payouts(resolved(outcomePrices=prices)) == [MarketResolved(NOW, at, condition(1), paid)]


def test_a_resolution_without_its_time_still_pays() -> None:
    (result,) = payouts(resolved(closedTime=...))
    assert result.venue_ns == 0


@pytest.mark.parametrize(
    "keys",
    [
        {"closed": False},
        {"umaResolutionStatus": "proposed"},
        {"conditionId": ...},
        {"outcomePrices": '["0.7", "0.3"]'},
        {"outcomePrices": '["1"]'},
        {"outcomePrices": '["one", "two"]'},
        {"closedTime": "late"},
        {"closed": "perhaps"},
    ],
)
def test_nothing_is_paid_on_what_is_not_plainly_resolved(keys: dict[str, object]) -> None:
    assert payouts(resolved(**keys), resolved(conditionId=condition(2)))[0].market == condition(2)


def test_a_query_repeats_keys_and_follows_the_cursor() -> None:
    assert PageQuery().text() == (
        "limit=100&closed=false&order=volumeNum&ascending=false&include_tag=true"
    )
    query = PageQuery(closed=True, condition_ids=(condition(1), condition(2)), tag_ids=("84",))
    text = query.text("a+b=")
    assert text.startswith("limit=100&closed=true&")
    assert text.count("condition_ids=0x") == 2
    assert text.endswith("&tag_id=84&after_cursor=a%2Bb%3D")
    with pytest.raises(AssertionError, match="limit 101"):
        PageQuery(limit=101).text()


POOL = {"clobRewards": [{"rewardsDailyRate": 3}], "rewardsMinSize": 20, "rewardsMaxSpread": 3.5}


def test_what_makers_are_paid_comes_with_a_market() -> None:
    terms = only(**POOL).market.rewards
    assert terms == Rewards(Money(3_000_000), Quantity(20_000_000), Price(35_000))
    both = only(**POOL | {"clobRewards": [{"rewardsDailyRate": 0.001}, {"rewardsDailyRate": 2}]})
    assert both.market.rewards is not None
    assert both.market.rewards.daily == 2_001_000


@pytest.mark.parametrize(
    "odd",
    [
        {"clobRewards": ...},
        {"clobRewards": None},
        {"clobRewards": []},
        {"clobRewards": "[]"},
        {"clobRewards": [{}]},
        {"clobRewards": [{"rewardsDailyRate": 0}]},
        {"clobRewards": [{"rewardsDailyRate": -1}, {"rewardsDailyRate": 5}]},
        {"clobRewards": [{"rewardsDailyRate": "many"}]},
        {"rewardsMinSize": ...},
        {"rewardsMinSize": -1},
        {"rewardsMaxSpread": ...},
        {"rewardsMaxSpread": 0},
        {"rewardsMaxSpread": 100},
    ],
)
def test_rewards_that_are_not_clear_are_none_and_the_market_is_tradable(
    odd: dict[str, object],
) -> None:
    assert only(**POOL | odd).market.rewards is None


def test_the_size_of_a_group_counts_all_its_markets() -> None:
    assert parse_group_size(b'{"id":"1","markets":[{"closed":true},{"closed":false}]}') == 2
    assert parse_group_size(b'{"id":"1"}') == 0
    with pytest.raises(DecodeError, match="expected an event"):
        parse_group_size(b"[]")


def test_texts_of_a_market_do_not_steer_the_terminal_that_shows_them() -> None:
    evil = "\x1b]0;mine\x07\x1b[2JWill it\u202e rain?\x9b31m\r"
    market = only(
        question=evil,
        slug=evil,
        groupItemTitle=evil,
        description=f"{evil}\n{evil}",
        outcomes=json.dumps([evil, "No, \u00e9\u00a0\U0001f600"]),
    ).market
    plain = "]0;mine[2JWill it rain?31m"
    assert (market.question, market.slug, market.group_title) == (plain, plain, plain)
    assert market.rules == f"{plain}\n{plain}"
    first, second = market.outcomes
    assert (first.name, second.name) == (plain, "No, \u00e9\u00a0\U0001f600")
