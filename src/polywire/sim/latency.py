"""How long an order takes to the venue and its word back to us: constant, or drawn from a seed."""

from dataclasses import dataclass
from typing import Protocol

from polywire.core.units import Ns


class Chance(Protocol):
    """A seeded generator; random.Random fulfils it and the caller hands it in."""

    def random(self) -> float:
        """A number from 0 up to, not including, 1."""

    def randrange(self, stop: int, /) -> int:
        """A whole number from 0 up to, not including, `stop`."""


class Latency(Protocol):
    """Two delays, as they differ in life: requests go out, executions come back."""

    def order_ns(self) -> Ns:
        """From our command to its arrival at the venue."""

    def reply_ns(self) -> Ns:
        """From what happened at the venue to our hearing of it."""


@dataclass(frozen=True, slots=True)
class ConstantLatency:
    """The same delays every time."""

    order: Ns
    reply: Ns

    def order_ns(self) -> Ns:
        """See Latency."""
        return self.order

    def reply_ns(self) -> Ns:
        """See Latency."""
        return self.reply


@dataclass(frozen=True, slots=True)
class DrawnLatency:
    """Evenly between half and three halves of the usual delay; one in `slow_every` ten times it."""

    chance: Chance
    usual: ConstantLatency
    slow_every: int

    def order_ns(self) -> Ns:
        """See Latency."""
        return self._draw(self.usual.order)

    def reply_ns(self) -> Ns:
        """See Latency."""
        return self._draw(self.usual.reply)

    def _draw(self, usual: Ns) -> Ns:
        delay = usual // 2 + self.chance.randrange(usual + 1)
        return Ns(delay * 10 if self.chance.randrange(self.slow_every) == 0 else delay)
