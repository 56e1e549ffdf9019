"""Recorded files as Python values, read whole."""

import io
import json
from pathlib import Path
from typing import Any

import zstandard


def json_lines(path: Path) -> list[dict[str, Any]]:
    """Every line of a JSON-lines file, compressed or not."""
    raw = path.read_bytes()
    if path.suffix == ".zst":
        raw = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(raw)).read()
    return [json.loads(line) for line in raw.splitlines()]


def compact(message: object) -> bytes:
    """A frame as the venue sends it; bare texts stay bare."""
    if isinstance(message, str):
        return message.encode()
    return json.dumps(message, separators=(",", ":")).encode()
