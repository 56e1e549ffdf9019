"""The engine on faultless synthetic markets in virtual time, and a note of all it suspects.

Nobody trades. A market that resolves makes room for another one, as in a live watch list.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from typing_extensions import override

from polywire.bench.reel import ASSETS_MAX
from polywire.bench.tape import START_NS
from polywire.config.demo import demo_settings
from polywire.core.book.integrity import Tally
from polywire.core.engine.engine import Engine, EngineParameters
from polywire.core.engine.roster import Roster
from polywire.core.ids import MarketId
from polywire.core.model.control import Cut
from polywire.core.model.event import Event
from polywire.core.model.healing import GapClosed, GapStarted, ProveBook, ReplaceSocket, Resubscribe
from polywire.core.model.market import InstrumentDropped, InstrumentListed
from polywire.core.units import MILLISECOND, SECOND, Ns
from polywire.modes.simulate import SimulationOptions, SyntheticVenue
from polywire.runtime.loop import CUT_EVERY_NS
from polywire.runtime.prover import GATHER_NS
from polywire.sim.evidence import Evidence
from polywire.sim.faults import Delivery, Weather
from polywire.sim.line import Line, WireFrame
from polywire.sim.wires import Shard, Wires
from polywire.venues.polymarket.checksum import BookChecksum
from polywire.venues.polymarket.rest import BOOKS_MAX, decode_books

TICK_SIZE = "tick size changed"
REST_NS_MAX = 100 * MILLISECOND
"""Each way of a REST call."""
BUSY_CHANGES = 10
"""So many changes in each second of ten make a book busy."""
COUNT_NS = 10 * SECOND
LOOK_NS = 5 * SECOND


@dataclass(frozen=True, slots=True)
class Mix:
    """So many markets that bring so many frames a second between them."""

    markets: int
    frames_a_second: float


@dataclass(slots=True)
class Period:
    """A book that had been proven was suspect."""

    market: MarketId
    opened_ns: Ns
    cause: str
    closed_ns: Ns | None = None
    healed_by: str = ""

    @property
    def announced(self) -> bool:
        """Whether the venue itself had told why."""
        return self.cause == TICK_SIZE

    @property
    def seconds(self) -> float:
        """How long; 0 for one that goes on."""
        return ((self.closed_ns or self.opened_ns) - self.opened_ns) / SECOND

    @override
    def __str__(self) -> str:
        at = (self.opened_ns - START_NS) / SECOND
        until = f"{self.seconds:.1f} s, {self.healed_by}" if self.closed_ns else "to the end"
        return f"{self.cause} at {at:.1f} s: {self.market} ({until})"


class Part(SyntheticVenue):
    """One mix of markets."""

    def open(self) -> list[MarketId]:
        """What trades now, newest last."""
        return [MarketId(market) for market in self._flow.books]

    def due_ns(self) -> int:
        """When something happens next; it never ends."""
        due = self.next_ns()
        assert due is not None, "a synthetic flow never ends"
        return due


class Parts:
    """All mixes as one venue."""

    def __init__(self, seed: int, mixes: Sequence[Mix]) -> None:
        self._parts = [
            Part(
                100 * seed + number,
                Ns(START_NS),
                SimulationOptions(markets=mix.markets, frames_a_second=mix.frames_a_second),
            )
            for number, mix in enumerate(mixes)
        ]
        self.part_of: dict[MarketId, Part] = {}
        self._part_of_asset: dict[str, Part] = {}
        self.watched = [market for part in self._parts for market in part.open()]
        for market in self.watched:
            self.know(market)

    def know(self, market: MarketId) -> None:
        """A market is watched from now on."""
        part = next(part for part in self._parts if market in part.open())
        self.part_of[market] = part
        for outcome in part.market(market).outcomes:
            self._part_of_asset[str(outcome.instrument)] = part

    def next_ns(self) -> int:
        """When something happens next."""
        return min(part.due_ns() for part in self._parts)

    def step(self, until_ns: int) -> Iterator[Sequence[WireFrame]]:
        """What is sent up to a time."""
        for part in self._parts:
            if part.due_ns() <= until_ns:
                yield from part.step(until_ns)

    def first_book(self, asset: str) -> str | None:
        """The frame a subscription is answered with."""
        return self._part_of_asset[asset].first_book(asset)

    def rest(self, asset: str) -> str | None:
        """A book as REST has it."""
        return self._part_of_asset[asset].rest(asset)


class Unwatched(Evidence):
    """Nobody's orders are to be judged."""

    @override
    def frame(self, frame: bytes, now: Ns) -> None:
        pass


class Calm:
    """Build it, `run` it once, and read what it noted."""

    def __init__(self, chance: Random, seed: int, mixes: Sequence[Mix], redundancy: int) -> None:
        settings = demo_settings()
        self.engine = Engine(
            EngineParameters(
                limits=settings.limits,
                audit_ns=settings.audit_ns,
                sell_pending=settings.sell_pending,
                audit_twin_ns=settings.audit_twin_ns,
            ),
            Roster(()),
            BookChecksum,
        )
        self.periods: list[Period] = []
        self.reasons: dict[str, int] = {}
        self.calls = self.mended = self.frames = self.busy_max = 0
        self._chance = chance
        self._redundancy = redundancy
        self._venue = Parts(seed, mixes)
        self._evidence = Unwatched(0)
        weather = Weather(chance, {}, Ns(START_NS))
        self._wires = Wires(self._venue, weather, chance, self._evidence, self._put, self._deliver)
        self._now = Ns(START_NS)
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._pushed = 0
        self._wanted: dict[MarketId, None] = {}
        self._open: dict[MarketId, Period] = {}
        self._counted: dict[MarketId, int] = {}

    @property
    def tally(self) -> Tally:
        """What the hashes said."""
        return self.engine.watch.tally

    def run(self, length_ns: int) -> None:
        """Let so much time pass."""
        markets = [self._venue.part_of[market].market(market) for market in self._venue.watched]
        for market in markets:
            self._put([InstrumentListed(self._now, market)])
            self._evidence.listed(market)
        step = ASSETS_MAX // 2
        shards = [markets[at : at + step] for at in range(0, len(markets), step)]
        self._wires.connect(shards, self._redundancy, self._now)
        self._push(self._now, self._tick)
        self._push(self._now + COUNT_NS, self._count_busy)
        self._push(self._now + LOOK_NS, self._look)
        self._push(self._venue.next_ns(), self._step)
        end = self._now + length_ns
        while self._heap[0][0] <= end:
            at, _, happen = heapq.heappop(self._heap)
            self._now = Ns(max(self._now, at))
            happen()

    def _push(self, at: int, happen: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (at, self._pushed, happen))
        self._pushed += 1

    def _put(self, events: Iterable[Event]) -> None:
        for event in events:
            self.engine.handle(event)

    def _deliver(self, line: Line, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            self._push(delivery.at, partial(self._arrive, line, delivery.frame))

    def _arrive(self, line: Line, frame: bytes) -> None:
        self.frames += 1
        self._wires.arrive(line, frame, self._now)
        self._decide()

    def _step(self) -> None:
        for frames in self._venue.step(self._now):
            for frame in frames:
                self._wires.publish(frame, self._now)
        self._push(self._venue.next_ns(), self._step)

    def _tick(self) -> None:
        self._wires.tend(self.engine.watch.sources, self._now)
        self._decide()
        self._push(self._now + CUT_EVERY_NS, self._tick)

    def _look(self) -> None:
        """As the scanner does: the catalogue knows what has ended, and what is there instead."""
        for shard in self._wires.shards:
            for market in [one.id for one in shard.markets]:
                if self._venue.part_of[market].payouts(market) is not None:
                    self._succeed(shard, market)
        self._push(self._now + LOOK_NS, self._look)

    def _succeed(self, shard: Shard, ended: MarketId) -> None:
        """Watch the newest market of the same kind instead of one that is over."""
        part = self._venue.part_of[ended]
        outcomes = [outcome.name for outcome in part.market(ended).outcomes]
        new = next(
            market
            for market in map(part.market, reversed(part.open()))
            if market.id not in self._venue.part_of
            and [outcome.name for outcome in market.outcomes] == outcomes
        )
        self._venue.know(new.id)
        self._evidence.listed(new)
        shard.markets[:] = [one for one in shard.markets if one.id != ended] + [new]
        self._put([InstrumentDropped(self._now, ended), InstrumentListed(self._now, new)])
        for line in shard.lines:
            self._put(line.session.unsubscribe([ended], self._now))
            self._evidence.carried(new.id, line.session.feed)
            self._put(line.carry([new], self._now))

    def _decide(self) -> None:
        for command in self.engine.handle(Cut(self._now)):
            match command:
                case ProveBook():
                    self._ask(command)
                case Resubscribe() | ReplaceSocket():
                    self.mended += 1
                case GapStarted():
                    self._note(command)
                case GapClosed() if command.market in self._open:
                    period = self._open.pop(command.market)
                    period.closed_ns, period.healed_by = command.closed_ns, command.healed_by
                case _:
                    pass

    def _note(self, gap: GapStarted) -> None:
        """Before its first proof a book is not suspected but new."""
        if self.engine.watch.books[gap.market].integrity.proven_ns:
            period = self._open[gap.market] = Period(gap.market, gap.opened_ns, gap.cause)
            self.periods.append(period)

    def _ask(self, command: ProveBook) -> None:
        """Gathered as the prover does."""
        self.reasons[command.reason] = self.reasons.get(command.reason, 0) + 1
        if not self._wanted:
            self._push(self._now + GATHER_NS, self._call)
        self._wanted[command.market] = None

    def _call(self) -> None:
        markets = [market for market in self._wanted if market in self.engine.watch.books]
        self._wanted.clear()
        step = BOOKS_MAX // 2
        for at in range(0, len(markets), step):
            self.calls += 1
            way = 1 + self._chance.randrange(REST_NS_MAX)
            self._push(self._now + way, partial(self._answer, markets[at : at + step]))

    def _answer(self, asked: Sequence[MarketId]) -> None:
        """The books of this moment, which then travel back."""
        markets = [self._venue.part_of[market].market(market) for market in asked]
        tokens = [str(outcome.instrument) for market in markets for outcome in market.outcomes]
        books = [book for token in tokens if (book := self._venue.rest(token)) is not None]
        body = f"[{','.join(books)}]".encode()
        way = 1 + self._chance.randrange(REST_NS_MAX)
        self._push(self._now + way, lambda: self._put(decode_books(body, markets, self._now)))

    def _count_busy(self) -> None:
        """How many books are busy, by what the engine heard of each in ten seconds."""
        heard = {market: each.changes for market, each in self.engine.watch.books.items()}
        seconds = COUNT_NS // SECOND
        busy = sum(
            changes - self._counted.get(market, 0) >= BUSY_CHANGES * seconds
            for market, changes in heard.items()
        )
        self.busy_max, self._counted = max(self.busy_max, busy), heard
        self._push(self._now + COUNT_NS, self._count_busy)
