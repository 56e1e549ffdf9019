"""What the mid did after our own fills: 1, 5 and 30 seconds later, against us or for us."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from polywire.core.units import SECOND, Ns
from polywire.strategies.estimates import Average

HORIZONS_NS: Final = (1 * SECOND, 5 * SECOND, 30 * SECOND)
TOXIC_FROM: Final = 1
"""The first horizon that counts as toxic: what comes back within a second was a bounce."""
PRIOR: Final = 3.0
"""So many observations without a move stand against the first ones of a market."""


@dataclass(slots=True)
class Sum:
    """Gains a share at one horizon, in dollars: the later mid less the fill's price, if bought."""

    count: int = 0
    total: float = 0.0

    @property
    def mean(self) -> float:
        """0 without any."""
        return self.total / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A fill whose mid at a horizon is still to come; `sign` is 1 where we bought."""

    at: Ns
    sign: int
    price: float
    mid: float


class Markouts:
    """Feed it fills as they come and mids as they are seen, in the order of time."""

    def __init__(self, half_life_ns: float) -> None:
        self.sums = tuple(Sum() for _ in HORIZONS_NS)
        self._waiting: tuple[deque[Waiting], ...] = tuple(deque() for _ in HORIZONS_NS)
        self._adverse = Average(half_life_ns, PRIOR)

    def filled(self, at: Ns, *, bought: bool, price: float, mid: float) -> None:
        """One execution of the first outcome, and the mid that was last seen before it."""
        fill = Waiting(at, 1 if bought else -1, price, mid)
        for waiting in self._waiting:
            waiting.append(fill)

    def saw(self, mid: float, now: Ns) -> None:
        """The first mid at or after a horizon is the one that counts."""
        for index, horizon in enumerate(HORIZONS_NS):
            waiting, found = self._waiting[index], self.sums[index]
            while waiting and now - waiting[0].at >= horizon:
                fill = waiting.popleft()
                found.count += 1
                found.total += fill.sign * (mid - fill.price)
                if index >= TOXIC_FROM:
                    self._adverse.take(fill.sign * (fill.mid - mid), 1.0, now)

    def toxicity(self, now: Ns) -> float:
        """Dollars by which the mid has moved against us after a fill, of late; 0 at least."""
        return max(0.0, self._adverse.read(now))
