"""The engine's side of its watchdog: starts it, hands it what it needs, and says that it lives."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from typing import Final

import msgspec
import structlog

from polywire.core.errors import ConfigError
from polywire.runtime import watchdog
from polywire.runtime.tasks import Task, end, spawn
from polywire.runtime.watchdog import ALIVE, DONE, READY, HandOver

BEAT_S: Final = 1.0
START_S: Final = 20.0
STOP_S: Final = 2.0
BROKEN: Final = (OSError, RuntimeError)
"""What writing to a process that is dying raises: uvloop says that the pipe is closed."""

log = structlog.get_logger()


class Lifeline:
    """One watchdog for as long as the engine runs, another when it is gone.

    `alive` says whether the engine made a decision lately: no sign is given while it did not.
    """

    def __init__(self, hand_over: HandOver, alive: Callable[[], bool]) -> None:
        self._hand_over = hand_over
        self._alive = alive
        self._process: Process | None = None
        self._task: Task | None = None

    @property
    def state(self) -> str:
        """`on`, or what is wrong with it."""
        process = self._process
        return "on" if process is not None and process.returncode is None else "off: it is gone"

    async def open(self) -> None:
        """Start it; raises ConfigError if it does not, for nothing is traded without it."""
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", watchdog.__name__,
            stdin=PIPE, stdout=PIPE, start_new_session=True, env=plain_environment(),
        )  # fmt: skip
        assert process.stdin is not None, "it was asked for"
        assert process.stdout is not None, "it was asked for"
        process.stdin.write(msgspec.json.encode(self._hand_over) + b"\n")
        said = b""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                said = await process.stdout.readline()
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
        process = self._process
        if process is None or process.stdin is None:
            return
        with contextlib.suppress(*BROKEN):
            if clean:
                process.stdin.write(DONE)
            process.stdin.close()
            await process.stdin.wait_closed()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_S)

    async def _beat(self) -> None:
        while True:
            if not self._sign():
                log.error("watchdog_gone")
                with contextlib.suppress(ConfigError, *BROKEN):
                    await self.open()
            await asyncio.sleep(BEAT_S)

    def _sign(self) -> bool:
        """Give a sign if there is life; whether anybody is there to hear it."""
        process = self._process
        assert process is not None, "it was opened"
        assert process.stdin is not None, "it was asked for"
        if process.returncode is not None:
            return False
        if self._alive():
            try:
                process.stdin.write(ALIVE)
            except BROKEN:
                return False
        return True


def plain_environment() -> dict[str, str]:
    """Ours without what may be secret: keys and passphrases stand in variables of our own."""
    return {name: text for name, text in os.environ.items() if not name.startswith("POLYWIRE_")}
