"""What becomes of closed days: packed, and deleted by age and size. Run it beside the loop.

Never touches the newest file, which is the running one, nor deletes what recovery needs.
"""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import zstandard

from polywire.core.errors import JournalError
from polywire.core.units import DAY, Ns
from polywire.journal.files import PACKED, DayFile, day_files, log_files
from polywire.journal.snapshot import newest_snapshot

_PART: Final = ".part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How much a journal folder may hold; None is no limit."""

    bytes_max: int | None
    age_ns_max: int | None


def prune(folder: Path, limits: Retention, now: Ns) -> list[Path]:
    """Delete the oldest days over a limit and say which; what is left has no hole.

    Only days before the newest ledger snapshot can go: a folder without one keeps everything.
    """
    files = day_files(folder)
    size = sum(size_of(file.path) for file in files)
    deleted = []
    for file in disposable(files):
        too_old = limits.age_ns_max is not None and now - (file.day + 1) * DAY > limits.age_ns_max
        too_much = limits.bytes_max is not None and size > limits.bytes_max
        if not too_old and not too_much:
            break
        size -= size_of(file.path)
        for path in (file.path, *log_files(file.path)):
            path.unlink(missing_ok=True)
        deleted.append(file.path)
    return deleted


def disposable(files: list[DayFile]) -> list[DayFile]:
    """The files recovery does not read."""
    for at in range(len(files) - 1, 0, -1):
        if newest_snapshot(files[at]) is not None:
            return files[:at]
    return []


def pack_closed(folder: Path) -> list[Path]:
    """Compress every closed day and say which; one that is being read waits for the next time."""
    plain = [file.path for file in day_files(folder)[:-1] if not file.packed]
    return [path for path in plain if fold_log(path) and pack(path)]


def fold_log(path: Path) -> bool:
    """Bring a crashed writer's log into its file; False where someone still uses it."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
        try:
            mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
        except sqlite3.OperationalError:
            return False
        except sqlite3.Error as error:
            raise JournalError(f"the journal file {path} cannot be packed: {error}") from error
    return bool(mode == ("delete",))


def pack(path: Path) -> bool:
    """Replace a file by its compressed self; a crash leaves one of them whole."""
    target = path.with_name(path.name + PACKED)
    part = target.with_name(target.name + _PART)
    compressor = zstandard.ZstdCompressor(write_checksum=True)
    try:
        with path.open("rb") as source, part.open("wb") as sink:
            compressor.copy_stream(source, sink, size=path.stat().st_size)
            sink.flush()
            os.fsync(sink.fileno())
        part.replace(target)
        path.unlink()
    except OSError as error:
        raise JournalError(f"the journal file {path} cannot be packed: {error}") from error
    return True


def size_of(path: Path) -> int:
    """The bytes of a file and of what belongs to it."""
    return sum(part.stat().st_size for part in (path, *log_files(path)) if part.exists())
