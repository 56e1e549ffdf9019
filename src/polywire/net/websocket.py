"""A WebSocket client over picows: whole messages to a callback, as they arrive, on the loop."""

import asyncio
from collections.abc import Callable
from typing import Final

from picows import (
    WSCloseCode,
    WSError,
    WSFrame,
    WSHandshakeError,
    WSListener,
    WSMsgType,
    WSTransport,
    ws_connect,
)
from typing_extensions import override

from polywire.core.errors import TransportError

CONNECT_TIMEOUT_S = 10.0
MESSAGE_BYTES_MAX = 16 * 1024 * 1024
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) Polywire"
"""The venue's edge refuses some default agents (polymarket.md 0.3)."""

TEXT: Final = WSMsgType.TEXT
"""Looking it up costs a tenth of a microsecond a frame."""

OnMessage = Callable[[bytes], None]


class WebSocket(WSListener):
    """One connection; `closed` is set when it ends: for `cause`, or for a `bug` in `on_message`."""

    def __init__(self, on_message: OnMessage) -> None:
        self.closed = asyncio.Event()
        self.cause = ""
        self.bug: BaseException | None = None
        self._on_message = on_message
        self._transport: WSTransport | None = None
        self._parts: list[bytes] = []
        self._ending: asyncio.Task[None] | None = None

    @override
    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._ending = asyncio.ensure_future(transport.wait_disconnected())
        self._ending.add_done_callback(self._ended)

    @override
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        try:
            if frame.msg_type == TEXT and frame.fin and not self._parts:
                self._on_message(frame.get_payload_as_bytes())
            else:
                self._take(transport, frame)
        except BaseException as error:
            self.bug = error
            raise

    @override
    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._transport = None

    def _ended(self, ending: asyncio.Task[None]) -> None:
        """Take the error with which it ended: one that nobody takes counts as a bug of ours."""
        error = None if ending.cancelled() else ending.exception()
        lost = f"broken by the venue: {error}" if isinstance(error, WSError) else "connection lost"
        self.cause = self.cause or lost
        self.closed.set()

    def _take(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION):
            self._join(frame)
        elif frame.msg_type == WSMsgType.CLOSE:  # pings are answered by picows
            self.cause = _close_cause(frame)
            transport.disconnect()

    def send(self, message: bytes) -> None:
        """Send one text message; nothing happens on a connection that has ended."""
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, message)

    def close(self, cause: str) -> None:
        """End the connection from our side; what still comes is not told."""
        self.cause = self.cause or cause
        self._on_message = _unheard
        if self._transport is not None:
            self._transport.send_close(WSCloseCode.OK)
            self._transport.disconnect(False)

    def _join(self, frame: WSFrame) -> None:
        self._parts.append(frame.get_payload_as_bytes())
        if sum(map(len, self._parts)) > MESSAGE_BYTES_MAX:
            self._parts.clear()
            self.close("message too large")
        elif frame.fin:
            message = b"".join(self._parts)
            self._parts.clear()
            self._on_message(message)


def _unheard(message: bytes) -> None:
    """Take a message that came after we closed."""


def _close_cause(frame: WSFrame) -> str:
    text = (frame.get_close_message() or b"").decode(errors="replace")
    return f"closed by the venue: {frame.get_close_code().value} {text}".strip()


async def connect(
    url: str, on_message: OnMessage, handshake_s: float = CONNECT_TIMEOUT_S
) -> WebSocket:
    """An open connection; raises TransportError with the cause when there is none to be had."""
    try:
        _, socket = await ws_connect(
            lambda: WebSocket(on_message),
            url,
            websocket_handshake_timeout=handshake_s,
            enable_auto_ping=False,
            extra_headers={"User-Agent": USER_AGENT},
        )
    except (OSError, WSError, TimeoutError) as error:
        text = f"cannot connect to {url}: {_text(error)}"
        raise TransportError(text, status=_status(error)) from error
    assert isinstance(socket, WebSocket)
    return socket


def _status(error: BaseException) -> int:
    """What the venue answered instead of opening a socket; 0 where it did not answer."""
    response = error.response if isinstance(error, WSHandshakeError) else None
    return response.status.value if response is not None else 0


def _text(error: BaseException) -> str:
    return str(error) or type(error).__name__
