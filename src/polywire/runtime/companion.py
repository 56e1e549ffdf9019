"""The engine's side of its dashboard: starts the process, says where it listens, and lets it go.

What the dashboard shows, it reads from the journal by itself; it is told nothing while it runs.
"""

import asyncio
import contextlib
import secrets
from ipaddress import ip_address
from typing import Final

import msgspec
import structlog
from msgspec import Struct, structs
from typing_extensions import override

from polywire.runtime.beside import BROKEN, Beside, begin
from polywire.runtime.tasks import Task, end, spawn

MODULE: Final = "polywire.cli.observer"
LOOPBACK: Final = "127.0.0.1"
START_S: Final = 20.0
STOP_S: Final = 3.0
AGAIN_S: Final = 1.0
AGAIN_S_MAX: Final = 60.0
"""One that does not live so long is started later each time."""
TOKEN_BYTES: Final = 24

log = structlog.get_logger()


class Entrance(Struct, frozen=True, kw_only=True):
    """Where a dashboard listens, by which files TLS is spoken there, and who is let in.

    Without a password the token lets in, whoever has it.
    """

    host: str = LOOPBACK
    certificate: str = ""
    key: str = ""
    password: str = ""

    @override
    def __repr__(self) -> str:
        return f"Entrance({self.host}, ***)"

    @property
    def is_guarded(self) -> bool:
        """Whether it may be opened: what other machines reach takes a password and TLS."""
        local = ip_address(self.host).is_loopback
        return local or bool(self.password and self.certificate and self.key)


LOCAL: Final = Entrance()
"""Loopback, where the token is enough."""


class HandOver(Struct, frozen=True, kw_only=True):
    """What the process is told: which run, where to listen, and who may look.

    `run` is empty for the newest one. `token` is made when it is started; who does not have it
    sees nothing.
    """

    journal: str
    run: str
    port: int
    mode: str
    venue: str
    version: str
    read_only: bool = False
    backtests: str = ""
    token: str = ""
    entrance: Entrance = LOCAL

    @override
    def __repr__(self) -> str:
        return f"HandOver({self.journal}, ***)"


class Listens(Struct, frozen=True):
    """What the process answers: the address, or why there is none."""

    address: str = ""
    port: int = 0
    refused: str = ""


class Companion:
    """One process beside a run, and another when it ends before the run does."""

    def __init__(
        self, told: HandOver, *, port: int, read_only: bool, entrance: Entrance = LOCAL
    ) -> None:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._told = structs.replace(
            told, port=port, read_only=read_only, token=token, entrance=entrance
        )
        self._server: Beside | None = None
        self._task: Task | None = None

    async def open(self) -> Listens:
        """Start it; where it listens, or in a sentence why it does not."""
        listens = await self._start()
        if listens.address:
            self._told = structs.replace(self._told, port=listens.port)
            self._task = spawn(self._keep())
        return listens

    async def close(self) -> None:
        """Let it go."""
        await end(self._task)
        server = self._server
        if server is None:
            return
        with contextlib.suppress(*BROKEN):
            server.tells.close()
        try:
            await asyncio.wait_for(server.process.wait(), STOP_S)
        except TimeoutError:
            server.process.kill()
            await server.process.wait()

    async def _start(self) -> Listens:
        try:
            self._server = await begin(MODULE, self._told)
            line = await self._server.answer(START_S)
            return msgspec.json.decode(line, type=Listens)
        except BROKEN as error:
            return Listens(refused=f"the dashboard cannot be started: {error}")
        except msgspec.MsgspecError:
            return Listens(refused="the dashboard does not start; see what it said above")

    async def _keep(self) -> None:
        """Nothing that happens to it may end the run, so it is only started again."""
        loop, pause_s = asyncio.get_running_loop(), AGAIN_S
        while True:
            assert self._server is not None, "it was opened"
            began = loop.time()
            code = await self._server.process.wait()
            log.warning("dashboard_gone", error=f"it ended with code {code}; starting another")
            lived = loop.time() - began >= AGAIN_S_MAX
            pause_s = AGAIN_S if lived else min(2 * pause_s, AGAIN_S_MAX)
            await asyncio.sleep(pause_s)
            refused = (await self._start()).refused
            if refused:
                log.warning("dashboard_refused", reason=refused)
