"""Sums and averages that forget: each weight halves with a half life of virtual time.

Fed in the order of time; nothing here is kept over a restart.
"""

from math import exp2, sqrt

from polywire.core.units import SECOND, Ns


class Decayed:
    """A sum of amounts, each worth half of it a half life after it was added."""

    __slots__ = ("_at", "_half_life_ns", "_sum")

    def __init__(self, half_life_ns: float) -> None:
        self._half_life_ns = half_life_ns
        self._sum = 0.0
        self._at = Ns(0)

    def add(self, amount: float, now: Ns) -> None:
        """Add an amount of now."""
        self._sum = self.read(now) + amount
        self._at = now

    def read(self, now: Ns) -> float:
        """What is left of all amounts by now; a time before the last amount counts as its."""
        return self._sum * exp2(-max(0, now - self._at) / self._half_life_ns)


class Average:
    """The mean of values, of which each weighs half a half life after it was taken.

    `prior` is the weight of a zero that is never forgotten.
    """

    __slots__ = ("_prior", "_values", "_weights")

    def __init__(self, half_life_ns: float, prior: float = 0.0) -> None:
        self._prior = prior
        self._values = Decayed(half_life_ns)
        self._weights = Decayed(half_life_ns)

    def take(self, value: float, weight: float, now: Ns) -> None:
        """Take a value with a weight."""
        self._values.add(value * weight, now)
        self._weights.add(weight, now)

    def read(self, now: Ns) -> float:
        """The mean; 0 before the first value."""
        weights = self._weights.read(now) + self._prior
        return self._values.read(now) / weights if weights else 0.0


class Volatility:
    """How much a value moves in a second: the root of its squared moves per second that passed."""

    __slots__ = ("_squares",)

    def __init__(self, half_life_ns: float) -> None:
        self._squares = Average(half_life_ns)

    def move(self, change: float, took_ns: int, now: Ns) -> None:
        """The value has changed by so much in so long; a time of 0 says nothing."""
        if took_ns > 0:
            seconds = took_ns / SECOND
            self._squares.take(change * change / seconds, seconds, now)

    def read(self, now: Ns) -> float:
        """Per root of a second; 0 before the first move."""
        return sqrt(self._squares.read(now))


class Flow:
    """Signed shares traded, in standard deviations of what chance alone would make of them.

    With independent signs sum(w x) / sqrt(sum(w^2 x^2)) has variance 1. `least` shares are added
    below the root, so that a few old or small trades mean little.
    """

    __slots__ = ("_least", "_squares", "_sum")

    def __init__(self, half_life_ns: float, least: float) -> None:
        self._sum = Decayed(half_life_ns)
        self._squares = Decayed(half_life_ns / 2)
        self._least = least

    def trade(self, signed: float, now: Ns) -> None:
        """So many shares were bought, or sold where it is negative, by a taker."""
        self._sum.add(signed, now)
        self._squares.add(signed * signed, now)

    def read(self, now: Ns) -> float:
        """Positive where buyers press."""
        return self._sum.read(now) / sqrt(self._squares.read(now) + self._least**2)
