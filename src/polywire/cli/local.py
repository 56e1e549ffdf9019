"""Starting the local exchange in a process of its own, and ending it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from msgspec import Struct

from polywire.core.errors import ConfigError
from polywire.runtime.endpoints import Endpoints
from polywire.runtime.tasks import end, spawn

READY_S = 30.0
END_S = 1.5
SAID = "polywire: "

log = structlog.get_logger()


class LocalExchange(Struct, frozen=True):
    """A running local exchange: where it is and what its data is."""

    endpoints: Endpoints
    control: str | None
    source: str
    pid: int


@asynccontextmanager
async def local_exchange(
    *, seed: int, speed: float, recording: Path | None, extra: Sequence[str] = ()
) -> AsyncIterator[LocalExchange]:
    """A local exchange for as long as the block lasts; ConfigError if it cannot start."""
    arguments = ["--port", "0", "--seed", str(seed), "--speed", str(speed), "--with-parent", *extra]
    if recording is not None:
        arguments += ["--recording", str(recording)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "polywire.exchange", *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    try:
        exchange = await _ready(process)
        listening = spawn(_pass_on(process))
        yield exchange
        await end(listening)
    finally:
        await _end(process)


async def _ready(process: asyncio.subprocess.Process) -> LocalExchange:
    assert process.stdout is not None, "its output is a pipe"
    assert process.stderr is not None, "its errors are a pipe"
    try:
        line = await asyncio.wait_for(process.stdout.readline(), READY_S)
    except TimeoutError:
        raise ConfigError(f"the local exchange was not ready after {READY_S:.0f} s") from None
    if not line:
        words = (await process.stderr.read()).decode(errors="replace").strip().splitlines()
        said = next((line for line in words if line.startswith(SAID)), "")
        raise ConfigError(said.removeprefix(SAID) or "the local exchange ended at once")
    told = json.loads(line)
    return LocalExchange(
        Endpoints(told["clob"], told["market_ws"], told["gamma"], told["data"], told["user_ws"]),
        told["control"],
        told["source"],
        process.pid,
    )


async def _pass_on(process: asyncio.subprocess.Process) -> None:
    """What it says on standard error becomes log lines; unread, a full pipe would stop it."""
    assert process.stderr is not None, "its errors are a pipe"
    async for line in process.stderr:
        log.warning("exchange_said", reason=line.decode(errors="replace").rstrip())


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), END_S)
    except TimeoutError:
        process.kill()
        await process.wait()
