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
PAUSE_NS: Final = 4 * SECOND
"""That it is over, or goes on again, is said once this has passed since the last word, then twice
as long, up to a repetition's: what goes to and fro is bounded, what stays so is told soon."""
TOGETHER_NS: Final = 2 * SECOND
MESSAGES_A_MINUTE: Final = 10
"""Half of what a Telegram group takes, the least of all services (telegram.md)."""
LINES_MAX: Final = 10
LINE_MAX: Final = 170
"""Ten such lines fit where 2,000 characters do."""
SINGLE_MAX: Final = 1_800
"""What an alert may say that is a message by itself."""
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
    """Something that was said, and how often it came since; one of a key is told at a time."""

    said: Alert
    since_ns: Ns
    pause_ns: int
    newest: Alert
    more: int = 0

    @property
    def turned(self) -> bool:
        """Whether what was said to go on is over, or the other way round."""
        return (self.newest.over is None) is not (self.said.over is None)

    @property
    def until_ns(self) -> Ns:
        """When it may be said again."""
        return Ns(self.since_ns + (self.pause_ns if self.turned else _repeat_ns(self.said)))


class Pace:
    """`offer` it alerts, and ask `due` for the message to send now; `source` is who tells."""

    def __init__(self, terms: PaceTerms, source: str) -> None:
        self._terms = terms
        self._zone = ZoneInfo(terms.zone)
        self._source = source
        self._windows: dict[str, Window] = {}
        self._waiting: dict[str, Alert] = {}
        self._dropped = 0
        self._sent: deque[Ns] = deque()

    def offer(self, alert: Alert) -> None:
        """Let it be sent when it is time, unless it matters too little or was just said."""
        if alert.weight.rank < self._terms.severity_min.rank:
            return
        window = self._windows.get(alert.key)
        if window is None:
            self._windows[alert.key] = Window(alert, alert.at_ns, PAUSE_NS, alert)
            self._wait(alert)
        else:
            window.newest, window.more = alert, window.more + 1

    def due(self, now: Ns, *, drift_ns: int = 0, ending: bool = False) -> Message | None:
        """What is to be sent now, if anything; `ending`: what waits would be lost otherwise.

        `drift_ns`: how far the clock on people's walls is ahead of this one.
        """
        self._say_again(now, ending=ending)
        ready = list(self._waiting.values())
        if not ending and not self._open(now, drift_ns):
            ready = [one for one in ready if one.severity is Severity.CRITICAL]
        if not ready:
            return None
        for one in ready:
            del self._waiting[one.key]
        self._sent.append(now)
        return self._message(ready, drift_ns)

    def _wait(self, alert: Alert) -> None:
        """Of one key only the newest word waits: who reads it late reads how it is."""
        self._waiting[alert.key] = alert
        if len(self._waiting) > WAITING_MAX:
            least = min(self._waiting.values(), key=lambda one: one.severity.rank)
            del self._waiting[least.key]
            self._dropped += 1

    def _say_again(self, now: Ns, *, ending: bool) -> None:
        """Once its time is over, say of what came again how it is, and how often it came."""
        for key, window in list(self._windows.items()):
            if now < window.until_ns and not ending:
                continue
            if not window.more:
                del self._windows[key]
                continue
            newest = window.newest
            self._wait(structs.replace(newest, text=newest.text + _how_often(window)))
            pause_ns = min(2 * window.pause_ns, _repeat_ns(newest))
            self._windows[key] = Window(newest, now, pause_ns, newest)

    def _open(self, now: Ns, drift_ns: int) -> bool:
        """Whether what is not critical may be sent: no quiet hour, not too much, all together."""
        while self._sent and now - self._sent[0] >= MINUTE:
            self._sent.popleft()
        oldest_ns = min((one.at_ns for one in self._waiting.values()), default=now)
        waits = now - oldest_ns >= TOGETHER_NS
        return waits and len(self._sent) < MESSAGES_A_MINUTE and not self._quiet(now + drift_ns)

    def _quiet(self, wall_ns: int) -> bool:
        if self._terms.quiet is None:
            return False
        begins, ends = self._terms.quiet
        at = self._local(wall_ns)
        minute = 60 * at.hour + at.minute
        if begins <= ends:
            return begins <= minute < ends
        return minute >= begins or minute < ends

    def _local(self, wall_ns: int) -> datetime:
        return datetime.fromtimestamp(wall_ns // SECOND, self._zone)

    def _message(self, alerts: list[Alert], drift_ns: int) -> Message:
        worst = max((one.severity for one in alerts), key=lambda one: one.rank)
        if len(alerts) == 1 and not self._dropped:
            return Message(worst, f"{self._source}: {worst}", _cut(alerts[0].text, SINGLE_MAX))
        by_severity = sorted(alerts, key=lambda one: (-one.severity.rank, one.at_ns))
        lines = [self._line(one, drift_ns) for one in by_severity[:LINES_MAX]]
        left = len(alerts) - len(lines) + self._dropped
        self._dropped = 0
        if left:
            lines.append(f"and {left} more, which the journal has")
        return Message(worst, f"{self._source}: {len(alerts)} alerts", "\n".join(lines))

    def _line(self, alert: Alert, drift_ns: int) -> str:
        at = self._local(alert.at_ns + drift_ns)
        return _cut(f"{at:%H:%M:%S} {alert.severity}: {alert.text}", LINE_MAX)


def _repeat_ns(alert: Alert) -> int:
    return REPEAT_CRITICAL_NS if alert.weight is Severity.CRITICAL else REPEAT_NS


def _how_often(window: Window) -> str:
    """How often it came since it was said; nothing where that goes without saying."""
    if window.turned:
        return f" (to and fro {window.more} times since)" if window.more > 1 else ""
    times = "once" if window.more == 1 else f"{window.more} times"
    minutes = _repeat_ns(window.said) // MINUTE
    span = "a minute" if minutes == 1 else f"{minutes} minutes"
    return f" ({times} more within {span})"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 4] + " ..."
