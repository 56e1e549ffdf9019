"""Recorded frames of the market channel to events, by the venue's own session as a run has it.

What is read ahead is which assets belong together, so that they can be subscribed to, and each
market's grid and neg-risk flag as its first book has them; nothing that a price could tell.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from msgspec import structs

from polywire.core.errors import ConfigError, DecodeError
from polywire.core.ids import FeedId, MarketId
from polywire.core.model.control import ReconnectorMoved
from polywire.core.model.event import Event
from polywire.core.model.market import BookDelta, BookSnapshot, InstrumentListed
from polywire.core.units import Ns
from polywire.history.provenance import LOOK, Provenance, Reading
from polywire.history.sightings import Sightings
from polywire.history.terms import ASSUMED, Given
from polywire.venues.polymarket.market_ws import MarketSession

OLD_HASHES: Final = "hashes of an older recipe, which are not compared"
UNDECODABLE: Final = "frames that cannot be read; their books are in doubt until they are proven"


class Framed(NamedTuple):
    """One recorded frame: the time it carries, the connection it came by, and its text."""

    at_ns: int
    feed: str
    frame: bytes


class Away(NamedTuple):
    """A connection was away from a time on, and why."""

    at_ns: int
    feed: str
    cause: str


Frames = Callable[[], Iterable[Framed | Away]]
"""Reads a recording from its beginning, each time it is called."""


class ChannelHistory:
    """A recording of the market channel; see provenance.Recording."""

    def __init__(self, reading: Reading, frames: Frames, given: Given) -> None:
        self._reading = reading
        self._frames = frames
        self._given = given
        self._sightings = Sightings()
        for number, each in enumerate(frames()):
            if isinstance(each, Framed):
                self._sightings.see(number, each.feed, each.frame)
        self._sightings.finish(given)
        if not self._sightings.markets:
            raise ConfigError(
                f"{reading.input.name} shows no market with both its outcomes: nothing of it can "
                "be traded",
                look=LOOK,
            )
        reading.hashes = self._sightings.hashed
        if not given.knows(self._sightings.markets):
            reading.assumptions.append(ASSUMED)
        self._sessions: dict[str, MarketSession] = {}
        self._listed: dict[MarketId, None] = {}

    @property
    def provenance(self) -> Provenance:
        """See provenance.Recording."""
        return self._reading.provenance()

    def events(self) -> Iterator[Event]:
        """See provenance.Recording."""
        reading = self._reading
        away = False
        for number, each in enumerate(self._frames()):
            now = self._now(each, paused=away)
            away = isinstance(each, Away)
            if isinstance(each, Away):
                yield from reading.told(self._kept(self._dropped(each, now)))
            else:
                reading.lines += 1
                yield from reading.told(self._kept(self._received(number, each, now)))
        for session in self._sessions.values():
            self._account(session)

    def _now(self, each: Framed | Away, *, paused: bool) -> Ns:
        try:
            return self._reading.received(each.at_ns, paused=paused)
        except ValueError as error:
            name, number = self._reading.input.name, self._reading.lines + 1
            raise ConfigError(
                f"{name}, frame {number} ({each.at_ns} ns): {error}; cut the file there, and take "
                "it as two",
                look=LOOK,
            ) from error

    def _dropped(self, away: Away, now: Ns) -> Iterable[Event]:
        session = self._sessions.get(away.feed)
        return session.dropped(now, away.cause) if session is not None else ()

    def _received(self, number: int, line: Framed, now: Ns) -> Iterable[Event]:
        session = self._sessions.get(line.feed)
        if session is None:
            session = self._sessions[line.feed] = MarketSession(FeedId(line.feed), lambda: 0.5)
        yield from self._subscribed(session, number, now)
        if session.wakeup() is None:
            session.connected(now)
        try:
            yield from session.receive(line.frame, now)
        except DecodeError:
            yield from session.on_undecodable(line.frame, now)

    def _subscribed(self, session: MarketSession, number: int, now: Ns) -> Iterator[Event]:
        """A market is listed when it is first heard of, and carried by whoever tells of it."""
        for seen in self._sightings.first.get(number, ()):
            market = self._given.market(seen.market, seen.assets, seen.tick, neg_risk=seen.neg_risk)
            if seen.market not in self._listed:
                self._listed[seen.market] = None
                yield InstrumentListed(now, market)
            yield from session.subscribe([market], now)

    def _kept(self, events: Iterable[Event]) -> Iterator[Event]:
        """What an engine is told, without hashes that cannot be compared."""
        for event in events:
            if isinstance(event, ReconnectorMoved):
                continue  # of the recorder's own trouble
            yield event if self._compared(event) else unhashed(event)

    def _compared(self, event: Event) -> bool:
        """Whether its hashes can prove anything, which each market's first book decides for it."""
        if not isinstance(event, BookDelta | BookSnapshot):
            return True
        seen = self._sightings.markets.get(event.market)
        return seen is not None and seen.hashed

    def _account(self, session: MarketSession) -> None:
        stats = session.stats
        self._reading.refuse(UNDECODABLE, stats.undecodable)
        self._reading.refuse("entries of assets whose market is not known", stats.unwatched)
        self._reading.refuse("messages without content", stats.empty)
        self._reading.refuse("answers to pings", stats.pongs)
        for kind, times in stats.unknown.items():
            self._reading.refuse(f"messages of the unknown kind {kind!r}", times)
        session.stats = type(stats)()


def unhashed(event: Event) -> Event:
    """An event with its venue hashes left out."""
    match event:
        case BookDelta():
            bare = tuple(structs.replace(proof, hash="") for proof in event.proofs)
            return structs.replace(event, proofs=bare)
        case BookSnapshot():
            return structs.replace(event, hash="")
        case _:
            return event
