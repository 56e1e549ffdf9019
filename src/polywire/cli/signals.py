"""What ends a command early: Ctrl-C and SIGTERM, the second of which forces, and bugs."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from typing import TypeVar

FORCED = 130

Result = TypeVar("Result")


class Stop:
    """Make it inside the running loop. `asked` is set by a signal or by a bug in a background task.

    A bug is kept in `bug`, to be raised once everything is closed; a second signal ends at once,
    after `last_words`.
    """

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.bug: BaseException | None = None
        self.last_words: Callable[[], None] = lambda: None
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._failed)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._heard)

    async def unless(self, work: Coroutine[object, object, Result]) -> Result | None:
        """What the work returns; None, with the work cancelled, when asked to stop before."""
        task = asyncio.ensure_future(work)
        asked = asyncio.ensure_future(self.asked.wait())
        await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if task.done():
            return task.result()
        task.cancel()
        await asyncio.wait({task})
        return None

    def _heard(self) -> None:
        if self.asked.is_set():
            try:
                self.last_words()
            finally:
                os._exit(FORCED)
        self.asked.set()

    def _failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException) and not isinstance(error, OSError):
            self.bug = self.bug or error
            self.asked.set()
        else:
            loop.default_exception_handler(context)
