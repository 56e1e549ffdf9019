"""What every view is read from: the shadow of a run, and what the terminal was told of it.

Owns what is asked often and costs a walk over all books: it is read once for all who look.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec import Struct

from polywire.core.engine.engine import Engine
from polywire.core.ids import InstrumentId
from polywire.core.units import MILLISECOND, SECOND, Ns
from polywire.net.clock import Clock
from polywire.observe.alerts import SILENCE_NS
from polywire.observe.shadow import Shadow
from polywire.observe.status import EngineStatus, engine_status

FRESH_NS: Final = 200 * MILLISECOND
REPLAY: Final = "replay"
QUIET_NS: Final = 10 * SECOND
"""An engine that keeps every row writes ten times a second."""


class About(Struct, frozen=True, kw_only=True):
    """What is known of a run before its first record; `mode` as the page calls it."""

    version: str
    mode: str
    venue: str
    journal: str
    read_only: bool
    backtests: str = ""


class Ask(Struct, frozen=True):
    """What one page wants to see."""

    view: str
    id: str = ""
    page: int = 0
    search: str = ""


@dataclass
class Scene:
    """`trouble` says why the shadow goes no further, empty while it does; `behind_ns` how far it is
    behind the journal, `heard_ns` when a row came last; `held` of what the positions are that
    `status` tells of. Who asks for the past has `going_back`.
    """

    shadow: Shadow
    about: About
    clock: Clock
    trouble: str = ""
    behind_ns: int = 0

    def __post_init__(self) -> None:
        self.going_back = asyncio.Lock()
        self._status: EngineStatus | None = None
        self.held: list[InstrumentId] = []
        self._read_ns = Ns(0)
        self.heard_ns = self.clock.now()

    @property
    def journal(self) -> Path:
        """The folder in which the run's door is, too."""
        return Path(self.about.journal)

    @property
    def silence(self) -> str:
        """What is said while a run writes nothing, empty while it does; a replay need not."""
        silent_ns = self.clock.now() - self.heard_ns
        if silent_ns < (SILENCE_NS if self.shadow.partial else QUIET_NS):
            return ""
        words = f"the engine wrote nothing for {silent_ns // SECOND} s: it hangs, and this is old"
        return words if self.about.mode != REPLAY else ""

    def status(self, engine: Engine) -> EngineStatus:
        """The engine as it stood a fifth of a second ago at most."""
        now = self.clock.now()
        if self._status is None or now - self._read_ns >= FRESH_NS or self._status.now > engine.now:
            self._status, self._read_ns = engine_status(engine, self.about.venue), now
            holdings = engine.ledger.holdings.items()
            self.held = [key[1] for key, holding in holdings if holding.now.held]
        return self._status


def to_ms(at: int) -> int:
    """A moment as the page counts: milliseconds since the epoch."""
    return at // MILLISECOND
