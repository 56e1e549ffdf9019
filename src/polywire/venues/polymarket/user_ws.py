"""The user channel of Polymarket as a pure session (polymarket.md section 2).

Owns one socket's life and its first frame; what its frames say is account.py's. The channel repeats
nothing: after each `AccountFeedMoved` that is up, orders and trades have to be read by REST. A pong
proves only that it is silent; that it still tells is proven by news of orders that the venue took.
"""

import re
from typing import Final

from polywire.core.ids import FeedId
from polywire.core.model.control import AccountFeedMoved
from polywire.core.model.event import Event
from polywire.core.units import MINUTE, SECOND, Ns
from polywire.venues.polymarket.account import AccountReader
from polywire.venues.polymarket.market_ws import (
    BARE_BYTES_MAX,
    PING_NS,
    PONG_NS_MAX,
    SILENCE_NS_MAX,
)
from polywire.venues.polymarket.stats import Stats
from polywire.venues.polymarket.user_wire import UserAuth
from polywire.venues.polymarket.wire import INVALID_OPERATION, PING, PONG
from polywire.venues.reconnector import Backoff, Random, Reconnector
from polywire.venues.session import Connection, ConnectionState, Heartbeat

USER: Final = FeedId("user")
REFUSED: Final = re.compile(r"closed by the venue: 1008\b")
"""The close code for a first frame that the venue does not accept."""
REFUSED_NS: Final = MINUTE
"""Credentials that were refused are not better in a second."""
WORD_NS: Final = 3 * SECOND
"""So long after the venue took an order, its channel has told of it, or it has frozen."""
FROZEN: Final = "no word of an order that the venue took"
LOST: Final = "a frame could not be read"


class UserSession:
    """One socket of the user channel, carrying everything of one account."""

    __slots__ = (
        "_auth",
        "_connection",
        "_frozen",
        "_outbox",
        "_owed_at",
        "_reader",
        "_told_at",
        "feed",
    )

    def __init__(self, auth: UserAuth, reader: AccountReader, random: Random) -> None:
        self.feed = USER
        self._auth = auth
        self._reader = reader
        heartbeat = Heartbeat(PING_NS, SILENCE_NS_MAX, PONG_NS_MAX)
        self._connection = Connection(heartbeat, Reconnector(Backoff(), random))
        self._outbox: list[bytes] = []
        self._told_at = Ns(0)
        self._owed_at: Ns | None = None
        self._frozen = False

    @property
    def stats(self) -> Stats:
        """What its frames were."""
        return self._reader.stats

    @property
    def state(self) -> ConnectionState:
        """Where the connection stands; a pong makes this channel live, for it may say nothing."""
        return self._connection.state

    @property
    def attempt(self) -> int:
        """Failures in a row; 0 once it is up."""
        return self.reconnector.failures

    @property
    def cause(self) -> str:
        """Why the last connection ended, or the last attempt failed."""
        return self.reconnector.cause

    @property
    def reconnector(self) -> Reconnector:
        """When it is tried again."""
        return self._connection.reconnector

    @property
    def wants_drop(self) -> str:
        """Why the shell should drop the socket now; empty while it should not."""
        return self._connection.wants_drop

    def connecting(self, now: Ns) -> list[Event]:
        """The shell starts an attempt."""
        self._connection.trying()
        return self.reconnector.moved(self.feed, now)

    def connected(self, now: Ns) -> None:
        """The socket is open; the credentials wait in the outbox, and a ping to prove them."""
        self._connection.opened(now)
        self._connection.asked(now)
        self._owed_at = None
        self._outbox = [self._auth.first_frame(), PING]

    def outbox(self) -> list[bytes]:
        """Take the frames to send, oldest first."""
        frames, self._outbox = self._outbox, []
        return frames

    def receive(self, frame: bytes, now: Ns) -> list[Event]:
        """Turn one frame into events, or raise DecodeError."""
        self.stats.other_frames += 1
        bare = frame.strip() if len(frame) <= BARE_BYTES_MAX else b""
        if bare == INVALID_OPERATION:
            self.stats.invalid_operations += 1
            return []
        if bare == PONG:
            self.stats.pongs += 1
            self._connection.ponged(now)
            return self._heard(now)
        events = self._reader.frame(frame, now)
        return [*self._heard(now, told=True), *events]

    def owes(self, sent: Ns, now: Ns) -> bool:
        """The venue took an order that left at `sent`: word of it is due; whether none came yet.

        Call `on_time` when `WORD_NS` have passed.
        """
        owing = self._connection.heard_at > 0 and self._told_at < sent
        if owing and self._owed_at is None:
            self._owed_at = Ns(now + WORD_NS)
            return True
        return False

    def on_undecodable(self, _frame: bytes, now: Ns) -> list[Event]:
        """Count a frame that raised DecodeError; say that something was lost."""
        self.stats.undecodable += 1
        self._told_at, self._owed_at = now, None
        up = self._connection.heard_at > 0
        return [AccountFeedMoved(now, up, LOST)]

    def wakeup(self) -> Ns | None:
        """When to call `on_time`; None while there is no connection to watch."""
        return self._connection.wakeup()

    def on_time(self, now: Ns) -> list[Event]:
        """Ping, notice silence or credentials that nobody answered, or want to be dropped."""
        if self._connection.poll(now):
            self._outbox.append(PING)
        if self._owed_at is not None and now >= self._owed_at:
            self._connection.wants_drop = FROZEN
            self._owed_at, self._frozen = None, True
        return self.reconnector.moved(self.feed, now)

    def dropped(self, now: Ns, cause: str) -> list[Event]:
        """The socket is gone, or an attempt failed; refused credentials wait for a minute."""
        self._outbox = []
        refused = REFUSED.search(cause) is not None
        if refused:
            cause = f"the venue refused the API credentials ({cause})"
        was_up = self._connection.closed(now, cause)
        if refused:
            self.reconnector.retry_at = Ns(max(self.retry_at(), now + REFUSED_NS))
        down: list[Event] = [AccountFeedMoved(now, False, cause)] if was_up or refused else []
        return down + self.reconnector.moved(self.feed, now)

    def retry_at(self) -> Ns:
        """When the next attempt is due."""
        return self.reconnector.retry_at

    def _heard(self, now: Ns, *, told: bool = False) -> list[Event]:
        """A pong came, or news: what the first of a connection means.

        After a freeze a pong is no success: pauses go on doubling until there is news.
        """
        first = not self._connection.heard_at
        self._connection.heard_at = now
        if told:
            self._told_at, self._owed_at = now, None
        if told if self._frozen else first:
            self._frozen = False
            self._connection.heard_first(now)
        up: list[Event] = [AccountFeedMoved(now, True, "")] if first else []
        return up + self.reconnector.moved(self.feed, now)
