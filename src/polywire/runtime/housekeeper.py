"""Looks after the journal beside the loop: whether it is there and has room, snapshots, pruning."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from polywire.core.errors import JournalError
from polywire.core.model.control import AlertRaised, Operation, OperatorCommand
from polywire.core.units import MINUTE, SECOND
from polywire.journal.disk import DiskAlarm, free_bytes_of
from polywire.journal.retention import Retention, pack_closed, prune
from polywire.net.clock import Clock
from polywire.runtime.loop import PutFact
from polywire.runtime.tasks import Task, end, spawn

ALARM_EVERY_NS = 10 * SECOND
UNSEEN_NS_MAX = MINUTE
DRIFT_NS_MAX = SECOND
ROUNDS_A_TIDYING = 360
"""Each hour the ledger is kept, so that earlier days may go; closed days are packed and pruned."""

KEEP = Retention(bytes_max=50 << 30, age_ns_max=None)
"""At most 50 GiB of journal; what recovery needs is never deleted."""

log = structlog.get_logger()


class Housekeeper:
    """Runs in a task; puts a halt when the journal is in danger, an alert before, once each for it.

    `strays` says which of its files are not where they were; it may raise OSError. `keep_ledger`
    writes a ledger snapshot; it may raise JournalError.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        put: PutFact,
        keep_ledger: Callable[[], None],
        strays: Callable[[], Sequence[Path]],
        keep: Retention = KEEP,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._put = put
        self._keep_ledger = keep_ledger
        self._strays = strays
        self._keep = keep
        self._alarm = DiskAlarm(free_bytes_of(folder))
        self._task: Task | None = None
        self._halted = self._told = False
        self._seen_ns = clock.now()
        self._drift_ns = 0

    def start(self) -> None:
        """Look at once, then every ten seconds."""
        self._task = spawn(self._run())

    async def close(self) -> None:
        """Stop looking."""
        await end(self._task)

    async def _run(self) -> None:
        rounds = 0
        while True:
            self._look()
            self._compare_clocks()
            if rounds % ROUNDS_A_TIDYING == 0:
                self._snapshot()
                # A thread that a shutdown need not wait for: packing a day may take minutes, and
                # one that was cut off is done again.
                threading.Thread(target=self._tidy, name="journal-tidy", daemon=True).start()
            rounds += 1
            await asyncio.sleep(self._clock.wait_s(ALARM_EVERY_NS))

    def _look(self) -> None:
        """What is found halts at once; what cannot be seen does after a minute."""
        now = self._clock.now()
        try:
            strays = self._strays()
            warning = None if strays else self._alarm.warning()
        except OSError as error:
            log.warning("journal_unseen", error=str(error))
            if now - self._seen_ns >= UNSEEN_NS_MAX:
                self._stop(f"journal: its folder could not be looked at for a minute: {error}")
            return
        self._seen_ns = now
        if strays:
            names = ", ".join(path.name for path in strays)
            text = f"{names} in {self._folder} was deleted, moved or replaced under this run"
            log.critical("journal_lost", reason=text)
            self._stop(f"journal: {text}")
        elif warning is None:
            self._halted = self._told = False
        elif warning.critical:
            log.critical("disk_full", reason=warning.text)
            self._stop(f"disk: {warning.text}")
        else:
            log.warning("disk_low", reason=warning.text)
            if not self._told:
                self._put(AlertRaised(now, "disk", warning.text))
            self._told = True

    def _stop(self, reason: str) -> None:
        if not self._halted:
            self._halted = True
            self._put(OperatorCommand(self._clock.now(), Operation.HALT, reason))

    def _compare_clocks(self) -> None:
        """The engine's clock stands still while the machine sleeps, and the wall clock is set."""
        drift_ns = self._clock.drift_ns()
        if abs(drift_ns - self._drift_ns) > DRIFT_NS_MAX:
            self._drift_ns = drift_ns
            log.warning("clock_drift", gap_ns=drift_ns)

    def _snapshot(self) -> None:
        try:
            self._keep_ledger()
        except JournalError as error:
            log.warning("journal_untidy", error=str(error))

    def _tidy(self) -> None:
        try:
            pack_closed(self._folder)
            prune(self._folder, self._keep, self._clock.now())
        except (JournalError, OSError) as error:
            log.warning("journal_untidy", error=str(error))
