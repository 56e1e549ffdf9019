"""The lines of a recording, plain or packed: whole ones, numbered, with a word for what is torn."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import zstandard
from typing_extensions import Buffer, override

from polywire.core.errors import ConfigError
from polywire.history.provenance import LOOK

ZSTD: Final = b"\x28\xb5\x2f\xfd"
FIRST_BYTES_MAX: Final = 1 << 20
PACKED_BYTES: Final = 16 << 10
LINE_BYTES_MAX: Final = 16 << 20
"""No recorder writes such a line; a file without line ends is something else."""


def lines(path: Path) -> Iterator[bytes]:
    """Each line without its end; a last one without an end is one only if it is not cut off.

    Raises ConfigError for a file that cannot be read, that is damaged, or that has no lines.
    """
    number = 0
    try:
        with path.open("rb") as file:
            for line in _opened(file, whole=True):
                number += 1
                if len(line) > LINE_BYTES_MAX:
                    raise ConfigError(
                        f"{path} line {number} is over {LINE_BYTES_MAX >> 20} MiB long: it is no "
                        "recording of lines",
                        look=LOOK,
                    )
                yield line.rstrip(b"\r\n")
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}", look=LOOK) from error
    except zstandard.ZstdError as error:
        raise ConfigError(
            f"{path} is damaged after line {number} ({error}): get the file again, or unpack what "
            "is whole of it and cut it there",
            look=LOOK,
        ) from error


def first_line(path: Path) -> bytes:
    """What a file begins with, up to its first line's end; ConfigError if it cannot be read.

    A packed one may end at any byte: whether that is damage, only its recorder's rules say.
    """
    try:
        with path.open("rb") as file:
            return _opened(file, whole=False).readline(FIRST_BYTES_MAX).rstrip(b"\r\n")
    except (OSError, zstandard.ZstdError) as error:
        raise ConfigError(f"cannot read {path}: {error}; get it again", look=LOOK) from error


def _opened(file: io.BufferedReader, *, whole: bool) -> io.BufferedIOBase:
    packed = file.peek(len(ZSTD))[: len(ZSTD)] == ZSTD
    return io.BufferedReader(_Unpacked(file, whole=whole), buffer_size=1 << 20) if packed else file


class _Unpacked(io.RawIOBase):
    """What a packed file holds, which may be many frames.

    Not the library's reader: to that one, a file that was cut off is one that ends.
    """

    def __init__(self, file: io.BufferedReader, *, whole: bool) -> None:
        self._file = file
        self._whole = whole
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._packed = b""
        self._ready = memoryview(b"")

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        while not self._ready and self._more():
            pass
        target = memoryview(buffer).cast("B")
        part = self._ready[: len(target)]
        target[: len(part)] = part
        self._ready = self._ready[len(part) :]
        return len(part)

    def _more(self) -> bool:
        """Unpack some more; False at the end, where a frame that has not ended is damage."""
        packed = self._packed or self._file.read(PACKED_BYTES)
        if not packed:
            if self._whole and self._frame is not None:
                raise zstandard.ZstdError("it ends before its packed content does")
            return False
        frame = self._frame or zstandard.ZstdDecompressor().decompressobj()
        self._ready = memoryview(frame.decompress(packed))
        self._packed = frame.unused_data
        self._frame = None if frame.eof else frame
        return True


def wrong(path: Path, number: int, why: object) -> ConfigError:
    """The error for a line that is not what the file's first lines promise."""
    return ConfigError(
        f"{path} line {number}: {why}; mend or delete the line, or get the file again", look=LOOK
    )
