"""A second engine that follows a run by its journal, so that whoever asks need not disturb it.

Reads rows and writes nothing. What is remembered of them is memory.py's; how it is shown, and how
often rows are looked for, is the caller's.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from polywire.core.engine.engine import Engine
from polywire.core.errors import JournalError, ReplayMismatch
from polywire.core.ids import RunId
from polywire.core.model.control import RunStarted
from polywire.core.model.market import Fact
from polywire.core.units import MINUTE, Ns, utc_time
from polywire.journal.capture import Capture
from polywire.journal.files import read_meta, readable
from polywire.journal.reader import last_seq, read_account, read_entries
from polywire.journal.record import Entry
from polywire.journal.runs import Run, last_ns, runs_of, seq_at, start_of_rest
from polywire.journal.snapshot import before, first_snapshot
from polywire.observe.auditor import Auditor, EngineFor, Past
from polywire.observe.memory import Memory
from polywire.observe.onlooker import Onlooker

LATE_NS: Final = 3 * MINUTE
"""In so long every book is told or proven anew."""
HASTE: Final = "a long run: its account and its last minutes were read, no decision was made again"
LATE: Final = (
    "the beginning of this run was deleted: it is known since {} UTC, no decision made again"
)


class Shadow:
    """Follows one run of a journal, the newest unless one is named.

    `seq` is the last row it took, `difference` the first decision that its own engine made
    otherwise; from there on it only looks on, and has read of what was before the account and the
    last minutes. It looks on as well where `partial` says what the journal lacks. Raises
    JournalError for a damaged journal.
    """

    def __init__(
        self,
        journal: Path,
        engine_for: EngineFor,
        run: RunId | None = None,
        *,
        hasty: bool = False,
    ) -> None:
        """`hasty`: of what is written only the account and the last minutes are read."""
        self.journal = journal
        self._hasty = hasty
        self.seq = 0
        self.difference = ""
        self.partial = ""
        self.started: RunStarted | None = None
        self.memory = Memory()
        self._agreed = 0
        self._run = run
        self._engine_for = engine_for
        self._judge: Auditor | Onlooker | None = None
        self._rows: Iterator[tuple[int, Entry]] | None = None

    @property
    def engine(self) -> Engine | None:
        """Where the run stands behind the last row; None before it began."""
        return self._judge.engine if self._judge is not None else None

    @property
    def agreed(self) -> int:
        """Recorded decisions that its own engine made too."""
        return self._judge.seen.commands if isinstance(self._judge, Auditor) else self._agreed

    @property
    def now(self) -> Ns:
        """The time of the last decision that it knows of."""
        return self.engine.now if self.engine is not None else Ns(0)

    def advance(self, rows_max: int, until: Ns | None = None) -> int:
        """Take in so many rows at most; how many there were. Fewer: it is up to date.

        Or stands before the first fact later than `until`.
        """
        if self._judge is None and not self._begin(until):
            return 0
        if self._rows is None:
            self._rows = read_entries(self.journal, after=self.seq)
        taken = 0
        for seq, entry in self._rows:
            if until is not None and isinstance(entry, Fact) and entry.recv_ns > until:
                break
            if isinstance(entry, RunStarted) and self._run not in (None, entry.run):
                break  # the run that was named is over
            taken += 1
            if not self._take(seq, entry):
                return rows_max
            if taken >= rows_max:
                return taken
        self._rows = None
        return taken

    def again(self) -> "Shadow":
        """Another one that has taken in nothing of the same run yet."""
        run = self.started.run if self.started is not None else self._run
        return Shadow(self.journal, self._engine_for, run)

    def left(self) -> int:
        """Rows of the run that are written and not taken in yet."""
        run = self._found()
        if run is None:
            return 0
        with readable(run.files[-1].path) as connection:
            return max(0, last_seq(connection) - self.seq)

    def newest_ns(self) -> Ns:
        """When the newest row was written that anybody could read."""
        found = self._found()
        return last_ns(found) if found is not None else Ns(0)

    def _found(self) -> Run | None:
        if not self.journal.exists():
            return None
        runs = runs_of(self.journal)
        if self._run is None:
            return runs[-1] if runs else None
        return next((one for one in runs if one.id == self._run), None)

    def _begin(self, until: Ns | None) -> bool:
        """Stand before the run's first row, or where the first snapshot of what is left was taken.

        False while there is no run.
        """
        run = self._found()
        if run is None:
            return False
        self.memory = Memory()
        with readable(run.files[0].path) as connection:
            capture = read_meta(connection, "capture")
        started = start_of_rest(run)
        self.partial = self._lacks(capture)
        if started is not None:
            self._begin_late(run, started)
        else:
            self._begin_whole(run)
        hurries = self._hasty or self.difference or (started is not None and until is None)
        self._rows = self._hurried(run) if capture == Capture.FULL and hurries else None
        return True

    def _lacks(self, capture: str | None) -> str:
        if capture != Capture.FULL:
            return f"this journal keeps {capture}: no decision can be made again"
        return HASTE if self._hasty else ""

    def _begin_whole(self, run: Run) -> None:
        past = Past()
        for record in before(self.journal, run.files[0].first_seq):
            past.take(record)
        self.seq = max(0, run.files[0].first_seq - 1)
        looks_on = bool(self.partial or self.difference)
        judge = Onlooker if looks_on else Auditor
        self._judge = judge(self._engine_for, past)

    def _begin_late(self, run: Run, started: RunStarted) -> None:
        found = first_snapshot(run.files)
        if found is None:
            raise JournalError(
                f"the beginning of run {run.id} was deleted, and its account with it"
            )
        self.seq, kept = found
        self.partial = LATE.format(utc_time(kept.recv_ns))
        self._judge = onlooker = Onlooker(self._engine_for, Past())
        self.memory.take(started, onlooker.begin_late(started, kept))
        self.started = started

    def _hurried(self, run: Run) -> Iterator[tuple[int, Entry]]:
        """Account rows, then every row of the last minutes, for what books were worth."""
        late = max(self.seq + 1, seq_at(run, Ns(last_ns(run) - LATE_NS)))
        for seq, record in read_account(self.journal, after=self.seq):
            if seq >= late:
                break
            yield seq, record
        assert isinstance(self._judge, Onlooker), "who decides reads every row"
        self._judge.trust_feeds()
        yield from read_entries(self.journal, after=late - 1)

    def _take(self, seq: int, entry: Entry) -> bool:
        """Take one row in; False where it begins anew, as one that decides nothing."""
        assert self._judge is not None, "it began"
        try:
            self._judge.take(seq, entry)
        except ReplayMismatch as error:
            self._agreed, self.difference = self.agreed, str(error)
            self._judge = None
            return False
        self.seq = seq
        if isinstance(entry, RunStarted):
            self.started = entry
        if self._judge.engine is not None:
            self.memory.take(entry, self._judge.engine)
        return True
