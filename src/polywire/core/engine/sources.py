"""The feeds as the engine knows them: which are up, what they carry, what they told since.

A market is fed while a feed is up, carries it, has told of it since it came up, and is not silent
against its own rhythm. A connection or a pong feeds nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from polywire.core.book.rhythm import Rhythm
from polywire.core.ids import FeedId, MarketId
from polywire.core.model.market import FeedCarries, FeedDown, FeedUp
from polywire.core.units import MILLISECOND, Ns

SILENCE_NS = 1_500 * MILLISECOND
"""The shortest silence of a busy feed that is suspicious."""


NO_FIRST_BOOK = "no first book"
BEHIND = "behind its twin"
SILENT_SOCKET = "silent socket"
FEED_DOWN = "feed down"


class Untold(NamedTuple):
    """Since when a feed counts as telling nothing of a market, and why."""

    since_ns: Ns
    cause: str


@dataclass(slots=True)
class Source:
    """One feed. `untold`: the carried markets that it does not feed, though it is up.

    `silent_ns`: since when it is silent against its rhythm, `unconfirmed` the markets of which
    REST has not yet said that there was nothing to tell; `mute` once REST is late with that, or
    says otherwise. `ailing`: what it tells wrongly, and REST is too slow to mend. `failed`: why it
    is to be replaced.
    """

    feed: FeedId
    up: bool = False
    carries: dict[MarketId, None] = field(default_factory=dict)
    untold: dict[MarketId, Untold] = field(default_factory=dict)
    heard_ns: Ns = Ns(0)
    rhythm: Rhythm = field(default_factory=Rhythm)
    silent_ns: Ns | None = None
    mute: bool = False
    unconfirmed: dict[MarketId, None] = field(default_factory=dict)
    ailing: dict[MarketId, Untold] = field(default_factory=dict)
    failed: str = ""

    def feeds(self, market: MarketId) -> bool:
        """Whether news of a market would come from here."""
        alive = self.up and not self.mute
        return alive and market in self.carries and market not in self.untold

    def heard(self, market: MarketId, messages: int, now: Ns) -> None:
        """It told something of a market it carries."""
        self.rhythm.hear(messages, now)
        self.heard_ns = now
        if self.untold:
            self.untold.pop(market, None)

    def hear_all(self, times: Sequence[Ns]) -> None:
        """It told one change of what it feeds at each of these times, which never go back."""
        self.rhythm.hear_all(times)
        self.heard_ns = times[-1]

    def speak(self) -> None:
        """Its silence is over, or there was nothing to tell."""
        self.silent_ns = None
        self.mute = False
        self.unconfirmed.clear()

    def confirm(self, market: MarketId, now: Ns) -> None:
        """REST says that there was nothing to tell of a market."""
        self.unconfirmed.pop(market, None)
        if self.silent_ns is not None and not self.unconfirmed:
            self.rhythm.quiet(now)
            self.heard_ns = now
            self.speak()

    def patience_ns(self) -> int | None:
        """How long it may be silent by its rhythm; None if that says nothing."""
        return self.rhythm.patience_ns(SILENCE_NS) if self.up else None


class Sources:
    """All feeds by id; those that carry nothing and are down are forgotten."""

    def __init__(self) -> None:
        self.by_feed: dict[FeedId, Source] = {}
        self._of: dict[MarketId, tuple[Source, ...]] = {}
        """Those that carry a market: asked at every cut, where there may be many sockets."""

    def take(self, event: FeedUp | FeedDown | FeedCarries) -> Iterable[MarketId]:
        """Note what became of a feed; the markets that it may have stopped to feed."""
        source = self.by_feed.get(event.feed)
        if source is None:
            source = self.by_feed[event.feed] = Source(event.feed)
        now = event.recv_ns
        match event:
            case FeedUp():
                source.up = True
                source.untold = dict.fromkeys(source.carries, Untold(now, NO_FIRST_BOOK))
                return ()
            case FeedDown():
                source.up = False
                source.speak()
                source.untold.clear()
                source.ailing.clear()
                self._forget(source)
                for other in self.by_feed.values():  # a twin's repetitions were not told us
                    other.heard_ns = max(other.heard_ns, now)
                return tuple(source.carries)
            case FeedCarries():
                return self._carry(source, event)

    def told(self, now: Ns) -> Iterator[FeedUp | FeedCarries]:
        """Which feeds are up and what they carry, as the events that say so."""
        for source in self.by_feed.values():
            if source.up:
                yield FeedUp(now, source.feed)
                yield FeedCarries(now, source.feed, tuple(source.carries))

    def fed(self, market: MarketId) -> bool:
        """Whether any feed would tell of a change."""
        fed = False
        for source in self._of.get(market, ()):  # `any` would take twice as long
            fed = fed or source.feeds(market)
        return fed

    def feeding(self, market: MarketId) -> int:
        """How many feeds would."""
        return sum(source.feeds(market) for source in self._of.get(market, ()))

    def shared(self, market: MarketId) -> bool:
        """Whether several feeds that are up carry it, so that what one tells may be late."""
        return sum(1 for _ in self.carrying(market)) > 1

    def carrying(self, market: MarketId) -> Iterator[Source]:
        """The feeds that are up and carry it, whether they tell of it or not."""
        for source in self._of.get(market, ()):
            if source.up:
                yield source

    def asked(self, market: MarketId) -> bool:
        """Whether REST is asked if a silent feed should have told of it."""
        return any(market in source.unconfirmed for source in self._of.get(market, ()))

    def unfed(self, market: MarketId) -> str:
        """Why a market is fed by nobody."""
        for source in self.carrying(market):
            untold = source.untold.get(market)
            return untold.cause if untold is not None else SILENT_SOCKET
        return FEED_DOWN

    def confirm(self, market: MarketId, now: Ns) -> None:
        """REST says that there was nothing to tell of a market, whoever carries it."""
        for source in self.by_feed.values():
            source.confirm(market, now)

    def untell(self, market: MarketId, cause: str, now: Ns, feed: FeedId | None = None) -> None:
        """What was told of a market was wrong or not all: its feeds, or the one, count no more."""
        for source in self.carrying(market):
            if feed is None or source.feed == feed:
                source.untold.setdefault(market, Untold(now, cause))

    def ail(self, market: MarketId, cause: str, now: Ns) -> None:
        """A market's book does not get well by itself, nor by REST."""
        for source in self.carrying(market):
            source.ailing.setdefault(market, Untold(now, cause))

    def well(self, market: MarketId) -> None:
        """It did."""
        for source in self.by_feed.values():
            source.ailing.pop(market, None)

    def _carry(self, source: Source, event: FeedCarries) -> Iterable[MarketId]:
        before = source.carries
        source.carries = dict.fromkeys(event.markets)
        new = Untold(event.recv_ns, NO_FIRST_BOOK)
        source.untold = {
            market: source.untold.get(market, new)
            for market in source.carries
            if source.up and (market in source.untold or market not in before)
        }
        for market in before:
            if market not in source.carries:
                source.confirm(market, event.recv_ns)
        for market in {**before, **source.carries}:
            carriers = (each for each in self.by_feed.values() if market in each.carries)
            self._of[market] = tuple(carriers)
            if not self._of[market]:
                del self._of[market]
        self._forget(source)
        return tuple(before)

    def _forget(self, source: Source) -> None:
        if not source.up and not source.carries:
            self.by_feed.pop(source.feed, None)
