"""Points of time that are kept thin: a long run has as many as a short one, further apart."""

from array import array

from polywire.core.units import Ns


class Series:
    """At most `most` points, at least `every_ns` apart; when it is full, every second one goes.

    Each has so many whole numbers.
    """

    def __init__(self, most: int, every_ns: int, numbers: int = 1) -> None:
        self._most = most
        self._every_ns = every_ns
        self._columns = [array("q") for _ in range(numbers + 1)]

    def due(self, now: Ns) -> bool:
        """Whether the last point is far enough away for another."""
        times = self._columns[0]
        return not times or now - times[-1] >= self._every_ns

    def add(self, now: Ns, *numbers: int) -> None:
        """Keep a point; call it when one is due."""
        if len(self._columns[0]) >= self._most:
            self._columns = [column[::2] for column in self._columns]
            self._every_ns *= 2
        for column, number in zip(self._columns, (now, *numbers), strict=True):
            column.append(number)

    def points(self) -> list[tuple[int, ...]]:
        """Time in nanoseconds and numbers, oldest first."""
        return list(zip(*self._columns, strict=True))
