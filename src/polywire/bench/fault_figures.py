"""The figures of one fault, from the journal of the run and the exchange's record of the onset.

Pure: sees records and times, and none of what made them.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from polywire.core.ids import FeedId, MarketId
from polywire.core.model.command import PlaceOrder
from polywire.core.model.control import Cut
from polywire.core.model.event import Record
from polywire.core.model.healing import GapClosed, GapStarted
from polywire.core.model.market import FeedBehind, FeedDown
from polywire.core.units import SECOND, cost


class FaultFigures(Struct, frozen=True, kw_only=True):
    """What one fault did: seconds from onset to detection and from there to the end of it.

    None is never. `equal`: every book ended as the exchange's.
    """

    detected_s: float | None
    healed_s: float | None
    exposure_orders: int
    exposure_micros: int
    lost: int
    rest_calls: int
    equal: bool


@dataclass(slots=True)
class Told:
    """What the journal says of the books that a fault concerned, from its onset on."""

    onset_ns: int
    concerned: Collection[MarketId]
    detected_ns: int | None = None
    ended_ns: int | None = None
    orders: list[PlaceOrder] = field(default_factory=list)
    _open: set[MarketId] = field(default_factory=set)
    _behind: set[FeedId] = field(default_factory=set)

    def take(self, record: Record, now_ns: int) -> None:
        """One record, decided or received at a time."""
        match record:
            case GapStarted() if record.market in self.concerned:
                self._open.add(record.market)
                self._detect(record.opened_ns)
            case GapClosed() if record.market in self._open:
                self._open.discard(record.market)
                if not self._open and not self._behind:
                    self.ended_ns = record.closed_ns
            case FeedBehind() if record.market in self.concerned and now_ns >= self.onset_ns:
                self._behind.add(record.feed)
                self._detect(now_ns)
            case FeedDown() if now_ns >= self.onset_ns:
                self._lose(record.feed, now_ns)
            case PlaceOrder() if record.market in self.concerned and now_ns >= self.onset_ns:
                if self.detected_ns is None:
                    self.orders.append(record)
            case _:
                pass

    @property
    def healed_ns(self) -> int | None:
        """When the last gap closed, and none was left; where a twin bore it, when that was gone."""
        return None if self._open or self._behind else self.ended_ns

    def _detect(self, at_ns: int) -> None:
        if self.detected_ns is None and at_ns >= self.onset_ns:
            self.detected_ns = at_ns

    def _lose(self, feed: FeedId, now_ns: int) -> None:
        self._detect(now_ns)
        if feed in self._behind:
            self._behind.discard(feed)
            if not self._open and not self._behind:
                self.ended_ns = now_ns


def told(records: Iterable[Record], onset_ns: int, concerned: Collection[MarketId]) -> Told:
    """What a journal says; commands have the time of the cut before them."""
    found = Told(onset_ns, concerned)
    cut_ns = 0
    for record in records:
        if isinstance(record, Cut):
            cut_ns = record.now
        found.take(record, getattr(record, "recv_ns", cut_ns))
    return found


def figures(
    found: Told, *, lost: int, calls: Sequence[tuple[int, int]], equal: bool
) -> FaultFigures:
    """The figures; `calls` are REST calls so far by time, the first of them at the onset."""
    detected, healed = found.detected_ns, found.healed_ns
    ended = calls[-1][0] if healed is None else healed
    spent = [count for at_ns, count in calls if at_ns <= ended] or [calls[0][1]]
    exposed = found.orders if detected is not None else []
    return FaultFigures(
        detected_s=None if detected is None else _s(detected - found.onset_ns),
        healed_s=None if detected is None or healed is None else _s(healed - detected),
        exposure_orders=len(exposed),
        exposure_micros=sum(cost(order.price, order.quantity) for order in exposed),
        lost=lost,
        rest_calls=spent[-1] - calls[0][1],
        equal=equal,
    )


def _s(ns: int) -> float:
    return round(ns / SECOND, 3)
