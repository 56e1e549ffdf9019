"""A process of a bench from our side: started for a block, spoken to in lines, ended with it."""

import asyncio
import json
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

END_S: Final = 5.0


class Child:
    """A running process; each thing it is told is answered by a line of JSON."""

    def __init__(self, process: Process, patience_s: float) -> None:
        self._process = process
        self._patience_s = patience_s

    async def ask(self, word: str) -> dict[str, Any]:
        """Say a word, and what comes back."""
        assert self._process.stdin is not None, "its input is a pipe"
        self._process.stdin.write(f"{word}\n".encode())
        return await self.told()

    async def told(self) -> dict[str, Any]:
        """Its next line; TimeoutError if none comes."""
        assert self._process.stdout is not None, "its output is a pipe"
        async with asyncio.timeout(self._patience_s):
            line = await self._process.stdout.readline()
        assert line, "it ended; its error is above"
        facts: dict[str, Any] = json.loads(line)
        return facts


@asynccontextmanager
async def child(
    module: str, arguments: Sequence[str] = (), *, patience_s: float
) -> AsyncIterator[Child]:
    """A process of a module for as long as the block lasts; it ends when its input does."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Child(process, patience_s)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), END_S)
        except TimeoutError:
            process.kill()
            await process.wait()
