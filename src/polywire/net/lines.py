"""Several kept-alive lines to one host, for what is signed: it leaves at once, and at most once.

An account has some for orders and cancels and others for what it asks. Nothing is ever sent twice.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Mapping
from typing import Final
from urllib.parse import urlsplit

from polywire.core.errors import TransportError
from polywire.net.line import REPLY_BYTES_MAX, Line, Reply
from polywire.net.websocket import CONNECT_TIMEOUT_S, USER_AGENT

LINES: Final = 8
"""Kept open, so that a burst finds one each; more are opened while more requests are under way."""
LINES_MAX: Final = 32
READ_BYTES_MAX: Final = 16 * 1024 * 1024
"""The largest answer to a question; a page of trades with many makers may be a megabyte."""
ANSWER_S: Final = 10.0
IDLE_S: Final = 15.0
"""A line that has carried nothing for so long carries a read, so that it stays a good one."""


class UnsentError(TransportError):
    """The request did not leave: certainly nothing came of it."""


class Lines:
    """Lines to the host of `address`; `open` connects them, `close` ends them."""

    def __init__(
        self,
        address: str,
        *,
        count: int = LINES,
        answer_s: float = ANSWER_S,
        bytes_max: int = REPLY_BYTES_MAX,
    ) -> None:
        split = urlsplit(address)
        assert split.hostname is not None, address
        self._host = split.hostname
        self._tls = ssl.create_default_context() if split.scheme == "https" else None
        self._port = split.port or (443 if self._tls else 80)
        self._path = split.path
        self._head = f"Host: {split.netloc}\r\nUser-Agent: {USER_AGENT}\r\nAccept: */*\r\n"
        self._count = count
        self._answer_s = answer_s
        self._bytes_max = bytes_max
        self._idle: list[Line] = []
        self._all: dict[Line, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def open(self) -> None:
        """Connect the lines; raises TransportError if the host cannot be reached."""
        self._idle += await asyncio.gather(*(self._connect() for _ in range(self._count)))

    async def close(self) -> None:
        """End every line; requests under way are told that no answer came."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        for line in tuple(self._all):
            line.cut("closed by us")
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Awaitable[Reply]:
        """The answer to one request, which has left, or does as soon as there is a line.

        Awaiting raises BrokenError if it left and no answer came, UnsentError if it did not leave.
        """
        request = self._bytes(method, path, headers, body)
        return self._now(request) or self._soon(request)

    def try_request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Awaitable[Reply] | None:
        """The answer to one request, which has left; None, and nothing ever leaves, without a line.

        Then another is opened for the next.
        """
        answer = self._now(self._bytes(method, path, headers, body))
        if answer is None and len(self._all) < LINES_MAX and len(self._tasks) < self._count:
            self._start()
        return answer

    def keep_warm(self) -> None:
        """Read something harmless over lines that idle, and replace those that are gone.

        One is left for what may come meanwhile; its turn is the next time.
        """
        now_s = asyncio.get_running_loop().time()
        due = [each for each in self._idle if now_s - each.idle_since_s >= IDLE_S]
        for line in due[: len(self._idle) - 1]:
            self._idle.remove(line)
            if line.open:
                asked = line.send(self._bytes("GET", "/ok", {}, b""), self._answer_s)
                asked.add_done_callback(lambda done: done.exception())
        for _ in range(self._count - len(self._all) - len(self._tasks)):
            self._start()

    def _bytes(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        told = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        if body:
            told += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        head = f"{method} {self._path}{path} HTTP/1.1\r\n{self._head}{told}\r\n"
        return head.encode() + body

    def _now(self, request: bytes) -> "asyncio.Future[Reply] | None":
        """Send over a line that is ready, if one is."""
        while self._idle:
            line = self._idle.pop()
            if line.open:
                return line.send(request, self._answer_s)
        return None

    async def _soon(self, request: bytes) -> Reply:
        """Send over a new line, as long as there are not too many."""
        if self._closed or len(self._all) >= LINES_MAX:
            raise UnsentError("closed" if self._closed else f"{LINES_MAX} requests are under way")
        line = await self._connect()
        return await line.send(request, self._answer_s)

    async def _connect(self) -> Line:
        loop = asyncio.get_running_loop()
        name = self._host if self._tls else None
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                _, line = await loop.create_connection(
                    lambda: Line(self._idle.append, self._gone, self._bytes_max),
                    self._host,
                    self._port,
                    ssl=self._tls,
                    server_hostname=name,
                )
        except (OSError, TimeoutError) as error:
            cause = str(error) or f"no connection in {CONNECT_TIMEOUT_S:g} s"
            raise UnsentError(f"{self._host}:{self._port}: {cause}") from error
        if not line.open:
            raise UnsentError(f"{self._host}:{self._port} closed the connection at once")
        self._all[line] = None
        return line

    def _gone(self, line: Line) -> None:
        self._all.pop(line, None)
        if line in self._idle:
            self._idle.remove(line)
        if line.answered and len(self._all) + len(self._tasks) < self._count:
            self._start()  # one that never answered waits for `keep_warm`: else that is a storm

    def _start(self) -> None:
        """Connect another line in the background; if that fails, `keep_warm` tries again."""
        if not self._closed:
            task = asyncio.create_task(self._replace())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _replace(self) -> None:
        with contextlib.suppress(UnsentError):
            self._idle.append(await self._connect())
