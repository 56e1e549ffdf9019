"""The venue's hour as the benchmark knows it."""

import pytest

from polywire.bench.hour import START_NS, Followed, Plan, executable, followed
from polywire.exchange.books import MarketBook


def plan(seed: int = 3) -> Plan:
    return Plan(seed=seed, minutes=2, markets=12, frames_a_second=24.0, shares=20_000_000)


def test_a_price_is_the_mean_of_the_bids_that_the_shares_would_take() -> None:
    book = MarketBook("m", ("1", "2"), tick=10_000, neg_risk=False)
    assert executable(book, 20_000_000) is None
    book.put(index=0, bid=True, price=500_000, size=15_000_000)
    assert executable(book, 20_000_000) == 500_000
    book.put(index=0, bid=True, price=480_000, size=100_000_000)
    assert executable(book, 20_000_000) == pytest.approx((15 * 500_000 + 5 * 480_000) / 20)


def test_the_same_seed_is_the_same_hour_and_another_is_not() -> None:
    one, same, other = followed(plan()), followed(plan()), followed(plan(4))
    assert [(m.id, m.times, m.prices) for m in one] == [(m.id, m.times, m.prices) for m in same]
    assert {market.id for market in one}.isdisjoint(market.id for market in other)


def test_five_markets_are_followed_from_the_first_millisecond_and_only_their_changes() -> None:
    markets = followed(plan())
    assert len(markets) == 5
    for market in markets:
        assert market.times[0] == START_NS // 1_000_000
        assert market.times == sorted(market.times)
        assert all(a != b for a, b in zip(market.prices, market.prices[1:], strict=False))


def test_a_price_holds_until_the_next() -> None:
    market = Followed("m", "slug")
    for at_ms, price in ((10, 5), (20, 5), (30, None), (40, 6)):
        market.take(at_ms, price)
    assert market.times == [10, 30, 40]
    assert [market.price_at(at_ms) for at_ms in (10, 29, 30, 39, 40, 99)] == [
        5,
        5,
        None,
        None,
        6,
        6,
    ]
