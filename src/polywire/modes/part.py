"""A part of a recording: what a run may see of it, and from when on it may order."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from polywire.core.model.control import Operation, OperatorCommand
from polywire.core.model.event import Event
from polywire.core.units import Ns, utc_time


@dataclass(frozen=True, slots=True)
class Part:
    """Events before `until_ns`; nothing is ordered before `since_ns`, though books are followed."""

    since_ns: Ns | None = None
    until_ns: Ns | None = None

    @property
    def knows_the_end(self) -> bool:
        """Whether what markets paid may be told: a part that ends early must not know it."""
        return self.until_ns is None

    def of(self, events: Iterator[Event]) -> Iterator[Event]:
        """What a run of this part is shown."""
        until = self.until_ns
        seen = events if until is None else takewhile(lambda each: each.recv_ns < until, events)
        return seen if self.since_ns is None else _held(seen, self.since_ns)

    def told(self) -> list[str]:
        """What is assumed of it, in sentences."""
        told = []
        if self.until_ns is not None:
            told.append(
                f"the recordings end at {utc_time(self.until_ns)} UTC: nothing later is known"
            )
        if self.since_ns is not None:
            told.append(
                f"nothing is ordered before {utc_time(self.since_ns)} UTC; books are followed"
            )
        return told


WHOLE = Part()


def _held(events: Iterator[Event], since: Ns) -> Iterator[Event]:
    """The run is halted as by its own end, and resumed when the part begins."""
    begun: bool | None = None
    for event in events:
        if begun is None:
            begun = False
            yield OperatorCommand(event.recv_ns, Operation.HALT, "this part has not begun")
        if not begun and event.recv_ns >= since:
            begun = True
            yield OperatorCommand(event.recv_ns, Operation.RESUME, "this part begins")
        yield event
