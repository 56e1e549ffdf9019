"""When a connection is tried again: closed (soon), open (a longer pause), half open (one trial).

Not to be confused with the risk breaker, which is about orders. No socket and no clock in here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from polywire.core.ids import FeedId
from polywire.core.model.control import ReconnectorMoved, ReconnectorState
from polywire.core.model.event import Event
from polywire.core.units import SECOND, Ns

Random = Callable[[], float]
"""A seeded source of numbers in [0, 1)."""

FAILURES_MAX: Final = 3
"""After so many failures in a row a connection is not expected back soon."""
LASTING_NS: Final = 5 * SECOND
"""A connection that ends sooner after its first data was one more in vain."""
ALERT_ATTEMPTS: Final = 5
"""At this many somebody should know; a feed never gives up."""


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


class Reconnector:
    """Counts failures in a row and says when to try again; only data is a success."""

    __slots__ = (
        "_backoff",
        "_before",
        "_random",
        "_succeeded_at",
        "_told",
        "cause",
        "failures",
        "retry_at",
        "trying",
    )

    def __init__(self, backoff: Backoff, random: Random) -> None:
        self._backoff = backoff
        self._random = random
        self.failures = 0
        self.cause = ""
        self._before = 0
        self._succeeded_at = Ns(0)
        self._told = ReconnectorState.CLOSED
        self.retry_at = Ns(0)
        self.trying = True
        """Whether an attempt is under way, or has come to something."""

    @property
    def state(self) -> ReconnectorState:
        """Closed below three failures; then half open during a trial and open between trials."""
        if self.failures < FAILURES_MAX:
            return ReconnectorState.CLOSED
        return ReconnectorState.HALF_OPEN if self.trying else ReconnectorState.OPEN

    def failed(self, now: Ns, cause: str) -> None:
        """To connect, to subscribe or to prove itself was in vain; so was what broke at once."""
        if now - self._succeeded_at < LASTING_NS:
            self.failures = max(self.failures, self._before)
        self.failures += 1
        self.pause(now, cause)

    def pause(self, now: Ns, cause: str) -> None:
        """Wait as long as the failures so far ask for; a failure told before counts once."""
        self.trying = False
        self.cause = cause
        self.retry_at = Ns(now + self._backoff.delay_ns(max(1, self.failures), self._random))

    def succeeded(self, now: Ns) -> None:
        """The first data of a connection came."""
        self._before, self._succeeded_at = self.failures, now
        self.failures = 0
        self.trying = True

    def moved(self, feed: FeedId, now: Ns) -> list[Event]:
        """How it has moved since this was last asked, if it has, as the connection of this feed."""
        if self.state is self._told:
            return []
        self._told = self.state
        return [ReconnectorMoved(now, feed, self._told, self.failures, self.retry_at, self.cause)]

    def resume(self, last: ReconnectorMoved, now: Ns) -> None:
        """Take up where an earlier run stopped; no pause ends later than the longest from now."""
        if last.state is not ReconnectorState.CLOSED:
            self.failures = last.failures
            self.cause = last.cause
            self.trying = False
            self.retry_at = Ns(min(last.retry_ns, now + self._backoff.longest_ns))
