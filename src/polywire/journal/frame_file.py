"""One file of a frame recording while it is written: whole packed blocks, counted and digested."""

import hashlib
from errno import ENOSPC
from pathlib import Path

import zstandard

from polywire.core.errors import JournalError
from polywire.core.units import Ns
from polywire.journal.manifest import FileEntry


class FrameFile:
    """Keeps lines until a flush, which writes them as one zstd frame or changes nothing."""

    def __init__(self, path: Path, head: bytes) -> None:
        """Start a new file; raises JournalError where it cannot be made."""
        try:
            self._file = path.open("xb", buffering=0)
        except OSError as error:
            raise JournalError(f"the recording {path} cannot be started: {error}") from error
        self._path = path
        self._lines = [head]
        self._compressor = zstandard.ZstdCompressor(write_checksum=True)
        self._digest = hashlib.sha256()
        self._frames = 0
        self._first_ns = self._last_ns = Ns(0)
        self.waiting = len(head)
        self.size = 0

    def take(self, line: bytes, recv_ns: Ns) -> None:
        """Keep a line for the next flush."""
        self._lines.append(line)
        self.waiting += len(line)
        self._first_ns = self._first_ns or recv_ns
        self._last_ns = recv_ns
        self._frames += 1

    def flush(self) -> None:
        """Write what waits; raises JournalError and keeps it where the disk refuses."""
        if not self._lines:
            return
        block = self._compressor.compress(b"".join(self._lines))
        try:
            self._write(block)
        except OSError as error:
            self._file.truncate(self.size)
            self._file.seek(self.size)
            raise JournalError(f"the recording {self._path} cannot be written: {error}") from error
        self._digest.update(block)
        self.size += len(block)
        self._lines.clear()
        self.waiting = 0

    def finish(self) -> FileEntry:
        """Flush, close, and say what the manifest should."""
        self.flush()
        self._file.close()
        return FileEntry(
            name=self._path.name,
            frames=self._frames,
            bytes=self.size,
            first_recv_ns=self._first_ns,
            last_recv_ns=self._last_ns,
            sha256=self._digest.hexdigest(),
        )

    def _write(self, block: bytes) -> None:
        if self._file.write(block) < len(block):
            raise OSError(ENOSPC, "the disk took only part of a block")
