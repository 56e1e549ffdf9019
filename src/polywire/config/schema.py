"""What a run is built from, as data: it is written into the journal and read back by replay.

Composes the parameter structs that the packages own. Money has no defaults here; the demo's own
numbers are in config/demo.py.
"""

import msgspec
from msgspec import Struct

from polywire.core.engine.accountant import Reconciling
from polywire.core.errors import ConfigError
from polywire.core.execution.exits import ExitPlan
from polywire.core.ids import StrategyId
from polywire.core.risk.breaker import BreakerPlan
from polywire.core.risk.limits import Limits
from polywire.core.units import Money
from polywire.strategies.kinds import Parameters


class SeatSettings(Struct, frozen=True, kw_only=True):
    """A strategy in its seat; dollars in micros, times in nanoseconds."""

    name: StrategyId
    budget: Money
    patience_ns: int
    dwell_ns: int
    exits: ExitPlan | None = None
    renew_ns: int | None = None
    loss_max: Money | None = None
    parameters: Parameters


class Settings(Struct, frozen=True, kw_only=True):
    """What decides: the same settings and the same events give the same commands."""

    limits: Limits
    audit_ns: int
    audit_twin_ns: int
    sell_pending: bool
    strategies: tuple[SeatSettings, ...]
    reconciling: Reconciling | None = None
    """Only where a real account is traded."""
    breaker: BreakerPlan | None = None


def dump(settings: Settings | SeatSettings) -> str:
    """The settings as one line of JSON, for the journal."""
    return msgspec.json.encode(settings).decode()


def load(text: str) -> Settings:
    """Settings from what `dump` wrote; ConfigError says what is wrong and where."""
    try:
        return msgspec.json.decode(text, type=Settings)
    except msgspec.MsgspecError as error:
        raise ConfigError(
            "the journal was recorded by strategies that this command does not build "
            f"({error}); audit it with the program that ran them",
            look="replay-mismatch",
        ) from error


def load_seat(text: str) -> SeatSettings:
    """The same of one strategy that is added to a run, perhaps by a command of another build."""
    try:
        return msgspec.json.decode(text, type=SeatSettings)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ConfigError(
            f"these settings make no strategy in this run ({error}); ask with the version that "
            "runs it"
        ) from error
