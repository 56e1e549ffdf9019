"""When alerts are sent: once, together, not too many, and at night only what is critical."""

import pytest

from polywire.core.units import Ns
from polywire.observe.alert import Alert, Severity
from polywire.observe.alert_pace import Message, Pace, PaceTerms

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
T0 = 1_785_024_000 * SECOND
"""Midnight UTC."""
HOUR = 60 * MINUTE
INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL
ERROR = Severity.ERROR


def alert(at_ns: int, key: str = "k", severity: Severity = WARNING, text: str = "") -> Alert:
    return Alert(Ns(T0 + at_ns), severity, key, text or f"{key} happened")


def over(at_ns: int, key: str = "k", weight: Severity = WARNING) -> Alert:
    return Alert(Ns(T0 + at_ns), INFO, key, f"{key} is over", weight)


def turning(weight: Severity, *seconds: int, until: int) -> list[tuple[int, str]]:
    """What is told, and when, of something that begins at the first of these, ends at the next."""
    made, told = pace(), list[tuple[int, str]]()
    for second in range(until):
        if second in seconds:
            ends = seconds.index(second) % 2
            at_ns = second * SECOND
            made.offer(over(at_ns, weight=weight) if ends else alert(at_ns, severity=weight))
        message = due(made, second * SECOND)
        told += [(second, message.body)] if message else []
    return told


def pace(
    severity_min: Severity = INFO, quiet: tuple[int, int] | None = None, zone: str = "UTC"
) -> Pace:
    return Pace(PaceTerms(severity_min=severity_min, quiet=quiet, zone=zone), "Polywire")


def due(made: Pace, at_ns: int, *, ending: bool = False) -> Message | None:
    return made.due(Ns(T0 + at_ns), ending=ending)


def test_one_alert_is_sent_two_seconds_later_as_it_is() -> None:
    made = pace()
    made.offer(alert(0))
    assert due(made, 2 * SECOND - 1) is None
    assert due(made, 2 * SECOND) == Message(WARNING, "Polywire: warning", "k happened")
    assert due(made, 3 * SECOND) is None


def test_a_critical_one_waits_for_nothing() -> None:
    made = pace()
    made.offer(alert(0, severity=CRITICAL))
    assert due(made, 0) == Message(CRITICAL, "Polywire: critical", "k happened")


def test_what_comes_together_is_one_message_with_the_worst_first() -> None:
    made = pace()
    made.offer(alert(0, "a", INFO))
    made.offer(alert(SECOND, "b", Severity.ERROR))
    told = due(made, 2 * SECOND)
    assert told == Message(
        Severity.ERROR,
        "Polywire: 2 alerts",
        "00:00:01 error: b happened\n00:00:00 info: a happened",
    )


def test_the_same_again_is_counted_and_said_once_a_quarter_of_an_hour() -> None:
    made = pace()
    told = []
    for second in range(40 * 60):
        if second < 30:
            made.offer(alert(second * SECOND))
        message = due(made, second * SECOND)
        told += [(second, message.body)] if message else []
    assert told == [(2, "k happened"), (900, "k happened (29 times more within 15 minutes)")]


def test_what_is_critical_is_said_again_after_a_minute() -> None:
    made = pace()
    told = []
    for second in (0, 1, 59, 60, 61, 200):
        if second in (0, 1, 61):
            made.offer(alert(second * SECOND, "breaker", CRITICAL))
        message = due(made, second * SECOND)
        told += [(second, message.body)] if message else []
    assert told == [
        (0, "breaker happened"),
        (60, "breaker happened (once more within a minute)"),
        (200, "breaker happened (once more within a minute)"),
    ]


def test_what_comes_back_is_told_and_that_it_is_over_too() -> None:
    assert turning(ERROR, 12, 32, 60, until=2_000) == [
        (14, "k happened"),
        (34, "k is over"),
        (62, "k happened"),
    ]
    assert turning(CRITICAL, 0, 10, 20, 30, until=200) == [
        (0, "k happened"),
        (12, "k is over"),
        (20, "k happened"),
        (36, "k is over"),
    ]


def test_what_goes_to_and_fro_is_told_less_and_less_often_and_how_it_is_in_the_end() -> None:
    told = turning(WARNING, *range(3_601), until=5_000)
    assert len(told) <= 13
    assert told[2][1].startswith("k happened (to and fro ")
    assert told[-1][1].startswith("k happened")
    assert told[-1][0] < 3_600 + 902
    told = turning(CRITICAL, *range(601), until=1_000)
    assert len(told) <= 5 + 10


def test_what_is_over_is_told_to_whom_its_beginning_was() -> None:
    made = pace(severity_min=ERROR)
    made.offer(over(0, "a", WARNING))
    made.offer(over(0, "b", ERROR))
    assert due(made, 2 * SECOND) == Message(INFO, "Polywire: info", "b is over")


def test_another_key_is_another_thing() -> None:
    made = pace()
    made.offer(alert(0, "a"))
    made.offer(alert(0, "b"))
    told = due(made, 2 * SECOND)
    assert told is not None
    assert told.title == "Polywire: 2 alerts"


def test_what_matters_less_than_asked_for_is_not_sent() -> None:
    made = pace(severity_min=Severity.ERROR)
    made.offer(alert(0))
    assert due(made, HOUR, ending=True) is None


def test_a_storm_is_ten_messages_a_minute_and_loses_nothing() -> None:
    made = pace()
    messages: list[Message] = []
    for tick in range(240):  # half a second each: two minutes
        made.offer(alert(tick * SECOND // 2, f"k{tick}"))
        message = due(made, tick * SECOND // 2)
        messages += [message] if message else []
        if tick == 119:
            assert len(messages) <= 10
    assert len(messages) <= 20
    last = due(made, 120 * SECOND, ending=True)
    assert last is not None
    counted = 0
    for one in [*messages, last]:
        lines = one.body.splitlines()
        more = lines[-1].startswith("and ")
        counted += len(lines) - more + (int(lines[-1].split()[1]) if more else 0)
    assert counted == 240


def test_a_critical_one_is_sent_in_the_middle_of_a_storm() -> None:
    made = pace()
    for tick in range(100):
        made.offer(alert(tick * SECOND // 2, f"k{tick}"))
        due(made, tick * SECOND // 2)
    made.offer(alert(50 * SECOND, "fire", CRITICAL))
    told = due(made, 50 * SECOND)
    assert told is not None
    assert "fire happened" in told.body


@pytest.mark.parametrize(
    ("quiet", "zone", "hour", "sent"),
    [
        ((22 * 60, 7 * 60), "UTC", 21.99, True),
        ((22 * 60, 7 * 60), "UTC", 22, False),
        ((22 * 60, 7 * 60), "UTC", 3, False),
        ((22 * 60, 7 * 60), "UTC", 6.98, False),
        ((22 * 60, 7 * 60), "UTC", 7, True),
        ((9 * 60, 12 * 60), "UTC", 10, False),
        ((9 * 60, 12 * 60), "UTC", 12, True),
        ((22 * 60, 7 * 60), "Asia/Tokyo", 14, False),
        ((22 * 60, 7 * 60), "Asia/Tokyo", 22, True),
    ],
)
def test_in_quiet_hours_nothing_is_sent_that_is_not_critical(
    quiet: tuple[int, int], zone: str, hour: float, sent: bool
) -> None:
    made, now = pace(quiet=quiet, zone=zone), int(hour * HOUR)
    made.offer(alert(now - 2 * SECOND))
    assert (due(made, now) is not None) is sent
    made.offer(alert(now, "fire", CRITICAL))
    told = due(made, now)
    assert told is not None
    assert told.body == "fire happened"


def test_what_waited_for_the_morning_is_sent_then_in_one() -> None:
    made = pace(quiet=(22 * 60, 7 * 60))
    made.offer(alert(HOUR, "a"))
    made.offer(alert(2 * HOUR, "b"))
    assert due(made, 7 * HOUR - SECOND) is None
    told = due(made, 7 * HOUR)
    assert told is not None
    assert told.body == "01:00:00 warning: a happened\n02:00:00 warning: b happened"


def test_in_the_morning_each_thing_is_told_once_as_it_is() -> None:
    made = pace(quiet=(22 * 60, 7 * 60))
    for hour in range(6):
        for number in range(20):
            made.offer(alert(hour * HOUR, f"channel {number}"))
            due(made, hour * HOUR)
            made.offer(over(hour * HOUR + MINUTE, f"channel {number}"))
            due(made, hour * HOUR + MINUTE)
    made.offer(alert(6 * HOUR, "account", ERROR))
    made.offer(over(6 * HOUR, "books"))
    told = due(made, 7 * HOUR)
    assert told is not None
    assert told.title == "Polywire: 22 alerts"
    assert told.body.splitlines()[0] == "06:00:00 error: account happened"
    assert "channel 3 happened" not in told.body, "none goes on"


def test_hours_are_those_of_the_wall_clock_though_this_one_stood_still() -> None:
    made = pace(quiet=(22 * 60, 7 * 60))
    made.offer(alert(HOUR, "a"))
    made.offer(alert(HOUR, "b"))
    assert made.due(Ns(T0 + 2 * HOUR), drift_ns=4 * HOUR) is None
    told = made.due(Ns(T0 + 2 * HOUR), drift_ns=5 * HOUR)
    assert told is not None
    assert told.body == "06:00:00 warning: a happened\n06:00:00 warning: b happened"


def test_one_alert_alone_may_be_long() -> None:
    made = pace()
    made.offer(alert(0, text="x" * 1_000))
    made.offer(alert(0, "fire", CRITICAL, text="y" * 5_000))
    urgent, other = due(made, 0), due(made, 2 * SECOND)
    assert urgent is not None
    assert other is not None
    assert urgent.body == "y" * 1_796 + " ..."
    assert other.body == "x" * 1_000


def test_what_waits_at_the_end_is_sent_even_at_night() -> None:
    made = pace(quiet=(22 * 60, 7 * 60))
    made.offer(alert(HOUR))
    assert due(made, HOUR, ending=True) is not None


def test_a_message_fits_where_two_thousand_characters_do() -> None:
    made = pace()
    for number in range(700):
        made.offer(alert(0, f"k{number}", text=f"{number} " + "x" * 500))
    told = due(made, 2 * SECOND)
    assert told is not None
    assert len(told.title) + len(told.body) < 2_000
    assert told.body.splitlines()[-1] == "and 690 more, which the journal has"


def test_of_too_many_that_wait_the_critical_stay() -> None:
    made = pace(quiet=(0, 60))
    made.offer(alert(0, "fire", CRITICAL))
    for number in range(700):
        made.offer(alert(0, f"k{number}"))
    told = due(made, 0)
    assert told is not None
    assert "fire happened" in told.body
