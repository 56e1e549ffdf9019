"""Backtest: the engine of every other mode, fed from recordings, on a clock that they drive.

One loop without asyncio: what is due, what was received, a cut. Orders go to the simulated venue.
What is earned is tally.py's to say, what recordings are is history's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, get_args

from msgspec import structs

from polywire.core.engine.desk import Command
from polywire.core.engine.engine import Engine
from polywire.core.ids import MarketId, RunId
from polywire.core.model.account import AccountEvent
from polywire.core.model.command import CancelOrder, LookUpOrder
from polywire.core.model.control import Cut, Operation, OperatorCommand, RunStarted
from polywire.core.model.event import Event, Record
from polywire.core.model.healing import ProveBook
from polywire.core.model.market import InstrumentListed, MarketResolved
from polywire.core.risk.gate import Approved
from polywire.core.units import MILLISECOND, SECOND, Money, Ns
from polywire.modes.confirming import Confirming
from polywire.sim.conduct import Conduct
from polywire.sim.latency import Latency
from polywire.sim.venue import SimVenue

CUT_EVERY_NS: Final = 100 * MILLISECOND
QUIET_NS: Final = 10 * SECOND
"""How long after the last event answers to the last cancels are waited for."""
OWNER: Final = "a backtest's play money"
KEPT: Final = frozenset(
    get_args(AccountEvent | RunStarted | OperatorCommand | InstrumentListed | MarketResolved)
)
"""Events that are written down; the others are in the recordings that `RunStarted` names."""


class Records(Protocol):
    """Where what is decided is written down: a journal, a digest, or both."""

    def append(self, record: Record, recv_ns: Ns, /) -> object:
        """Take a record."""


class Observer(Protocol):
    """Who watches; it changes nothing."""

    def saw(self, event: Event) -> None:
        """The engine and the venue have taken an event in."""

    def decided(self, commands: Sequence[Command], now: Ns) -> None:
        """A cut was made."""


class Rule(Protocol):
    """When the engine decides."""

    def next_ns(self, last: Ns) -> Ns:
        """The first cut after the last one that needs no news."""

    @property
    def after_news(self) -> bool:
        """Whether news make a cut."""


@dataclass(frozen=True, slots=True)
class CutRule:
    """When the engine decides: after each time of receipt and each 100 ms, or on a grid alone."""

    decide_every_ns: int | None = None

    def next_ns(self, last: Ns) -> Ns:
        """The first cut after the last one that needs no news."""
        if self.decide_every_ns is None:
            return Ns(last + CUT_EVERY_NS)
        return Ns((last // self.decide_every_ns + 1) * self.decide_every_ns)

    @property
    def after_news(self) -> bool:
        """Whether news make a cut."""
        return self.decide_every_ns is None


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestSetup:
    """What a backtest is made of; `configuration` is what `engine` was built from.

    `inputs` names what the events come from, for the journal. `confirms`: whether books are
    confirmed where the engine asks REST (modes/confirming.py). `resolved`: what markets pay that
    the events leave unanswered, told after the last of them.
    """

    engine: Engine
    configuration: str
    build: str
    run: RunId
    inputs: str
    cash: Money
    latency: Latency
    conduct: Conduct
    rule: Rule = field(default_factory=CutRule)
    confirms: bool = True
    resolved: Mapping[MarketId, MarketResolved] = field(default_factory=dict)


class Backtest:
    """One run over one stream of events; `run` it once, then read the engine and the venue."""

    def __init__(
        self, setup: BacktestSetup, records: Records, observers: Sequence[Observer] = ()
    ) -> None:
        self.engine = setup.engine
        self.venue = SimVenue(
            setup.engine.watch.books, self._proven, setup.latency, setup.cash, setup.conduct
        )
        self.confirming = Confirming(setup.engine, confirms=setup.confirms)
        self.events = 0
        self.cuts = 0
        self.now = Ns(0)
        self._setup = setup
        self._rule = setup.rule
        self._records = records
        self._observers = tuple(observers)
        self._begun = False
        self._open = False
        self._news = False
        self._timed_ns = Ns(0)

    def run(self, events: Iterable[Event]) -> None:
        """Take all events in by their times of receipt, then cancel what rests and settle."""
        for event in events:
            self.step(event)
        self.end()

    def step(self, event: Event) -> None:
        """Take in an event when it is received."""
        self._reach(max(event.recv_ns, self.now))
        self._take(event)
        self.events += 1

    def decide(self, at: Ns) -> None:
        """Decide then, also where the rule would not."""
        self._reach(max(at, self.now))
        self._open = False
        self._cut()

    def reach(self, at: Ns) -> Ns:
        """Be at a moment at which something is received; until when nothing happens by itself."""
        self._reach(max(at, self.now))
        return self.until()

    def until(self) -> Ns:
        """Before this time nothing happens by itself; later than now."""
        return max(self._due_ns(), Ns(self.now + 1))

    def passed(self, at: Ns, events: int) -> None:
        """So many events were taken in by the engine itself, the last of them at this moment."""
        self.now = max(self.now, at)
        self.events += events
        self._open = self._news = True

    def end(self) -> None:
        """No more events come."""
        if self._begun:
            self._end()

    def _reach(self, at: Ns) -> None:
        """Be at the moment at which something is received; all that is due before has happened."""
        if not self._begun:
            self._begin(at)
        if self._open and at == self.now:
            return
        self._close()
        while (due := self._due_ns()) < at:
            if self._idle():
                self._timed_ns = self._rule.next_ns(Ns(at - 1))  # a grid's stay where they are
                break
            self._enter(due)
            self._close()
        self._enter(at)

    def _begin(self, at: Ns) -> None:
        setup = self._setup
        self._begun = True
        self._timed_ns = self._rule.next_ns(at)
        self._enter(at)
        self._take(
            RunStarted(
                at, setup.run, setup.build, setup.configuration, setup.cash, OWNER, setup.inputs
            )
        )

    def _due_ns(self) -> Ns:
        """When something happens by itself: a cut, an answer, an arrival at the venue."""
        due = self._timed_ns
        for other in (self.venue.wakeup(), self.confirming.wakeup()):
            if other is not None and other < due:
                due = other
        return due

    def _idle(self) -> bool:
        """Whether nothing can come of time alone: nobody tells of a book, no order is anywhere."""
        engine = self.engine
        feeds = engine.watch.sources.by_feed.values()
        awaited = self.venue.wakeup() is not None or self.confirming.wakeup() is not None
        return not (awaited or engine.ledger.open_orders or any(one.up for one in feeds))

    def _enter(self, at: Ns) -> None:
        """A moment begins: account facts first, as in a run, then answers of REST."""
        assert at >= self.now, f"{at} after {self.now}"
        self.now = at
        self._open = True
        for fact in self.venue.due(at):
            self._take(fact)
        for book in self.confirming.due(at):
            self._take(book)

    def _close(self) -> None:
        """A moment ends, by the rule with a cut."""
        if not self._open:
            return
        self._open = False
        if self.now >= self._timed_ns or (self._news and self._rule.after_news):
            self._cut()

    def _take(self, event: Event) -> None:
        self._news = True
        if type(event) in KEPT:
            self._records.append(event, self.now)
        self.engine.handle(event)
        self.venue.observe(event)
        for observer in self._observers:
            observer.saw(event)

    def _cut(self) -> None:
        self._news = False
        self._timed_ns = self._rule.next_ns(self.now)
        cut = Cut(self.now)
        self._records.append(cut, self.now)
        commands = self.engine.handle(cut)
        self.cuts += 1
        leaving: list[Approved | CancelOrder | LookUpOrder] = []
        for command in commands:
            told = command.order if isinstance(command, Approved) else command
            self._records.append(told, self.now)
            if isinstance(command, Approved | CancelOrder | LookUpOrder):
                leaving.append(command)
            elif isinstance(command, ProveBook):
                self.confirming.ask(command, self.now)
        self.venue.send(leaving, self.now)
        for observer in self._observers:
            observer.decided(commands, self.now)

    def _end(self) -> None:
        """Cancel all that rests, hear of it, then pay what is known of the markets' answers."""
        self._close()
        self._rule = CutRule()  # no grid keeps a cancel back
        self._enter(self.now)
        self._take(OperatorCommand(self.now, Operation.HALT, "the recording has ended"))
        self._close()
        until = Ns(self.now + QUIET_NS)
        while self.venue.wakeup() is not None and self.now < until:
            self._enter(self._due_ns())
            self._close()
        self._enter(self.now)
        known = self.engine.ledger.payouts
        for market, answer in self._setup.resolved.items():
            if market in self.engine.watch.books and market not in known:
                self._take(structs.replace(answer, recv_ns=self.now))
        self._open = False
        self._cut()

    def _proven(self, market: MarketId) -> bool:
        tracked = self.engine.watch.books.get(market)
        return tracked is not None and not self.engine.standing.distrust_of(tracked)
