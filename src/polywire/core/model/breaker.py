"""What opens the breaker, and what is told when it opens or closes."""

from enum import StrEnum

from polywire.core.model.command import Decision
from polywire.core.units import Ns


class BreakerCause(StrEnum):
    """What opened the breaker; `hand` and `flatten` are a person's word, `run` the run's own."""

    LOSS = "loss"
    REJECTS = "rejects"
    UNKNOWNS = "unknowns"
    RECONCILIATION = "reconciliation"
    SILENCE = "silence"
    UNREAD = "unread"
    HAND = "hand"
    FLATTEN = "flatten"
    RUN = "run"


class BreakerMoved(Decision, frozen=True):
    """Told, not asked: the breaker opened for a cause at `at_ns`, or closed for it; and why."""

    cause: BreakerCause
    open: bool
    reason: str
    at_ns: Ns


Tripped = dict[BreakerCause, BreakerMoved]
"""What it is open for, by the record that said so."""
