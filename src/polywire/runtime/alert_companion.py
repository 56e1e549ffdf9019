"""The engine's side of its alerter: starts it, hears what it could not send, and lets it go.

Alerts are worth less than trading: whatever happens to the alerter, the run goes on.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

import structlog
from msgspec import structs

from polywire.runtime import alerter
from polywire.runtime.alerter import HandOver
from polywire.runtime.beside import BROKEN, Beside, begin
from polywire.runtime.tasks import Task, end, spawn

AGAIN_S: Final = 5.0
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
        while True:
            with contextlib.suppress(OSError, RuntimeError):
                await self._run()
            if self._closing:
                return
            log.error("alerter_gone")
            self._hand_over = structs.replace(self._hand_over, run="")
            await asyncio.sleep(AGAIN_S)

    async def _run(self) -> None:
        """One process, until it ends."""
        self._alerter = await begin(alerter.__name__, self._hand_over)
        async for line in self._alerter.hears:
            said = line.decode(errors="replace").strip()
            log.warning("alert_not_sent", reason=said)
            self._told(said)
        await self._alerter.process.wait()
