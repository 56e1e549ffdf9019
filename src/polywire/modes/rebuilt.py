"""A journal's market rows made anew from the frames that were kept beside it.

The rows say which markets a socket carried and how many changes were merged; what they said comes
from the frames. Rows that no frame of ours led to (listings, books by REST) stay as they are.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final

from polywire.core.errors import DecodeError
from polywire.core.ids import FeedId, MarketId
from polywire.core.model.event import Event
from polywire.core.model.instrument import Market
from polywire.core.model.market import (
    BookDelta,
    BookSnapshot,
    FeedCarries,
    FeedDown,
    InstrumentListed,
    PublicTrade,
)
from polywire.journal.frames import FrameLine
from polywire.journal.record import Entry
from polywire.runtime.merge import Merge
from polywire.venues.polymarket.market_ws import MarketSession

Told = BookDelta | BookSnapshot | PublicTrade
TOLD: Final = (BookDelta, BookSnapshot, PublicTrade)
SOCKET: Final = "market-"
"""How the feeds of sockets are called; what is polled or proven by REST has no frames."""


class Rebuilt:
    """Call `take` with each row in order; it answers with the row to use in its place."""

    def __init__(self, frames: Iterable[FrameLine]) -> None:
        self.rebuilt = self.differing = self.lacking = 0
        self.first = ""
        self._frames = iter(frames)
        self._next = next(self._frames, None)
        self._sessions: dict[FeedId, MarketSession] = {}
        self._markets: dict[MarketId, Market] = {}
        self._told: dict[MarketId, deque[Told]] = {}

    def take(self, seq: int, row: Entry) -> Entry:
        """A row of the journal; from the frames that came before it, where they led to it."""
        match row:
            case InstrumentListed():
                self._markets[row.market.id] = row.market
            case FeedCarries():
                self._carry(row)
            case FeedDown() if row.feed in self._sessions:
                self._sessions[row.feed].dropped(row.recv_ns, row.cause)
            case BookDelta() | BookSnapshot() | PublicTrade() if row.feed.startswith(SOCKET):
                return self._anew(seq, row)
            case _:
                pass
        return row

    def _anew(self, seq: int, row: Told) -> Told:
        count = row.frames if isinstance(row, BookDelta) else 1
        queue = self._told.setdefault(row.market, deque())
        while len(queue) < count and self._read(seq):
            pass
        found = [queue.popleft() for _ in range(min(count, len(queue)))]
        if len(found) < count:
            self.lacking += 1
            self.first = self.first or f"seq {seq}: no frame for {row}"
            return row
        made = _merged(found)
        self.rebuilt += 1
        if made != row:
            self.differing += 1
            self.first = self.first or f"seq {seq}: the journal has {row}, its frames say {made}"
        return made

    def _read(self, seq: int) -> bool:
        """Have a session read the next frame, if it came before a row; False if there is none."""
        line = self._next
        if line is None or line.seq >= seq:
            return False
        self._next = next(self._frames, None)
        session = self._session(FeedId(line.feed))
        if session.wakeup() is None:
            session.connected(line.recv_ns)
        frame = line.frame.encode()
        try:
            events = session.receive(frame, line.recv_ns)
        except DecodeError:
            events = session.on_undecodable(frame, line.recv_ns)
        self._keep(events)
        return True

    def _keep(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, TOLD):
                self._told.setdefault(event.market, deque()).append(event)

    def _session(self, feed: FeedId) -> MarketSession:
        if feed not in self._sessions:
            self._sessions[feed] = MarketSession(feed, lambda: 0.5)
        return self._sessions[feed]

    def _carry(self, row: FeedCarries) -> None:
        """Follow what a socket carried from then on."""
        if not row.feed.startswith(SOCKET):
            return
        session = self._session(row.feed)
        before = session.markets
        new = [self._markets[one] for one in row.markets if one not in before]
        gone = [one for one in before if one not in row.markets]
        if new:
            session.subscribe(new, row.recv_ns)
        if gone:
            session.unsubscribe(gone, row.recv_ns)


def _merged(told: list[Told]) -> Told:
    """Changes as one; a single event, or changes that a journal does not merge, as they are."""
    first = told[0]
    if len(told) == 1 or not isinstance(first, BookDelta):
        return first
    merge = Merge(first)
    for each in told[1:]:
        if not isinstance(each, BookDelta):
            return each
        merge.add(each)
    return merge.delta()
