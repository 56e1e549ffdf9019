"""Journals as Parquet, for programs that read tables, and back: every row, none changed.

Columns: `seq`, `recv_ns`, `kind`, `record` (the record's fields as a JSON object). A file begins
with each UTC day, named by it and by the last row before it, so that a missing one is noticed.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Final

from polywire.core.errors import JournalError, needs_package
from polywire.core.model.market import Fact
from polywire.core.units import DAY, SECOND, Ns
from polywire.journal.reader import hole, read_entries
from polywire.journal.record import Entry, from_json, to_json

ROWS_MAX: Final = 1 << 17
"""About so many rows a file: what is in memory at a time."""
COLUMNS: Final = ("seq", "recv_ns", "kind", "record")
_NAME: Final = re.compile(r"\d{4}-\d\d-\d\d\.(\d+)\.parquet")

Row = tuple[int, Ns, str, str]


def archive_files(path: Path) -> list[Path]:
    """The files of an archive in the order of their rows: of a folder, or the one named."""
    found = [path] if path.is_file() else [*path.iterdir()]
    return sorted((each for each in found if _NAME.fullmatch(each.name)), key=_before)


def write_archive(journal: Path, folder: Path, told: Callable[[int], object]) -> int:
    """Write what a folder lacks of a journal, its last file anew; how many rows that was.

    `told` is called with the rows so far. Raises JournalError for a damaged journal, and where the
    folder holds another one; ConfigError without polars.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = archive_files(folder)
    before = _before(files[-1]) if files else 0
    parts = _parts(journal, before)
    part, count = next(parts, []), 0
    if files and next(_rows(files[-1])) not in part[:1]:
        raise JournalError(f"{folder} holds another journal than {journal}: name another folder")
    while part:
        _write(folder, before, part)
        before = part[-1][0]
        count += len(part)
        told(count)
        part = next(parts, [])
    return count


def read_archive(path: Path) -> Iterator[tuple[int, Entry]]:
    """Every row of a folder or file that `write_archive` wrote, as reader.read_entries has it.

    Raises JournalError for a damaged file, and where one is missing; ConfigError without polars.
    """
    last: int | None = None
    for file in archive_files(path):
        if last is not None and _before(file) != last:
            raise hole(file, last + 1, _before(file) + 1)
        for seq, _, kind, text in _rows(file):
            last = seq
            yield seq, from_json(kind, text)


def _parts(journal: Path, after: int) -> Iterator[list[Row]]:
    """A journal's rows, file by file; each begins with one that has a time of its own."""
    part: list[Row] = []
    now = Ns(0)
    for seq, entry in read_entries(journal, after):
        if isinstance(entry, Fact):
            ends = len(part) >= ROWS_MAX or entry.recv_ns // DAY > now // DAY
            if part and ends:
                yield part
                part = []
            now = entry.recv_ns
        part.append((seq, now, *to_json(entry)))
    if part:
        yield part


def _write(folder: Path, before: int, part: list[Row]) -> None:
    path = folder / f"{datetime.fromtimestamp(part[0][1] // SECOND, UTC):%Y-%m-%d}.{before}.parquet"
    unfinished = path.with_suffix(".part")
    try:
        _polars().DataFrame(part, COLUMNS, orient="row").write_parquet(unfinished)
        unfinished.replace(path)
    except OSError as error:
        raise JournalError(f"the archive {path} cannot be written: {error}") from error


def _rows(path: Path) -> Iterator[Row]:
    polars = _polars()
    try:
        yield from polars.read_parquet(path, columns=[*COLUMNS]).iter_rows()
    except (OSError, polars.exceptions.PolarsError) as error:
        raise JournalError(f"the archive {path} cannot be read: {error}") from error


def _before(path: Path) -> int:
    """The number of the last row before a file."""
    return int(path.name.split(".")[1])


def _polars() -> ModuleType:
    try:
        import polars  # noqa: PLC0415  # an extra, and slow to load
    except ModuleNotFoundError as error:
        raise needs_package("Parquet", "polars") from error
    return polars
