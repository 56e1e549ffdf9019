"""Files of recorded frames: those of `polywire record`, and lines of {"t_ms","clock","frame"}."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Raw, Struct

from polywire.core.units import MILLISECOND
from polywire.history.channel import Away, ChannelHistory, Framed
from polywire.history.lines import first_line, lines, wrong
from polywire.history.provenance import RECEIVED, VENUE, Reading
from polywire.history.terms import Given
from polywire.journal import manifest
from polywire.journal.frames import read_frames

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
    return ChannelHistory(reading, lambda: _with_gaps(path), given)


def market_channel(path: Path, given: Given, delay_ns: int) -> ChannelHistory:
    """A file of market-channel lines, in the present format or that before September 2025."""
    clock = RECEIVED if decoded(path, 1, first_line(path)).clock == "recv" else VENUE
    reading = Reading(path, "market channel", clock=clock, delay_ns=delay_ns)
    return ChannelHistory(reading, lambda: _lines(path), given)


def decoded(path: Path, number: int, line: bytes) -> ChannelLine:
    """A line of a market-channel file, or ConfigError."""
    try:
        return _decode_line(line)
    except msgspec.MsgspecError as error:
        raise wrong(path, number, f"no recorded frame ({error})") from error


def _lines(path: Path) -> Iterator[Framed]:
    waiting: bytes | None = None
    number = 0
    for number, line in enumerate(lines(path), 1):
        if waiting is not None:
            yield _framed(decoded(path, number - 1, waiting))
        waiting = line
    if waiting is not None and not _torn(waiting):
        yield _framed(decoded(path, number, waiting))


def _torn(line: bytes) -> bool:
    """Whether a last line was cut off: its recorder was killed."""
    try:
        _decode_line(line)
    except msgspec.DecodeError:
        return True
    return False


def _framed(line: ChannelLine) -> Framed:
    text = bytes(line.frame)
    if text[:1] == b'"':  # PONG, or a frame kept as text
        text = _decode_text(text).encode()
    return Framed(line.t_ms * MILLISECOND, FEED, text)


def _with_gaps(path: Path) -> Iterable[Framed | Away]:
    """The frames of a recording, and before them the gaps that its manifest tells of."""
    gaps = manifest.load(path).gaps if path.is_dir() else []
    waiting = sorted(gaps, key=lambda gap: gap.opened_ns)
    for line in read_frames(path):
        while waiting and waiting[0].opened_ns <= line.recv_ns:
            gap = waiting.pop(0)
            yield Away(gap.opened_ns, gap.feed, gap.cause)
        yield Framed(line.recv_ns, line.feed, line.frame.encode())
    for gap in waiting:
        yield Away(gap.opened_ns, gap.feed, gap.cause)
