"""An engine that decides nothing: what a run did is taken from its records, books from its market.

For journals that do not hold every market row, and where a decision was found to differ.
"""

from enum import Enum, auto
from typing import Final

from polywire.core.engine.engine import Engine
from polywire.core.model.account import AccountReported, OrderFilled
from polywire.core.model.command import (
    CancelOrder,
    DayOpened,
    ExitMoved,
    ExitStep,
    OrderRefused,
    PlaceOrder,
    StrategyHalted,
)
from polywire.core.model.control import Cut, Operation, OperatorCommand, RunStarted
from polywire.core.model.event import Event, History, Output
from polywire.core.model.market import Fact, InstrumentListed, MarketResolved
from polywire.core.units import SECOND
from polywire.journal.record import Entry, LedgerSnapshot
from polywire.observe.auditor import EngineFor, Past

SILENT_NS: Final = SECOND
"""A journal without market rows has no cuts to tell the time; where there are some, they do."""
DECIDES = (Operation.HALT, Operation.LEAVE, Operation.RESUME, Operation.FLATTEN)
"""What these come to is in the records that say how the breaker moved."""


class Decided(Enum):
    """What is known of the last cut: nothing came of it so far, something did, or it is over."""

    NOTHING = auto()
    SOME = auto()
    DONE = auto()


class Onlooker:
    """`engine` stands where the recorded one stood behind the same row, as far as rows say."""

    def __init__(self, engine_for: EngineFor, past: Past) -> None:
        self.engine: Engine | None = None
        self._engine_for = engine_for
        self._past = past
        self._cut = Decided.DONE

    def take(self, _seq: int, record: Entry) -> None:
        """Take the next row in."""
        if isinstance(record, RunStarted):
            self.engine = self._engine_for(record)
            self._past.recover(self.engine)
            self.engine.handle(record)
        elif self.engine is not None and not isinstance(record, LedgerSnapshot):
            self._end_cut(self.engine, record)
            self._follow(self.engine, record)
        self._past.take(record)

    def begin_late(self, started: RunStarted, kept: LedgerSnapshot) -> Engine:
        """Stand where a snapshot of the run was taken, for its first rows are no more."""
        self._past.take(kept)
        self.engine = engine = self._engine_for(started)
        engine.handle(started)  # first, for the account is what the snapshot says
        self._past.recover(engine)
        listed = {one.id: one for one in engine.ledger.markets.values()}
        for market in listed.values():
            if market.id not in engine.ledger.payouts:
                engine.handle(InstrumentListed(kept.recv_ns, market))
        for word in kept.words or ():
            self._follow(engine, word)
        for stood in kept.standing:
            self._follow(engine, stood)
        self._follow(engine, Cut(kept.recv_ns))
        self.trust_feeds()
        return engine

    def trust_feeds(self) -> None:
        """What came of a time that is not read: each feed has told of all that it carries."""
        if self.engine is not None:
            for source in self.engine.watch.sources.by_feed.values():
                source.untold.clear()

    def _end_cut(self, engine: Engine, record: Entry) -> None:
        """What an engine does at the end of a cut, behind all that it decided in it."""
        if self._cut is Decided.DONE:
            return
        if isinstance(record, Output):
            self._cut = Decided.SOME
            return
        engine.standing.note_losses()
        if self._cut is Decided.NOTHING:
            engine.watch.verify()
        self._cut = Decided.DONE

    def _follow(self, engine: Engine, record: Entry) -> None:
        if isinstance(record, Cut):
            now = max(record.now, engine.now)
            engine.watch.cut(now)
            engine.watch.changed.clear()
            engine.standing.cut(now)
            self._cut = Decided.NOTHING
            return
        if isinstance(record, Fact) and record.recv_ns - engine.now >= SILENT_NS:
            engine.standing.cut(record.recv_ns)
        if isinstance(record, AccountReported):
            engine.handle(record)
            engine.accountant.forget()  # at once: where no market row is kept, no cut is either
            engine.breaker.forget()
        elif isinstance(record, InstrumentListed | MarketResolved | OrderFilled):
            engine.handle(record)
        elif isinstance(record, Output):
            _decided(engine, record)
        elif isinstance(record, History):
            engine.recover(record)
        elif isinstance(record, OperatorCommand) and record.operation in DECIDES:
            return
        elif isinstance(record, Event):
            engine.handle(record)


def _decided(engine: Engine, record: Output) -> None:
    """Take in what the recorded engine decided, and count it as that one did."""
    match record:
        case PlaceOrder():
            engine.desk.sent += 1
            engine.standing.recent_orders.append(engine.now)
            engine.ledger.sent(record, engine.now)
        case CancelOrder():
            engine.ledger.cancelling(record, engine.now)
        case OrderRefused():
            engine.desk.refused[record.strategy, record.rule] += 1
        case StrategyHalted():
            engine.roster.seats[record.strategy].halted = record.error
        case DayOpened():
            engine.recover(record)
            engine.standing.valued = engine.standing.value()
        case _:
            if isinstance(record, ExitMoved) and record.step is ExitStep.LEFT and record.cause:
                engine.left[record.cause] += 1
            engine.recover(record)
