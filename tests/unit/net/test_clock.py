"""Time is wall time at the start and only grows, whatever the wall clock does."""

import time

import pytest

from polywire.net.clock import Clock


def test_time_is_wall_time_at_the_start() -> None:
    before = time.time_ns()
    now = Clock().now()
    assert before - 1_000_000 <= now <= time.time_ns() + 1_000_000


def test_a_wall_clock_that_is_set_back_is_only_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    first = clock.now()
    hour = 3_600_000_000_000
    monkeypatch.setattr(time, "time_ns", lambda: first - hour)
    assert clock.now() >= first
    assert -hour - 1_000_000_000 < clock.drift_ns() <= -hour
