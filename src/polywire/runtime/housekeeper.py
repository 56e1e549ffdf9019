"""Looks after the journal beside the loop: disk alarm, ledger snapshots, packing and pruning."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import structlog

from polywire.core.errors import JournalError
from polywire.core.units import SECOND
from polywire.journal.disk import DiskAlarm, free_bytes_of
from polywire.journal.retention import Retention, pack_closed, prune
from polywire.net.clock import Clock
from polywire.runtime.tasks import Task, end, spawn

ALARM_EVERY_NS = 10 * SECOND
DRIFT_NS_MAX = SECOND
ROUNDS_A_TIDYING = 360
"""Each hour the ledger is kept, so that earlier days may go; closed days are packed and pruned."""

KEEP = Retention(bytes_max=50 << 30, age_ns_max=None)
"""At most 50 GiB of journal; what recovery needs is never deleted."""

log = structlog.get_logger()


class Housekeeper:
    """Runs in a task; `halt` is called once with the reason when the disk is nearly full.

    `keep_ledger` writes a ledger snapshot; it may raise JournalError.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        halt: Callable[[str], None],
        keep_ledger: Callable[[], None],
        keep: Retention = KEEP,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._halt = halt
        self._keep_ledger = keep_ledger
        self._keep = keep
        self._alarm = DiskAlarm(free_bytes_of(folder))
        self._task: Task | None = None
        self._halted = False
        self._drift_ns = 0

    def start(self) -> None:
        """Look at the disk at once, then every ten seconds."""
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
        warning = self._alarm.warning()
        if warning is None:
            return
        if not warning.critical:
            log.warning("disk_low", reason=warning.text)
            return
        log.critical("disk_full", reason=warning.text)
        if not self._halted:
            self._halted = True
            self._halt(f"disk: {warning.text}")

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
        except JournalError as error:
            log.warning("journal_untidy", error=str(error))
