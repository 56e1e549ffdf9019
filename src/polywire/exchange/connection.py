"""One market-channel socket: its subscriptions and a bounded outbox with a writer of its own."""

import asyncio
from collections import deque

from aiohttp import web

OUTBOX_BYTES_MAX = 16 * 1024 * 1024
TRY_AGAIN_LATER = 1013
POLICY_VIOLATION = 1008
ABNORMAL = 1006
"""No close frame at all."""
GOODBYE_S = 3.0
SLOW_STEP_S = 0.05


class Connection:
    """What one reader subscribed to, and what still has to be sent to it.

    `number` counts sockets in the order of connecting; `rate` is bytes a second where it is slowed.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        now_s: float,
        number: int,
    ) -> None:
        self.number = number
        self.rate: int | None = None
        self.socket = socket
        self._transport = transport
        self.assets: dict[str, None] = {}
        self.custom = False
        self.subscribed = False
        self.heard_at = now_s
        self.moved_at = now_s
        self.queued_bytes = 0
        self._outbox: deque[str | bytes] = deque()
        self._wake = asyncio.Event()
        self._closing: asyncio.Task[None] | None = None

    @property
    def closing(self) -> bool:
        """Whether the server has begun to close this socket."""
        return self._closing is not None

    def send(self, text: str | bytes) -> None:
        """Queue a text, or bytes for a binary frame; who lets too much pile up is closed."""
        if self._closing is not None:
            return
        self._outbox.append(text)
        self.queued_bytes += len(text)
        self._wake.set()
        if self.queued_bytes > OUTBOX_BYTES_MAX:
            self.close(TRY_AGAIN_LATER, "slow reader")

    def close(self, code: int, reason: str) -> None:
        """Stop sending and close; what is queued is dropped."""
        if self._closing is None:
            self._outbox.clear()
            self.queued_bytes = 0
            ending = self._cut() if code == ABNORMAL else self._close(code, reason)
            self._closing = asyncio.create_task(ending)
            self._wake.set()

    async def _cut(self) -> None:
        """End the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    async def _close(self, code: int, reason: str) -> None:
        """Say goodbye; a reader that does not even take that is cut off."""
        try:
            async with asyncio.timeout(GOODBYE_S):
                await self.socket.close(code=code, message=reason.encode())
        except (TimeoutError, ConnectionError):
            await self._cut()

    async def closed(self) -> None:
        """Wait until a close that was begun has ended."""
        if self._closing is not None:
            await asyncio.wait([self._closing])

    async def write(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send what is queued until the socket closes."""
        while self._closing is None:
            while self._outbox:
                text = self._outbox.popleft()
                self.queued_bytes -= len(text)
                try:
                    await self._send(text)
                except ConnectionError:
                    return
                self.moved_at = loop.time()
                await self._linger(len(text), loop)
            self._wake.clear()
            await self._wake.wait()

    async def _send(self, text: str | bytes) -> None:
        if isinstance(text, bytes):
            await self.socket.send_bytes(text)
        else:
            await self.socket.send_str(text)

    async def _linger(self, size: int, loop: asyncio.AbstractEventLoop) -> None:
        """Take as long as a slow line would, unless it becomes a fast one."""
        left = float(size)
        while (rate := self.rate) is not None and left > 0 and self._closing is None:
            step_s = min(SLOW_STEP_S, left / rate)
            await asyncio.sleep(step_s)
            left -= step_s * rate
            self.moved_at = loop.time()
