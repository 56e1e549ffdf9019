"""One engine a journal folder: a lock file that dies with its holder and names it."""

import contextlib
import fcntl
import os
from pathlib import Path

from polywire.core.errors import JournalError

LOCK_NAME = "journal.lock"


class FolderLock:
    """Held from construction until `close` or the end of the process, however it ends."""

    def __init__(
        self, folder: Path, what: str = "", *, instead: str = "choose another folder"
    ) -> None:
        """Make the folder if need be and take its lock; raises JournalError naming who has it.

        `what` the folder stands for in that error, if not for itself, and what to do `instead` of
        stopping who has it.
        """
        named = what or f"the journal folder {folder}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            text = f"{named} cannot be used: {folder}: {error.strerror}; make it writable"
            raise JournalError(text, look="wrong-input") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = os.read(self._descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(self._descriptor)
            raise JournalError(
                f"{named} is in use by process {pid}; stop that one or {instead}",
                look="journal-locked",
            ) from error
        found = os.fstat(self._descriptor)
        self.path, self.place = folder / LOCK_NAME, (found.st_dev, found.st_ino)
        os.truncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode("ascii"))

    def close(self) -> None:
        """Let the next engine in."""
        os.close(self._descriptor)


def holder(folder: Path) -> int | None:
    """The process that has a folder's lock, 0 where it has not said which; None: nobody has it."""
    with contextlib.suppress(OSError), (folder / LOCK_NAME).open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)  # given back as the file is closed
        except BlockingIOError:
            told = lock.read(32).strip()
            return int(told) if told.isdigit() else 0
    return None
