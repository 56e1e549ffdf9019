"""An HTTP client over aiohttp for reads: kept-alive connections, clear errors, counted calls."""

import os
import socket
from collections import Counter
from collections.abc import Mapping

import aiohttp

from polywire.core.errors import TransportError
from polywire.net.websocket import USER_AGENT

TIMEOUT_S = 10.0
TEXT_MAX = 200
BODY_BYTES_MAX = 64 * 1024 * 1024
"""Unpacked. The largest answers we ask for, a page or 500 books, are a few megabytes."""


class Http:
    """GET and POST that return the body of a 200, or raise TransportError; `calls` by label.

    `bytes` counts the bodies of all answers, unpacked; `replies` how calls ended, by label and
    status (0: no answer).
    """

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.bytes = 0
        self.replies: Counter[tuple[str, int]] = Counter()
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S), headers={"User-Agent": USER_AGENT}
        )

    async def close(self) -> None:
        """Close the kept connections."""
        await self._session.close()

    async def get(self, url: str, *, label: str, headers: Mapping[str, str] | None = None) -> bytes:
        """The body of a GET."""
        return await self._ask("GET", url, label, headers=headers)

    async def post(
        self, url: str, body: bytes, *, label: str, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """The body of the answer to a POST that only reads, such as POST /books."""
        own = {"Content-Type": "application/json", **(headers or {})}
        return await self._ask("POST", url, label, headers=own, data=body)

    async def _ask(
        self,
        method: str,
        url: str,
        label: str,
        *,
        headers: Mapping[str, str] | None,
        data: bytes | None = None,
    ) -> bytes:
        self.calls[label] += 1
        try:
            async with self._session.request(method, url, data=data, headers=headers) as reply:
                body = await _body(reply)
                self.bytes += len(body)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            self.replies[label, 0] += 1
            raise TransportError(f"{method} {_bare(url)}: {_reason(error)}") from error
        self.replies[label, reply.status] += 1
        if len(body) > BODY_BYTES_MAX:
            raise TransportError(f"{method} {_bare(url)}: more than {BODY_BYTES_MAX} bytes")
        if reply.status != 200:
            text = body[:TEXT_MAX].decode(errors="replace")
            refusal = f"{method} {_bare(url)}: HTTP {reply.status} {text}"
            raise TransportError(refusal, status=reply.status, wait_s=_wait_s(reply))
        return body


async def _body(reply: aiohttp.ClientResponse) -> bytes:
    """The body; of one that is too large, a little more than what is allowed."""
    body = bytearray()
    async for piece in reply.content.iter_any():
        body += piece
        if len(body) > BODY_BYTES_MAX:
            reply.close()
            break
    return bytes(body)


def _wait_s(reply: aiohttp.ClientResponse) -> int:
    """What Retry-After asks for; 0 without it, and where it is a date, which we do not read."""
    told = reply.headers.get("Retry-After", "")
    return int(told) if told.isdecimal() and len(told) < 10 else 0


def _bare(url: str) -> str:
    """The address without its query, which may be long."""
    return url.partition("?")[0]


def _reason(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):
        cause = error.os_error
        if isinstance(cause, socket.gaierror) or not cause.errno:
            return f"cannot connect ({cause.strerror or cause})"
        # asyncio puts words of its own in place of the system's
        return f"cannot connect ({os.strerror(cause.errno)})"
    if isinstance(error, TimeoutError):
        return f"no answer within {TIMEOUT_S:.0f} s"
    return str(error) or type(error).__name__
