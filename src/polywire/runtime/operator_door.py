"""Where a person reaches a running engine: a local socket in the journal's folder.

Its file permissions are its lock: only who may write the file gets in, and is known by name. One
line asks, one says that it was begun, one what became of it. Others carry it out.
"""

import asyncio
import contextlib
import os
import pwd
import re
import select
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator
from enum import StrEnum
from functools import partial
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct, structs

from polywire.core.errors import ConfigError
from polywire.core.model.control import Operation
from polywire.core.units import MILLISECOND, SECOND, Ns
from polywire.journal.lock import holder
from polywire.net.clock import Clock
from polywire.observe.glance import Glance
from polywire.observe.strategies import StrategyLine
from polywire.observe.why import Why

NAME = "operator.sock"
OWN = (Operation.LEAVE,)
"""What is the run's own to do; a person may ask for all else."""
ADDRESS_MAX = 100
"""Longer addresses than some systems take are reached through the folder's descriptor."""
LINE_MAX = 65_536
"""A strategy's settings and what all strategies are doing have to fit."""
READ_S = 5.0
BEGIN_S = 8.0
"""What was not begun so soon after it was asked for is not carried out: who asked was told so."""
GRACE_S = 2.0
"""How much longer the word is waited for that it was begun."""
ANSWER_S = 35.0
"""An engine that began says within less what became of it, whatever the venue does."""
PATIENCE_S = 2.0
"""Silence after which whoever asks is told that it is waited for."""
BEGUN = b"begun\n"
STEERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What moves a terminal's cursor, begins a line, or turns the order of letters."""
ESCAPED = re.compile(
    r"(?<!\\)(?:\\\\)*\\(?:[bfr]|u00[0189][0-9a-f]|u007f|u202[89a-e]|u206[6-9])", re.IGNORECASE
)
"""The same inside of JSON, which subjects and values may be."""
LOOK = "nothing-runs"

log = structlog.get_logger()


class Question(StrEnum):
    """What is only asked; `why` of the market that the subject names."""

    STRATEGIES = "strategies"
    STATUS = "status"
    WHY = "why"


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person wants, and why; `until_ns` of the wall clock it may be begun.

    No operation: only the question. `subject`: as that of the OperatorCommand.
    """

    operation: Operation | None
    reason: str = ""
    until_ns: Ns = Ns(0)
    subject: str = ""
    value: str = ""
    question: Question = Question.STRATEGIES


class Answer(Struct, frozen=True):
    """What was done, in sentences; `done` is false where something of it is not.

    The others hold what was asked.
    """

    done: bool
    said: list[str]
    strategies: list[StrategyLine] = []
    glance: Glance | None = None
    why: Why | None = None


Obey = Callable[[Asked, str], Awaitable[Answer]]
"""Carry out what somebody, by name, asks for."""


class OperatorDoor:
    """Call `open` inside the running loop, once the folder's lock is held."""

    def __init__(self, folder: Path, obey: Obey) -> None:
        self._folder = folder
        self._obey = obey
        self._clock = Clock()
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
            asked = self._read(line)
            if isinstance(asked, Asked):
                if self._is_late(asked) or _is_gone(writer):
                    log.warning("operation_dropped", reason=asked.operation or asked.question)
                else:
                    writer.write(BEGUN)
                    answer = await self._answer(asked, _who(writer))
                    writer.write(msgspec.json.encode(answer) + b"\n")
            else:
                writer.write(msgspec.json.encode(asked) + b"\n")
            await writer.drain()
        writer.close()

    async def _answer(self, asked: Asked, who: str) -> Answer:
        """A bug in what answers ends neither the run nor its door, which a halt comes by."""
        try:
            return await self._obey(asked, who)
        except Exception as error:  # whatever it is: the log has all of it, the run goes on
            log.exception("operation_not_answered", reason=asked.operation or asked.question)
            said = f"a bug ({type(error).__name__}) kept this from being answered; it may have been"
            return Answer(False, [f"{said} done: look at polywire status, and at the log"])

    def _read(self, line: bytes) -> Asked | Answer:
        try:
            asked = msgspec.json.decode(line, type=Asked)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            return Answer(False, [f"that is no operation: {error}"])
        if asked.operation in OWN:
            return Answer(False, [f"that is no operation for a person: {asked.operation}"])
        return _plain(asked)

    def _is_late(self, asked: Asked) -> bool:
        """Whether the engine stood still for so long that nobody expects it any more."""
        return self._clock.wall() >= asked.until_ns


def _plain(asked: Asked) -> Asked | Answer:
    """As it may stand in the journal and in terminals: all that persons say comes by here.

    A reason loses what steers them, for a halt is not refused for its words.
    """
    about = asked.subject + asked.value
    if STEERS.search(about) or ESCAPED.search(about):
        return Answer(False, ["that is no operation: what it is about has control characters"])
    return structs.replace(asked, reason=STEERS.sub(" ", asked.reason).strip())


def ask(folder: Path, asked: Asked, tell: Callable[[str], None]) -> Answer:
    """What the engine with this journal answers; `tell` says meanwhile that it is waited for.

    Raises ConfigError where none runs, or none answers; without the word that it was begun, it
    never will be.
    """
    pid = holder(folder)
    if pid is None:
        raise ConfigError(f"nothing runs with the journal folder {folder}", look=LOOK)
    until = Ns(Clock().wall() + int(BEGIN_S * SECOND))
    line, silent = b"", "it was not carried out, and will not be"
    try:
        with socket.socket(socket.AF_UNIX) as door, _address(folder) as address:
            door.settimeout(BEGIN_S)
            door.connect(address)
            door.sendall(msgspec.json.encode(structs.replace(asked, until_ns=until)) + b"\n")
            waited = partial(tell, f"process {pid} has not answered yet; waiting ...")
            with door.makefile("rb") as told:
                _wait(door, BEGIN_S + GRACE_S, waited)
                line = told.readline()
                if line == BEGUN:
                    silent = "it was begun, and may go on"
                    _wait(door, ANSWER_S, partial(tell, f"process {pid} is at it ..."))
                    line = told.readline()
        return msgspec.json.decode(line, type=Answer)
    except (OSError, msgspec.MsgspecError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "no answer"
        raise ConfigError(
            f"process {pid} has the journal folder {folder}, and does not answer: {why}; {silent}",
            look=LOOK,
        ) from error


def _wait(door: socket.socket, within_s: float, waited: Callable[[], None]) -> None:
    """Until something came, or nobody is there any more; TimeoutError where neither happens."""
    came = select.poll()
    came.register(door, select.POLLIN)
    if not came.poll(PATIENCE_S * SECOND / MILLISECOND):
        waited()
        if not came.poll((within_s - PATIENCE_S) * SECOND / MILLISECOND):
            raise TimeoutError


def _is_gone(writer: asyncio.StreamWriter) -> bool:
    """Whether nobody is at the other end any more, even where this was not read yet."""
    peer = writer.get_extra_info("socket")
    if peer is None:
        return False
    other = select.poll()
    other.register(peer.fileno(), 0)
    return any(what & select.POLLHUP for _, what in other.poll(0))


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
