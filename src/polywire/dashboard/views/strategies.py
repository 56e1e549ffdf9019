"""The view of strategies: what each is told, what it wants now, and what the gate refused of it."""

from typing import Final

from polywire.core.engine.engine import Engine
from polywire.core.engine.roster import Seat
from polywire.core.parameters import StrategyParameters
from polywire.dashboard.scene import Ask, Scene, to_ms
from polywire.dashboard.views.overview import state_of
from polywire.dashboard.views.pulse import Shape
from polywire.observe.memory import Memory, Refusal
from polywire.observe.parameter_lines import parameter_lines
from polywire.observe.strategies import StrategyLine

REFUSALS: Final = 50


def strategies(scene: Scene, _ask: Ask) -> Shape | None:
    """See the contract of the page."""
    engine = scene.shadow.engine
    if engine is None:
        return None
    lines = scene.status(engine).strategies
    seats = engine.roster.seats
    return {
        "rows": [
            _row(engine, scene.shadow.memory, line, seats[line.name])
            for line in lines
            if line.name in seats
        ]
    }


def _row(engine: Engine, memory: Memory, line: StrategyLine, seat: Seat) -> Shape:
    told: object = getattr(seat.strategy, "parameters", None)
    kind = told.__struct_config__.tag if isinstance(told, StrategyParameters) else ""
    state, reason = state_of(line)
    mine = [one for key, one in reversed(memory.refusals.items()) if key[0] == line.name]
    return {
        "name": line.name,
        "kind": str(kind or type(seat.strategy).__name__),
        "state": state,
        "reason": reason or seat.halted,
        "parameters": parameter_lines(told) if isinstance(told, StrategyParameters) else [],
        "wishes": sum(len(one.wanted) for one in seat.heard.values()),
        "refused": memory.refused.get(line.name, 0),
        "refusals": [_refusal(engine, one) for one in mine[:REFUSALS]],
    }


def _refusal(engine: Engine, one: Refusal) -> Shape:
    market = engine.ledger.markets.get(one.refused.instrument)
    return {
        "at_ms": to_ms(one.at_ns),
        "market": market.question if market is not None else one.refused.instrument,
        "rule": one.refused.rule,
        "reason": one.refused.reason,
        "count": one.count,
    }
