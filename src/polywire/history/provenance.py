"""Where a backtest's events come from: files, their clocks, what was assumed and refused."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct, structs

from polywire.core.errors import ConfigError
from polywire.core.model.event import Event
from polywire.core.units import DAY, MILLISECOND, SECOND, Ns
from polywire.journal.manifest import digest_of

LOOK: Final = "recording-unreadable"
RECEIVED: Final = "received"
VENUE: Final = "venue"
NO_HASHES: Final = (
    "no venue hashes that can be compared: its books are trusted without proof, as far as their "
    "best prices are as recorded"
)


BACK_NS_MAX: Final = 10 * SECOND
"""Recorders that mix sources are out of order by up to 3 s; by more, a clock was set."""
TIME_NS_MAX: Final = 9_000_000_000_000 * MILLISECOND
"""The year 2255, as far as the venue's own times are read."""


class Input(Struct, frozen=True):
    """A file or folder by name, size and digest; of a folder, those of its files together."""

    name: str
    bytes: int
    sha256: str


class Provenance(Struct, frozen=True, kw_only=True):
    """One recording as it was read.

    `clock`: `received` where the file has the time of receipt, `venue` where it is the venue's
    time and `delay_ns` more. `hashes`: whether the venue's own hashes can prove its books.
    `lines` and `events` count what was read and made of it; `refused` counts lines by reason.
    """

    input: Input
    shape: str
    clock: str
    delay_ns: int
    hashes: bool
    first_ns: Ns
    last_ns: Ns
    lines: int
    events: int
    refused: dict[str, int]
    assumptions: tuple[str, ...]


class Recording(Protocol):
    """One recording: `events` once, in order of receipt; `provenance` counts what was read."""

    @property
    def provenance(self) -> Provenance:
        """Where the events come from; its counts grow while they are read."""

    def events(self) -> Iterator[Event]:
        """The events in order of their receive times; ConfigError for a damaged file."""


class Reading:
    """What a reader notes on its way; `told` passes events on, never back in time."""

    def __init__(self, path: Path, shape: str, *, clock: str, delay_ns: int) -> None:
        self.input = input_of(path)
        self.hashes = False
        self.lines = 0
        self.assumptions: list[str] = []
        self._shape = shape
        self._clock = clock
        self._delay_ns = delay_ns if clock == VENUE else 0
        self._refused: dict[str, int] = {}
        self._events = 0
        self._first_ns = Ns(0)
        self._last_ns = Ns(0)
        self._line_ns: int | None = None
        self._late = 0
        self._late_ns = 0

    def refuse(self, reason: str, times: int = 1) -> None:
        """Count lines of which nothing was made."""
        if times:
            self._refused[reason] = self._refused.get(reason, 0) + times

    def assume(self, sentence: str) -> None:
        """Note what a result rests on, once."""
        if sentence not in self.assumptions:
            self.assumptions.append(sentence)

    def received(self, at_ns: int, *, paused: bool = False) -> Ns:
        """When a line with this time was received; never before the line before it.

        `paused`: nobody recorded just before, for however long. Raises ValueError for what is no
        time, and where the recorder's clock must have been set: all that follows would be wrong.
        """
        at = at_ns + self._delay_ns
        if not 0 <= at <= TIME_NS_MAX:
            raise ValueError(f"expected a time between 1970 and 2255, found {at_ns} ns")
        before = at if self._line_ns is None else self._line_ns
        if before - at > BACK_NS_MAX:
            raise ValueError(f"it is {(before - at) / SECOND:,.1f} s older than a line before it")
        if at - before > DAY and not paused:
            raise ValueError(f"it is {(at - before) / DAY:,.1f} days later than the line before it")
        if at < before:
            self._late += 1
            self._late_ns = max(self._late_ns, before - at)
        self._line_ns = max(before, at)
        return Ns(max(self._last_ns, at))

    def told(self, events: Iterable[Event]) -> Iterator[Event]:
        """Count events and hand them on; one that would go back in time comes now instead."""
        for event in events:
            back = event.recv_ns < self._last_ns
            self._last_ns = max(self._last_ns, event.recv_ns)
            self._first_ns = self._first_ns or self._last_ns
            self._events += 1
            yield structs.replace(event, recv_ns=self._last_ns) if back else event

    def provenance(self) -> Provenance:
        """All of it as data."""
        return Provenance(
            input=self.input,
            shape=self._shape,
            clock=self._clock,
            delay_ns=self._delay_ns,
            hashes=self.hashes,
            first_ns=self._first_ns,
            last_ns=self._last_ns,
            lines=self.lines,
            events=self._events,
            refused=dict(sorted(self._refused.items())),
            assumptions=(*self.assumptions, *self._told()),
        )

    def _told(self) -> Iterator[str]:
        if not self.hashes:
            yield NO_HASHES
        if self._late:
            yield (
                f"{self._late} lines are out of order by time, by up to {self._late_ns / SECOND:g} "
                "s: they count as received with the line before them"
            )


def input_of(path: Path) -> Input:
    """A file, or a folder with all files in it; ConfigError where it cannot be read."""
    try:
        if path.is_file():
            return Input(path.name, path.stat().st_size, digest_of(path))
        files = sorted(one for one in path.iterdir() if one.is_file())
        whole = hashlib.sha256()
        for one in files:
            whole.update(f"{one.name} {digest_of(one)}\n".encode())
        return Input(path.name, sum(one.stat().st_size for one in files), whole.hexdigest())
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}", look=LOOK) from error
