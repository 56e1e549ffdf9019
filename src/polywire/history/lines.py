"""The lines of a recording, plain or packed: whole ones, numbered, with a word for what is torn."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import zstandard

from polywire.core.errors import ConfigError
from polywire.history.provenance import LOOK

ZSTD: Final = b"\x28\xb5\x2f\xfd"
FIRST_BYTES_MAX: Final = 1 << 20
LINE_BYTES_MAX: Final = 16 << 20
"""No recorder writes such a line; a file without line ends is something else."""


def lines(path: Path) -> Iterator[bytes]:
    """Each line without its end; a last one without an end is one only if it is not cut off.

    Raises ConfigError for a file that cannot be read, that is damaged, or that has no lines.
    """
    number = 0
    try:
        with path.open("rb") as file:
            for line in _opened(file):
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
    """What a file begins with, up to its first line's end; ConfigError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return _opened(file).readline(FIRST_BYTES_MAX).rstrip(b"\r\n")
    except (OSError, zstandard.ZstdError) as error:
        raise ConfigError(f"cannot read {path}: {error}; get it again", look=LOOK) from error


def _opened(file: io.BufferedReader) -> io.BufferedIOBase:
    packed = file.peek(len(ZSTD))[: len(ZSTD)] == ZSTD
    if not packed:
        return file
    unpacked = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
    return io.BufferedReader(unpacked, buffer_size=1 << 20)


def wrong(path: Path, number: int, why: object) -> ConfigError:
    """The error for a line that is not what the file's first lines promise."""
    return ConfigError(
        f"{path} line {number}: {why}; mend or delete the line, or get the file again", look=LOOK
    )
