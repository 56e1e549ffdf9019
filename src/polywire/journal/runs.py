"""The runs of a journal, their spans and their account rows by kind; no market row is decoded."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from polywire.core.ids import RunId
from polywire.core.model.control import RunStarted
from polywire.core.model.event import Record
from polywire.core.units import Ns
from polywire.journal.files import BEGAN, TABLES, DayFile, has_tables, read_meta, readable
from polywire.journal.reader import PAGE, files_behind, last_seq, records, rows
from polywire.journal.record import from_json

_NEXT: Final = "SELECT seq, recv_ns FROM market WHERE seq >= ? ORDER BY seq LIMIT 1"


@dataclass(frozen=True, slots=True)
class Run:
    """One run and its files, a UTC day each, oldest first."""

    id: RunId
    files: tuple[DayFile, ...]


def runs_of(path: Path) -> list[Run]:
    """The runs of a folder or of one file, oldest first; JournalError where there is no journal."""
    files: dict[RunId, list[DayFile]] = {}
    for file in files_behind(path, 0):
        files.setdefault(file.run or _run_in(file.path), []).append(file)
    return [Run(run, tuple(own)) for run, own in files.items()]


def read_kinds(run: Run, kinds: Iterable[type], after: int = 0) -> Iterator[Record]:
    """A run's account rows of these kinds behind a number; JournalError for a damaged one."""
    names = ", ".join(f"'{kind.__name__}'" for kind in kinds)
    query = (
        "SELECT seq, kind, payload, checksum FROM account "
        f"WHERE seq > :after AND kind IN ({names}) ORDER BY seq LIMIT {PAGE}"
    )
    for file in run.files:
        with readable(file.path) as connection:
            if has_tables(connection):
                for row in rows(connection, query, after, file.path):
                    for _, record in records(row, file.path):
                        yield record


def start_of_rest(run: Run) -> RunStarted | None:
    """How a run began whose first files are gone, as what is left of it says; None of a whole one.

    Raises JournalError where that cannot be read.
    """
    with readable(run.files[0].path) as connection:
        began = read_meta(connection, BEGAN) if has_tables(connection) else None
    if began is None:
        return None
    record = from_json(RunStarted.__name__, began)
    assert isinstance(record, RunStarted), "it was asked for by its kind"
    return record


def span_ns(run: Run) -> tuple[Ns, Ns] | None:
    """When the run's first and last rows were written; None where that needs unpacking a day."""
    if any(file.packed for file in run.files):
        return None
    first = min((at for at in map(_first_ns, run.files) if at), default=Ns(0))
    return first, last_ns(run)


def last_ns(run: Run) -> Ns:
    """When the run's newest row was written, market rows included; 0 where it has none."""
    for file in reversed(run.files):
        with readable(file.path) as connection:
            newest = _newest(connection)
            if newest:
                return newest
    return Ns(0)


def rows_in(run: Run) -> int:
    """How many numbers its rows bear, those that the capture level left out among them."""
    for file in reversed(run.files):
        with readable(file.path) as connection:
            last = last_seq(connection)
            if last:
                return last - run.files[0].first_seq + 1
    return 0


def seq_at(run: Run, at: Ns) -> int:
    """The number behind the last market row that was written before a time, found by halving.

    Only the run's last file is looked into.
    """
    with readable(run.files[-1].path) as connection:
        low, high = run.files[-1].first_seq, last_seq(connection) + 1
        while low < high and has_tables(connection):
            middle = (low + high) // 2
            row = connection.execute(_NEXT, (middle,)).fetchone()
            if row is None or int(row[1]) >= at:
                high = middle
            else:
                low = int(row[0]) + 1
    return low


def _newest(connection: sqlite3.Connection) -> Ns:
    return max(_ends(connection, "DESC"), default=Ns(0))


def _first_ns(file: DayFile) -> Ns:
    with readable(file.path) as connection:
        return min(_ends(connection, "ASC"), default=Ns(0))


def _ends(connection: sqlite3.Connection, order: str) -> list[Ns]:
    """The time of one end of each table, found by its key: no other row is read."""
    if not has_tables(connection):
        return []
    query = "SELECT recv_ns FROM {} ORDER BY seq {} LIMIT 1"
    found = (connection.execute(query.format(table, order)).fetchone() for table in TABLES)
    return [Ns(int(row[0])) for row in found if row is not None]


def _run_in(path: Path) -> RunId:
    """The run a file with a name of its own says it is of."""
    with readable(path) as connection:
        return RunId((has_tables(connection) and read_meta(connection, "run")) or "")
