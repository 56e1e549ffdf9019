"""What of a run's records a person should see at once, as sentences with a severity. Pure."""

from typing import Final

from msgspec import Struct

from polywire.core.model.breaker import BreakerCause, BreakerMoved
from polywire.core.model.command import StrategyHalted
from polywire.core.model.control import AlertRaised, OperatorCommand, StoodStill
from polywire.core.model.healing import ChecksumsJudged
from polywire.core.model.market import MarketResolved
from polywire.core.model.reckoning import Correction, DifferenceFound
from polywire.core.risk.breaker import WHOLE
from polywire.core.units import SECOND, Ns
from polywire.journal.record import Entry
from polywire.observe.alert import Severity


class Notice(Struct, frozen=True):
    """Something that happened, and when."""

    at_ns: Ns
    severity: Severity
    text: str


UNTOLD: Final = (BreakerCause.UNREAD,)
"""A start says this of itself, and takes it back a moment later."""


def notice_of(record: Entry, now: Ns) -> Notice | None:
    """What to say of a record; nothing of most. `now` is the time of the last decision."""
    told = _told(record)
    return Notice(now, *told) if told is not None else None


def _told(record: Entry) -> tuple[Severity, str] | None:
    match record:
        case BreakerMoved():
            return _moved(record)
        case StrategyHalted():
            words = f"strategy {record.strategy} raised and was halted: {record.error}"
            return Severity.ERROR, words
        case OperatorCommand() if record.who:
            subject = f" {record.subject}" if record.subject[:1] not in ("", "{") else ""
            return Severity.INFO, f"{record.who}: {record.operation}{subject} ({record.reason})"
        case MarketResolved():
            return Severity.INFO, f"market {record.market} is resolved"
        case _:
            warned = _warned(record)
            return (Severity.WARNING, warned) if warned else None


def _warned(record: Entry) -> str:
    match record:
        case AlertRaised():
            return f"{record.name}: {record.text}"
        case StoodStill():
            return f"the engine stood still for {(record.recv_ns - record.since_ns) / SECOND:.1f} s"
        case DifferenceFound() if not record.explanation:
            return f"the venue's account differs in {record.subject}, and nothing explains it"
        case Correction():
            return "the account was corrected to what the venue says"
        case ChecksumsJudged() if not record.believed:
            return "the venue's hashes of books are not believed any more"
        case _:
            return ""


def _moved(moved: BreakerMoved) -> tuple[Severity, str] | None:
    if moved.cause in UNTOLD:
        return None
    if not moved.open:
        return Severity.INFO, f"no more halted by {moved.cause}: {moved.reason}"
    if moved.cause is BreakerCause.RUN:
        return Severity.INFO, f"halted: {moved.reason}"
    if moved.cause in WHOLE:
        return Severity.CRITICAL, f"trading is halted: {moved.reason}"
    return Severity.ERROR, f"nothing is bought: {moved.reason}"
