"""Choosing markets: each filter by itself, their order, and what they count."""

import pytest
from tests.unit.venues.building import condition, market

from polywire.core.units import Money, Ns, Price
from polywire.venues.polymarket.listing import Listing
from polywire.venues.polymarket.selection import Criteria, select

HOUR = 3_600_000_000_000
NOW = Ns(1_000 * HOUR)


def listing(
    number: int, bid: int | None = 400_000, ask: int | None = 410_000, **terms: object
) -> Listing:
    usual = {"end_ns": NOW + 24 * HOUR, "volume": number * 1_000_000, "tags": ("weather",)}
    return Listing(
        market=market(number, **(usual | terms)),
        best_bid=None if bid is None else Price(bid),
        best_ask=None if ask is None else Price(ask),
    )


@pytest.mark.parametrize(
    ("criteria", "other", "name"),
    [
        (Criteria(), listing(2, placeholder=True), "placeholder"),
        (Criteria(keywords=("BE 1?",)), listing(2), "keyword"),
        (Criteria(tags=("Weather", "x")), listing(2, tags=("sports",)), "tag"),
        (Criteria(volume_min=Money(1_000_000)), listing(2, volume=999_999), "volume"),
        (Criteria(liquidity_min=Money(0)), listing(2, liquidity=-1), "liquidity"),
        (Criteria(spread_max=Price(10_000)), listing(2, ask=410_001), "spread"),
        (Criteria(spread_max=Price(10_000)), listing(2, bid=None), "spread"),
        (Criteria(remaining_ns_min=24 * HOUR), listing(2, end_ns=NOW + HOUR), "ends soon"),
        (Criteria(remaining_ns_max=24 * HOUR), listing(2, end_ns=NOW + 25 * HOUR), "ends late"),
        (Criteria(markets_max=1), listing(2, volume=0), "limit"),
    ],
)
def test_each_filter_removes_its_own_and_counts_it(
    criteria: Criteria, other: Listing, name: str
) -> None:
    found = select([other, listing(1)], criteria, NOW)
    assert [one.id for one in found.markets] == [condition(1)]
    assert {key: count for key, count in found.removed_by_filter.items() if count} == {name: 1}


def test_who_asks_nothing_gets_everything_by_falling_volume_then_id() -> None:
    listings = [listing(3), listing(5), listing(4, volume=5_000_000), listing(9, placeholder=True)]
    found = select(listings, Criteria(placeholders=True), NOW)
    assert [one.id for one in found.markets] == [condition(n) for n in (9, 4, 5, 3)]
    assert found == select(listings[::-1], Criteria(placeholders=True), NOW)
    assert found.removed_by_filter == {"limit": 0}


def test_a_market_that_fails_twice_is_counted_once() -> None:
    criteria = Criteria(keywords=("snow",), tags=("sports",), volume_min=Money(10**15))
    found = select([listing(1), listing(2)], criteria, NOW)
    assert found.chosen == ()
    assert found.removed_by_filter == {
        "placeholder": 0,
        "keyword": 2,
        "tag": 0,
        "volume": 0,
        "limit": 0,
    }
