"""Recovery: the newest ledger snapshot of a journal and the account history behind it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from polywire.core.model.event import Record
from polywire.core.units import Ns
from polywire.journal.files import DayFile, day_files, has_tables, readable
from polywire.journal.reader import entry_of, files_behind, read_account
from polywire.journal.record import Entry, LedgerSnapshot

NEWEST: Final = (
    "SELECT seq, kind, payload, checksum FROM account "
    "WHERE kind = 'LedgerSnapshot' ORDER BY seq DESC LIMIT 1"
)
FIRST: Final = NEWEST.replace("DESC", "ASC")


@dataclass(frozen=True, slots=True)
class Recovery:
    """Where to start: the ledger's dump (None: from nothing) and the records behind `seq`."""

    seq: int
    ledger: bytes | None
    records: Iterator[tuple[int, Record]]


def recover(folder: Path) -> Recovery:
    """What a starting engine replays; raises JournalError where the journal is damaged."""
    files = day_files(folder) if folder.is_dir() else []
    for file in reversed(files):
        found = newest_snapshot(file)
        if found is not None:
            seq, kept = found
            return Recovery(seq, kept.state, read_account(folder, after=seq))
    return Recovery(0, None, read_account(folder) if files else iter(()))


def before(folder: Path, first_seq: int) -> Iterator[Entry]:
    """What a run that begins with this row takes as known: a ledger's dump, and rows behind it."""
    known = day_files(folder) if folder.is_dir() else []
    earlier = [file for file in known if file.first_seq < first_seq]
    after = 0
    for one in reversed(earlier):
        found = newest_snapshot(one)
        if found is not None:
            after = found[0]
            yield LedgerSnapshot(Ns(0), found[1].state)
            break
    for seq, record in read_account(folder, after) if earlier else ():
        if seq >= first_seq:
            return
        yield record


def newest_snapshot(file: DayFile) -> tuple[int, LedgerSnapshot] | None:
    """The number and content of the newest ledger snapshot in a file."""
    return _snapshot(file, NEWEST)


def first_snapshot(files: Iterable[DayFile]) -> tuple[int, LedgerSnapshot] | None:
    """The number and content of the first ledger snapshot in files, which come oldest first."""
    return next((found for file in files if (found := _snapshot(file, FIRST))), None)


def earliest(path: Path) -> bytes | None:
    """The first ledger snapshot of a folder or file, for what its rows take as known."""
    found = first_snapshot(files_behind(path, 0))
    return found[1].state if found is not None else None


def _snapshot(file: DayFile, query: str) -> tuple[int, LedgerSnapshot] | None:
    with readable(file.path) as connection:
        row = connection.execute(query).fetchone() if has_tables(connection) else None
    if row is None:
        return None
    entry = entry_of(row, file.path)
    assert isinstance(entry, LedgerSnapshot), f"row {row[0]} was asked for by its kind"
    return row[0], entry
