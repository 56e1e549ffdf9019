"""The dashboard as a process: it is handed what it needs on standard input, and ends with it.

Whoever started it has said where it listens, or why it does not.
"""

import asyncio
import logging
import ssl
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import msgspec
import uvicorn

from polywire.core.ids import RunId
from polywire.dashboard.app import application
from polywire.dashboard.following import follow
from polywire.dashboard.gate import BODY_MAX
from polywire.dashboard.guests import Patience
from polywire.dashboard.listening import Listening
from polywire.dashboard.reception import Reception
from polywire.dashboard.scene import About, Scene
from polywire.net.clock import Clock
from polywire.observe.auditor import EngineFor
from polywire.observe.shadow import Shadow
from polywire.runtime.beside import give_way
from polywire.runtime.companion import HandOver

HEAD_MAX: Final = 16_384
"""Of what is kept of a request that is not whole yet, whoever sends it."""
REFUSED: Final = "without completing handshake"
ASKED_MAX: Final = 64
"""A halt does not wait behind what the engine is slow to answer."""


def serve(told: HandOver, listening: Listening, engine_for: EngineFor) -> None:
    """Serve until standard input ends."""
    give_way()
    asyncio.run(_serve(told, listening, engine_for))


async def _serve(told: HandOver, listening: Listening, engine_for: EngineFor) -> None:
    clock = Clock()
    run = RunId(told.run) if told.run else None
    scene = Scene(Shadow(Path(told.journal), engine_for, run), _about(told), clock)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(ASKED_MAX))
    server = reception(application(scene, listening.rules), listening.tls)
    beside = {asyncio.create_task(_follow(scene, server)), asyncio.create_task(_end(server))}
    try:
        await server.serve(sockets=[listening.socket])
    finally:
        for task in beside:
            task.cancel()
        ended = await asyncio.gather(*beside, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception):
            raise error


async def _follow(scene: Scene, server: uvicorn.Server) -> None:
    """A bug in what follows ends the process: whoever started it starts another."""
    try:
        await follow(scene)
    finally:
        server.should_exit = server.should_exit or not scene.trouble


def _about(told: HandOver) -> About:
    return msgspec.convert(told, About, from_attributes=True)


def reception(
    app: object, tls: ssl.SSLContext | None = None, patience: Patience | None = None
) -> Reception:
    """What takes in connections for an application."""
    logging.getLogger("uvicorn.error").addFilter(_is_ours)
    return Reception(_config(app), tls, patience or Patience())


def _is_ours(record: logging.LogRecord) -> bool:
    """A socket that the gate refuses looks like a bug to uvicorn: any stranger could fill a log."""
    return REFUSED not in record.getMessage()


def _config(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # its own protocol for the same callable
        log_config=None,
        log_level="error",  # what strangers send wrong is not the terminal's to show
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        h11_max_incomplete_event_size=HEAD_MAX,
        ws="websockets-sansio",
        ws_max_size=BODY_MAX,
        ws_per_message_deflate=False,  # costs more than the loopback carries
        timeout_keep_alive=5,
        timeout_graceful_shutdown=1,
    )


async def _end(server: uvicorn.Server) -> None:
    """Whoever started this holds the other end of standard input."""
    signs = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(signs), sys.stdin)
    while await signs.readline():
        pass
    server.should_exit = True
