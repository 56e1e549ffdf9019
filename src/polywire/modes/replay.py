"""Reading a journal back: recovery rebuilds the account, audit demands the recorded commands."""

from collections.abc import Callable
from pathlib import Path

from polywire.core.engine.engine import Engine
from polywire.core.ids import RunId
from polywire.core.ledger.dump import load
from polywire.core.model.control import ReconnectorMoved, RunStarted
from polywire.journal import snapshot
from polywire.journal.reader import read_entries
from polywire.journal.runs import read_kinds, runs_of, start_of_rest
from polywire.observe.auditor import Audit, Auditor, EngineFor


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
        for record in (start_of_rest(before), *read_kinds(before, (RunStarted,))):
            if isinstance(record, RunStarted) and record.owner:
                return record.owner
    return ""


def audit(
    path: Path, engine_for: EngineFor, progress: Callable[[Audit], None] | None = None
) -> Audit:
    """Run a `full` journal through fresh engines; raises ReplayMismatch at the first difference.

    A run whose beginning was deleted is passed over.
    """
    auditor = Auditor(engine_for)
    runs = runs_of(path)
    if runs and start_of_rest(runs[0]) is not None:
        auditor.seen.passed_over = runs[0].id
    for seq, entry in read_entries(path):
        auditor.take(seq, entry)
        if progress is not None and seq % 10_000 == 0:
            progress(auditor.seen)
    return auditor.seen
