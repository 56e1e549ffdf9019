"""One task per session: connect, pass frames in and answers out, wait, and never give up.

Network trouble is a fact for the engine; a bug in a session is not caught here.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

import structlog

from polywire.core.errors import DecodeError, TransportError
from polywire.core.ids import FeedId
from polywire.core.model.event import Event
from polywire.core.units import Ns
from polywire.net.clock import Clock
from polywire.net.websocket import WebSocket, connect
from polywire.observe.run_status import FeedCounts
from polywire.runtime.tasks import Task, end, spawn
from polywire.venues.polymarket.market_ws import MarketSession
from polywire.venues.reconnector import ALERT_ATTEMPTS
from polywire.venues.session import Session

log = structlog.get_logger()

Put = Callable[[Iterable[Event]], None]
OnFrame = Callable[[FeedId, bytes, Ns], None]
S = TypeVar("S", bound=Session)


class Feed(Generic[S]):
    """Keeps one session connected to a URL and its events flowing.

    `receive` reads a frame, as the session does unless somebody else is put between.
    """

    def __init__(
        self,
        session: S,
        url: str,
        clock: Clock,
        put: Put,
        on_frame: OnFrame | None = None,
    ) -> None:
        self.session = session
        self.receive: Callable[[bytes, Ns], list[Event]] = session.receive
        self.reconnects = 0
        self._url = url
        self._clock = clock
        self._put = put
        self._on_frame = on_frame
        self._socket: WebSocket | None = None
        self._task: Task | None = None

    @property
    def name(self) -> FeedId:
        """What it is called in events and log lines."""
        return self.session.feed

    @property
    def connected(self) -> bool:
        """Whether a socket is open."""
        return self._socket is not None

    def counts(self) -> FeedCounts:
        """What came so far."""
        stats = self.session.stats
        unknown = sum(stats.unknown.values())
        return FeedCounts(stats.frames, self.reconnects, stats.undecodable, unknown)

    def start(self, delay_ns: int = 0) -> None:
        """Connect after a delay and keep at it in a task of its own."""
        self._task = spawn(self._run(delay_ns))

    def stop(self, cause: str) -> None:
        """End the connection and the task without waiting for either."""
        if self._socket is not None:
            self._socket.close(cause)
        if self._task is not None:
            self._task.cancel()

    async def close(self) -> None:
        """End the connection and the task."""
        if self._socket is not None:
            self._socket.close("closed by us")
        await end(self._task)

    def flush(self) -> None:
        """Send what the session wants sent."""
        if self._socket is not None:
            for frame in self.session.outbox():
                self._socket.send(frame)

    def look(self) -> None:
        """Have the session notice what is due by now."""
        if self._socket is not None:
            self._put(self.session.on_time(self._clock.now()))
            self.flush()
            if self.session.wants_drop:
                self._socket.close(self.session.wants_drop)

    async def _run(self, delay_ns: int) -> None:
        pause_ns = self.session.retry_at() - self._clock.now()  # that of an earlier run
        await asyncio.sleep(self._clock.wait_s(max(delay_ns, pause_ns)))
        while True:
            self._put(self.session.connecting(self._clock.now()))
            cause = await self._live_once()
            now = self._clock.now()
            self._put(self.session.dropped(now, cause))
            self._report(cause)
            await asyncio.sleep(self._clock.wait_s(self.session.retry_at() - now))
            self.reconnects += 1

    async def _live_once(self) -> str:
        """Hold one connection until it ends; returns why it did."""
        try:
            socket = await connect(self._url, self._on_message)
        except TransportError as error:
            return str(error)
        self._socket = socket
        if self.reconnects:
            log.info("feed_up", feed=self.session.feed)
        try:
            self.session.connected(self._clock.now())
            self.flush()
            while not socket.closed.is_set():
                await self._wait(socket)
            if socket.bug is not None:
                raise socket.bug
            return socket.cause
        finally:
            self._socket = None

    async def _wait(self, socket: WebSocket) -> None:
        """Wait for the end of the connection or for the session's next timer."""
        due = self.session.wakeup()
        now = self._clock.now()
        wait_s = None if due is None else self._clock.wait_s(due - now)
        try:
            await asyncio.wait_for(socket.closed.wait(), wait_s)
        except TimeoutError:
            self.look()

    def _on_message(self, frame: bytes) -> None:
        now = self._clock.now()
        if self._on_frame is not None:
            self._on_frame(self.session.feed, frame, now)
        try:
            events = self.receive(frame, now)
        except DecodeError as error:
            log.warning("frame_undecodable", feed=self.session.feed, error=str(error))
            events = self.session.on_undecodable(frame, now)
        if events:
            self._put(events)

    def _report(self, cause: str) -> None:
        session = self.session
        if session.attempt == ALERT_ATTEMPTS:
            log.critical(
                "feed_unreachable", feed=session.feed, attempt=session.attempt, error=cause
            )
        else:
            log.warning("feed_down", feed=session.feed, attempt=session.attempt, error=cause)


MarketFeed = Feed[MarketSession]
