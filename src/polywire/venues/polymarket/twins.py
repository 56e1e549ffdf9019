"""The same markets on several connections: which frames are news, and which connection is behind.

Works on the bytes of frames, before anything is decoded; every time is the caller's `now`.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from polywire.core.ids import FeedId, MarketId
from polywire.core.model.market import FeedBehind
from polywire.core.units import SECOND, Ns

BEHIND_NS: Final = SECOND
"""A connection that brings a frame so much later than another, or never, is behind."""
KEEP_NS: Final = 10 * SECOND
"""Frames are remembered for so long: beyond it a repetition would pass as news."""
TOLD_MAX: Final = 1_000
"""Pairs of connection and market of which it is remembered when they were behind."""
BOOK_MARK: Final = b'"bids":['
MARKET: Final = re.compile(rb"0x[0-9a-f]{64}")

Told = Mapping[FeedId, Mapping[MarketId, Ns]]
"""Of each feed that is up: since when it has told of which markets."""


class Seen:
    """One text: who brought it first and when, how often each feed did, how often it passed.

    `counts` is None while nobody else has brought it; `even` once two feeds alone brought it as
    often, so that it may be forgotten.
    """

    __slots__ = ("at", "counts", "even", "feed", "frame", "last", "passed")

    def __init__(self, frame: bytes, feed: FeedId, now: Ns) -> None:
        self.frame = frame
        self.feed = feed
        self.at = now
        self.last = now
        self.passed = 1
        self.even = False
        self.counts: dict[FeedId, int] | None = None


class Twins:
    """Lets each frame pass as often as the feed that brought it most often has brought it.

    `on_lead` is told who was first and by how many nanoseconds, for each frame of another feed.
    `pair` says whether there are two feeds: then a frame is forgotten once both have brought it.
    """

    __slots__ = ("_behind", "_old", "_on_lead", "_seen", "_young", "pair")

    def __init__(self, on_lead: Callable[[FeedId, int], None]) -> None:
        self.pair = False
        self._on_lead = on_lead
        self._seen: dict[bytes, Seen] = {}
        self._young: deque[Seen] = deque()
        self._old: deque[Seen] = deque()
        self._behind: dict[tuple[FeedId, MarketId], Ns] = {}

    def passes(self, feed: FeedId, frame: bytes, now: Ns) -> bool:
        """Whether a frame is news; answers to a subscription and bare texts always are."""
        seen = self._seen.get(frame)
        if seen is None:
            if comparable(frame):
                self._seen[frame] = seen = Seen(frame, feed, now)
                self._young.append(seen)
            return True
        if seen.counts is None:
            if feed != seen.feed and self.pair:
                seen.even = True
                del self._seen[frame]
                self._on_lead(seen.feed, now - seen.at)
                return False
            seen.counts = {seen.feed: 1}
        count = seen.counts[feed] = seen.counts.get(feed, 0) + 1
        if count > seen.passed:
            seen.passed = count
            seen.last = now
            return True
        if count == 1:
            self._on_lead(seen.feed, now - seen.at)
        return False

    def look(self, told: Told, now: Ns) -> list[FeedBehind]:
        """Which feeds lack what another brought a second ago, and forget what is old.

        Call it a few times a second. A feed is asked for what came once it had told of a market
        for a second: before, its own subscription may have been later than the frame.
        """
        behind: list[FeedBehind] = []
        young, old = self._young, self._old
        if len(self._behind) > TOLD_MAX:
            self._behind.clear()  # of connections long gone, mostly; who is behind is told again
        while young and now - young[0].at >= BEHIND_NS:
            seen = young.popleft()
            if not seen.even:
                old.append(seen)
                behind += self._lacking(seen, told, now)
        while old and now - old[0].at >= KEEP_NS:
            seen = old.popleft()
            if now - seen.last < KEEP_NS:  # it passed again since
                old.append(seen)
                seen.at = seen.last
            elif self._seen.get(seen.frame) is seen:
                del self._seen[seen.frame]
        return behind

    def _lacking(self, seen: Seen, told: Told, now: Ns) -> Iterator[FeedBehind]:
        late = [feed for feed in told if feed not in (seen.counts or (seen.feed,))]
        if not late:
            return
        for market in dict.fromkeys(MarketId(name.decode()) for name in MARKET.findall(seen.frame)):
            for feed in late:
                since = told[feed].get(market)
                if since is None or seen.at - since < BEHIND_NS:
                    continue
                if now - self._behind.get((feed, market), Ns(0)) >= BEHIND_NS:
                    self._behind[feed, market] = now
                    yield FeedBehind(now, feed, market)


def comparable(frame: bytes) -> bool:
    """Whether all connections that carry a market get this text, and as often."""
    return frame.startswith(b"{") or (frame.startswith(b"[") and BOOK_MARK not in frame)
