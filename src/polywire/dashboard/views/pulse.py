"""What every frame says beside its view: whether all is well, in a few numbers and a sentence."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from polywire.core.engine.engine import Engine
from polywire.core.ledger.foreign import OTHERS
from polywire.core.ledger.position import Holding, Position
from polywire.core.model.account import Settlement
from polywire.core.units import MINUTE, Money, utc_time
from polywire.dashboard.scene import REPLAY, Scene, to_ms
from polywire.observe.alert import Alert
from polywire.observe.status import EngineStatus
from polywire.observe.stops import SHUTDOWN, stops

URGENT_NS: Final = 2 * MINUTE
"""So long what is urgent stands on every page."""
Shape = dict[str, object]
NOTHING: Final[Mapping[str, object]] = MappingProxyType(
    {
        "recorded": "",
        "halted": "",
        "stops": [],
        "resumable": False,
        "silent": "",
        "feed_ok": False,
        "equity": 0,
        "profit": 0,
        "profit_pending": 0,
    }
)
"""Of a run that has not begun."""


def pulse(scene: Scene) -> Shape:
    """The pulse as it stands; `now_ms` moves each time."""
    shadow = scene.shadow
    agree = {"decisions": shadow.agreed, "first_difference": shadow.difference}
    urgent = shadow.memory.alerts.urgent(shadow.now - URGENT_NS)
    told: Shape = {
        "now_ms": to_ms(scene.clock.wall()),
        "mode": scene.about.mode,
        "agree": agree,
        "behind_ms": to_ms(scene.behind_ns),
        "urgent": alert(urgent) if urgent is not None else None,
    }
    engine = shadow.engine
    if engine is None:
        waits = scene.trouble or "the run has not begun yet"
        return {**told, **NOTHING, "feed": waits}
    status = scene.status(engine)
    silent = scene.trouble or scene.silence
    return told | {
        "recorded": recorded(scene),
        "halted": status.halted if status.halted != SHUTDOWN else "",
        "stops": stops(status),
        "resumable": bool(status.breaker),
        "silent": silent,
        "feed": silent or shadow.partial or feed_line(status),
        "feed_ok": not (silent or status.books.suspect) and status.books.tracked > 0,
        "equity": status.equity_micros,
        "profit": status.profit_micros,
        "profit_pending": sum(_pending(engine)),
    }


def alerts(scene: Scene, most: int) -> list[Shape]:
    """What happened last, the newest first; `times` counts what was said again since."""
    shadow = scene.shadow
    found = [alert(one) | {"times": times} for one, times in shadow.memory.alerts.newest()]
    if shadow.difference:
        words = f"a decision was not made again: {shadow.difference}"
        differs = {"at_ms": to_ms(shadow.now), "severity": "critical", "text": words, "times": 1}
        found.insert(0, differs)
    return found[:most]


def alert(one: Alert) -> Shape:
    """One of them as the page has it."""
    return {"at_ms": to_ms(one.at_ns), "severity": one.severity, "text": one.text}


def recorded(scene: Scene) -> str:
    """Of a run that is only looked at again: how it ended, or how far it was read; else empty."""
    if scene.about.mode != REPLAY:
        return ""
    at = f"{utc_time(scene.shadow.now)} UTC"
    if scene.behind_ns:
        return f"recorded run, read up to {at}"
    counted = scene.shadow.memory.feeds.newest
    if counted is not None and counted.ending:
        return f"recorded run, ended cleanly at {at}"
    return f"recorded run, without a clean end; its last row is of {at}"


def feed_line(status: EngineStatus) -> str:
    """How good the books are, in one sentence."""
    books = status.books
    if not books.tracked:
        return "no market is watched yet"
    if not books.suspect:
        return f"all {books.tracked:,} books are proven"
    return (
        f"{books.proven:,} of {books.tracked:,} books are proven; nothing is placed on the others"
    )


def _pending(engine: Engine) -> Iterator[int]:
    """What would be gone of the profit if all fills were undone that still can be."""
    for (name, instrument), holding in engine.ledger.holdings.items():
        if holding.waiting and name not in OTHERS:
            final = _final(holding)
            worth = engine.standing.worth(instrument, holding.now)
            then = engine.standing.worth(instrument, final)
            yield holding.now.cash + worth - final.cash - then


def _final(holding: Holding) -> Position:
    """A holding by its final fills alone."""
    position = Position(holding.settled.held, holding.settled.paid, Money(holding.settled.cash))
    for fill in holding.waiting:
        if fill.settlement is Settlement.FINAL:
            position.take(fill)
    if holding.worth is not None:
        position.redeem(holding.worth)
    return position
