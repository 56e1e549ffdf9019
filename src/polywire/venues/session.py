"""What a streaming connection to any venue is, without its socket: state and heartbeat.

The shell owns the socket and the clock; a session says what to send, when to wake and when to drop.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from polywire.core.ids import FeedId
from polywire.core.model.event import Event
from polywire.core.units import SECOND, Ns
from polywire.venues.reconnector import Reconnector

FIRST_DATA_NS: Final = 10 * SECOND
"""A subscription that brought nothing for so long has failed; what comes later still counts."""
FIRST_DATA_NS_MAX: Final = 30 * SECOND
"""A socket that brought nothing for so long is dropped."""


class ConnectionState(StrEnum):
    """Where one socket stands; a pong alone makes nothing live."""

    CONNECTING = "connecting"
    SUBSCRIBING = "subscribing"
    LIVE = "live"
    SILENT = "silent"
    WAITING = "waiting"


class Counted(Protocol):
    """Counts of frames; `unknown` by kind."""

    undecodable: int
    unknown: dict[str, int]

    @property
    def frames(self) -> int:
        """All that came."""


class Session(Protocol):
    """One feed's connection as a pure object; every time is the caller's `now`."""

    feed: FeedId

    @property
    def stats(self) -> Counted:
        """What its frames were."""

    @property
    def state(self) -> ConnectionState:
        """Where the connection stands."""

    @property
    def attempt(self) -> int:
        """Failures in a row; 0 once data comes."""

    @property
    def cause(self) -> str:
        """Why the last connection ended."""

    @property
    def wants_drop(self) -> str:
        """Why the shell should drop the socket now; empty while it should not."""

    def connecting(self, now: Ns) -> list[Event]:
        """The shell starts an attempt."""

    def connected(self, now: Ns) -> None:
        """The socket is open, which proves nothing; the first subscription is in the outbox."""

    def receive(self, frame: bytes, now: Ns) -> list[Event]:
        """Turn one frame into events, or raise DecodeError."""

    def on_undecodable(self, frame: bytes, now: Ns, /) -> list[Event]:
        """Count a frame that raised DecodeError; say whose books it may have changed."""

    def outbox(self) -> list[bytes]:
        """Take the frames to send, oldest first."""

    def wakeup(self) -> Ns | None:
        """When to call `on_time`; None while there is no connection to watch."""

    def on_time(self, now: Ns) -> list[Event]:
        """Let the heartbeat do what is due, and notice data that never came."""

    def dropped(self, now: Ns, cause: str) -> list[Event]:
        """The socket is gone, or an attempt failed."""

    def retry_at(self) -> Ns:
        """When the next attempt is due."""


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
    """The life of one socket after another: named states, causes and when it has to end.

    What is heard is kept as times only, so that the path of a frame sets one number; the state
    follows from them. When to try again is its reconnector's.
    """

    __slots__ = (
        "_asked_at",
        "_blamed",
        "_heartbeat",
        "_silent_from",
        "heard_at",
        "reconnector",
        "up",
        "wants_drop",
    )

    def __init__(self, heartbeat: Heartbeat, reconnector: Reconnector) -> None:
        self._heartbeat = heartbeat
        self._silent_from: Ns | None = None
        self._asked_at: Ns | None = None
        self._blamed = False
        self.reconnector = reconnector
        self.up = False
        self.wants_drop = ""
        self.heard_at = Ns(0)
        """When data last came on this socket; 0 before any."""

    @property
    def state(self) -> ConnectionState:
        """Where the connection stands."""
        if not self.up:
            trying = self.reconnector.trying
            return ConnectionState.CONNECTING if trying else ConnectionState.WAITING
        if self._silent_from is not None and self._last_sign() < self._silent_from:
            return ConnectionState.SILENT
        return ConnectionState.LIVE if self.heard_at else ConnectionState.SUBSCRIBING

    def trying(self) -> None:
        """An attempt begins."""
        self.reconnector.trying = True

    def opened(self, now: Ns) -> None:
        """A socket is open and the first subscription is on its way."""
        self.up = True
        self.heard_at = Ns(0)
        self._asked_at = None
        self._blamed = False
        self._silent_from = None
        self._heartbeat.start(now)

    def asked(self, now: Ns) -> None:
        """Something was subscribed that has to be answered."""
        if self._asked_at is None:
            self._asked_at = now

    def heard_first(self, now: Ns) -> None:
        """The first data of this socket came, which is what an attempt was for."""
        self.heard_at = now
        self.reconnector.succeeded(now)

    def ponged(self, now: Ns) -> None:
        """The socket answers, which says nothing of any book."""
        self._heartbeat.ponged_at = now

    def poll(self, now: Ns) -> bool:
        """Notice silence, a subscription in vain and death; True when a ping is due."""
        if not self.up or self.wants_drop:
            return False
        if now >= self._silent_at():
            self._silent_from = now
        if self._unanswered(now, FIRST_DATA_NS) and not self._blamed:
            self._blamed = True
            self.reconnector.failed(now, f"no data for {FIRST_DATA_NS // SECOND} s")
        if self._unanswered(now, FIRST_DATA_NS_MAX):
            self.wants_drop = f"no data for {FIRST_DATA_NS_MAX // SECOND} s"
        elif self._heartbeat.dead(now):
            self.wants_drop = f"no pong for {self._heartbeat.pong_ns_max // SECOND} s"
        return not self.wants_drop and self._heartbeat.ping_due(now)

    def wakeup(self) -> Ns | None:
        """When to poll next; None without a socket, or with one that is to be dropped."""
        if not self.up or self.wants_drop:
            return None
        due = self._heartbeat.wakeup()
        if not self.heard_at and self._asked_at is not None:
            patience = FIRST_DATA_NS_MAX if self._blamed else FIRST_DATA_NS
            due = min(due, Ns(self._asked_at + patience))
        return due if self.state is ConnectionState.SILENT else min(due, self._silent_at())

    def closed(self, now: Ns, cause: str) -> bool:
        """A socket ended or an attempt failed; True if data had come on it."""
        if self.up and self._blamed and not self.heard_at:
            self.reconnector.pause(now, cause)
        else:
            self.reconnector.failed(now, cause)
        told = self.up and self.heard_at > 0
        self.up = False
        self.wants_drop = ""
        return told

    def _unanswered(self, now: Ns, patience_ns: int) -> bool:
        asked = self._asked_at
        return not self.heard_at and asked is not None and now - asked >= patience_ns

    def _last_sign(self) -> Ns:
        """When data or a pong last came, or the socket opened."""
        return max(self.heard_at, self._heartbeat.ponged_at)

    def _silent_at(self) -> Ns:
        """When the socket counts as silent if nothing comes."""
        return Ns(self._last_sign() + self._heartbeat.silence_ns_max)
