"""Feeds a journal's events to a fresh engine and demands the recorded commands of it.

Owns what of an account came before a run; where the rows come from is the caller's.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct

from polywire.core.engine.engine import Engine
from polywire.core.errors import ConfigError, ReplayMismatch
from polywire.core.ledger.dump import load
from polywire.core.model.account import OrderRejected, OrderSigned
from polywire.core.model.control import Cut, RunStarted
from polywire.core.model.event import Event, History, Output
from polywire.core.model.market import BookDelta
from polywire.core.risk.gate import Approved
from polywire.journal.record import Entry, LedgerSnapshot, encode

OFTEN: Final = (BookDelta, Cut)
"""Nearly all rows, and the past of no account: asked for first, for there are forty kinds."""
EngineFor = Callable[[RunStarted], Engine]


class Audit(Struct):
    """What an audit saw: all of it agreed, or it would have raised.

    `passed_over`: a run that could not be judged, for its beginning is no more; empty: none.
    """

    runs: int = 0
    events: int = 0
    cuts: int = 0
    commands: int = 0
    passed_over: str = ""


class Past:
    """What account history came so far: a run begins with what earlier ones left."""

    def __init__(self) -> None:
        self._ledger: bytes | None = None
        self._history: list[History] = []

    @property
    def empty(self) -> bool:
        """Whether nothing came yet."""
        return self._ledger is None and not self._history

    def take(self, record: Entry) -> None:
        """Take the next row in; what changes no account is passed over."""
        if isinstance(record, LedgerSnapshot):
            self._ledger = record.state
            self._history.clear()
        elif isinstance(record, History):
            self._history.append(record)

    def recover(self, engine: Engine) -> None:
        """Rebuild the account in a fresh engine."""
        if self._ledger is not None:
            load(engine.ledger, self._ledger)
        for record in self._history:
            engine.recover(record)


class Auditor:
    """Feeds recorded events to an engine and compares what it commands with what was recorded.

    `engine` stands where the recorded one stood behind the same row; None before a run began.
    """

    def __init__(self, engine_for: EngineFor, past: Past | None = None) -> None:
        self.seen = Audit()
        self.engine: Engine | None = None
        self._engine_for = engine_for
        self._past = past or Past()
        self._expected: deque[Output] = deque()

    def take(self, seq: int, record: Entry) -> None:
        """Take the next row in."""
        if isinstance(record, OFTEN):
            self._hear(seq, record)
            return
        if isinstance(record, RunStarted):
            self._start(seq, record)
        elif isinstance(record, Output):
            self._compare(seq, record)
        elif not isinstance(record, LedgerSnapshot):
            self._hear(seq, record)
        self._past.take(record)

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
        if not started.cash and self._past.empty:
            raise ConfigError(
                f"the run at seq {seq} continues an account whose history is in an earlier file: "
                "replay the whole folder"
            )
        self._expected.clear()
        self.engine = self._engine_for(started)
        self._past.recover(self.engine)
        self.engine.handle(started)
        self.seen.runs += 1

    def _hear(self, seq: int, event: Event) -> None:
        if self.engine is None:
            return
        if not isinstance(event, OrderSigned | OrderRejected):  # told of an order as it leaves
            self._require_none(seq)
        self._expected.extend(_outputs(self.engine, event))
        self.seen.events += 1
        self.seen.cuts += isinstance(event, Cut)

    def _compare(self, seq: int, recorded: Output) -> None:
        if self.engine is None:
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
