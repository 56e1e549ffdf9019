"""Raw frames with their receive times, as `polywire record` keeps them: zstd-packed JSON lines.

The first line of a file describes it; every other is {"recv_ns", "feed", "frame"}, the frame as
the text that came, and beside a journal its `seq`. Each flush ends a zstd frame, so a kill loses
only what was not yet flushed.
"""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import zstandard
from msgspec import Struct

from polywire.core.errors import JournalError
from polywire.core.units import HOUR, SECOND, Ns
from polywire.journal import manifest
from polywire.journal.frame_file import FrameFile
from polywire.journal.manifest import FileEntry, Gap

VERSION: Final = 1
SUFFIX: Final = ".jsonl.zst"
FILE_BYTES_MAX: Final = 256 << 20
BLOCK_BYTES_MAX: Final = 1 << 20
"""A block is flushed at this size even within its second, so memory is bounded."""


class FrameLine(Struct, frozen=True, gc=False, omit_defaults=True):
    """One text frame of one feed and when it was received.

    `seq`: the last row that the journal of the same process had by then; 0 where it keeps none.
    """

    recv_ns: Ns
    feed: str
    frame: str
    seq: int = 0


class _Head(Struct):
    polywire: str
    version: int


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(FrameLine).decode
_decode_head: Final = msgspec.json.Decoder(_Head).decode


class FrameWriter:
    """Appends frames to the folder's newest file; a new hour or too many bytes start the next.

    Raises JournalError when the disk refuses; what was taken is kept and tried again.
    """

    def __init__(
        self, folder: Path, description: dict[str, str], file_bytes_max: int = FILE_BYTES_MAX
    ) -> None:
        """Enter a crashed recorder's files into the manifest; `description` opens each file."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JournalError(f"the folder {folder} cannot be used: {error}") from error
        self._folder = folder
        self._description = description
        self._file_bytes_max = file_bytes_max
        self._manifest = manifest.load(folder)
        self._file: FrameFile | None = None
        self._hour = 0
        self._flush_ns = 0
        self._adopt()

    def write(self, recv_ns: Ns, feed: str, frame: str, seq: int = 0) -> None:
        """Take a frame. Flushes once a second of receive time; call `flush` when it is quiet."""
        file = self._file_for(recv_ns)
        if recv_ns >= self._flush_ns or file.waiting >= BLOCK_BYTES_MAX:
            file.flush()
            self._flush_ns = recv_ns + SECOND
        file.take(_encode(FrameLine(recv_ns, feed, frame, seq)) + b"\n", recv_ns)

    def flush(self) -> None:
        """Hand everything taken to the operating system, out of reach of a kill."""
        if self._file is not None:
            self._file.flush()

    def gap(self, gap: Gap) -> None:
        """Enter a time without a feed into the manifest, at once."""
        self._manifest.gaps.append(gap)
        manifest.save(self._folder, self._manifest)

    def close(self) -> None:
        """Finish the file and enter it into the manifest."""
        if self._file is not None:
            self._manifest.files.append(self._file.finish())
            self._file = None
            manifest.save(self._folder, self._manifest)

    def _file_for(self, recv_ns: Ns) -> FrameFile:
        file = self._file
        hour = recv_ns // HOUR
        if file is not None and hour <= self._hour and file.size < self._file_bytes_max:
            return file
        self.close()
        text = datetime.fromtimestamp(hour * (HOUR // SECOND), UTC).strftime("%Y-%m-%dT%H")
        count = sum(1 for _ in self._folder.glob(f"{text}.*{SUFFIX}"))
        head = {"polywire": "frames", "version": VERSION, "recv_ns": recv_ns, **self._description}
        path = self._folder / f"{text}.{count + 1:03}{SUFFIX}"
        self._file = FrameFile(path, _encode(head) + b"\n")
        self._hour = hour
        self._flush_ns = recv_ns + SECOND
        return self._file

    def _adopt(self) -> None:
        known = {file.name for file in self._manifest.files}
        left = [path for path in frame_files(self._folder) if path.name not in known]
        self._manifest.files.extend(left_entry(path) for path in left)
        if left:
            manifest.save(self._folder, self._manifest)


def read_frames(path: Path) -> Iterator[FrameLine]:
    """The frames of a file or of a folder's files in order; a torn end only ends a file.

    Raises JournalError for damage before the end and for another format or version.
    """
    for file in frame_files(path) if path.is_dir() else [path]:
        lines = _lines(file)
        try:
            head = next(lines, None)
            if head is not None:
                _check_head(_decode_head(head), file)
            for line in lines:
                yield _decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise JournalError(
                f"the recording {file} has a line of another shape: {error}"
            ) from error


def frame_files(folder: Path) -> list[Path]:
    """The recordings of a folder, oldest first."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def left_entry(path: Path) -> FileEntry:
    """What the manifest says of a file whose writer died."""
    frames, first_ns, last_ns = 0, Ns(0), Ns(0)
    for line in read_frames(path):
        frames += 1
        first_ns = first_ns or line.recv_ns
        last_ns = line.recv_ns
    return FileEntry(
        name=path.name,
        frames=frames,
        bytes=path.stat().st_size,
        first_recv_ns=first_ns,
        last_recv_ns=last_ns,
        sha256=manifest.digest_of(path),
        torn=True,
    )


def _check_head(head: _Head, path: Path) -> None:
    if head.polywire != "frames" or head.version != VERSION:
        raise JournalError(
            f"{path} is {head.polywire!r} of version {head.version}, "
            f"this build reads 'frames' of version {VERSION}"
        )


def _lines(path: Path) -> Iterator[bytes]:
    """The whole lines of a file."""
    try:
        with path.open("rb") as file:
            reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
            for line in io.BufferedReader(reader):
                if line.endswith(b"\n"):
                    yield line
    except (OSError, zstandard.ZstdError) as error:
        raise JournalError(f"the recording {path} cannot be read: {error}") from error
