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


def alert(at_ns: int, key: str = "k", severity: Severity = WARNING, text: str = "") -> Alert:
    return Alert(Ns(T0 + at_ns), severity, key, text or f"{key} happened")


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
