"""One market-channel socket: its subscriptions and a bounded outbox with a writer of its own."""

import asyncio
from collections import deque

from aiohttp import web

OUTBOX_BYTES_MAX = 16 * 1024 * 1024
TRY_AGAIN_LATER = 1013
POLICY_VIOLATION = 1008
GOODBYE_S = 3.0


class Connection:
    """What one reader subscribed to, and what still has to be sent to it."""

    def __init__(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, now_s: float
    ) -> None:
        self.socket = socket
        self._transport = transport
        self.assets: dict[str, None] = {}
        self.custom = False
        self.subscribed = False
        self.heard_at = now_s
        self.moved_at = now_s
        self.queued_bytes = 0
        self._outbox: deque[str] = deque()
        self._wake = asyncio.Event()
        self._closing: asyncio.Task[None] | None = None

    @property
    def closing(self) -> bool:
        """Whether the server has begun to close this socket."""
        return self._closing is not None

    def send(self, text: str) -> None:
        """Queue a text; a reader that lets too much pile up is closed."""
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
            self._closing = asyncio.create_task(self._close(code, reason))
            self._wake.set()

    def abort(self) -> None:
        """Cut the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    async def _close(self, code: int, reason: str) -> None:
        """Say goodbye; a reader that does not even take that is cut off."""
        try:
            async with asyncio.timeout(GOODBYE_S):
                await self.socket.close(code=code, message=reason.encode())
        except (TimeoutError, ConnectionError):
            self.abort()

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
                    await self.socket.send_str(text)
                except ConnectionError:
                    return
                self.moved_at = loop.time()
            self._wake.clear()
            await self._wake.wait()
