"""From settings to objects: strategies in their seats, and an engine around them."""

from polywire.config.schema import HolderSettings, QuoterSettings, Settings
from polywire.core.engine.engine import Engine, EngineParameters
from polywire.core.engine.roster import Roster, Seat
from polywire.core.strategy import Strategy
from polywire.strategies.holder import PositionHolder
from polywire.strategies.touch_quoter import TouchQuoter
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
    return Engine(parameters, Roster(map(_seat, settings.strategies)), BookChecksum)


def _seat(one: QuoterSettings | HolderSettings) -> Seat:
    return Seat(_strategy(one), one.budget, one.patience_ns, one.dwell_ns, one.exits, one.renew_ns)


def _strategy(one: QuoterSettings | HolderSettings) -> Strategy:
    if isinstance(one, QuoterSettings):
        return TouchQuoter(one.name, one.size, one.cap, one.spread_ticks_min, one.price_min)
    return PositionHolder(
        one.name, one.shares, one.outcome, one.price_min, one.price_max, one.spread_max
    )
