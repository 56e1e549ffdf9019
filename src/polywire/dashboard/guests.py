"""One connection of a browser's, and how long it may have others wait for it.

uvicorn gives whoever connects all the time in the world, and turns away who comes when many do.
Here whoever says nothing goes, and where many say nothing, who has said nothing for longest.
"""

import asyncio
from typing import Final

import h11
from typing_extensions import override
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

WAITING_MAX: Final = 64
REQUEST_S: Final = 10.0
"""From the connection, or the last answer, to the end of a request; TLS is agreed on in that."""
READ_S: Final = 30.0
"""Until some of an answer is taken that the system keeps no more of."""
UNFINISHED: Final = (h11.IDLE, h11.SEND_BODY)
UNANSWERED: Final = (h11.IDLE, h11.SEND_RESPONSE)


class Patience:
    """Who is waited for, by age: at most so many, and none for longer than so long."""

    def __init__(
        self, most: int = WAITING_MAX, request_s: float = REQUEST_S, read_s: float = READ_S
    ) -> None:
        self.request_s = request_s
        self.read_s = read_s
        self._most = most
        self._guests: dict[Guest, asyncio.TimerHandle] = {}

    def begin(self, guest: "Guest", within_s: float) -> None:
        """Wait for one; the oldest goes where there are too many."""
        self.end(guest)
        timer = asyncio.get_running_loop().call_later(within_s, guest.be_late)
        self._guests[guest] = timer
        if len(self._guests) > self._most:
            next(iter(self._guests)).leave()

    def end(self, guest: "Guest") -> None:
        """Wait for one no more."""
        timer = self._guests.pop(guest, None)
        if timer is not None:
            timer.cancel()


class Guest(H11Protocol):
    """A connection, from before it agreed on TLS: `welcome` is what makes it of a socket.

    Over h11, for httptools keeps headers of any length, whoever sends them.
    """

    def __init__(self, config: Config, state: ServerState, patience: Patience) -> None:
        super().__init__(config, state, {})
        self._patience = patience
        self._unsent = 0
        self.welcome: asyncio.Task[None] | None = None
        patience.begin(self, patience.request_s)

    @property
    def _arrived(self) -> bool:
        return self.welcome is not None and self.welcome.done()

    @property
    def _answered(self) -> bool:
        """Whether it asked whole, and the answer is under way: that one is our turn.

        Behind it TLS waits for a farewell, for which others would have to wait.
        """
        cycle: RequestResponseCycle | None = self.cycle  # none before the first request
        asked_whole = self.conn.their_state not in UNFINISHED
        return asked_whole and cycle is not None and not cycle.response_complete

    def leave(self) -> None:
        """End it, however far it came."""
        self._patience.end(self)
        if self._arrived:
            self.transport.abort()
        elif self.welcome is not None:
            self.welcome.cancel()

    def be_late(self) -> None:
        """End it, unless it has taken some of an answer meanwhile."""
        left = self.transport.get_write_buffer_size() if self._arrived else 0
        if 0 < left < self._unsent:
            self._wait()
        else:
            self.leave()

    def _wait(self) -> None:
        """From now on, where it is the other end's turn."""
        self._unsent = self.transport.get_write_buffer_size()
        if self.flow.write_paused:
            self._patience.begin(self, self._patience.read_s)
        elif self._answered:
            self._patience.end(self)
        else:
            self._patience.begin(self, self._patience.request_s)

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._answered and not self.flow.write_paused:
            self._patience.end(self)

    @override
    def send_400_response(self, msg: str) -> None:
        """Answer once; otherwise what strangers send wrong is an exception in the log."""
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in UNANSWERED:
            super().send_400_response(msg)
        else:
            self.transport.close()

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait()

    @override
    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._patience.end(self)  # from here on it is a page's, which may be silent
        super().handle_websocket_upgrade(event)

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait()

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        self._wait()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._patience.end(self)
        super().connection_lost(exc)
