"""Files of recorded frames: those of `polywire record`, and lines of {"t_ms","clock","frame"}."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Raw, Struct

from polywire.core.units import MILLISECOND
from polywire.history.channel import ChannelHistory, Framed
from polywire.history.lines import first_line, lines, wrong
from polywire.history.provenance import RECEIVED, VENUE, Reading
from polywire.history.record_folder import RecordFolder
from polywire.history.terms import Given
from polywire.venues.polymarket.answers import UNREADABLE

FEED: Final = "recorded"


class ChannelLine(Struct):
    """One line of a market-channel file; `clock` is `recv` or `venue`."""

    t_ms: int
    frame: Raw
    clock: str = "venue"


_decode_line: Final = msgspec.json.Decoder(ChannelLine).decode
_decode_text: Final = msgspec.json.Decoder(str).decode


def recorded(path: Path, given: Given) -> ChannelHistory:
    """A file or a folder of `polywire record`: times of receipt, frames as they came, gaps."""
    reading = Reading(path, "frames of polywire record", clock=RECEIVED, delay_ns=0)
    folder = RecordFolder(path)
    reading.assumptions += folder.assumptions
    return ChannelHistory(reading, folder.frames, given)


def market_channel(path: Path, given: Given, delay_ns: int) -> ChannelHistory:
    """A file of market-channel lines, in the present format or that before September 2025."""
    clock = RECEIVED if decoded(path, 1, first_line(path)).clock == "recv" else VENUE
    reading = Reading(path, "market channel", clock=clock, delay_ns=delay_ns)
    return ChannelHistory(reading, lambda: _lines(path, reading), given)


def decoded(path: Path, number: int, line: bytes) -> ChannelLine:
    """A line of a market-channel file, or ConfigError."""
    try:
        return _decode_line(line)
    except UNREADABLE as error:
        raise wrong(path, number, f"no recorded frame ({error})") from error


def _lines(path: Path, reading: Reading) -> Iterator[Framed]:
    waiting: bytes | None = None
    number = 0
    for number, line in enumerate(lines(path), 1):
        if waiting is not None:
            yield _framed(decoded(path, number - 1, waiting))
        waiting = line
    if waiting is None:
        return
    if _torn(waiting):
        reading.assume(f"line {number} of {path.name}, its last, was cut off and is left out")
    else:
        yield _framed(decoded(path, number, waiting))


def _torn(line: bytes) -> bool:
    """Whether a last line was cut off: its recorder was killed."""
    try:
        _decode_line(line)
    except (msgspec.ValidationError, RecursionError):
        return False
    except msgspec.DecodeError:
        return True
    return False


def _framed(line: ChannelLine) -> Framed:
    text = bytes(line.frame)
    if text[:1] == b'"':  # PONG, or a frame kept as text
        text = _decode_text(text).encode()
    return Framed(line.t_ms * MILLISECOND, FEED, text)
