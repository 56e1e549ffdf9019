"""The last alerts of a page: a flood of one thing hides no other."""

from polywire.core.units import MINUTE, Ns
from polywire.observe.alert import Alert, Severity
from polywire.observe.last_alerts import LastAlerts

QUARTER = 15 * MINUTE


def alert(at: int, key: str, severity: Severity = Severity.WARNING) -> Alert:
    return Alert(Ns(at), severity, key, f"{key} at {at}")


def last(*alerts: Alert) -> LastAlerts:
    found = LastAlerts()
    for one in alerts:
        found.take(one)
    return found


def test_what_is_said_again_soon_stands_once_and_is_counted() -> None:
    many = [alert(1 + number, "rate") for number in range(500)]
    found = last(alert(0, "loss"), *many, alert(600, "books"))
    assert [(told.alert.text, told.times) for told in found.newest()] == [
        ("books at 600", 1),
        ("rate at 500", 500),
        ("loss at 0", 1),
    ]


def test_what_comes_again_later_stands_twice() -> None:
    found = last(alert(0, "rate"), alert(QUARTER, "rate"))
    assert [told.times for told in found.newest()] == [1, 1]


def test_what_is_urgent_is_the_worst_of_late_and_nothing_that_can_wait() -> None:
    worst = alert(5, "halted", Severity.CRITICAL)
    late = alert(7, "loss", Severity.ERROR)
    found = last(worst, alert(6, "books"), late)
    assert found.urgent(4) == worst
    assert found.urgent(5) == late
    assert found.urgent(7) is None
