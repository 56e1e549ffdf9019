"""What stops trading or buying now, why, and what ends it: the same words in any show of a run."""

from collections.abc import Mapping
from typing import Final

from polywire.core.model.breaker import BreakerCause
from polywire.core.risk.breaker import WHOLE
from polywire.core.units import dollars
from polywire.observe.status import BreakerLine, EngineStatus

SHUTDOWN: Final = "shutting down"
"""What every clean stop says: no halt that anybody has to hear of."""
BY_HAND: Final = "until it is resumed"
COOLED: Final = "until it has cooled down"
ENDS: Final[Mapping[BreakerCause, str]] = {
    BreakerCause.LOSS: BY_HAND,
    BreakerCause.REJECTS: COOLED,
    BreakerCause.UNKNOWNS: COOLED,
    BreakerCause.RECONCILIATION: BY_HAND,
    BreakerCause.SILENCE: COOLED,
    BreakerCause.UNREAD: "until the account was read",
    BreakerCause.HAND: BY_HAND,
    BreakerCause.FLATTEN: BY_HAND,
    BreakerCause.RUN: "until the next start",
}


def stops(engine: EngineStatus) -> list[str]:
    """A sentence for each, the worst first; none where everything goes on."""
    lines = sorted(engine.breaker, key=lambda line: line.cause not in WHOLE)
    over = 0 < engine.loss_max_micros <= engine.loss_micros
    found = [_sentence(line, over=over) for line in lines if line.reason != SHUTDOWN]
    known = {SHUTDOWN, "", *(line.reason for line in lines)}
    if engine.halted not in known:
        found.insert(0, f"halted: {engine.halted}")
    if over:
        found.append(day_lost(engine.loss_micros, engine.loss_max_micros))
    found += [
        f"nothing is bought by {one.name}: {one.barred} (until 00:00 UTC)"
        for one in engine.strategies
        if one.barred
    ]
    return found + [f"strategy {name} raised and was halted" for name in engine.halted_strategies]


def day_lost(loss: int, loss_max: int) -> str:
    """What the day's loss stops, and until when."""
    lost = f"lost {dollars(loss)} today, of {dollars(loss_max)}"
    return f"nothing is bought: {lost} (until 00:00 UTC)"


def day_left(loss: int, loss_max: int) -> list[str]:
    """After a loss, how much more may be lost today; nothing without one, or with none left."""
    if not 0 < loss < loss_max:
        return []
    return [f"{dollars(loss_max - loss)} left of today's loss limit of {dollars(loss_max)}"]


def _sentence(line: BreakerLine, *, over: bool) -> str:
    """Of a loss that is still over its limit, that to resume does not suffice."""
    what = "halted" if line.cause in WHOLE else "nothing is bought"
    late = ", and not before 00:00 UTC" if over and line.cause is BreakerCause.LOSS else ""
    return f"{what}: {line.reason} ({line.cause}: {ENDS[line.cause]}{late})"
