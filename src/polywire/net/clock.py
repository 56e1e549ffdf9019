"""The only clock: wall time at the start plus the monotonic clock since, so it never goes back.

What is compared with another machine's time is `wall`, for this clock stands still in a sleep.
"""

import time

from polywire.core.units import SECOND, Ns


class Clock:
    """Nanoseconds since the epoch that only grow, whatever happens to the wall clock."""

    def __init__(self) -> None:
        self._offset = time.time_ns() - time.monotonic_ns()

    def now(self) -> Ns:
        """The present, for receive times and cuts."""
        return time.monotonic_ns() + self._offset  # type: ignore[return-value]  # Ns() costs 60 ns

    def wall(self) -> Ns:
        """What other machines take for the present; it may jump, either way."""
        return Ns(time.time_ns())

    def wait_s(self, ns: int) -> float:
        """How many seconds to sleep until so many nanoseconds of this clock have passed."""
        return max(0, ns) / SECOND

    def drift_ns(self) -> int:
        """How far the wall clock has moved away since the start."""
        return self.wall() - self.now()
