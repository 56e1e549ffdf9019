"""Keeps raw frames as they come, with their receive times, and notes when a feed was away."""

from pathlib import Path

from polywire.core.ids import FeedId
from polywire.core.model.event import Event
from polywire.core.model.market import FeedDown, FeedUp
from polywire.core.units import Ns
from polywire.journal.frames import FrameWriter
from polywire.journal.manifest import Gap


class Recorder:
    """A sink for frames and for the feed events that open and close gaps."""

    def __init__(self, folder: Path, description: dict[str, str]) -> None:
        self.frames = 0
        self.bytes = 0
        self.gaps = 0
        self._writer = FrameWriter(folder, description)
        self._down: dict[FeedId, FeedDown] = {}

    def frame(self, feed: FeedId, frame: bytes, now: Ns) -> None:
        """Keep one frame."""
        self.frames += 1
        self.bytes += len(frame)
        self._writer.write(now, feed, frame.decode(errors="backslashreplace"))

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
