"""How long a decision took, and what a mode's report comes to."""

import pytest

from polywire.bench.hour import START_NS, Followed, Plan
from polywire.bench.mode_figures import Delay, delays, figures, percentile
from polywire.bench.mode_report import Look, Report
from polywire.bench.trips import Trip
from polywire.core.ids import MarketId

MS = 1_000_000
START_MS = START_NS // MS


def look(book_ms: int, had_ms: int, at_ms: int) -> Look:
    """Times of a book, of having it and of the decision, in milliseconds of the hour."""
    return Look(*((START_MS + each) * MS for each in (book_ms, had_ms, at_ms)))


def timed(changes: list[int], looks: list[Look], speed: float, every_s: int = 0) -> list[Delay]:
    return delays([START_MS + at_ms for at_ms in changes], looks, speed, every_s * 1_000 * MS)


def test_a_decision_on_the_stream_is_timed_from_the_venues_change_in_real_time() -> None:
    (found,) = timed([1_000], [look(1_000, 1_120, 1_180)], 60.0)
    assert (found.waited_ns, found.latency_ns) == (0, 3 * MS)
    assert found.ms == 3.0


def test_waiting_for_a_round_of_polls_is_venue_time_and_the_rest_real_time() -> None:
    (found,) = timed([4_000], [look(4_000, 10_120, 10_180)], 60.0, every_s=10)
    assert (found.waited_ns, found.latency_ns) == (6_000 * MS, 3 * MS)
    assert found.ms == 6_003.0


def test_a_change_while_a_round_is_under_way_waited_for_none() -> None:
    (found,) = timed([10_060], [look(10_060, 10_120, 10_180)], 60.0, every_s=10)
    assert (found.waited_ns, found.latency_ns) == (0, 2 * MS)


def test_changes_between_two_polls_are_all_decided_at_the_second() -> None:
    looks = [look(500, 900, 900), look(8_000, 10_000, 10_000), look(11_000, 20_000, 20_000)]
    found = timed([2_000, 8_000, 8_001, 11_500], looks, 1.0, every_s=10)
    assert [delay.ms for delay in found] == [8_000.0, 2_000.0, 11_999.0]


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(value) for value in range(100)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile([], 0.5)) == (50, 99, 0)


def report(trips: list[Trip]) -> Report:
    looks = {MarketId("m"): [look(1_000, 1_060, 1_120)]}
    return Report(
        name="stream_watch", every_ns=0,
        late=False, book_calls=3, catalogue_calls=2, account_calls=0,
        orders=4, refused=0, errors=0, reconnects=0, bytes=99, uptime=0.5,
        cpu_s=1.0, memory_mb=50.0, trips=trips, looks=looks,
    )  # fmt: skip


def test_calls_are_those_of_a_whole_hour_and_only_what_was_left_is_won_or_lost() -> None:
    common = {"market": "m", "opened_ns": START_NS, "bought": 10_000_000}
    won = Trip(
        **common, sold=10_000_000, paid=5_000_000, brought=5_500_000, sale_fees=100_000,
        taker_fees=200_000, cause="target",
    )  # fmt: skip
    lost = Trip(**common, sold=10_000_000, paid=5_000_000, brought=3_800_000, cause="stop")
    held = Trip(**common, paid=5_000_000, taker_fees=50_000)
    plan = Plan(seed=1, minutes=6, markets=12, frames_a_second=1.0, shares=10_000_000)
    market = Followed("m", "slug", [START_MS, START_MS + 1_000], [500_000, 510_000])
    found = figures(report([won, lost, held]), plan, [market], 60.0)
    assert (found.book_calls_per_hour, found.catalogue_calls_per_hour) == (30.0, 20.0)
    assert (found.changes, found.decision_ms_p50, found.decision_wall_ms_p99) == (1, 2.0, 2.0)
    assert (found.positions, found.win_rate, found.targets, found.stops) == (2, 50.0, 1, 1)
    assert found.profit_dollars == pytest.approx(0.4 - 1.2)
    assert (found.target_slippage_cents, found.stop_slippage_cents) == (-1.0, 2.0)
    assert (found.taker_fees_dollars, found.maker_fees_dollars) == (0.25, 0.0)
    assert found.uptime_percent == 50.0
