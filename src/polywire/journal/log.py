"""The journal a running engine writes: one SQLite file per run and UTC day, in WAL mode.

Owns sequence numbers, the rows not yet committed, and the change of day. Reading is
journal.reader's, deleting and packing old days journal.retention's.
"""

import sqlite3
from collections.abc import Iterable
from enum import StrEnum
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from polywire.core.errors import JournalError
from polywire.core.ids import RunId
from polywire.core.model.command import StrategyHalted
from polywire.core.model.control import OperatorCommand, RunStarted
from polywire.core.model.market import FeedCarries, FeedUp
from polywire.core.units import DAY, Ns
from polywire.journal.capture import Capture, market_filter
from polywire.journal.checkpoint import Checkpointer
from polywire.journal.files import (
    TABLES,
    create,
    day_files,
    day_path,
    log_files,
    place_of,
    readable,
)
from polywire.journal.lock import FolderLock
from polywire.journal.reader import last_seq
from polywire.journal.record import MARKET, Entry, LedgerSnapshot, checksum, encode, to_json

Row = tuple[int, Ns, str, bytes, int]

ROWS_MAX: Final = 256
"""Rows that wait for a commit; as many as one drain of the inbox takes."""

BLOCKS: Final = (64, 8, 1)
"""Rows of one INSERT: in blocks of 64 a row costs 1.7 us with its commit, one by one 2.5."""

_ROW: Final = "(?, ?, ?, ?, ?)"
_INSERTS: Final = {
    table: [(n, f"INSERT INTO {table} VALUES {', '.join([_ROW] * n)}") for n in BLOCKS]
    for table in TABLES
}

_CHECKPOINT_WEIGHT: Final = 10_000
"""About 1,000 log pages: this many rows, or a twentieth as many commits."""

_LOG_PAGES_MAX: Final = 16_000
"""64 MB: where the loop checkpoints after all, should the thread never catch up in a flood."""


class Sync(StrEnum):
    """What a barrier waits for: `normal` survives a crash of the process, `full` a power cut."""

    NORMAL = "normal"
    FULL = "full"


class Journal:
    """Takes records, numbers them, and at a barrier commits all it took.

    A `JournalError` from `append` means that this record was not taken; from any method, that
    everything taken before is committed or still waiting, so the call can be repeated.
    """

    def __init__(
        self, folder: Path, run: RunId, *, capture: Capture = Capture.FULL, sync: Sync = Sync.NORMAL
    ) -> None:
        """Lock the folder and continue its numbering; the first `append` opens the first file."""
        self._folder = folder
        self._run = run
        self._capture = capture
        self._sync = sync
        self._keeps = market_filter(capture)
        self._market: list[Row] = []
        self._account: list[Row] = []
        self._lock = FolderLock(folder)
        try:
            self._seq = continue_behind(folder)
        except JournalError:
            self._lock.close()
            raise
        self._day_end = Ns(0)
        self._weight = 0
        self._began = ""
        self._connection: sqlite3.Connection | None = None
        self._checkpointer: Checkpointer | None = None
        self._places: dict[Path, tuple[int, int] | None] = {}

    @property
    def seq(self) -> int:
        """The number of the newest record taken."""
        return self._seq

    def append(self, record: Entry, recv_ns: Ns) -> int:
        """Number a record and keep it for the next commit; a later UTC day starts a new file.

        A number is given even to a row that the capture level leaves out.
        """
        if recv_ns >= self._day_end or len(self._market) + len(self._account) >= ROWS_MAX:
            self._make_room(recv_ns)
        kind, payload = encode(record)
        self._seq = seq = self._seq + 1
        row = (seq, recv_ns, kind, payload, checksum(seq, payload))
        if type(record) not in MARKET:
            self._account.append(row)
            if type(record) is RunStarted:
                self._began = to_json(record)[1]
        elif self._keeps(record):
            self._market.append(row)
        return seq

    def strays(self) -> list[Path]:
        """Names that lead no more to the files that are open, which a restart would not find.

        Raises OSError where that cannot be seen.
        """
        places = {self._lock.path: self._lock.place, **self._places}
        return [path for path, place in places.items() if place_of(path) != place]

    def snapshot(
        self,
        state: bytes,
        recv_ns: Ns,
        words: Iterable[OperatorCommand] | None = None,
        standing: Iterable[StrategyHalted | FeedUp | FeedCarries] = (),
    ) -> int:
        """Keep the ledger's dump, so that recovery starts here and older days may be deleted.

        `words` and `standing`: see LedgerSnapshot.
        """
        said = None if words is None else tuple(words)
        return self.append(LedgerSnapshot(recv_ns, state, said, tuple(standing)), recv_ns)

    def barrier(self) -> None:
        """Commit everything taken so far; raises JournalError and keeps it all if that fails."""
        if not self._market and not self._account:
            return
        connection = self._connection
        assert connection is not None, "rows are taken only once a file is open"
        try:
            connection.execute("BEGIN")
            insert(connection, "market", self._market)
            insert(connection, "account", self._account)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise self._failure(error) from error
        self._weight += len(self._market) + len(self._account) + 20
        self._market.clear()
        self._account.clear()
        self._tend_log()

    def close(self) -> None:
        """Commit, close the file and let the folder go; does nothing the second time."""
        if self._day_end < 0:
            return
        self.barrier()
        self._close_file(wait=True)
        self._lock.close()
        self._day_end = Ns(-1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _make_room(self, recv_ns: Ns) -> None:
        assert self._day_end >= 0, "append to a closed journal"
        self.barrier()
        if recv_ns < self._day_end:
            return
        day = recv_ns // DAY
        path = day_path(self._folder, day, self._run, self._seq + 1)
        self._close_file(wait=False)
        try:
            self._open_file(path)
        except sqlite3.Error as error:
            raise self._failure(error) from error
        self._day_end = Ns((day + 1) * DAY)

    def _open_file(self, path: Path) -> None:
        connection = create(path, self._run, self._capture, self._began)
        connection.execute(f"PRAGMA synchronous = {self._sync}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES_MAX}")
        self._connection = connection
        self._places = {each: place_of(each) for each in (path, log_files(path)[0])}
        self._checkpointer = Checkpointer(path)
        self._weight = 0

    def _close_file(self, *, wait: bool) -> None:
        self._day_end = Ns(0)
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._checkpointer is not None:
            self._checkpointer.finish(wait=wait)
            self._checkpointer = None

    def _tend_log(self) -> None:
        checkpointer = self._checkpointer
        assert checkpointer is not None, "an open file has a checkpointer"
        if self._weight >= _CHECKPOINT_WEIGHT:
            self._weight = 0
            checkpointer.wake()
        if checkpointer.error is not None:
            error, checkpointer.error = checkpointer.error, None
            raise self._failure(error) from error

    def _failure(self, error: sqlite3.Error) -> JournalError:
        waiting = len(self._market) + len(self._account)
        return JournalError(
            f"the journal in {self._folder} cannot be written: {error}; "
            f"{waiting} records wait in memory until a barrier succeeds",
            look="disk-full",
        )


def insert(connection: sqlite3.Connection, table: str, rows: list[Row]) -> None:
    """Write rows, in blocks as large as they fill."""
    at = 0
    for size, statement in _INSERTS[table]:
        while len(rows) - at >= size:
            connection.execute(statement, list(chain.from_iterable(rows[at : at + size])))
            at += size


def continue_behind(folder: Path) -> int:
    """The number of the last row of a folder, 0 where it is empty.

    Deletes the file of a run that died before its first commit, so that no two files of a folder
    begin at the same number.
    """
    for file in reversed(day_files(folder)):
        with readable(file.path) as connection:
            seq = last_seq(connection)
        if seq:
            return seq
        for path in (file.path, *log_files(file.path)):
            path.unlink(missing_ok=True)
    return 0
