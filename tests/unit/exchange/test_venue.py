"""Virtual time."""

from polywire.exchange.venue import VirtualClock


def test_time_stands_until_started_then_runs_at_its_speed() -> None:
    real = [0]
    clock = VirtualClock(1_000, 10.0, lambda: real[0])
    real[0] = 50
    assert (clock.now(), clock.running) == (1_000, False)
    clock.start()
    real[0] = 57
    assert clock.now() == 1_070
    clock.start()
    assert clock.now() == 1_070
    assert clock.real_seconds_until(1_070 + 10**10) == 1.0
    clock.stop()
    real[0] = 99
    assert clock.now() == 1_070
    clock.advance(30)
    clock.start()
    real[0] = 100
    assert clock.now() == 1_110


def test_time_that_begins_at_a_moment_stands_until_then() -> None:
    real = [0]
    clock = VirtualClock(1_000, 10.0, lambda: real[0])
    clock.start(50)
    real[0] = 49
    assert clock.now() == 1_000
    clock.start()
    real[0] = 53
    assert clock.now() == 1_030
