"""The files of a journal folder: their names, their order, their tables and their version."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import zstandard

from polywire.core.errors import JournalError
from polywire.core.ids import RunId
from polywire.journal.capture import Capture

VERSION: Final = "1"
TABLES: Final = ("market", "account")
SUFFIX: Final = ".sqlite"
PACKED: Final = ".zst"
BEGAN: Final = "began"
"""What a file that is not the first of its run says of the run's beginning."""

_NAME: Final = re.compile(r"(\d{4}-\d\d-\d\d)\.([\w-]+)\.(\d+)\.sqlite(\.zst)?")
_EPOCH: Final = date(1970, 1, 1).toordinal()
_SCHEMA: Final = "CREATE TABLE {} (seq INTEGER PRIMARY KEY, recv_ns, kind, payload BLOB, checksum)"


@dataclass(frozen=True, slots=True)
class DayFile:
    """One run's rows of one UTC day; `first_seq` orders the files of a folder."""

    path: Path
    day: int
    run: RunId
    first_seq: int

    @property
    def packed(self) -> bool:
        """Whether it is a closed day that was compressed."""
        return self.path.name.endswith(PACKED)


def day_path(folder: Path, day: int, run: RunId, first_seq: int) -> Path:
    """Where a run's rows of a day go; `day` counts from the epoch."""
    assert re.fullmatch(r"[\w-]+", run), f"run id {run!r} cannot be part of a file name"
    return folder / f"{date.fromordinal(_EPOCH + day)}.{run}.{first_seq}{SUFFIX}"


def day_file(path: Path) -> DayFile | None:
    """What a file's name says, or None where it is not a journal's."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        return None
    day = date.fromisoformat(match[1]).toordinal() - _EPOCH
    return DayFile(path, day, RunId(match[2]), int(match[3]))


def day_files(folder: Path) -> list[DayFile]:
    """The journal files of a folder in the order of their rows.

    A crash while packing leaves a day twice; the plain file is then the whole one.
    """
    found = (day_file(path) for path in folder.iterdir())
    ordered = sorted(
        (file for file in found if file is not None),
        key=lambda file: (file.first_seq, file.day, file.run, file.packed),
    )
    places = [(file.first_seq, file.day, file.run) for file in ordered]
    return [file for at, file in enumerate(ordered) if at == 0 or places[at - 1] != places[at]]


def place_of(path: Path) -> tuple[int, int] | None:
    """Device and number of the file that a name leads to now; None where it leads to none."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


def log_files(path: Path) -> list[Path]:
    """Where SQLite keeps what is on its way into a file."""
    return [path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal")]


def create(path: Path, run: RunId, capture: Capture, began: str = "") -> sqlite3.Connection:
    """A connection that may write to a new day's file; statements outside BEGIN commit at once.

    `began`: the record with which the run began, as JSON, where an earlier file has it.
    """
    meta = {"version": VERSION, "run": run, "capture": capture.value}
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        if not has_tables(connection):
            make_tables(connection, meta | ({BEGAN: began} if began else {}))
        connection.execute("COMMIT")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def make_tables(connection: sqlite3.Connection, meta: dict[str, str]) -> None:
    """An empty journal file's tables, and what the file says of itself."""
    for table in TABLES:
        connection.execute(_SCHEMA.format(table))
    connection.execute("CREATE TABLE meta (key PRIMARY KEY, value)")
    connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())


@contextmanager
def readable(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads a plain or packed file.

    Raises JournalError where the file is damaged or of another version.
    """
    with unpacked(path) as plain:
        try:
            with closing(open_for_reading(plain)) as connection:
                check_version(connection, path)
                yield connection
        except sqlite3.Error as error:
            raise JournalError(f"the journal file {path} cannot be read: {error}") from error


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that refuses to write.

    Not SQLite's own read-only mode: that cannot finish what a killed writer had begun, and failed
    on 2 of 45 kills with "attempt to write a readonly database".
    """
    uri = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    connection.execute("PRAGMA query_only = ON")
    return connection


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """A plain file: the path itself, or a copy that lives as long as the context."""
    if path.name.endswith(SUFFIX) and not path.exists():
        path = path.with_name(path.name + PACKED)  # packed since the folder was listed
    if not path.name.endswith(PACKED):
        yield path
        return
    with TemporaryDirectory(prefix="polywire-") as folder:
        plain = Path(folder) / path.name.removesuffix(PACKED)
        try:
            with path.open("rb") as source, plain.open("wb") as target:
                zstandard.ZstdDecompressor().copy_stream(source, target)
        except zstandard.ZstdError as error:
            raise JournalError(f"the journal file {path} cannot be unpacked: {error}") from error
        yield plain


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Raise JournalError unless this build can read the file; one without tables is just empty."""
    if not has_tables(connection):
        return
    version = read_meta(connection, "version")
    if version != VERSION:
        raise JournalError(
            f"the journal file {path} has version {version}, this build reads version {VERSION}; "
            "read it with the build that wrote it, or move it to another folder"
        )


def read_meta(connection: sqlite3.Connection, key: str) -> str | None:
    """One value of the file's own description."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def has_tables(connection: sqlite3.Connection) -> bool:
    """False for a file whose writer died before its first commit."""
    return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
