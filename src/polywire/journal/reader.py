"""Reading a journal, running or closed: everything for audit, account history for recovery.

Connections only read and no transaction outlives one page of rows, so a writer never waits.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from polywire.core.errors import JournalError
from polywire.core.ids import RunId
from polywire.core.model.event import Record
from polywire.journal.capture import Capture
from polywire.journal.files import (
    TABLES,
    DayFile,
    day_file,
    day_files,
    has_tables,
    read_meta,
    readable,
)
from polywire.journal.record import Entry, LedgerSnapshot, checksum, decode

PAGE: Final = 1_000
"""Rows of one transaction: a few milliseconds."""

_COLUMNS: Final = "seq, kind, payload, checksum"
ACCOUNT_ROWS: Final = f"SELECT {_COLUMNS} FROM account WHERE seq > :after ORDER BY seq LIMIT {PAGE}"
ALL_ROWS: Final = (
    f"SELECT {_COLUMNS} FROM market WHERE seq > :after UNION ALL "
    f"SELECT {_COLUMNS} FROM account WHERE seq > :after ORDER BY seq LIMIT {PAGE}"
)

Row = tuple[int, str, object, int]


def read_all(path: Path, after: int = 0) -> Iterator[tuple[int, Record]]:
    """Every record behind a sequence number; `read_entries` without the ledger's own dumps."""
    for seq, entry in read_entries(path, after):
        if not isinstance(entry, LedgerSnapshot):
            yield seq, entry


def read_entries(path: Path, after: int = 0) -> Iterator[tuple[int, Entry]]:
    """Every row behind a sequence number, of one file or of a whole folder, in order.

    A torn end only ends it. Raises JournalError with the file and the number for a damaged row,
    and for a missing one between rows that were captured in full.
    """
    expected: int | None = None
    for file in files_behind(path, after):
        with readable(file.path) as connection:
            if not has_tables(connection):
                continue
            full = read_meta(connection, "capture") == Capture.FULL
            if expected is None and full and file.first_seq > after:
                expected = file.first_seq
            for row in rows(connection, ALL_ROWS, after, file.path):
                seq = row[0]
                if full and expected is not None and seq != expected:
                    raise hole(file.path, expected, seq)
                expected = after = seq
                expected += 1
                yield seq, entry_of(row, file.path)
            expected = expected if full else None


def read_account(path: Path, after: int = 0) -> Iterator[tuple[int, Record]]:
    """The account history behind a sequence number; never touches a market row.

    Raises JournalError with the file and the number for a damaged row.
    """
    for file in files_behind(path, after):
        with readable(file.path) as connection:
            if has_tables(connection):
                for row in rows(connection, ACCOUNT_ROWS, after, file.path):
                    yield from records(row, file.path)


def files_behind(path: Path, after: int) -> list[DayFile]:
    """The files that may hold rows behind a number; raises JournalError where there are none."""
    if path.is_dir():
        files = day_files(path)
        starts = [file.first_seq for file in files[1:]]
        passed = sum(1 for start in starts if start <= after + 1)
        return files[passed:]
    if not path.is_file():
        raise JournalError(f"expected a journal file or folder at {path}, found none")
    return [day_file(path) or DayFile(path, 0, RunId(""), 0)]


def rows(connection: sqlite3.Connection, query: str, after: int, path: Path) -> Iterator[Row]:
    """The rows of a query, page by page; raises JournalError where SQLite finds damage."""
    while True:
        try:
            page: list[Row] = connection.execute(query, {"after": after}).fetchall()
        except sqlite3.Error as error:
            raise JournalError(f"{path} is damaged behind row {after}: {error}") from error
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1][0]


def records(row: Row, path: Path) -> Iterator[tuple[int, Record]]:
    """The record of a row; nothing for the ledger's own dumps."""
    entry = entry_of(row, path)
    if not isinstance(entry, LedgerSnapshot):
        yield row[0], entry


def entry_of(row: Row, path: Path) -> Entry:
    """What a row holds; raises JournalError naming the row where it is damaged."""
    seq, kind, payload, kept = row
    # A damaged page can change a column's type as well as its value.
    if not isinstance(payload, bytes) or checksum(seq, payload) != kept:
        raise JournalError(f"row {seq} of {path} is damaged: its checksum does not fit")
    try:
        return decode(kind, payload)
    except JournalError as error:
        raise JournalError(f"row {seq} of {path} cannot be read: {error}") from error


def hole(path: Path, expected: int, found: int) -> JournalError:
    """The error for rows that were written and are not there."""
    return JournalError(f"rows {expected} to {found - 1} are missing before row {found} of {path}")


def last_seq(connection: sqlite3.Connection) -> int:
    """The number of the last row of a file, 0 where it has none."""
    if not has_tables(connection):
        return 0
    newest = (f"SELECT ifnull(max(seq), 0) FROM {table}" for table in TABLES)
    return max(int(connection.execute(query).fetchone()[0]) for query in newest)
