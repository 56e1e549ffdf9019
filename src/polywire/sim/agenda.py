"""What is going to happen at the simulated venue, in order of time; equal times as they came."""

import heapq
from collections.abc import Callable
from typing import Generic, TypeVar

from polywire.core.units import Ns

Due = TypeVar("Due")


class Agenda(Generic[Due]):
    """A queue of entries by time."""

    def __init__(self) -> None:
        self._entries: list[tuple[Ns, int, Due]] = []
        self._count = 0

    def enter(self, at: Ns, entry: Due) -> None:
        """Let something happen then."""
        heapq.heappush(self._entries, (at, self._count, entry))
        self._count += 1

    def next_ns(self) -> Ns | None:
        """When the first is due; None while there is none."""
        return self._entries[0][0] if self._entries else None

    def pop(self, now: Ns) -> tuple[Ns, Due] | None:
        """The first of what is due by now, and when; None where nothing is."""
        if not self._entries or self._entries[0][0] > now:
            return None
        at, _, entry = heapq.heappop(self._entries)
        return at, entry

    def drop(self, unwanted: Callable[[Due], bool]) -> None:
        """Forget what shall not happen any more."""
        self._entries = [one for one in self._entries if not unwanted(one[2])]
        heapq.heapify(self._entries)
