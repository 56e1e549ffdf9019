"""What is to be told: what happened, once, and what lasts, when it begins and when it is over.

Pure: time is an argument. Which of it matters how much is in alert.py's tables.
"""

from collections.abc import Callable

from msgspec import Struct

from polywire.core.units import Ns
from polywire.observe.alert import SEVERITIES, Alert, Rule, Severity
from polywire.observe.alert_names import Names, without_addresses


class Condition(Struct):
    """Something that lasts: told once it has for `patience_ns`, and again when it is over."""

    rule: Rule
    subject: str
    text: str
    since_ns: Ns
    patience_ns: int
    told: bool = False


class Conditions:
    """Call `due` for what is to be told since the last time; texts are put into `names`' words."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._lasting: dict[str, Condition] = {}
        self._alerts: list[Alert] = []

    def tell(self, rule: Rule, subject: str, text: str, now: Ns) -> None:
        """Something happened."""
        self._add(Alert(now, SEVERITIES[rule], _key(rule, subject), text))

    def begin(self, rule: Rule, subject: str, text: str, now: Ns, patience_ns: int = 0) -> None:
        """Something goes on from now on, unless it did before."""
        found = Condition(rule, subject, text, now, patience_ns)
        self._lasting.setdefault(_key(rule, subject), found)

    def end(self, rule: Rule, subject: str, now: Ns, said: str = "") -> None:
        """It does no more, if it did."""
        key = _key(rule, subject)
        before = self._lasting.pop(key, None)
        if before is not None and before.told:
            text = said or f"over: {before.text}"
            self._add(Alert(now, Severity.INFO, key, text, SEVERITIES[rule]))

    def keep(self, lasts: Callable[[Condition], bool]) -> None:
        """Of what lasted only this goes on; of the rest nothing is said."""
        self._lasting = {key: one for key, one in self._lasting.items() if lasts(one)}

    def hush(self) -> None:
        """Nobody has to hear of what happened so far; what lasts is told all the same."""
        self._alerts.clear()

    def due(self, now: Ns) -> list[Alert]:
        """What is to be told now."""
        for one in self._lasting.values():
            if not one.told and now - one.since_ns >= one.patience_ns:
                one.told = True
                self.tell(one.rule, one.subject, one.text, now)
        told, self._alerts = self._alerts, []
        return told

    def _add(self, alert: Alert) -> None:
        text = self._names.in_words(" ".join(alert.text.split()))
        made = Alert(alert.at_ns, alert.severity, alert.key, without_addresses(text), alert.over)
        self._alerts.append(made)


def _key(rule: Rule, subject: str) -> str:
    return f"{rule} {subject}".strip()
