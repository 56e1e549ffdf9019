"""All simulated sockets of one life: shards, twins, and one socket replacing another.

Does what the edge does with real ones, in virtual time; what goes wrong on a line is faults.py's.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from polywire.core.engine.sources import Sources
from polywire.core.errors import DecodeError
from polywire.core.ids import FeedId, MarketId
from polywire.core.model.event import Event
from polywire.core.model.healing import ReplaceSocket, Resubscribe
from polywire.core.model.instrument import Market
from polywire.core.model.market import FeedCarries
from polywire.core.units import MILLISECOND, SECOND, Ns
from polywire.sim.evidence import Evidence
from polywire.sim.faults import Delivery, Weather
from polywire.sim.latency import Chance
from polywire.sim.line import FirstBook, Line, WireFrame
from polywire.venues.polymarket.market_ws import MarketSession
from polywire.venues.polymarket.twins import Twins

TRANSIT_NS = 20 * MILLISECOND
HAND_OVER_NS = 5 * SECOND
PAUSE_NS_MAX = 60 * SECOND

Deliver = Callable[[Line, Iterable[Delivery]], None]
Put = Callable[[Iterable[Event]], None]


@dataclass(slots=True)
class Shard:
    """Sockets with the same markets: the usual ones, and who is to follow whom until when."""

    markets: list[Market]
    twins: Twins
    lines: list[Line] = field(default_factory=list)
    following: dict[FeedId, tuple[Line, Ns]] = field(default_factory=dict)
    told: dict[FeedId, dict[MarketId, Ns]] = field(default_factory=dict)
    opened: int = 0


class Wires:
    """Every line, by shard. `sources` is how the engine sees its feeds."""

    def __init__(
        self,
        venue: FirstBook,
        weather: Weather,
        chance: Chance,
        evidence: Evidence,
        put: Put,
        deliver: Deliver,
    ) -> None:
        self.shards: list[Shard] = []
        self._venue = venue
        self._weather = weather
        self._chance = chance
        self._evidence = evidence
        self._put = put
        self._deliver = deliver

    def connect(self, shards: Sequence[list[Market]], redundancy: int, now: Ns) -> None:
        """Begin with so many sockets for each shard."""
        for markets in shards:
            shard = Shard(markets, Twins(lambda _feed, _ns: None))
            self.shards.append(shard)
            for _ in range(redundancy):
                self._open(shard, now)

    def close(self) -> None:
        """The process ends."""
        for shard in self.shards:
            for line in shard.lines:
                line.open = False
                self._evidence.dropped(line.session.feed)

    def tend(self, sources: Sources, now: Ns) -> None:
        """What timers do."""
        for shard in self.shards:
            for line in tuple(shard.lines):
                self._tend(line, now)
            for feed, (old, until) in tuple(shard.following.items()):
                self._hand_over(shard, feed, old, sources, late=now >= until, now=now)
            if len(shard.lines) > 1:
                self._put(shard.twins.look(shard.told, now))

    def pauses(self, market: MarketId, now: Ns) -> bool:
        """Whether none of its sockets is open, for they wait after many attempts in vain.

        No longer than a socket ever may: one that never tries again is no excuse.
        """
        lines = [
            line
            for shard in self.shards
            for line in shard.lines
            if any(one.id == market for one in shard.markets)
        ]
        first, last = now - HAND_OVER_NS, now + PAUSE_NS_MAX
        return not any(line.open or not first <= line.session.retry_at() <= last for line in lines)

    def publish(self, frame: WireFrame, now: Ns) -> None:
        """The venue sends a frame to whom it concerns."""
        for shard in self.shards:
            for line in shard.lines:
                self._deliver(line, line.publish(frame, now))

    def arrive(self, line: Line, frame: bytes, now: Ns) -> None:
        """A frame reaches our end of a line."""
        shard = next(shard for shard in self.shards if line in shard.lines)
        feed = line.session.feed
        if len(shard.lines) > 1 and not shard.twins.passes(feed, frame, now):
            return
        try:
            events = line.session.receive(frame, now)
        except DecodeError:
            self._put(line.session.on_undecodable(frame, now))
            return
        told = shard.told.setdefault(feed, {})
        for event in events:
            market = getattr(event, "market", None)
            if market is not None:
                told.setdefault(market, now)
        self._put(events)
        self._evidence.frame(frame, now)

    def end(self, line: Line, cause: str, now: Ns) -> None:
        """A socket ends."""
        for shard in self.shards:
            shard.told.pop(line.session.feed, None)
        self._put(line.drop(now, cause))
        self._evidence.down(line.session.feed)

    def resubscribe(self, command: Resubscribe) -> None:
        """Leave a market and carry it anew."""
        for shard in self.shards:
            for line in shard.lines:
                if line.session.feed == command.feed:
                    line.session.resubscribe(command.market)

    def replace(self, command: ReplaceSocket, now: Ns) -> None:
        """Open another socket beside one, unless that is under way."""
        for shard in self.shards:
            old = next((one for one in shard.lines if one.session.feed == command.feed), None)
            followed = [one for one, _ in shard.following.values()]
            if old is not None and old not in followed and command.feed not in shard.following:
                new = self._open(shard, now)
                shard.following[new.session.feed] = (old, Ns(now + HAND_OVER_NS))

    def _open(self, shard: Shard, now: Ns) -> Line:
        shard.opened += 1
        feed = FeedId(f"market-{self.shards.index(shard) + 1}.{shard.opened}")
        line = Line(
            MarketSession(feed, self._chance.random), self._venue, self._weather, TRANSIT_NS
        )
        for market in shard.markets:
            self._evidence.carried(market.id, feed)
        self._put(line.carry(shard.markets, now))
        shard.lines.append(line)
        shard.twins.pair = len(shard.lines) == 2
        return line

    def _tend(self, line: Line, now: Ns) -> None:
        session = line.session
        if not line.open:
            if now >= session.retry_at():
                self._put(line.connect(now))
        else:
            wakeup = session.wakeup()
            if wakeup is not None and wakeup <= now:
                self._put(session.on_time(now))
            if session.wants_drop:
                self.end(line, session.wants_drop, now)
        if line.open:
            self._evidence.up(session.feed)
            self._deliver(line, line.answers(now))

    def _hand_over(
        self, shard: Shard, feed: FeedId, old: Line, sources: Sources, *, late: bool, now: Ns
    ) -> None:
        """Drop the old socket once the new one tells of all its markets, or one of both if late."""
        source = sources.by_feed.get(feed)
        works = source is not None and source.up and not source.untold
        if not (works or late):
            return
        new = next(line for line in shard.lines if line.session.feed == feed)
        dropped = old if works or new.open else new
        del shard.following[feed]
        self.end(dropped, "replaced", now)
        self._put([FeedCarries(now, dropped.session.feed, ())])
        self._evidence.dropped(dropped.session.feed)
        shard.lines.remove(dropped)
        shard.twins.pair = len(shard.lines) == 2
