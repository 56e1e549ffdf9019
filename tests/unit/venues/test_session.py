"""Backoff, reconnector, heartbeat and the states of a connection."""

import pytest

from polywire.core.ids import FeedId
from polywire.core.model.control import ReconnectorMoved, ReconnectorState
from polywire.core.units import Ns
from polywire.venues.reconnector import Backoff, Reconnector
from polywire.venues.session import Connection, ConnectionState, Heartbeat

SECOND = 1_000_000_000


def at(seconds: float) -> Ns:
    return Ns(int(seconds * SECOND))


def connection() -> Connection:
    heartbeat = Heartbeat(10 * SECOND, 15 * SECOND, 30 * SECOND)
    return Connection(heartbeat, Reconnector(Backoff(), lambda: 0.5))


@pytest.mark.parametrize(
    ("attempt", "luck", "seconds"),
    [
        (1, 0.0, 1.0),
        (1, 0.5, 1.5),
        (2, 0.0, 2.0),
        (5, 0.0, 16.0),
        (6, 0.0, 30.0),
        (6, 0.5, 45.0),
        (1_000_000, 0.5, 45.0),
    ],
)
def test_waiting_doubles_from_one_second_to_a_minute(
    attempt: int, luck: float, seconds: float
) -> None:
    assert Backoff().delay_ns(attempt, lambda: luck) == seconds * SECOND


def test_no_wait_is_ever_shorter_than_a_second_or_longer_than_a_minute() -> None:
    waits = [Backoff().delay_ns(n, lambda luck=luck: luck) for n in range(1, 70) for luck in LUCK]
    assert min(waits) == SECOND
    assert SECOND * 59 < max(waits) <= 60 * SECOND


LUCK = (0.0, 0.3, 0.999999)


def test_a_connection_goes_through_its_states_by_name() -> None:
    one = connection()
    seen = [one.state]
    one.opened(at(1))
    seen.append(one.state)
    one.heard_at = at(2)
    seen.append(one.state)
    one.poll(at(17))
    seen.append(one.state)
    one.closed(at(18), "reset")
    seen.append(one.state)
    assert [state.value for state in seen] == [
        "connecting",
        "subscribing",
        "live",
        "silent",
        "waiting",
    ]


def test_pings_are_due_every_ten_seconds_after_the_subscription() -> None:
    one = connection()
    one.opened(at(0))
    due = []
    for second in range(1, 31):
        if second % 3 == 0:
            one.ponged(at(second))
        if one.poll(at(second)):
            due.append(second)
    assert due == [10, 20, 30]


def test_thirty_seconds_without_a_pong_ask_for_a_new_socket() -> None:
    one = connection()
    one.opened(at(0))
    one.heard_at = at(29)
    one.poll(at(29.9))
    assert one.wants_drop == ""
    assert one.poll(at(30)) is False
    assert one.wants_drop == "no pong for 30 s"
    assert one.wakeup() is None
    assert one.poll(at(40)) is False


def test_a_pong_ends_silence_but_proves_no_data() -> None:
    one = connection()
    one.opened(at(0))
    one.poll(at(15))
    assert one.state is ConnectionState.SILENT
    one.ponged(at(16))
    assert one.state is ConnectionState.SUBSCRIBING
    one.heard_at = at(17)
    one.poll(at(32))
    assert one.state is ConnectionState.SILENT
    one.ponged(at(33))
    assert one.state is ConnectionState.LIVE


def test_wakeup_is_the_nearest_of_ping_silence_and_end() -> None:
    one = connection()
    assert one.wakeup() is None
    one.opened(at(0))
    assert one.wakeup() == at(10)
    one.poll(at(10))
    assert one.wakeup() == at(15)
    one.poll(at(15))
    assert one.wakeup() == at(20)
    one.poll(at(20))
    assert one.wakeup() == at(30)


def test_failures_add_up_until_data_comes_and_a_pong_changes_nothing() -> None:
    one = connection()
    tries = one.reconnector
    assert one.closed(at(0), "refused") is False
    assert one.closed(at(2), "refused") is False
    assert (tries.failures, tries.cause, tries.retry_at) == (2, "refused", at(5))
    one.opened(at(5))
    one.ponged(at(6))
    assert tries.failures == 2
    assert one.closed(at(6), "reset") is False, "no data had come"
    assert tries.failures == 3
    one.opened(at(7))
    one.heard_first(at(8))
    assert tries.failures == 0
    assert one.closed(at(13), "reset") is True
    assert (tries.failures, tries.retry_at) == (1, at(14.5))


def test_a_subscription_without_data_is_one_failure_after_10_s_and_dropped_after_30() -> None:
    one = connection()
    one.opened(at(0))
    one.asked(at(1))
    seen = []
    while not one.wants_drop:
        now = one.wakeup()
        assert now is not None
        one.poll(now)
        one.ponged(now)
        seen.append(((now - at(0)) / SECOND, one.reconnector.failures))
    assert (11.0, 1) in seen
    assert {count for second, count in seen if second < 11} == {0}
    assert seen[-1] == (31.0, 1)
    assert one.wants_drop == "no data for 30 s"
    one.closed(at(31), one.wants_drop)
    assert one.reconnector.failures == 1, "one attempt fails once"
    assert one.reconnector.retry_at == at(32.5)


def test_late_first_data_is_a_success_all_the_same() -> None:
    one = connection()
    one.opened(at(0))
    one.asked(at(0))
    one.poll(at(10))
    one.heard_first(at(29))
    one.ponged(at(29))
    one.poll(at(31))
    assert (one.reconnector.failures, one.wants_drop) == (0, "")


def test_a_socket_that_carries_nothing_owes_no_data() -> None:
    one = connection()
    one.opened(at(0))
    one.ponged(at(25))
    one.poll(at(40))
    assert (one.reconnector.failures, one.wants_drop) == (0, "")


def test_the_third_failure_opens_a_reconnector_and_each_trial_is_half_open() -> None:
    tries = Reconnector(Backoff(), lambda: 0.0)
    states = []
    for second in range(4):
        tries.failed(at(second), "refused")
        states.append(tries.state.value)
        tries.trying = True
        states.append(tries.state.value)
    assert states == ["closed"] * 4 + ["open", "half open"] * 2
    tries.succeeded(at(9))
    assert (tries.state, tries.failures) == (ReconnectorState.CLOSED, 0)


@pytest.mark.parametrize(("retry", "resumed"), [(30, 30), (500, 160)])
def test_a_restart_waits_out_the_pause_but_never_more_than_a_minute(
    retry: int, resumed: int
) -> None:
    tries = Reconnector(Backoff(), lambda: 0.0)
    last = ReconnectorMoved(
        at(90), FeedId("market-1"), ReconnectorState.OPEN, 7, at(retry), "refused"
    )
    tries.resume(last, at(100))
    assert (tries.state, tries.failures, tries.cause) == (ReconnectorState.OPEN, 7, "refused")
    assert tries.retry_at == at(resumed)


def test_a_restart_after_all_was_well_starts_as_if_for_the_first_time() -> None:
    tries = Reconnector(Backoff(), lambda: 0.0)
    last = ReconnectorMoved(at(90), FeedId("market-1"), ReconnectorState.CLOSED, 0, at(30), "old")
    tries.resume(last, at(100))
    assert (tries.state, tries.cause, tries.retry_at) == (ReconnectorState.CLOSED, "", 0)


def test_data_that_arrives_after_the_end_revives_nothing() -> None:
    one = connection()
    one.opened(at(0))
    one.closed(at(1), "reset")
    one.heard_at = at(1)
    assert one.state is ConnectionState.WAITING


def test_a_connection_that_breaks_right_after_its_first_data_is_one_more_failure() -> None:
    one = connection()
    for number in range(4):
        one.opened(at(10 * number))
        one.heard_first(at(10 * number))
        one.closed(at(10 * number + 4), "closed by the venue: 1013")
    assert one.reconnector.failures == 4
    assert one.reconnector.state is ReconnectorState.OPEN
    one.opened(at(100))
    one.heard_first(at(100))
    one.closed(at(106), "closed by the venue: 1013")
    assert one.reconnector.failures == 1
