"""The simulated world: one heap, one seed, virtual time; the engine inside, everything else around.

Owns what happens when. Frames of the synthetic venue pass the faults, the real session and the
inbox; the engine is cut at random places; its commands go to the simulated venue or are answered
as by REST. Checkers listen on the wire. A crash ends the engine and recovers another.
"""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from polywire.core.engine.desk import Command
from polywire.core.ids import MarketId, OrderId, RunId, StrategyId
from polywire.core.model.account import AccountEvent, AccountReported, OrderAccepted
from polywire.core.model.command import CancelOrder, LookUpOrder, StrategyHalted
from polywire.core.model.control import Operation, OperatorCommand, RunStarted
from polywire.core.model.event import Event, Output, Record
from polywire.core.model.healing import ProveBook, ReplaceSocket, Resubscribe
from polywire.core.model.instrument import Market
from polywire.core.model.market import InstrumentListed, MarketResolved
from polywire.core.model.reckoning import Correction, DifferenceFound
from polywire.core.risk.gate import Approved
from polywire.core.units import MILLISECOND, SECOND, Money, Ns
from polywire.sim.checkers import Promises
from polywire.sim.conclusion import conclude
from polywire.sim.conduct import Conduct
from polywire.sim.errands import Errands
from polywire.sim.evidence import same_book
from polywire.sim.faults import AccountFaults, Delivery, Fault, Weather
from polywire.sim.latency import Chance, Latency
from polywire.sim.line import Line
from polywire.sim.trader import Life, Trader
from polywire.sim.truth import Truth
from polywire.sim.venue import SimVenue
from polywire.sim.wires import Wires
from polywire.venues.polymarket.rest import decode_books

ACCOUNT, WIRE, REST, SOURCE, TICK = range(5)
"""Ranks: what comes first of what happens at the same nanosecond."""
TICK_NS = 100 * MILLISECOND
SAMPLE_TICKS = 5
POLL_TICKS = 50
REPORT_TICKS = 50
HEALED_NS = 10 * SECOND
"""After the last fault every book is the venue's within so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything a world is made of; times are virtual, `cut_share` is how often a frame is cut."""

    markets: tuple[MarketId, ...]
    truth: Truth
    life: Life
    weather: Weather
    latency: Latency
    promises: Promises
    chance: Chance
    cash: Money
    start: Ns
    calm: Ns
    quiet: Ns
    end: Ns
    cut_share: float
    sockets: int
    redundancy: int
    settle_ns: Ns
    crashes: tuple[Ns, ...] = ()
    asked: tuple[tuple[Ns, Operation, str], ...] = ()


class World:
    """Build it, `run` it once, then read `outputs` and the scene's promises."""

    def __init__(self, scene: Scene) -> None:
        self.now = scene.start
        self.frames = 0
        self.outputs: list[Output] = []
        self.lives = 0
        self._asking = False
        self._scene = scene
        self._promises = scene.promises
        self._evidence = scene.promises.evidence
        self._heap: list[tuple[Ns, int, int, Callable[[], None]]] = []
        self._pushed = 0
        self._ticks = 0
        self._unhealed = list(scene.markets)
        self._rows: list[Record] = []
        self._trader: Trader
        self._venue = SimVenue(
            {},
            lambda _: False,
            scene.latency,
            Money(0),
            Conduct(
                settle_ns=scene.settle_ns,
                undoes=partial(scene.weather.strikes, Fault.UNDONE),
            ),
        )
        self._errands = Errands(self._venue, scene.weather, self._later, self._tell)
        self._wires = self._wire()
        self._live()

    def run(self) -> None:
        """Let time pass until the end, or until a promise is broken."""
        scene = self._scene
        self._push(scene.start, TICK, self._tick)
        self._push(Ns(scene.calm + HEALED_NS), TICK, self._healed)
        self._push_step()
        for at in scene.crashes:
            self._push(at, TICK, self._live)
        for at, operation, subject in (*scene.asked, (scene.quiet, Operation.HALT, "")):
            self._push(at, TICK, partial(self._operate, operation, subject))
        while self._heap and self._heap[0][0] <= scene.end and not self._promises.broken:
            at, _, _, happen = heapq.heappop(self._heap)
            self.now = max(self.now, at)
            happen()
            self._follow()
        self.outputs += self._trader.outputs
        if not self._promises.broken:
            fed = [each for each in scene.markets if not self._wires.pauses(each, self.now)]
            right = {each: self._is_right(each) for each in fed}
            conclude(self._promises, self._trader, scene.truth, right, quiet=self._quiet())

    def _live(self) -> None:
        """Start the engine, or another one from what the last had written down."""
        scene = self._scene
        if self.lives:
            self._crash()
        self.lives += 1
        self._untold = 0
        self._alarm: Ns | None = None
        self._words = AccountFaults(scene.weather)
        self._trader = Trader(*scene.life(), self._venue, self._rows)
        cash = scene.cash if self.lives == 1 else Money(0)
        self._trader.start(RunId(f"r{self.lives}"), cash, self.now)
        if self.lives > 1:
            resting = self._venue.resting()
            self._hear_all([OrderAccepted(self.now, order_id) for order_id in resting])
            self._ask_trades(self._trader)
            self._trader.inbox.put_fact(self._trader.report(self.now))
        listed = [market for market in scene.markets if not self._trader.resolved(market)]
        self._connect([scene.truth.market(market) for market in listed])

    def _crash(self) -> None:
        """The process ends: between what it decides and what it sends, and before it commits all.

        What it had committed is there again; of what was told since, a part.
        """
        trader, chance = self._trader, self._scene.chance
        commands = self._decided()
        leaves = chance.randrange(len(commands) + 1)
        for place, command in enumerate(commands):
            if place < leaves:
                self._carry_out(command)
            elif isinstance(command, Approved):
                self._promises.sent(command.order, self.now)
        self.outputs += trader.outputs
        kept = trader.committed + chance.randrange(len(self._rows) - trader.committed + 1)
        if any(isinstance(row, RunStarted) for row in self._rows[:kept]):
            del self._rows[kept:]
        self._promises.restarted()
        self._promises.exits.told(self._rows)

    def _connect(self, markets: list[Market]) -> None:
        scene = self._scene
        self._wires.close()
        for market in markets:
            self._trader.inbox.put(InstrumentListed(self.now, market))
            self._promises.listed(market)
            self._evidence.listed(market)
        self._wires = self._wire()
        shards = [markets[place :: scene.sockets] for place in range(scene.sockets)]
        self._wires.connect(shards, scene.redundancy, self.now)

    def _wire(self) -> Wires:
        scene, put = self._scene, self._put
        weather, chance = scene.weather, scene.chance
        return Wires(scene.truth, weather, chance, self._evidence, put, self._deliver)

    def _put(self, events: Iterable[Event]) -> None:
        self._trader.put(events)

    def _tick(self) -> None:
        """Every 100 ms: what timers do, and a cut."""
        self._wires.tend(self._trader.engine.watch.sources, self.now)
        if self._ticks % SAMPLE_TICKS == 0:
            self._evidence.sample(self.now)
        if self._ticks % POLL_TICKS == 0:
            self._poll()
        if self._ticks % REPORT_TICKS == 0:
            self._report()
        self._ticks += 1
        self._decide()
        if self.now > self._scene.calm:
            self._unhealed = [market for market in self._unhealed if not self._is_right(market)]
        self._push(Ns(self.now + TICK_NS), TICK, self._tick)

    def _healed(self) -> None:
        """Since the last fault each book was seen to be the venue's, if a socket was to be had."""
        for market in self._unhealed:
            if self._wires.pauses(market, self.now):
                continue
            self._promises.broken.append(f"the book of {market} did not heal after the last fault")

    def _is_right(self, market: MarketId) -> bool:
        if self._trader.resolved(market):
            return True
        truth = self._scene.truth
        rest = truth.rest(str(truth.market(market).outcomes[0].instrument))
        return rest is not None and same_book(rest, *self._trader.levels(market))

    def _look(self) -> None:
        """Show the books that the engine has just decided on to who watches its exits."""
        trader, exits = self._trader, self._promises.exits
        for market in sorted(exits.markets):
            if trader.resolved(market):
                continue
            if market not in trader.engine.watch.books or not trader.shown(market):
                exits.unseen(market)
            else:
                terms = self._scene.truth.market(market)
                self._promises.looked(terms, trader.levels(market), self.now)

    def _poll(self) -> None:
        """The catalogue is asked which markets have an answer; a frame may have been lost."""
        for market in self._scene.markets:
            payouts = self._scene.truth.payouts(market)
            if payouts is not None and not self._trader.resolved(market):
                self._trader.inbox.put(MarketResolved(self.now, self.now, market, payouts))
                self._evidence.resolved(market)

    def _push_step(self) -> None:
        due = self._scene.truth.next_ns()
        if due is not None and due < self._scene.quiet:
            self._push(Ns(due), SOURCE, self._step)

    def _step(self) -> None:
        for frames in self._scene.truth.step(self.now):
            for frame in frames:
                self._wires.publish(frame, self.now)
        self._push_step()

    def _deliver(self, line: Line, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            self._push(delivery.at, WIRE, partial(self._arrive, line, line.life, delivery))

    def _arrive(self, line: Line, life: int, delivery: Delivery) -> None:
        if not line.open or line.life != life:
            return
        if delivery.closes:
            self._wires.end(line, "closed by the venue", self.now)
            return
        self.frames += 1
        self._wires.arrive(line, delivery.frame, self.now)
        if self._scene.chance.random() < self._scene.cut_share:
            self._decide()

    def _decide(self) -> None:
        for command in self._decided():
            self._carry_out(command)

    def _decided(self) -> list[Command]:
        """What the engine decides now, on books that are shown to who watches its exits."""
        commands = self._trader.decide(self.now)
        self._promises.exits.told(commands)
        self._look()
        return commands

    def _carry_out(self, command: Command) -> None:
        match command:
            case Approved():
                self._promises.sent(command.order, self.now)
                leave = partial(self._venue.place, command)
                self._errands.place(command.order.order_id, leave, self.now)
            case CancelOrder():
                self._promises.cancelled(command, self.now)
                self._errands.run(command, self.now)
            case LookUpOrder():
                self._errands.run(command, self.now)
            case DifferenceFound():
                self._need_trades()
            case Correction():
                self._promises.broken.append(f"nobody else trades, and yet {command}")
            case ProveBook():
                self._prove(command.market)
            case Resubscribe():
                self._wires.resubscribe(command)
            case ReplaceSocket():
                self._wires.replace(command, self.now)
            case StrategyHalted():
                self._promises.stopped(command.strategy)
            case _:
                pass  # told, not asked

    def _later(self, at: Ns, happen: Callable[[Ns], None]) -> None:
        self._push(at, ACCOUNT, lambda: happen(self.now))

    def _soon(self, happen: Callable[[], None]) -> None:
        """An answer by REST takes a while."""
        self._push(Ns(self.now + self._scene.weather.up_to(100 * MILLISECOND)), REST, happen)

    def _report(self) -> None:
        report, resting = self._trader.report(self.now), self._venue.resting()
        self._soon(partial(self._reported, self._trader, report, resting))

    def _reported(
        self, trader: Trader, report: AccountReported, resting: Iterable[OrderId]
    ) -> None:
        if trader is self._trader:
            self._promises.reported(resting)
            trader.inbox.put_fact(report)

    def _need_trades(self) -> None:
        if not self._asking:
            self._asking = True
            self._soon(partial(self._ask_trades, self._trader))

    def _ask_trades(self, trader: Trader) -> None:
        """All fills there were are told again: what was lost on the way is known from here on."""
        self._asking = False
        if trader is self._trader:
            self._hear_all(self._venue.trades(self.now))

    def _hear_all(self, events: Iterable[AccountEvent]) -> None:
        for event in events:
            self._promises.heard(event)
            self._trader.inbox.put_fact(event)

    def _prove(self, market: MarketId) -> None:
        weather = self._scene.weather
        if not weather.strikes(Fault.NO_PROOF, self.now):
            at = Ns(self.now + weather.up_to(100 * MILLISECOND))
            self._push(at, REST, partial(self._answer, market))

    def _answer(self, market: MarketId) -> None:
        """The venue answers with the books of this moment; they travel a while."""
        truth = self._scene.truth
        tokens = [str(outcome.instrument) for outcome in truth.market(market).outcomes]
        books = [book for token in tokens if (book := truth.rest(token)) is not None]
        at = Ns(self.now + self._scene.weather.up_to(100 * MILLISECOND))
        self._push(at, REST, partial(self._proved, market, f"[{','.join(books)}]".encode()))

    def _proved(self, market: MarketId, body: bytes) -> None:
        self._trader.put(decode_books(body, [self._scene.truth.market(market)], self.now))
        self._evidence.rest(body, self.now)

    def _follow(self) -> None:
        """Wake up when the simulated venue has something for us."""
        due = self._trader.venue.wakeup()
        if due is not None and (self._alarm is None or due < self._alarm):
            self._alarm = due
            self._push(due, ACCOUNT, partial(self._hear, self._trader))

    def _hear(self, trader: Trader) -> None:
        if trader is not self._trader:
            return
        self._alarm = None
        for event in trader.venue.due(self.now):
            self._tell(self._words.tell(event, self.now))

    def _tell(self, events: Iterable[AccountEvent]) -> None:
        for event in events:
            self._untold += 1
            self._push(event.recv_ns, ACCOUNT, partial(self._told, self._trader, event))

    def _told(self, trader: Trader, event: AccountEvent) -> None:
        if trader is not self._trader:
            return  # it was on its way when the engine ended; the venue has started again
        self._untold -= 1
        self._promises.heard(event)
        trader.inbox.put_fact(event)
        if self._scene.chance.random() < self._scene.cut_share:
            self._decide()

    def _operate(self, operation: Operation, subject: str) -> None:
        self._promises.asked(operation, StrategyId(subject))
        asked = OperatorCommand(self.now, operation, "the operator asked", subject=subject)
        self._trader.inbox.put_fact(asked)

    def _push(self, at: Ns, rank: int, happen: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (at, rank, self._pushed, happen))
        self._pushed += 1

    def _quiet(self) -> bool:
        return self._trader.quiet() and self._untold == 0
