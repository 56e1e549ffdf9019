"""Options of `scan` and `record` in the venue package's terms: micros and nanoseconds."""

from polywire.cli.criteria import MarketOptions
from polywire.venues.polymarket.selection import Criteria

HOUR = 3_600_000_000_000


def test_each_option_is_its_own_filter() -> None:
    options = MarketOptions(
        keyword=("rain",),
        tag=("weather",),
        volume=1_000.5,
        liquidity=0.000001,
        spread=0.03,
        hours_min=0.5,
        hours_max=48,
        markets=7,
    )
    assert options.criteria == Criteria(
        keywords=("rain",),
        tags=("weather",),
        volume_min=1_000_500_000,
        liquidity_min=1,
        spread_max=30_000,
        remaining_ns_min=HOUR // 2,
        remaining_ns_max=48 * HOUR,
        markets_max=7,
    )


def test_what_is_not_asked_filters_nothing_but_the_number() -> None:
    assert MarketOptions().criteria == Criteria(markets_max=25)
