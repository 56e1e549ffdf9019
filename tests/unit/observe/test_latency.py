"""Percentiles within three per cent of the sorted values; a minute above the target is told."""

from random import Random

import pytest

from polywire.core.model.control import AlertRaised
from polywire.core.units import Ns
from polywire.observe.latency import Histogram, Latencies

MINUTE = 60_000_000_000
MS = 1_000_000
T0 = 1_785_000_000_000_000_000


@pytest.mark.parametrize("part", [0.5, 0.9, 0.99, 0.999, 1.0])
def test_percentiles_are_those_of_the_sorted_values_within_three_per_cent(part: float) -> None:
    chance = Random(7)
    values = [int(chance.lognormvariate(11, 2)) for _ in range(10_000)]
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    exact = sorted(values)[max(0, -int(-part * len(values)) - 1)]
    assert exact * 0.965 <= histogram.percentile(part) <= exact
    assert histogram.count == 10_000


def test_small_values_are_exact_and_negative_ones_count_as_none() -> None:
    histogram = Histogram()
    for value in (-5, 0, 1, 31, 32, 63):
        histogram.add(value)
    assert [histogram.percentile(part / 6) for part in range(1, 7)] == [0, 0, 1, 31, 32, 63]


def test_memory_does_not_grow_with_the_values() -> None:
    histogram = Histogram()
    for value in range(0, 10_000_000, 97):
        histogram.add(value)
    assert len(histogram._counts) < 700


def test_nothing_counted_is_told_as_nothing() -> None:
    told = Latencies().as_json()
    assert set(told) == {"venue_to_receive", "receive_to_decision", "decision_to_committed"}
    assert told["receive_to_decision"] == {"p50": 0, "p99": 0, "p999": 0, "count": 0}


def test_microseconds_are_told() -> None:
    latencies = Latencies()
    latencies.stages["decision_to_committed"].add(2_000)
    assert latencies.as_json()["decision_to_committed"]["p50"] == pytest.approx(2.0, rel=0.03)


def test_values_above_the_target_are_counted_exactly() -> None:
    histogram = Histogram(1_000)
    for value in (999, 1_000, 1_001, 5_000):
        histogram.add(value)
    assert histogram.above == 2


@pytest.mark.parametrize("seed", range(20))
def test_a_stage_is_named_exactly_when_the_p99_of_its_minute_is_above_the_target(seed: int) -> None:
    chance = Random(seed)
    latencies = Latencies(100 * MS)
    latencies.turn(Ns(MINUTE))
    for minute in range(2, 12):
        values = [
            chance.choice((90, 100, 101, 300)) * MS if chance.random() < 0.02 else MS
            for _ in range(chance.choice((0, 1, 99, 100, 101, 200)))
        ]
        for value in values:
            latencies.stages["decision_to_committed"].add(value)
        smallest = next(
            (v for v in sorted(values) if 100 * sum(w <= v for w in values) >= 99 * len(values)), 0
        )
        told = [alert.name for alert in latencies.turn(Ns(minute * MINUTE))]
        assert told == (["latency decision_to_committed"] if smallest > 100 * MS else [])


def test_one_alert_a_minute_and_stage_says_how_many_were_late() -> None:
    latencies = Latencies(100 * MS)
    assert latencies.turn(Ns(90_000_000_000)) == []
    assert latencies.minute_ends_ns == 2 * MINUTE
    for _ in range(98):
        latencies.stages["receive_to_decision"].add(MS)
    for _ in range(2):
        latencies.stages["receive_to_decision"].add(250 * MS)
    latencies.stages["decision_to_committed"].add(MS)
    text = "receive_to_decision: 2 of 100 in a minute took over 100 ms"
    at = Ns(2 * MINUTE)
    assert latencies.turn(at) == [AlertRaised(at, "latency receive_to_decision", text)]
    assert latencies.turn(Ns(3 * MINUTE)) == []
    assert latencies.alerts == 1
    assert latencies.share_above() == 0.02


def test_the_way_from_the_venue_raises_no_alert_as_it_is_not_ours_to_shorten() -> None:
    latencies = Latencies(100 * MS)
    for _ in range(100):
        latencies.came(Ns(T0), Ns(T0 + 300 * MS))
    assert latencies.turn(Ns(T0 + MINUTE)) == []
    assert latencies.as_json()["venue_to_receive"]["p50"] == pytest.approx(300_000, rel=0.03)


@pytest.mark.parametrize(("late_ns", "counted"), [(-5 * MS, 1), (59_000 * MS, 1), (MINUTE, 0)])
def test_a_change_by_another_clock_than_ours_has_no_way(late_ns: int, counted: int) -> None:
    latencies = Latencies()
    latencies.came(Ns(T0), Ns(T0 + late_ns))
    latencies.came(Ns(T0), Ns(T0 - 3_600_000 * MS))
    assert latencies.stages["venue_to_receive"].count == counted
