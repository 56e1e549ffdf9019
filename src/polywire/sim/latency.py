"""How long an order takes to the venue and its word back: constant, drawn, or as recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Protocol

from polywire.core.ids import OrderId
from polywire.core.units import Ns


class Chance(Protocol):
    """A seeded generator; random.Random fulfils it and the caller hands it in."""

    def random(self) -> float:
        """A number from 0 up to, not including, 1."""

    def randrange(self, stop: int, /) -> int:
        """A whole number from 0 up to, not including, `stop`."""


class Latency(Protocol):
    """Two delays, as they differ in life: requests go out, executions come back.

    Each is that of one command about an order, or of one word about it.
    """

    def order_ns(self, order_id: OrderId, /) -> Ns:
        """From our command to its arrival at the venue."""

    def reply_ns(self, order_id: OrderId, /) -> Ns:
        """From what happened at the venue to our hearing of it."""


@dataclass(frozen=True, slots=True)
class ConstantLatency:
    """The same delays every time."""

    order: Ns
    reply: Ns

    def order_ns(self, _order_id: OrderId, /) -> Ns:
        """See Latency."""
        return self.order

    def reply_ns(self, _order_id: OrderId, /) -> Ns:
        """See Latency."""
        return self.reply


@dataclass(frozen=True, slots=True)
class DrawnLatency:
    """Evenly between half and three halves of the usual delay; one in `slow_every` ten times it."""

    chance: Chance
    usual: ConstantLatency
    slow_every: int

    def order_ns(self, _order_id: OrderId, /) -> Ns:
        """See Latency."""
        return self._draw(self.usual.order)

    def reply_ns(self, _order_id: OrderId, /) -> Ns:
        """See Latency."""
        return self._draw(self.usual.reply)

    def _draw(self, usual: Ns) -> Ns:
        delay = usual // 2 + self.chance.randrange(usual + 1)
        return Ns(delay * 10 if self.chance.randrange(self.slow_every) == 0 else delay)


class RecordedLatency:
    """Round trips of our own orders, one after the other and again from the first; half each way.

    The way there and the way back are not known apart, and each goes through the trips by itself.
    """

    def __init__(self, trips: Sequence[Ns]) -> None:
        assert trips, "at least one round trip"
        self._there, self._back = cycle(trips), cycle(trips)

    def order_ns(self, _order_id: OrderId, /) -> Ns:
        """See Latency."""
        return Ns(next(self._there) // 2)

    def reply_ns(self, _order_id: OrderId, /) -> Ns:
        """See Latency."""
        trip = next(self._back)
        return Ns(trip - trip // 2)


@dataclass(frozen=True, slots=True)
class OwnTrips:
    """Each order's own round trip, half each way; the others take the `usual` ones."""

    trips: Mapping[OrderId, Ns]
    usual: Latency

    def order_ns(self, order_id: OrderId, /) -> Ns:
        """See Latency."""
        trip = self.trips.get(order_id)
        return self.usual.order_ns(order_id) if trip is None else Ns(trip // 2)

    def reply_ns(self, order_id: OrderId, /) -> Ns:
        """See Latency."""
        trip = self.trips.get(order_id)
        return self.usual.reply_ns(order_id) if trip is None else Ns(trip - trip // 2)


@dataclass(frozen=True, slots=True)
class SeenLater:
    """The latency of orders that meet a book we see `feed_ns` after it was so.

    What an order meets at the venue is what we are shown that much later; its answer sets out then.
    """

    usual: Latency
    feed_ns: Ns

    def order_ns(self, order_id: OrderId, /) -> Ns:
        """See Latency."""
        return Ns(self.usual.order_ns(order_id) + self.feed_ns)

    def reply_ns(self, order_id: OrderId, /) -> Ns:
        """See Latency."""
        return Ns(max(0, self.usual.reply_ns(order_id) - self.feed_ns))
