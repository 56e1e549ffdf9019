"""What a streaming connection to any venue is, without its socket: state, heartbeat and backoff.

The shell owns the socket and the clock; a session says what to send, when to wake and when to drop.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from polywire.core.ids import FeedId, MarketId
from polywire.core.model.event import Event
from polywire.core.model.instrument import Market
from polywire.core.units import SECOND, Ns

Random = Callable[[], float]
"""A seeded source of numbers in [0, 1)."""

ALERT_ATTEMPTS: Final = 5
"""At this many failed attempts in a row somebody should know; a feed never gives up."""


class ConnectionState(StrEnum):
    """Where one socket stands; a pong alone makes nothing live."""

    CONNECTING = "connecting"
    SUBSCRIBING = "subscribing"
    LIVE = "live"
    SILENT = "silent"
    WAITING = "waiting"


class Session(Protocol):
    """One feed's connection as a pure object; every time is the caller's `now`."""

    feed: FeedId

    @property
    def state(self) -> ConnectionState:
        """Where the connection stands."""

    @property
    def attempt(self) -> int:
        """Failed attempts in a row; 0 once the venue answers."""

    @property
    def cause(self) -> str:
        """Why the last connection ended."""

    @property
    def wants_drop(self) -> str:
        """Why the shell should drop the socket now; empty while it should not."""

    def connecting(self) -> None:
        """The shell starts an attempt."""

    def connected(self, now: Ns) -> list[Event]:
        """The socket is open; the first subscription waits in the outbox."""

    def receive(self, frame: bytes, now: Ns) -> list[Event]:
        """Turn one frame into events, or raise DecodeError."""

    def on_undecodable(self, frame: bytes, now: Ns) -> list[Event]:
        """Keep and count a frame that raised DecodeError; say whose books it may have changed."""

    def outbox(self) -> list[bytes]:
        """Take the frames to send, oldest first."""

    def wakeup(self) -> Ns | None:
        """When to call `on_time`; None while there is no connection to watch."""

    def on_time(self, now: Ns) -> list[Event]:
        """Let the heartbeat do what is due."""

    def dropped(self, now: Ns, cause: str) -> list[Event]:
        """The socket is gone, or an attempt failed."""

    def retry_at(self) -> Ns:
        """When the next attempt is due."""

    def subscribe(self, markets: Iterable[Market], now: Ns) -> list[Event]:
        """Carry these markets too; one already carried has its terms replaced."""

    def unsubscribe(self, market_ids: Iterable[MarketId], now: Ns) -> list[Event]:
        """Carry these markets no more."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waiting times that double from `first_ns` to `longest_ns`, half of each left to chance."""

    first_ns: int = SECOND
    longest_ns: int = 60 * SECOND

    def delay_ns(self, attempt: int, random: Random) -> int:
        """How long to wait after so many failed attempts in a row (at least 1)."""
        assert attempt >= 1, f"attempt {attempt}"
        doublings = min(attempt, self.longest_ns.bit_length())  # keeps the power small for ever
        ceiling = min(self.longest_ns, self.first_ns << doublings)
        half = ceiling // 2
        return half + int(random() * half)


@dataclass(slots=True)
class Heartbeat:
    """When to ping, when nothing at all has come for too long, and when to give the socket up."""

    ping_ns: int
    silence_ns_max: int
    pong_ns_max: int
    pinged_at: Ns = Ns(0)
    ponged_at: Ns = Ns(0)

    def start(self, now: Ns) -> None:
        """Count from here."""
        self.pinged_at = now
        self.ponged_at = now

    def ping_due(self, now: Ns) -> bool:
        """Whether to send a ping now; then the next one is due a period later."""
        if now - self.pinged_at < self.ping_ns:
            return False
        self.pinged_at = now
        return True

    def dead(self, now: Ns) -> bool:
        """Whether the venue left our pings unanswered for too long."""
        return now - self.ponged_at >= self.pong_ns_max

    def wakeup(self) -> Ns:
        """The next time a ping or the end is due."""
        return Ns(min(self.pinged_at + self.ping_ns, self.ponged_at + self.pong_ns_max))


class Connection:
    """The life of one socket after another: named states, attempts, causes and the next try.

    What is heard is kept as times only, so that the path of a frame sets one number; the state
    follows from them.
    """

    __slots__ = (
        "_attempting",
        "_backoff",
        "_failures",
        "_heartbeat",
        "_ponged",
        "_random",
        "_silent_from",
        "cause",
        "heard_at",
        "retry_at",
        "up",
        "wants_drop",
    )

    def __init__(self, heartbeat: Heartbeat, backoff: Backoff, random: Random) -> None:
        self._heartbeat = heartbeat
        self._backoff = backoff
        self._random = random
        self._failures = 0
        self._attempting = True
        self._ponged = False
        self._silent_from: Ns | None = None
        self.up = False
        self.cause = ""
        self.wants_drop = ""
        self.retry_at = Ns(0)
        self.heard_at = Ns(0)
        """When data last came on this socket; 0 before any."""

    @property
    def state(self) -> ConnectionState:
        """Where the connection stands."""
        if not self.up:
            return ConnectionState.CONNECTING if self._attempting else ConnectionState.WAITING
        if self._silent_from is not None and self._last_sign() < self._silent_from:
            return ConnectionState.SILENT
        return ConnectionState.LIVE if self.heard_at else ConnectionState.SUBSCRIBING

    @property
    def attempt(self) -> int:
        """Failed attempts in a row; 0 once data or a pong came."""
        return 0 if self.up and (self.heard_at or self._ponged) else self._failures

    def trying(self) -> None:
        """An attempt begins."""
        self._attempting = True

    def opened(self, now: Ns) -> None:
        """A socket is open and the first subscription is on its way."""
        self.up = True
        self.heard_at = Ns(0)
        self._ponged = False
        self._silent_from = None
        self._heartbeat.start(now)

    def ponged(self, now: Ns) -> None:
        """The socket answers, which says nothing of any book."""
        self._heartbeat.ponged_at = now
        self._ponged = True

    def poll(self, now: Ns) -> bool:
        """Notice silence and death; True when a ping is due."""
        if not self.up or self.wants_drop:
            return False
        if now >= self._silent_at():
            self._silent_from = now
        if self._heartbeat.dead(now):
            self.wants_drop = f"no pong for {self._heartbeat.pong_ns_max // SECOND} s"
            return False
        return self._heartbeat.ping_due(now)

    def wakeup(self) -> Ns | None:
        """When to poll next; None without a socket, or with one that is to be dropped."""
        if not self.up or self.wants_drop:
            return None
        due = self._heartbeat.wakeup()
        return due if self.state is ConnectionState.SILENT else min(due, self._silent_at())

    def closed(self, now: Ns, cause: str) -> bool:
        """A socket ended or an attempt failed; True if there was a socket."""
        was_up = self.up
        self._failures = self.attempt + 1
        self._attempting = False
        self.up = False
        self.wants_drop = ""
        self.cause = cause
        self.retry_at = Ns(now + self._backoff.delay_ns(self._failures, self._random))
        return was_up

    def _last_sign(self) -> Ns:
        """When data or a pong last came, or the socket opened."""
        return max(self.heard_at, self._heartbeat.ponged_at)

    def _silent_at(self) -> Ns:
        """When the socket counts as silent if nothing comes."""
        return Ns(self._last_sign() + self._heartbeat.silence_ns_max)
