"""Any order of appends, barriers, days, crashes, packing and pruning, against a plain list."""

import shutil
import threading
from pathlib import Path
from tempfile import mkdtemp

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from polywire.core.ids import OrderId, RunId
from polywire.core.model.account import OrderAccepted
from polywire.core.model.control import Cut
from polywire.core.model.event import Record
from polywire.core.units import Ns
from polywire.journal.log import Journal
from polywire.journal.reader import read_account, read_all
from polywire.journal.retention import Retention, pack_closed, prune
from polywire.journal.snapshot import recover

HOUR = 3_600_000_000_000
START = 1_732_665_600_000_000_000


class JournalAgainstList(RuleBasedStateMachine):
    """`taken` is what was appended since the last barrier, `kept` what must be readable."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(mkdtemp(prefix="polywire-test-"))
        self.folder = self.root / "0"
        self.runs = 0
        self.now = START
        self.kept: list[tuple[int, Record | bytes]] = []
        self.taken: list[tuple[int, Record | bytes]] = []
        self.pruned = False

    @initialize()
    def open(self) -> None:
        self.runs += 1
        self.journal = Journal(self.folder, RunId(f"run{self.runs}"))
        assert self.journal.seq == (self.kept[-1][0] if self.kept else 0)

    def took(self, seq: int, record: Record | bytes, *, commits: bool) -> None:
        assert seq == (self.kept + self.taken)[-1][0] + 1 if self.kept + self.taken else seq == 1
        if commits:  # a new day, or too many rows, commit what came before
            self.commit()
        self.taken.append((seq, record))

    def commit(self) -> None:
        self.kept += self.taken
        self.taken = []

    @rule(hours=st.sampled_from([0, 0, 0, 0, 1, 7, 30]), account=st.booleans())
    def append(self, hours: int, account: bool) -> None:
        day = self.now // (24 * HOUR)
        self.now += hours * HOUR
        at = Ns(self.now)
        count = self.journal.seq
        record: Record = OrderAccepted(at, OrderId(f"{count}")) if account else Cut(at)
        seq = self.journal.append(record, at)
        self.took(seq, record, commits=self.now // (24 * HOUR) > day)

    @rule()
    def snapshot(self) -> None:
        state = b"ledger %d" % self.journal.seq
        self.took(self.journal.snapshot(state, Ns(self.now)), state, commits=False)

    @rule()
    def barrier(self) -> None:
        self.journal.barrier()
        self.commit()

    @rule()
    def restart(self) -> None:
        self.journal.close()
        self.commit()
        self.open()

    @rule()
    def crash(self) -> None:
        """What is on disk now goes on elsewhere; the old engine is never heard of again."""
        self.let_old_days_close()
        after = self.root / str(self.runs)
        shutil.copytree(self.folder, after)
        for path in after.glob("*-shm"):
            path.unlink()
        self.journal.close()
        self.folder, self.taken = after, []
        self.open()

    def let_old_days_close(self) -> None:
        """A crash is one instant; a copy is not, so nothing may move while it is made."""
        current = self.journal._checkpointer
        for thread in threading.enumerate():
            if thread.name == "journal-checkpoint" and current and thread is not current._thread:
                thread.join()

    @rule()
    def pack(self) -> None:
        pack_closed(self.folder)

    @precondition(lambda self: any(isinstance(record, bytes) for _, record in self.kept))
    @rule()
    def prune_all(self) -> None:
        prune(self.folder, Retention(bytes_max=0, age_ns_max=None), Ns(self.now))
        self.pruned = True

    @invariant()
    def what_was_committed_is_read(self) -> None:
        records = [(seq, record) for seq, record in self.kept if not isinstance(record, bytes)]
        found = list(read_all(self.folder))
        if self.pruned:
            records = records[len(records) - len(found) :]
        assert found == records
        account = [row for row in records if isinstance(row[1], OrderAccepted)]
        assert list(read_account(self.folder)) == account

    @invariant()
    def recovery_starts_at_the_newest_snapshot(self) -> None:
        snapshots = [row for row in self.kept if isinstance(row[1], bytes)]
        seq, state = snapshots[-1] if snapshots else (0, None)
        found = recover(self.folder)
        assert (found.seq, found.ledger) == (seq, state)
        behind = [row for row in self.kept if row[0] > seq and isinstance(row[1], OrderAccepted)]
        assert list(found.records) == behind

    def teardown(self) -> None:
        if hasattr(self, "journal"):
            self.journal.close()
        shutil.rmtree(self.root)


JournalAgainstList.TestCase.settings = settings(
    max_examples=max(10, settings().max_examples // 20), stateful_step_count=30
)
TestJournalAgainstList = JournalAgainstList.TestCase
