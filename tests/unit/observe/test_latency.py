"""Percentiles within three per cent of the sorted values, from few numbers kept."""

from random import Random

import pytest

from polywire.observe.latency import Histogram, Latencies


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
    assert histogram.largest == max(values)


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
    assert set(told) == {"receive_to_decision", "decision_to_committed"}
    assert told["receive_to_decision"] == {"p50": 0, "p99": 0, "p999": 0, "count": 0}


def test_microseconds_are_told() -> None:
    latencies = Latencies()
    latencies.stages["decision_to_committed"].add(2_000)
    assert latencies.as_json()["decision_to_committed"]["p50"] == pytest.approx(2.0, rel=0.03)
