"""Giving a result: a sentence or a table for people, JSON for programs."""

import os
import sys
from pathlib import Path

import msgspec
from rich.console import Console, RenderableType

from polywire.core.errors import ConfigError

PIPE_WIDTH = 140
"""Columns where there is no terminal to ask."""


def emit(result: object, shown: RenderableType, *, as_json: bool) -> None:
    """Print the result as indented JSON, or as it is shown to people; both on standard output.

    Raises ConfigError where that cannot be written to.
    """
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    try:
        if as_json:
            console.print(json_of(result).decode(), markup=False)
        else:
            console.print(shown)
    except BrokenPipeError:
        raise
    except OSError as error:  # what is left would fail again when Python ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise ConfigError(f"cannot write the result: {error.strerror}") from error


def check_writable(path: Path) -> None:
    """Raise ConfigError now for a file that could not be written when the run is over."""
    if not path.parent.is_dir():
        raise ConfigError(f"cannot write {path}: there is no folder {path.parent}")


def write(path: Path, content: bytes) -> None:
    """Write a file; raises ConfigError where that cannot be."""
    try:
        path.write_bytes(content + b"\n")
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error


def json_of(result: object) -> bytes:
    """The result as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(result))
