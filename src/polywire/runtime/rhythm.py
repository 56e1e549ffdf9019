"""When a polling feed asks next, and whether it counts as up. Every time is the caller's `now`."""

from polywire.core.units import SECOND, Ns
from polywire.venues.reconnector import Backoff, Random
from polywire.venues.session import ConnectionState

MISSES_MAX = 1
"""Rounds in a row that may go unanswered; with one more the feed is down."""
WAIT_NS_MAX = 3_600 * SECOND
"""The longest wait that a refusal may ask for."""


class Rhythm:
    """Rounds on an even grid; one that takes longer than the interval skips those it overran.

    While the feed is down they come an interval apart or a minute, whichever is less, then less
    often up to a minute, half of it left to chance, for ever. `attempt`: unanswered rounds in a
    row; `cause`: why the last of them was.
    """

    def __init__(self, every_ns: int, now: Ns, random: Random) -> None:
        self.up = False
        self.attempt = 0
        self.cause = ""
        self._every_ns = every_ns
        self._random = random
        self._backoff = Backoff(first_ns=every_ns)
        self._due_ns = now
        self._hold_ns = now

    @property
    def state(self) -> ConnectionState:
        """Where the feed stands, in the words of a connection."""
        if self.up:
            return ConnectionState.LIVE
        return ConnectionState.WAITING if self.attempt else ConnectionState.CONNECTING

    @property
    def due_ns(self) -> Ns:
        """When the next round is due."""
        return max(self._due_ns, self._hold_ns)

    def may_ask(self, now: Ns) -> bool:
        """Whether single books may be asked for between the rounds."""
        return self.up and now >= self._hold_ns

    def heard(self) -> bool:
        """The venue answered; True if the feed came up by it."""
        came = not self.up
        self.up, self.attempt = True, 0
        return came

    def missed(self, cause: str) -> bool:
        """A whole round went unanswered; True if the feed went down by it."""
        self.attempt += 1
        self.cause = cause
        went = self.up and self.attempt > MISSES_MAX
        self.up = self.up and not went
        return went

    def hold(self, now: Ns, wait_ns: int) -> None:
        """The venue wants to be left alone for so long."""
        self._hold_ns = Ns(now + min(wait_ns, WAIT_NS_MAX))

    def over(self, now: Ns) -> None:
        """A round has ended; the next one is due on the grid, or after a backoff."""
        if self.up:
            slots = 1 + (now - self._due_ns) // self._every_ns  # those that passed are not made up
            self._due_ns = Ns(self._due_ns + slots * self._every_ns)
        else:
            attempt = max(1, self.attempt - MISSES_MAX)
            self._due_ns = Ns(now + self._backoff.delay_ns(attempt, self._random))
