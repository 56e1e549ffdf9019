"""From settings to objects: strategies in their seats, and an engine around them."""

from polywire.config.schema import SeatSettings, Settings, load, load_seat
from polywire.core.engine.engine import Engine, EngineParameters
from polywire.core.engine.roster import Roster, Seat
from polywire.core.model.control import RunStarted
from polywire.strategies.kinds import needs_of, strategy_of
from polywire.venues.polymarket.checksum import BookChecksum


def engine_from(settings: Settings) -> Engine:
    """A fresh engine that knows no market yet."""
    parameters = EngineParameters(
        limits=settings.limits,
        audit_ns=settings.audit_ns,
        audit_twin_ns=settings.audit_twin_ns,
        reconciling=settings.reconciling,
        breaker=settings.breaker,
        sell_pending=settings.sell_pending,
    )
    return Engine(parameters, Roster(map(_seat, settings.strategies), seat_from), BookChecksum)


def engine_of(started: RunStarted) -> Engine:
    """The same by the settings that a run's journal keeps; ConfigError for others."""
    return engine_from(load(started.configuration))


def seat_from(text: str) -> Seat:
    """A seat of the settings that the journal keeps of one added later; ConfigError for others."""
    return _seat(load_seat(text))


def _seat(one: SeatSettings) -> Seat:
    strategy = strategy_of(one.name, one.parameters)
    return Seat(
        strategy,
        one.budget,
        one.patience_ns,
        one.dwell_ns,
        one.exits,
        renew_ns=one.renew_ns,
        loss_max=one.loss_max,
        needs=needs_of(one.parameters),
    )
