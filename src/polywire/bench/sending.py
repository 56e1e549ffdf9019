"""The sending process from our side: start it, let it go, read what it did, and end it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct

END_S = 5.0
TELL_S = 120.0


class Sent(Struct, frozen=True):
    """What was sent, between which readings of the monotonic clock."""

    frames: int
    start_ns: int
    end_ns: int


class Sending:
    """A running sender."""

    def __init__(self, child: asyncio.subprocess.Process, port: int) -> None:
        self.port = port
        self._child = child

    def url(self, number: int) -> str:
        """Where socket `number` connects."""
        return f"ws://127.0.0.1:{self.port}/{number}"

    async def replay(self) -> Sent:
        """Let it send everything; returns once the last byte is written."""
        assert self._child.stdin is not None, "its input is a pipe"
        self._child.stdin.write(b"go\n")
        return Sent(**await told(self._child))


@asynccontextmanager
async def sending(folder: Path, arguments: Sequence[str]) -> AsyncIterator[Sending]:
    """A sender of the reel in a folder, for as long as the block lasts."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "polywire.bench.sender", "--folder", str(folder), *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Sending(child, (await told(child))["port"])
    finally:
        if child.stdin is not None:
            child.stdin.close()
        try:
            await asyncio.wait_for(child.wait(), END_S)
        except TimeoutError:
            child.kill()
            await child.wait()


async def told(child: asyncio.subprocess.Process) -> dict[str, int]:
    """Its next line."""
    assert child.stdout is not None, "its output is a pipe"
    async with asyncio.timeout(TELL_S):
        line = await child.stdout.readline()
    assert line, "the sender ended; its error is above"
    facts: dict[str, int] = json.loads(line)
    return facts
