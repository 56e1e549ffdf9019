"""Market rows of our own journals to events: what an earlier run saw, in the order it saw it.

What that run decided, sent and was told of its orders is left out; only a full journal has it all.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from polywire.core.errors import ConfigError
from polywire.core.ids import FeedId, OrderId
from polywire.core.model.account import OrderAccepted, OrderRejected
from polywire.core.model.command import PlaceOrder
from polywire.core.model.control import Cut, RunStarted, StoodStill
from polywire.core.model.event import Event
from polywire.core.model.market import Fact, FeedDown, FeedUp, MarketEvent
from polywire.core.units import Ns
from polywire.history.provenance import LOOK, RECEIVED, Provenance, Reading
from polywire.journal.reader import read_entries
from polywire.journal.record import Entry

SHAPE: Final = "journal"
OWN: Final = "rows of that run's own decisions and orders"
MERGED: Final = (
    "changes are as that run saw them, merged while it was busy; proofs by REST are those it asked "
    "for, and no others"
)


class JournalHistory:
    """The market rows of a journal folder or file, or of its archive; see provenance.Recording."""

    def __init__(
        self, path: Path, rows: Callable[[Path], Iterator[tuple[int, Entry]]] = read_entries
    ) -> None:
        self._path = path
        self._rows = rows
        self._reading = Reading(path, SHAPE, clock=RECEIVED, delay_ns=0)
        self._reading.hashes = True
        self._reading.assumptions.append(MERGED)
        self._up: dict[FeedId, None] = {}

    @property
    def provenance(self) -> Provenance:
        """See provenance.Recording."""
        return self._reading.provenance()

    def events(self) -> Iterator[Event]:
        """See provenance.Recording; JournalError for a damaged journal."""
        reading = self._reading
        now = Ns(0)
        for _, record in self._rows(self._path):
            reading.lines += 1
            if isinstance(record, RunStarted):
                yield from reading.told(self._ended(now))
            if isinstance(record, Fact):
                now = record.recv_ns
            if isinstance(record, MarketEvent | StoodStill):
                self._note(record)
                yield from reading.told([record])
            else:
                reading.refuse(OWN)

    def _note(self, record: Event) -> None:
        if isinstance(record, FeedUp):
            self._up[record.feed] = None
        elif isinstance(record, FeedDown):
            self._up.pop(record.feed, None)

    def _ended(self, now: Ns) -> Iterator[Event]:
        """Nothing was heard from the last row of a run on until the next one's."""
        for feed in self._up:
            yield FeedDown(now, feed, "the recorded run ended")
        self._up.clear()


class RoundTrips:
    """From the decision on each order to the first answer to it; `take` each row in order."""

    def __init__(self) -> None:
        self.trips: dict[OrderId, Ns] = {}
        self._sent: dict[OrderId, Ns] = {}
        self._now = Ns(0)

    def take(self, record: Entry) -> None:
        """Note when an order was decided on, or answered."""
        match record:
            case Cut():
                self._now = record.now
            case PlaceOrder():
                self._sent[record.order_id] = self._now
            case OrderAccepted() | OrderRejected() if record.order_id in self._sent:
                took = record.recv_ns - self._sent.pop(record.order_id)
                self.trips[record.order_id] = Ns(max(0, took))
            case _:
                pass


def trips_of(path: Path) -> tuple[Ns, ...]:
    """The round trips of a journal's orders, as they were answered.

    Raises ConfigError where it has none, JournalError for a damaged one.
    """
    found = RoundTrips()
    for _, record in read_entries(path):
        found.take(record)
    if not found.trips:
        raise ConfigError(f"{path} has no answer to an order, so no latency to take", look=LOOK)
    return tuple(found.trips.values())
