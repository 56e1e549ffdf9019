"""What has happened and was not handled yet: account facts first, market changes merged.

Levels are absolute, so of waiting changes of one market the later wins. Anything else that
concerns the market (a snapshot, a trade, a new tick, its end) ends the merge, and so does a feed
that goes up or down. Nothing is dropped: a merged change says how many frames it stands for.
"""

from collections import deque

from polywire.core.ids import MarketId
from polywire.core.model.event import Event
from polywire.core.model.market import BookDelta, Proof
from polywire.core.units import Price, Quantity

DRAIN_MAX = 256
"""Events of one drain, so that a burst cannot starve decisions."""
FOLD_AT = 256
"""Waiting changes of one market are folded into one at this number, which bounds memory."""

Waiting = list[BookDelta]


class Inbox:
    """Put events in as they come; drain them in the order in which the engine shall see them."""

    def __init__(self, *, merge: bool = True) -> None:
        self.merged = 0
        self._merge = merge
        self._account: deque[Event] = deque()
        self._market: deque[Event | Waiting] = deque()
        self._open: dict[MarketId, Waiting] = {}

    def __bool__(self) -> bool:
        return bool(self._market or self._account)

    def put_account(self, event: Event) -> None:
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
        waiting = self._open.get(event.market)
        if waiting is None:
            waiting = self._open[event.market] = [event]
            self._market.append(waiting)
            return
        waiting.append(event)
        if len(waiting) >= FOLD_AT:
            waiting[:] = [fold(waiting)]

    def drain(self, most: int = DRAIN_MAX) -> list[Event]:
        """Up to this many events, account facts first; an open merge closes as it is taken."""
        taken: list[Event] = []
        while self._account and len(taken) < most:
            taken.append(self._account.popleft())
        while self._market and len(taken) < most:
            first = self._market.popleft()
            taken.append(self._close(first) if isinstance(first, list) else first)
        return taken

    def _close(self, waiting: Waiting) -> BookDelta:
        market = waiting[0].market
        if self._open.get(market) is waiting:
            del self._open[market]
        merged = fold(waiting) if len(waiting) > 1 else waiting[0]
        self.merged += merged.frames - 1
        return merged

    def _end_merges(self, event: Event) -> None:
        market = getattr(event, "market", None)
        if isinstance(market, str):
            self._open.pop(MarketId(market), None)
        else:
            self._open.clear()


def fold(deltas: Waiting) -> BookDelta:
    """One change that leaves a book as all of them in order would, with the last proofs.

    A change of nothing but the touch has no hash: the last hash before it stands, at its time.
    """
    levels: dict[tuple[int, Price], Quantity] = {}
    touches: dict[int, Proof] = {}
    hashed: dict[int, str] = {}
    entries = [0, 0]
    frames = 0
    venue_ns = deltas[-1].venue_ns
    for delta in deltas:
        frames += delta.frames
        for side, price, size in delta.levels:
            levels[side, price] = size
        if delta.levels:
            venue_ns = delta.venue_ns
        for proof in delta.proofs:
            outcome = proof.outcome
            touches[outcome] = proof
            if proof.hash:
                hashed[outcome] = proof.hash
                entries[outcome] += proof.entries
    last = deltas[-1]
    return BookDelta(
        last.recv_ns,
        venue_ns,
        last.market,
        tuple((side, price, size) for (side, price), size in levels.items()),
        tuple(
            Proof(key, hashed.get(key, ""), one.best_bid, one.best_ask, one.touch, entries[key])
            for key, one in touches.items()
        ),
        last.feed,
        deltas[0].first_ns,
        frames,
    )
