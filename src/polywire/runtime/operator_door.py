"""Where a person reaches a running engine: a local socket in the journal's folder, a line each way.

Its file permissions are its lock: only who may write the file gets in, and is known by name. What
is asked for is carried out by others.
"""

import asyncio
import contextlib
import os
import pwd
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct

from polywire.core.errors import ConfigError
from polywire.core.model.control import Operation
from polywire.journal.lock import holder

NAME = "operator.sock"
BY_HAND = (Operation.HALT, Operation.RESUME, Operation.CANCEL_ALL, Operation.FLATTEN)
"""What a person may ask for; the others are the run's own."""
ADDRESS_MAX = 100
"""Longer addresses than some systems take are reached through the folder's descriptor."""
LINE_MAX = 4_096
READ_S = 5.0
LOOK = "nothing-runs"

log = structlog.get_logger()


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person wants, and why."""

    operation: Operation
    reason: str = ""


class Answer(Struct, frozen=True):
    """What was done, in sentences; `done` is false where something of it is not."""

    done: bool
    said: list[str]


Obey = Callable[[Asked, str], Awaitable[Answer]]
"""Carry out what somebody, by name, asks for."""


class OperatorDoor:
    """Call `open` inside the running loop, once the folder's lock is held."""

    def __init__(self, folder: Path, obey: Obey) -> None:
        self._folder = folder
        self._obey = obey
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen; a file that a dead process left is replaced. Without a socket the run goes on."""
        try:
            listening = self._bound()
        except OSError as error:
            log.warning("operator_door_closed", error=str(error))
            return
        self._server = await asyncio.start_unix_server(self._serve, sock=listening, limit=LINE_MAX)

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            (self._folder / NAME).unlink(missing_ok=True)

    def _bound(self) -> socket.socket:
        (self._folder / NAME).unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX)
        before = os.umask(0o177)
        try:
            with _address(self._folder) as address:
                listening.bind(address)
        finally:
            os.umask(before)
        return listening

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError, TimeoutError):
            line = await asyncio.wait_for(reader.readline(), READ_S)
            writer.write(msgspec.json.encode(await self._answer(line, _who(writer))) + b"\n")
            await writer.drain()
        writer.close()

    async def _answer(self, line: bytes, who: str) -> Answer:
        try:
            asked = msgspec.json.decode(line, type=Asked)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            return Answer(False, [f"that is no operation: {error}"])
        if asked.operation not in BY_HAND:
            return Answer(False, [f"that is no operation for a person: {asked.operation}"])
        return await self._obey(asked, who)


def ask(folder: Path, asked: Asked, within_s: float) -> Answer:
    """What the engine with this journal answers; ConfigError where none runs or none answers."""
    pid = holder(folder)
    if pid is None:
        raise ConfigError(f"nothing runs with the journal folder {folder}", look=LOOK)
    line = b""
    try:
        with socket.socket(socket.AF_UNIX) as door, _address(folder) as address:
            door.settimeout(within_s)
            door.connect(address)
            door.sendall(msgspec.json.encode(asked) + b"\n")
            while not line.endswith(b"\n") and (part := door.recv(1 << 16)):
                line += part
        return msgspec.json.decode(line, type=Answer)
    except (OSError, msgspec.MsgspecError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "no answer"
        raise ConfigError(
            f"process {pid} has the journal folder {folder}, and does not answer: {why}", look=LOOK
        ) from error


@contextlib.contextmanager
def _address(folder: Path) -> Iterator[str]:
    """The socket's address, as short as the system wants it."""
    address = str(folder / NAME)
    if len(address.encode()) <= ADDRESS_MAX:
        yield address
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{descriptor}/{NAME}"
    finally:
        os.close(descriptor)


def _who(writer: asyncio.StreamWriter) -> str:
    """The user at the other end; where the system does not say, the one the file is for."""
    uid = os.getuid()
    peer = writer.get_extra_info("socket")
    if peer is not None and hasattr(socket, "SO_PEERCRED"):
        form = struct.Struct("3i")
        told = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, form.size)
        _, uid, _ = form.unpack(told)
    try:
        return f"{pwd.getpwuid(uid).pw_name} (uid {uid})"
    except KeyError:
        return f"uid {uid}"
