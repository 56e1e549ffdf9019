"""The sending process from our side: start it, let it go, read what it did, and end it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from polywire.bench.child import Child, child

TELL_S: Final = 120.0


class Sent(Struct, frozen=True):
    """What was sent, between which readings of the monotonic clock."""

    frames: int
    start_ns: int
    end_ns: int


class Sending:
    """A running sender."""

    def __init__(self, process: Child, port: int) -> None:
        self.port = port
        self._process = process

    def url(self, number: int) -> str:
        """Where socket `number` connects."""
        return f"ws://127.0.0.1:{self.port}/{number}"

    async def replay(self) -> Sent:
        """Let it send everything; returns once the last byte is written."""
        return Sent(**await self._process.ask("go"))


@asynccontextmanager
async def sending(folder: Path, arguments: Sequence[str]) -> AsyncIterator[Sending]:
    """A sender of the reel in a folder, for as long as the block lasts."""
    named = ("--folder", str(folder), *arguments)
    async with child("polywire.bench.sender", named, patience_s=TELL_S) as process:
        yield Sending(process, (await process.told())["port"])
