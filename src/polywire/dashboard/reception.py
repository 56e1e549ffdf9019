"""Takes in connections for uvicorn, one at a time, TLS included."""

import asyncio
import socket
import ssl
from typing import Final

import uvicorn
from typing_extensions import override

from polywire.dashboard.guests import Guest, Patience

AGAIN_S: Final = 0.1
"""Where the system has no descriptor left: until then some have gone."""


class Reception(uvicorn.Server):
    """uvicorn with connections that are waited for with patience, but not for ever."""

    def __init__(
        self, config: uvicorn.Config, tls: ssl.SSLContext | None, patience: Patience
    ) -> None:
        super().__init__(config)
        self._tls = tls
        self._patience = patience
        self._accepting: list[asyncio.Task[None]] = []

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.servers = []
        for listening in sockets or []:
            listening.setblocking(False)
            self._accepting.append(asyncio.create_task(self._accept(listening)))
        self.started = True

    @override
    async def on_tick(self, counter: int) -> bool:
        return any(one.done() for one in self._accepting) or await super().on_tick(counter)

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for one in self._accepting:
            one.cancel()
        ended = await asyncio.gather(*self._accepting, return_exceptions=True)
        await super().shutdown(sockets)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connected, _ = await loop.sock_accept(listening)
            except OSError:  # it has gone again, or there is no descriptor for it
                await asyncio.sleep(AGAIN_S)
                continue
            guest = Guest(self.config, self.server_state, self._patience)
            guest.welcome = loop.create_task(self._welcome(guest, connected))
            await asyncio.sleep(0)

    async def _welcome(self, guest: Guest, connected: socket.socket) -> None:
        """Whoever cannot speak TLS goes, and nothing is said of it."""
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(lambda: guest, connected, ssl=self._tls)
        except (OSError, TimeoutError):
            self._patience.end(guest)
