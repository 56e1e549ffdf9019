"""What has happened and was not handled yet: account facts first, market changes merged.

Levels are absolute, so of waiting changes of one market the later wins. Anything else that
concerns the market (a snapshot, a trade, a new tick, its end) ends the merge, and so does a feed
that goes up or down; so does the end of a hash group, while little waits. Nothing is dropped: a
merged change says how many frames it stands for.
"""

from collections import deque

from polywire.core.ids import MarketId
from polywire.core.model.event import Event
from polywire.core.model.market import BookDelta
from polywire.runtime.merge import Merge

DRAIN_MAX = 256
"""Events of one drain, so that a burst cannot starve decisions."""

CALM_MAX = 128
"""While fewer events wait, the end of a hash group ends a merge: each group is then compared."""

Slot = list[BookDelta | Merge]
"""One waiting change, which becomes a merge when the next one comes."""


class Inbox:
    """Put events in as they come; drain them in the order in which the engine shall see them."""

    def __init__(self, *, merge: bool = True, calm_max: int = CALM_MAX) -> None:
        self.merged = 0
        self._merge = merge
        self._calm_max = calm_max
        self._account: deque[Event] = deque()
        self._market: deque[Event | Slot] = deque()
        self._open: dict[MarketId, Slot] = {}

    def __bool__(self) -> bool:
        return bool(self._market or self._account)

    def put_fact(self, event: Event) -> None:
        """An account or control fact: handled before any waiting market fact."""
        self._account.append(event)

    def put(self, event: Event) -> None:
        """A market fact, behind those that wait; a change joins its market's open merge."""
        # A hash counts at its own venue time, so what speaks for one outcome stays alone.
        if (
            type(event) is not BookDelta
            or not self._merge
            or (len(event.proofs) != 2 and event.levels)
        ):
            self._end_merges(event)
            self._market.append(event)
            return
        slot = self._open.get(event.market)
        if slot is None or (len(self._market) < self._calm_max and _ends_group(slot[0], event)):
            slot = self._open[event.market] = [event]
            self._market.append(slot)
            return
        first = slot[0]
        if isinstance(first, BookDelta):
            slot[0] = first = Merge(first)
        first.add(event)

    def drain(self, most: int = DRAIN_MAX) -> list[Event]:
        """Up to this many events, account facts first; an open merge closes as it is taken."""
        taken: list[Event] = []
        while self._account and len(taken) < most:
            taken.append(self._account.popleft())
        while self._market and len(taken) < most:
            first = self._market.popleft()
            taken.append(self._close(first) if isinstance(first, list) else first)
        return taken

    def _close(self, slot: Slot) -> BookDelta:
        merged = slot[0]
        if isinstance(merged, Merge):
            merged = merged.delta()
        if self._open.get(merged.market) is slot:
            del self._open[merged.market]
        self.merged += merged.frames - 1
        return merged

    def _end_merges(self, event: Event) -> None:
        market = getattr(event, "market", None)
        if isinstance(market, str):
            self._open.pop(MarketId(market), None)
        else:
            self._open.clear()


def _ends_group(waiting: BookDelta | Merge, event: BookDelta) -> bool:
    """Whether a change begins another hash group; one that was overtaken still joins."""
    if event.venue_ns < waiting.venue_ns:
        return False
    hashed = event.proofs[0].hash if event.proofs else ""
    known = [proof.hash for proof in waiting.proofs]
    return bool(hashed) and any(known) and hashed not in known
