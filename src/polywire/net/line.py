"""One kept-alive HTTP/1.1 connection: a request leaves in the moment it is made, and once.

Bytes are written by us, replies read by httptools. lines.py has several of these; http.py is for
what needs no signature and may be asked twice.
"""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple, cast

import httptools
from typing_extensions import override

from polywire.core.errors import TransportError

REPLY_BYTES_MAX: Final = 1024 * 1024
"""An answer to a thousand cancelled ids is 70 kB."""


class Reply(NamedTuple):
    """An answer; header names are in lower case."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


class BrokenError(TransportError):
    """A request left, and no answer came: nobody knows what became of it."""


class Line(asyncio.Protocol):
    """Carries one request at a time; `idle_since_s` is the loop's time since when it carries none.

    `answered`: it has carried a whole answer.

    `on_idle` is called after each answer when it can carry the next, `on_gone` once when it ends.
    """

    def __init__(
        self,
        on_idle: Callable[["Line"], None],
        on_gone: Callable[["Line"], None],
        bytes_max: int = REPLY_BYTES_MAX,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.idle_since_s = self._loop.time()
        self.answered = False
        self._on_idle = on_idle
        self._on_gone = on_gone
        self._bytes_max = bytes_max
        self._transport: asyncio.WriteTransport | None = None
        self._waiting: asyncio.Future[Reply] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._headers: dict[bytes, bytes] = {}
        self._body = bytearray()

    @property
    def open(self) -> bool:
        """Whether a request can leave now."""
        transport = self._transport
        return transport is not None and not transport.is_closing() and self._waiting is None

    def send(self, request: bytes, limit_s: float) -> "asyncio.Future[Reply]":
        """Write a whole request at once; the future raises BrokenError if no answer comes."""
        assert self._transport is not None, "not connected"
        assert self._waiting is None, "one request at a time"
        self._transport.write(request)
        waiting = self._waiting = self._loop.create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._headers, self._body = {}, bytearray()
        self._deadline = self._loop.call_later(limit_s, self.cut, f"no answer in {limit_s:g} s")
        return waiting

    def cut(self, cause: str) -> None:
        """End the connection; whoever waits for an answer is told that none came."""
        if self._transport is not None:
            self._transport.abort()
        self._end(cause)

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is not one by name

    @override
    def data_received(self, data: bytes) -> None:
        if self._parser is None or self._waiting is None:
            self.cut("an answer that nobody asked for")
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self.cut(f"an answer that is no HTTP: {type(error).__name__}")

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._end(f"the connection broke: {exc}" if exc else "the connection was closed")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        self._headers[name.lower()] = value

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._body += body
        if len(self._body) > self._bytes_max:
            self.cut(f"an answer of more than {self._bytes_max} bytes")

    def on_message_complete(self) -> None:
        """Called by the parser."""
        parser, waiting = self._parser, self._waiting
        if parser is None or waiting is None or parser.get_status_code() < 200:
            return
        self._forget()
        self.answered = True
        reply = Reply(parser.get_status_code(), self._headers, bytes(self._body))
        if not waiting.done():
            waiting.set_result(reply)
        if parser.should_keep_alive():
            self.idle_since_s = self._loop.time()
            self._on_idle(self)
        elif self._transport is not None:
            self._transport.close()

    def _forget(self) -> None:
        self._waiting = self._parser = None
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end(self, cause: str) -> None:
        waiting = self._waiting
        self._forget()
        if waiting is not None and not waiting.done():
            waiting.set_exception(BrokenError(cause))
        if self._transport is not None:
            self._transport = None
            self._on_gone(self)
