"""What an alert is: which rule it comes from, how much it matters, and what it says.

The rules themselves are in alerts.py; when one is sent is alert_pace's to say.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from polywire.core.units import Money, Ns


class Severity(StrEnum):
    """How much it matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """The higher, the worse."""
        return RANKS[self]


RANKS: Final[Mapping[Severity, int]] = MappingProxyType(
    {severity: rank for rank, severity in enumerate(Severity)}
)


class Rule(StrEnum):
    """What an alert is about."""

    RUN = "run"
    ENDED = "ended"
    SILENCE = "silence"
    BREAKER = "breaker"
    CEILING = "ceiling"
    LOSS = "loss"
    UNKNOWN = "unknown"
    RECONCILIATION = "reconciliation"
    REVERSED = "reversed"
    STRATEGY = "strategy"
    ACCOUNT = "account"
    GUARD = "guard"
    CHECKSUMS = "checksums"
    JOURNAL = "journal"
    DISK = "disk"
    OPERATOR = "operator"
    CONNECTION = "connection"
    BOOKS = "books"
    BASKET = "basket"
    REJECTED = "rejected"
    BALANCE = "balance"
    RATE = "rate"
    LATENCY = "latency"
    STANDSTILL = "standstill"
    SCANNER = "scanner"
    CHANNEL = "channel"
    REFUSED = "refused"
    FILL = "fill"
    RESOLUTION = "resolution"


SEVERITIES: Final[Mapping[Rule, Severity]] = MappingProxyType(
    {
        Rule.ENDED: Severity.CRITICAL,
        Rule.SILENCE: Severity.CRITICAL,
        Rule.BREAKER: Severity.CRITICAL,
        Rule.CEILING: Severity.CRITICAL,
        Rule.LOSS: Severity.ERROR,
        Rule.UNKNOWN: Severity.ERROR,
        Rule.RECONCILIATION: Severity.ERROR,
        Rule.REVERSED: Severity.ERROR,
        Rule.STRATEGY: Severity.ERROR,
        Rule.ACCOUNT: Severity.ERROR,
        Rule.GUARD: Severity.ERROR,
        Rule.CHECKSUMS: Severity.ERROR,
        Rule.JOURNAL: Severity.ERROR,
        Rule.DISK: Severity.WARNING,
        Rule.OPERATOR: Severity.WARNING,
        Rule.CONNECTION: Severity.WARNING,
        Rule.BOOKS: Severity.WARNING,
        Rule.BASKET: Severity.WARNING,
        Rule.REJECTED: Severity.WARNING,
        Rule.BALANCE: Severity.WARNING,
        Rule.RATE: Severity.WARNING,
        Rule.LATENCY: Severity.WARNING,
        Rule.STANDSTILL: Severity.WARNING,
        Rule.SCANNER: Severity.WARNING,
        Rule.CHANNEL: Severity.WARNING,
        Rule.REFUSED: Severity.INFO,
        Rule.FILL: Severity.INFO,
        Rule.RESOLUTION: Severity.INFO,
        Rule.RUN: Severity.INFO,
    }
)
"""What an alert of each rule matters; that something is over is always no more than info."""


class Alert(Struct, frozen=True):
    """Something that somebody should hear of; one of the same key is the same thing again.

    `over`: what it mattered that is over now; None of all else.
    """

    at_ns: Ns
    severity: Severity
    key: str
    text: str
    over: Severity | None = None

    @property
    def weight(self) -> Severity:
        """How much the thing itself matters: who hears that it began hears that it is over."""
        return self.severity if self.over is None else self.over


class AlertTerms(Struct, frozen=True, kw_only=True):
    """What an alert is told from: the age of a book's last proof, dollars of a fill and of cash."""

    suspect_ns: int
    fill_min: Money | None = None
    cash_min: Money | None = None
