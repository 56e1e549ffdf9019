"""A clock that stands, then runs faster than the wall."""

import pytest

from polywire.bench import fast_clock
from polywire.bench.fast_clock import FastClock

REAL_S = 1_000_000_000


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    now = [0]
    monkeypatch.setattr(fast_clock, "monotonic_ns", lambda: now[0])
    return now


def test_it_stands_until_its_moment_and_then_runs_at_its_speed(real: list[int]) -> None:
    clock = FastClock(5_000, 100, 60.0)
    assert clock.now() == 5_000
    real[0] = 100
    assert clock.now() == 5_000
    real[0] = 110
    assert clock.now() == 5_600


def test_an_hour_of_waiting_takes_a_minute(real: list[int]) -> None:
    clock = FastClock(0, 0, 60.0)
    assert clock.wait_s(3_600 * REAL_S) == 60.0
    assert clock.wait_s(10 * REAL_S) == pytest.approx(1 / 6)
    assert clock.wait_s(-1) == 0.0
    assert real == [0]


def test_a_wait_that_begins_before_time_does_outlasts_the_standing_still(real: list[int]) -> None:
    clock = FastClock(0, 2 * REAL_S, 60.0)
    assert clock.wait_s(60 * REAL_S) == 3.0
    real[0] = 2 * REAL_S
    assert clock.wait_s(60 * REAL_S) == 1.0


def test_nobody_sets_it(real: list[int]) -> None:
    clock = FastClock(0, 0, 60.0)
    real[0] = 10**15
    assert clock.drift_ns() == 0
