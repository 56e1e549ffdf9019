"""From settings to objects: strategies in their seats, and an engine around them."""

from polywire.config.schema import QuoterSettings, Settings
from polywire.core.engine.engine import Engine, EngineParameters
from polywire.core.engine.roster import Roster, Seat
from polywire.strategies.touch_quoter import TouchQuoter
from polywire.venues.polymarket.checksum import BookChecksum


def engine_from(settings: Settings) -> Engine:
    """A fresh engine that knows no market yet."""
    parameters = EngineParameters(limits=settings.limits, audit_ns=settings.audit_ns)
    return Engine(parameters, Roster(map(_seat, settings.quoters)), BookChecksum)


def _seat(quoter: QuoterSettings) -> Seat:
    strategy = TouchQuoter(
        quoter.name, quoter.size, quoter.cap, quoter.spread_ticks_min, quoter.price_min
    )
    return Seat(strategy, quoter.budget, quoter.patience_ns, quoter.dwell_ns)
