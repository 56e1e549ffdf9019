"""The runs of a journal and their account rows by kind; market rows are never read."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from polywire.core.ids import RunId
from polywire.core.model.event import Record
from polywire.core.units import Ns
from polywire.journal.files import DayFile, has_tables, read_meta, readable
from polywire.journal.reader import PAGE, files_behind, records, rows


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


def read_kinds(run: Run, kinds: Iterable[type]) -> Iterator[Record]:
    """A run's account rows of these kinds, in order; raises JournalError for a damaged one."""
    names = ", ".join(f"'{kind.__name__}'" for kind in kinds)
    query = (
        "SELECT seq, kind, payload, checksum FROM account "
        f"WHERE seq > :after AND kind IN ({names}) ORDER BY seq LIMIT {PAGE}"
    )
    for file in run.files:
        with readable(file.path) as connection:
            if has_tables(connection):
                for row in rows(connection, query, 0, file.path):
                    for _, record in records(row, file.path):
                        yield record


def last_ns(run: Run) -> Ns:
    """When the run's newest account row was written; 0 where it has none."""
    for file in reversed(run.files):
        with readable(file.path) as connection:
            newest = _newest(connection)
            if newest:
                return newest
    return Ns(0)


def _newest(connection: sqlite3.Connection) -> Ns:
    if not has_tables(connection):
        return Ns(0)
    row = connection.execute("SELECT recv_ns FROM account ORDER BY seq DESC LIMIT 1").fetchone()
    return Ns(int(row[0])) if row is not None else Ns(0)


def _run_in(path: Path) -> RunId:
    """The run a file with a name of its own says it is of."""
    with readable(path) as connection:
        return RunId((has_tables(connection) and read_meta(connection, "run")) or "")
