"""Processes that stand beside an engine: each is handed what it needs on standard input.

In a group of their own, so that Ctrl-C in the terminal is the engine's alone.
"""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

BROKEN: Final = (OSError, RuntimeError)
"""What writing to a process that is dying raises: uvloop says that the pipe is closed."""
NICE: Final = 10
AUTOGROUP: Final = Path("/proc/self/autogroup")


class Beside(NamedTuple):
    """One of them, and both ends of what is said."""

    process: Process
    tells: asyncio.StreamWriter
    hears: asyncio.StreamReader

    async def answer(self, within_s: float) -> bytes:
        """Its first line, or nothing if that takes longer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                return await self.hears.readline()
        return b""


async def begin(module: str, told: Struct) -> Beside:
    """Start a module of ours and tell it; no variable that may be secret goes along."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module,
        stdin=PIPE, stdout=PIPE, start_new_session=True, env=plain_environment(),
    )  # fmt: skip
    assert process.stdin is not None, "it was asked for"
    assert process.stdout is not None, "it was asked for"
    process.stdin.write(msgspec.json.encode(told) + b"\n")
    return Beside(process, process.stdin, process.stdout)


def give_way() -> None:
    """Called in such a process: it works when the engine does not want to.

    Its own session is a group of its own to Linux's scheduler, which shares the processor out among
    groups first: niceness alone says nothing beyond the group (sched(7), autogroup).
    """
    os.nice(NICE)
    with contextlib.suppress(OSError):
        AUTOGROUP.write_text(str(NICE))


def plain_environment() -> dict[str, str]:
    """Ours without what may be secret: keys and passphrases stand in variables of our own."""
    return {name: text for name, text in os.environ.items() if not name.startswith("POLYWIRE_")}
