"""What asked for attention last: what is said again takes the place of what it repeats."""

from collections import deque
from collections.abc import Iterator
from typing import Final, NamedTuple

from polywire.core.units import MINUTE
from polywire.observe.alert import Alert, Severity

AGAIN_NS: Final = 15 * MINUTE
ALERTS_MAX: Final = 200


class Told(NamedTuple):
    """An alert, and how often it came since it was first said."""

    alert: Alert
    times: int


class LastAlerts:
    """The last of them, each thing once in a quarter of an hour."""

    def __init__(self) -> None:
        self._told: deque[Told] = deque(maxlen=ALERTS_MAX)

    def take(self, alert: Alert) -> None:
        """One more."""
        times = 1
        for told in self._told:
            if told.alert.key == alert.key and alert.at_ns - told.alert.at_ns < AGAIN_NS:
                times = told.times + 1
                self._told.remove(told)
                break
        self._told.append(Told(alert, times))

    def newest(self) -> Iterator[Told]:
        """All, the newest first."""
        return reversed(self._told)

    def urgent(self, since_ns: int) -> Alert | None:
        """The worst that is newer, of these the newest; None where none has to be looked at."""
        found = (told.alert for told in self.newest() if told.alert.at_ns > since_ns)
        worst = max(found, key=lambda one: one.severity.rank, default=None)
        return worst if worst is not None and worst.severity.rank >= Severity.ERROR.rank else None
