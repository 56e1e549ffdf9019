"""Where the venue's account is not what it is here, as people read it: names, shares, dollars."""

from collections.abc import Iterable
from typing import Final

from polywire.core.engine.engine import Engine
from polywire.core.ids import InstrumentId, VenueOrderId
from polywire.core.model.reckoning import DifferenceFound
from polywire.core.units import Ns
from polywire.dashboard.scene import to_ms
from polywire.dashboard.views.pulse import Shape
from polywire.observe.memory import Memory

CASH: Final = "cash"
"""The subject of a difference that is of no instrument and no order."""


def differences(engine: Engine, memory: Memory) -> Shape:
    """Those without an explanation, and those with one beside how many there were of them."""
    return {
        "unexplained": _rows(engine, memory.unexplained),
        "explained": _rows(engine, memory.explained),
        "explained_count": memory.explained_count,
    }


def _rows(engine: Engine, found: Iterable[tuple[Ns, DifferenceFound]]) -> list[Shape]:
    return [_row(engine, at, one) for at, one in reversed(list(found))]


def _row(engine: Engine, at: Ns, one: DifferenceFound) -> Shape:
    ledger = engine.ledger
    order_id = ledger.by_venue.get(VenueOrderId(one.subject))
    order = ledger.orders.get(order_id) if order_id is not None else None
    instrument = order.command.instrument if order is not None else InstrumentId(one.subject)
    market = ledger.markets.get(instrument)
    outcome = market.outcome_of(instrument).name if market is not None else ""
    return {
        "at_ms": to_ms(at),
        "market": market.question if market is not None else "",
        "market_id": market.id if market is not None else "",
        "outcome": outcome,
        "order": order.command.order_id if order is not None else "",
        "subject": one.subject,
        "unit": "dollars" if one.subject == CASH else "shares",
        "ours": one.ours,
        "theirs": one.theirs,
        "explanation": one.explanation,
    }
