"""The process that takes orders from our side: start it, hear what came in, and end it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from polywire.bench.child import Child, child

TELL_S: Final = 20.0


class Receiving:
    """A running receiver; `url` is where orders go."""

    def __init__(self, process: Child, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._process = process

    async def came(self) -> list[tuple[int, int]]:
        """The salt of each order that came since the last time, and when it was complete."""
        return [(salt, at_ns) for salt, at_ns in (await self._process.ask("tell"))["came"]]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiving]:
    """A receiver for as long as the block lasts."""
    async with child("polywire.bench.receiver", patience_s=TELL_S) as process:
        yield Receiving(process, (await process.told())["port"])
