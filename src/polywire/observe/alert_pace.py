"""When alerts are sent: repeats are counted, what comes together is one message, nights are quiet.

Pure: time is an argument. At most so many messages a minute, whatever happens; what is critical
does not wait.
"""

from collections import deque
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

from polywire.core.units import MINUTE, SECOND, Ns
from polywire.observe.alert import Alert, Severity

REPEAT_NS: Final = 15 * MINUTE
"""The same thing is said once in this time, and then how often it came again."""
REPEAT_CRITICAL_NS: Final = MINUTE
"""A breaker that closed and opens again is no repetition."""
TOGETHER_NS: Final = 2 * SECOND
MESSAGES_A_MINUTE: Final = 10
"""Half of what a Telegram group takes, the least of all services (telegram.md)."""
LINES_MAX: Final = 10
LINE_MAX: Final = 170
"""Ten such lines fit where 2,000 characters do."""
WAITING_MAX: Final = 500


class PaceTerms(Struct, frozen=True, kw_only=True):
    """What is sent at all, and at which minutes of the day, from and to, only the critical."""

    severity_min: Severity
    quiet: tuple[int, int] | None = None
    zone: str = "UTC"


class Message(Struct, frozen=True):
    """What goes to every channel."""

    severity: Severity
    title: str
    body: str


class Window(Struct):
    """Something that was said, until when it is not said again, and how often it came since."""

    until_ns: Ns
    newest: Alert
    more: int = 0


class Pace:
    """`offer` it alerts, and ask `due` for the message to send now; `source` is who tells."""

    def __init__(self, terms: PaceTerms, source: str) -> None:
        self._terms = terms
        self._zone = ZoneInfo(terms.zone)
        self._source = source
        self._windows: dict[str, Window] = {}
        self._waiting: list[Alert] = []
        self._dropped = 0
        self._sent: deque[Ns] = deque()

    def offer(self, alert: Alert) -> None:
        """Let it be sent when it is time, unless it matters too little or was just said."""
        if alert.severity.rank < self._terms.severity_min.rank:
            return
        window = self._windows.get(alert.key)
        if window is None or alert.at_ns >= window.until_ns:
            self._windows[alert.key] = Window(Ns(alert.at_ns + _repeat_ns(alert)), alert)
            self._wait(alert)
        else:
            window.newest, window.more = alert, window.more + 1

    def due(self, now: Ns, *, ending: bool = False) -> Message | None:
        """What is to be sent now, if anything; `ending`: what waits would be lost otherwise."""
        self._count_again(now, ending=ending)
        ready = self._waiting if ending or self._open(now) else self._urgent()
        if not ready:
            return None
        self._waiting = [one for one in self._waiting if one not in ready]
        self._sent.append(now)
        return self._message(ready)

    def _wait(self, alert: Alert) -> None:
        self._waiting.append(alert)
        if len(self._waiting) > WAITING_MAX:
            least = min(self._waiting, key=lambda one: one.severity.rank)
            self._waiting.remove(least)
            self._dropped += 1

    def _count_again(self, now: Ns, *, ending: bool) -> None:
        """Once its time is over, say of what came again how often it did."""
        for key, window in list(self._windows.items()):
            if now < window.until_ns and not ending:
                continue
            if not window.more:
                del self._windows[key]
                continue
            times = "once" if window.more == 1 else f"{window.more} times"
            minutes = _repeat_ns(window.newest) // MINUTE
            span = "a minute" if minutes == 1 else f"{minutes} minutes"
            text = f"{window.newest.text} ({times} more within {span})"
            self._wait(structs.replace(window.newest, text=text))
            self._windows[key] = Window(Ns(now + _repeat_ns(window.newest)), window.newest)

    def _open(self, now: Ns) -> bool:
        """Whether what is not critical may be sent: no quiet hour, not too much, all together."""
        while self._sent and now - self._sent[0] >= MINUTE:
            self._sent.popleft()
        waits = bool(self._waiting) and now - self._waiting[0].at_ns >= TOGETHER_NS
        return waits and len(self._sent) < MESSAGES_A_MINUTE and not self._quiet(now)

    def _urgent(self) -> list[Alert]:
        return [one for one in self._waiting if one.severity is Severity.CRITICAL]

    def _quiet(self, now: Ns) -> bool:
        if self._terms.quiet is None:
            return False
        begins, ends = self._terms.quiet
        at = self._local(now)
        minute = 60 * at.hour + at.minute
        if begins <= ends:
            return begins <= minute < ends
        return minute >= begins or minute < ends

    def _local(self, at: Ns) -> datetime:
        return datetime.fromtimestamp(at // SECOND, self._zone)

    def _message(self, alerts: list[Alert]) -> Message:
        worst = max((one.severity for one in alerts), key=lambda one: one.rank)
        if len(alerts) == 1 and not self._dropped:
            return Message(worst, f"{self._source}: {worst}", _cut(alerts[0].text))
        by_severity = sorted(alerts, key=lambda one: -one.severity.rank)
        lines = [self._line(one) for one in by_severity[:LINES_MAX]]
        left = len(alerts) - len(lines) + self._dropped
        self._dropped = 0
        if left:
            lines.append(f"and {left} more, which the journal has")
        return Message(worst, f"{self._source}: {len(alerts)} alerts", "\n".join(lines))

    def _line(self, alert: Alert) -> str:
        return _cut(f"{self._local(alert.at_ns):%H:%M:%S} {alert.severity}: {alert.text}")


def _repeat_ns(alert: Alert) -> int:
    return REPEAT_CRITICAL_NS if alert.severity is Severity.CRITICAL else REPEAT_NS


def _cut(text: str) -> str:
    return text if len(text) <= LINE_MAX else text[: LINE_MAX - 4] + " ..."
