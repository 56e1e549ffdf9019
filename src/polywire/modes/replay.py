"""Reading a journal back: recovery rebuilds the account, audit demands the recorded commands."""

from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct

from polywire.core.engine.engine import Engine
from polywire.core.errors import ConfigError, ReplayMismatch
from polywire.core.ids import RunId
from polywire.core.ledger.dump import load
from polywire.core.model.account import OrderRejected, OrderSigned
from polywire.core.model.control import Cut, ReconnectorMoved, RunStarted
from polywire.core.model.event import Event, History, Output
from polywire.core.risk.gate import Approved
from polywire.journal import snapshot
from polywire.journal.reader import read_entries
from polywire.journal.record import Entry, LedgerSnapshot, encode
from polywire.journal.runs import read_kinds, runs_of

EngineFor = Callable[[RunStarted], Engine]


class Audit(Struct):
    """What an audit saw: all of it agreed, or it would have raised."""

    runs: int = 0
    events: int = 0
    cuts: int = 0
    commands: int = 0


def recover(engine: Engine, folder: Path) -> bool:
    """Rebuild the account from a journal without sending; False where no run ever began."""
    recovery = snapshot.recover(folder)
    found = recovery.ledger is not None
    if recovery.ledger is not None:
        load(engine.ledger, recovery.ledger)
    for _, record in recovery.records:
        engine.recover(record)
        found = found or isinstance(record, RunStarted)
    return found


def last_moves(folder: Path, run: RunId) -> list[ReconnectorMoved]:
    """How the connections of the run before this one moved, oldest first; none without one."""
    before = [one for one in runs_of(folder) if one.id != run]
    found = read_kinds(before[-1], (ReconnectorMoved,)) if before else ()
    return [record for record in found if isinstance(record, ReconnectorMoved)]


def owner_of(folder: Path, run: RunId) -> str:
    """Whose account the runs before this one traded for; empty where none says."""
    for before in reversed([one for one in runs_of(folder) if one.id != run]):
        for record in read_kinds(before, (RunStarted,)):
            if isinstance(record, RunStarted) and record.owner:
                return record.owner
    return ""


def audit(
    path: Path, engine_for: EngineFor, progress: Callable[[Audit], None] | None = None
) -> Audit:
    """Run a `full` journal through fresh engines; raises ReplayMismatch at the first difference."""
    auditor = Auditor(engine_for)
    for seq, entry in read_entries(path):
        auditor.take(seq, entry)
        if progress is not None and seq % 10_000 == 0:
            progress(auditor.seen)
    return auditor.seen


class Auditor:
    """Feeds recorded events to an engine and compares what it commands with what was recorded."""

    def __init__(self, engine_for: EngineFor) -> None:
        self.seen = Audit()
        self._engine_for = engine_for
        self._engine: Engine | None = None
        self._ledger: bytes | None = None
        self._history: list[History] = []
        self._expected: deque[Output] = deque()

    def take(self, seq: int, record: Entry) -> None:
        """Take the next row in."""
        if isinstance(record, LedgerSnapshot):
            self._ledger = record.state
            self._history.clear()
        elif isinstance(record, RunStarted):
            self._start(seq, record)
        elif isinstance(record, Output):
            self._compare(seq, record)
        elif self._engine is not None:
            if not isinstance(record, OrderSigned | OrderRejected):  # told of an order as it leaves
                self._require_none(seq)
            self._expected.extend(_outputs(self._engine, record))
            self.seen.events += 1
            self.seen.cuts += isinstance(record, Cut)
        if isinstance(record, History):
            self._history.append(record)

    def end(self) -> None:
        """No more rows come; raises ReplayMismatch where a command is still expected."""
        if self._expected:
            raise ReplayMismatch(f"at the end: replayed {self._expected[0]}, recorded nothing")

    def _start(self, seq: int, started: RunStarted) -> None:
        """A run begins with what account history earlier runs left; a crash may cut its end off."""
        if started.inputs:
            raise ConfigError(
                "this is the journal of a backtest, whose market events are in its recordings: "
                "run the backtest again and compare the digests"
            )
        if not started.cash and self._ledger is None and not self._history:
            raise ConfigError(
                f"the run at seq {seq} continues an account whose history is in an earlier file: "
                "replay the whole folder"
            )
        self._expected.clear()
        self._engine = self._engine_for(started)
        if self._ledger is not None:
            load(self._engine.ledger, self._ledger)
        for record in self._history:
            self._engine.recover(record)
        self._engine.handle(started)
        self.seen.runs += 1

    def _compare(self, seq: int, recorded: Output) -> None:
        if self._engine is None:
            return
        if not self._expected:
            raise ReplayMismatch(f"seq {seq}: recorded {recorded}, replayed nothing")
        replayed = self._expected.popleft()
        if encode(replayed) != encode(recorded):
            raise ReplayMismatch(f"seq {seq}: recorded {recorded}, replayed {replayed}")
        self.seen.commands += 1

    def _require_none(self, seq: int) -> None:
        if self._expected:
            raise ReplayMismatch(f"seq {seq}: replayed {self._expected[0]}, recorded nothing")


def _outputs(engine: Engine, event: Event) -> Iterable[Output]:
    for command in engine.handle(event):
        yield command.order if isinstance(command, Approved) else command
