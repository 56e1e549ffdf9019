"""Points of time that are kept thin: a long run has as many as a short one, further apart."""

from array import array

from polywire.core.units import Ns


class Series:
    """At most `most` points, at least `every_ns` apart; when it is full, every second one goes."""

    def __init__(self, most: int, every_ns: int) -> None:
        self._most = most
        self._every_ns = every_ns
        self._times = array("q")
        self._values = array("q")

    def __len__(self) -> int:
        return len(self._times)

    def due(self, now: Ns) -> bool:
        """Whether the last point is far enough away for another."""
        return not self._times or now - self._times[-1] >= self._every_ns

    def add(self, now: Ns, value: int) -> None:
        """Keep a point; call it when one is due."""
        if len(self._times) >= self._most:
            self._times, self._values = self._times[::2], self._values[::2]
            self._every_ns *= 2
        self._times.append(now)
        self._values.append(value)

    def points(self) -> list[tuple[int, int]]:
        """Time in nanoseconds and value, oldest first."""
        return list(zip(self._times, self._values, strict=True))

    def values(self) -> list[int]:
        """The values alone, oldest first."""
        return self._values.tolist()
