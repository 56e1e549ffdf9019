"""Keeps raw frames as they come, with their receive times, and notes when a feed was away."""

from collections.abc import Callable, Iterable
from pathlib import Path

import structlog
from typing_extensions import override

from polywire.core.errors import JournalError
from polywire.core.ids import FeedId
from polywire.core.model.event import Event
from polywire.core.model.market import FeedDown, FeedUp
from polywire.core.units import Ns
from polywire.journal.frames import FrameWriter
from polywire.journal.log import Journal
from polywire.journal.manifest import Gap
from polywire.runtime.feed import OnFrame
from polywire.venues.polymarket.market_ws import MarketSession

log = structlog.get_logger()


class Recorder:
    """A sink for frames and for the feed events that open and close gaps."""

    def __init__(
        self, folder: Path, description: dict[str, str], seq: Callable[[], int] = lambda: 0
    ) -> None:
        """`seq` is the journal's last row, if one is kept beside."""
        self.frames = 0
        self.bytes = 0
        self.gaps = 0
        self._writer = FrameWriter(folder, description)
        self._seq = seq
        self._down: dict[FeedId, FeedDown] = {}

    def frame(self, feed: FeedId, frame: bytes, now: Ns) -> None:
        """Keep one frame."""
        self.frames += 1
        self.bytes += len(frame)
        self._writer.write(now, feed, frame.decode(errors="backslashreplace"), self._seq())

    def event(self, event: Event) -> None:
        """Note the beginning and the end of a time without the feed."""
        match event:
            case FeedDown():
                self._down.setdefault(event.feed, event)
            case FeedUp():
                down = self._down.pop(event.feed, None)
                if down is not None:
                    self._gap(down, event.recv_ns)
            case _:
                pass

    def passing(self, events: Iterable[Event]) -> Iterable[Event]:
        """Note what of these it has to, and hand them on."""
        told = tuple(events)
        for event in told:
            self.event(event)
        return told

    def flush(self) -> None:
        """Put everything taken out of reach of a kill."""
        self._writer.flush()

    def close(self, now: Ns) -> None:
        """Finish the file and the manifest; a feed that is still away has a gap until now."""
        for down in self._down.values():
            self._gap(down, now)
        self._down.clear()
        self._writer.close()

    def _gap(self, down: FeedDown, now: Ns) -> None:
        self.gaps += 1
        self._writer.gap(Gap(down.feed, down.recv_ns, now, down.cause))


def recorder_of(folder: Path | None, market_ws: str, journal: Journal) -> Recorder | None:
    """Keeps the frames of a run, each with the row that its journal had by then."""
    if folder is None:
        return None
    description = {"venue": "polymarket", "market_ws": market_ws}
    return Recorder(folder, description, lambda: journal.seq)


class KeptSession(MarketSession):
    """A session whose frames are kept as it reads them, without those that a twin brought first.

    It goes on without where the disk refuses: trading does not depend on a recording.
    """

    __slots__ = ("_keep",)

    def __init__(self, feed: FeedId, random: Callable[[], float], keep: OnFrame) -> None:
        super().__init__(feed, random)
        self._keep: OnFrame | None = keep

    @override
    def receive(self, frame: bytes, now: Ns) -> list[Event]:
        if self._keep is not None:
            try:
                self._keep(self.feed, frame, now)
            except JournalError as error:
                self._keep = None
                log.warning("recording_failed", feed=self.feed, error=str(error))
        return super().receive(frame, now)
