"""The engine's side of its watchdog: starts it, hands it what it needs, and says that it lives."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

import structlog

from polywire.core.errors import ConfigError
from polywire.runtime import watchdog
from polywire.runtime.beside import BROKEN, Beside, begin
from polywire.runtime.tasks import Task, end, spawn
from polywire.runtime.watchdog import ALIVE, DONE, READY, HandOver

BEAT_S: Final = 1.0
START_S: Final = 20.0
STOP_S: Final = 2.0

log = structlog.get_logger()


class Lifeline:
    """One watchdog for as long as the engine runs, another when it is gone.

    `alive` says whether the engine made a decision lately: no sign is given while it did not.
    """

    def __init__(self, hand_over: HandOver, alive: Callable[[], bool]) -> None:
        self._hand_over = hand_over
        self._alive = alive
        self._guard: Beside | None = None
        self._task: Task | None = None

    @property
    def state(self) -> str:
        """`on`, or what is wrong with it."""
        guard = self._guard
        return "on" if guard is not None and guard.process.returncode is None else "off: it is gone"

    async def open(self) -> None:
        """Start it; raises ConfigError if it does not, for nothing is traded without it."""
        self._guard = await begin(watchdog.__name__, self._hand_over)
        said = await self._guard.answer(START_S)
        if said != READY:
            raise ConfigError(
                "the watchdog does not start; see what it said above", look="watchdog"
            )

    def start(self) -> None:
        """Give signs of life from now on."""
        self._task = spawn(self._beat())

    async def close(self, *, clean: bool) -> None:
        """Let it go after a clean stop; after any other, it cancels what may rest."""
        await end(self._task)
        guard = self._guard
        if guard is None:
            return
        with contextlib.suppress(*BROKEN):
            if clean:
                guard.tells.write(DONE)
            guard.tells.close()
            await guard.tells.wait_closed()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(guard.process.wait(), STOP_S)

    async def _beat(self) -> None:
        while True:
            if not self._sign():
                log.error("watchdog_gone")
                with contextlib.suppress(ConfigError, *BROKEN):
                    await self.open()
            await asyncio.sleep(BEAT_S)

    def _sign(self) -> bool:
        """Give a sign if there is life; whether anybody is there to hear it."""
        guard = self._guard
        assert guard is not None, "it was opened"
        if guard.process.returncode is not None:
            return False
        if self._alive():
            try:
                guard.tells.write(ALIVE)
            except BROKEN:
                return False
        return True
