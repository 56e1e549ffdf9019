"""Serves one text at /metrics on 127.0.0.1, made anew for each request."""

import socket
from collections.abc import Awaitable, Callable

from aiohttp import web

from polywire.core.errors import ConfigError

HOST = "127.0.0.1"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Render = Callable[[], Awaitable[bytes]]


class ScrapePort:
    """An HTTP port that nobody outside this machine reaches; taken at once, served from `open`."""

    def __init__(self, port: int, render: Render) -> None:
        """Raises ConfigError where the port is taken or may not be used."""
        self._render = render
        self._runner: web.AppRunner | None = None
        self._socket = socket.socket()
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((HOST, port))
        except OSError as error:
            self._socket.close()
            text = f"metrics need port {port} on {HOST}: {error.strerror or error}"
            raise ConfigError(text, look="port-taken") from error

    async def open(self) -> None:
        """Answer requests from now on."""
        application = web.Application()
        application.router.add_get("/metrics", self._answer)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket).start()

    async def close(self) -> None:
        """Let the port go."""
        if self._runner is not None:
            await self._runner.cleanup()
        self._socket.close()

    async def _answer(self, _: web.Request) -> web.Response:
        return web.Response(body=await self._render(), headers={"Content-Type": CONTENT_TYPE})
