"""The process that takes orders from our side: start it, hear what came in, and end it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

END_S: Final = 5.0
TELL_S: Final = 20.0


class Receiving:
    """A running receiver; `url` is where orders go."""

    def __init__(self, child: asyncio.subprocess.Process, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._child = child

    async def came(self) -> list[tuple[int, int]]:
        """The salt of each order that came since the last time, and when it was complete."""
        assert self._child.stdin is not None, "its input is a pipe"
        self._child.stdin.write(b"tell\n")
        return [(salt, at_ns) for salt, at_ns in (await _told(self._child))["came"]]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiving]:
    """A receiver for as long as the block lasts."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "polywire.bench.receiver",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Receiving(child, (await _told(child))["port"])
    finally:
        if child.stdin is not None:
            child.stdin.close()
        try:
            await asyncio.wait_for(child.wait(), END_S)
        except TimeoutError:
            child.kill()
            await child.wait()


async def _told(child: asyncio.subprocess.Process) -> dict[str, Any]:
    assert child.stdout is not None, "its output is a pipe"
    async with asyncio.timeout(TELL_S):
        line = await child.stdout.readline()
    assert line, "the receiver ended; its error is above"
    facts: dict[str, Any] = json.loads(line)
    return facts
