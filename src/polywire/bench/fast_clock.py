"""The local exchange's virtual clock, read by the engine: both stand until one moment, then run."""

from time import monotonic_ns

from typing_extensions import override

from polywire.core.units import SECOND, Ns
from polywire.net.clock import Clock


class FastClock(Clock):
    """Stands at `start_ns` until the monotonic clock reads `begin_ns`, then runs at `speed`."""

    def __init__(self, start_ns: int, begin_ns: int, speed: float) -> None:
        super().__init__()
        self._start_ns = start_ns
        self._begin_ns = begin_ns
        self._speed = speed

    @override
    def now(self) -> Ns:
        """The venue's present."""
        passed_ns = max(0, monotonic_ns() - self._begin_ns)
        return Ns(self._start_ns + int(passed_ns * self._speed))

    @override
    def wait_s(self, ns: int) -> float:
        """Seconds to sleep: what is left of standing still, then the time at its speed."""
        left_ns = max(0, self._begin_ns - monotonic_ns())
        return (left_ns + max(0, ns) / self._speed) / SECOND

    @override
    def drift_ns(self) -> int:
        """Nobody sets this clock."""
        return 0
