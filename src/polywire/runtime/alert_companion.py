"""The engine's side of its alerter: starts it, hears what it could not send, and lets it go.

Alerts are worth less than trading: whatever happens to the alerter, the run goes on.
"""

import asyncio
import contextlib
from collections.abc import Callable
from time import monotonic
from typing import Final

import structlog
from msgspec import structs

from polywire.runtime import alerter
from polywire.runtime.alerter import HandOver
from polywire.runtime.beside import BROKEN, Beside, begin
from polywire.runtime.tasks import Task, end, spawn

AGAIN_S: Final = 5.0
AGAIN_S_MAX: Final = 60.0
"""Until another is started: twice as long each time, unless the last one lived for longer."""
STOP_S: Final = 12.0
"""It sends what waits, for ten seconds at most."""

log = structlog.get_logger()


class AlertCompanion:
    """One alerter for as long as the run goes on, another when it is gone."""

    def __init__(self, hand_over: HandOver, told: Callable[[str], None]) -> None:
        self._hand_over = hand_over
        self._told = told
        self._alerter: Beside | None = None
        self._task: Task | None = None
        self._closing = False

    def start(self) -> None:
        """Begin; nobody waits until it is ready."""
        self._task = spawn(self._keep())

    async def close(self) -> None:
        """Let it send its last and go; one that takes longer ends by itself."""
        self._closing = True
        if self._alerter is not None:
            with contextlib.suppress(*BROKEN):
                self._alerter.tells.close()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=STOP_S if self._alerter is not None else 0)
        await end(self._task)

    async def _keep(self) -> None:
        pause_s = AGAIN_S
        while True:
            began_s, ended = monotonic(), "could not be started"
            with contextlib.suppress(*BROKEN):
                ended = f"ended with code {await self._run()}"
            self._alerter = None  # a close that comes now has nobody to wait for
            if self._closing:
                return
            if monotonic() - began_s >= AGAIN_S_MAX:
                pause_s = AGAIN_S
            self._tell_of(ended)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, AGAIN_S_MAX)

    def _tell_of(self, ended: str) -> None:
        """In the log, in the journal, and by the next alerter as soon as there is one."""
        sentence = f"the alerter {ended}; what waited to be sent is lost"
        log.error("alerter_gone", reason=sentence)
        self._told(sentence)
        self._hand_over = structs.replace(self._hand_over, run="", lost=sentence)

    async def _run(self) -> int:
        """One process, until it ends, with this code."""
        self._alerter = await begin(alerter.__name__, self._hand_over)
        async for line in self._alerter.hears:
            said = line.decode(errors="replace").strip()
            log.warning("alert_not_sent", reason=said)
            self._told(said)
        return await self._alerter.process.wait()
