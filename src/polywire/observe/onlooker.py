"""An engine that decides nothing: what a run did is taken from its records, books from its market.

For journals that do not hold every market row, and where a decision was found to differ.
"""

from polywire.core.engine.engine import Engine
from polywire.core.model.account import AccountReported
from polywire.core.model.command import StrategyHalted
from polywire.core.model.control import Cut, Operation, OperatorCommand, RunStarted
from polywire.core.model.event import Event, History
from polywire.core.model.market import Fact, InstrumentListed, MarketResolved
from polywire.core.units import Ns
from polywire.journal.record import Entry, LedgerSnapshot
from polywire.observe.auditor import EngineFor, Past

DECIDES = (Operation.HALT, Operation.LEAVE, Operation.RESUME, Operation.FLATTEN)
"""What these come to is in the records that say how the breaker moved."""


class Onlooker:
    """`engine` stands where the recorded one stood behind the same row, as far as rows say."""

    def __init__(self, engine_for: EngineFor, past: Past) -> None:
        self.engine: Engine | None = None
        self._engine_for = engine_for
        self._past = past

    def take(self, _seq: int, record: Entry) -> None:
        """Take the next row in."""
        if isinstance(record, RunStarted):
            self.engine = self._engine_for(record)
            self._past.recover(self.engine)
            self.engine.handle(record)
        elif self.engine is not None and not isinstance(record, LedgerSnapshot):
            _follow(self.engine, record)
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
            _follow(engine, word)
        for halted in kept.halted:
            _follow(engine, halted)
        _pass(engine, kept.recv_ns)
        return engine


def _follow(engine: Engine, record: Entry) -> None:
    if isinstance(record, Cut):
        _pass(engine, record.now)
        return
    if isinstance(record, Fact) and record.recv_ns > engine.now:
        engine.standing.cut(record.recv_ns)  # a journal without market rows has no cuts either
    if isinstance(record, InstrumentListed | MarketResolved | AccountReported):
        engine.handle(record)
    elif isinstance(record, StrategyHalted):
        engine.roster.seats[record.strategy].halted = record.error
    elif isinstance(record, History):
        engine.recover(record)
    elif isinstance(record, OperatorCommand) and record.operation in DECIDES:
        return
    elif isinstance(record, Event):
        engine.handle(record)


def _pass(engine: Engine, now: Ns) -> None:
    """What a cut does to books and to what they are worth; what it would decide is dropped."""
    engine.watch.cut(max(now, engine.now))
    engine.standing.cut(max(now, engine.now))
    engine.watch.verify()
    engine.watch.changed.clear()
