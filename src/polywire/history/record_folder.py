"""What `polywire record` wrote, held against its manifest, and when nobody recorded.

What frames say is channel.py's.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from polywire.core.errors import ConfigError
from polywire.core.units import SECOND
from polywire.history.channel import Away, Framed
from polywire.history.lines import first_line
from polywire.history.provenance import LOOK
from polywire.journal import manifest
from polywire.journal.frames import FILE_BYTES_MAX, frame_files, read_frames
from polywire.journal.manifest import Manifest

PAUSE_NS: Final = 15 * SECOND
"""A feed that is up is not silent for longer: it is pinged, and its pongs are recorded."""
DEAD: Final = "nobody recorded"
_HOUR: Final = len("2026-11-20T09")


class Head(Struct):
    """The first line of a file."""

    polywire: str
    venue: str = "polymarket"


decode_head: Final = msgspec.json.Decoder(Head).decode


class RecordFolder:
    """A folder, or a file of one; ConfigError for what is not as its manifest says.

    `assumptions`: what nothing vouches for.
    """

    def __init__(self, path: Path) -> None:
        self.assumptions: list[str] = []
        self._files = frame_files(path) if path.is_dir() else [path]
        self._told = manifest.load(path) if path.is_dir() else Manifest()
        for file in self._files:
            _check_head(file)
        self._check_digests(path)

    def frames(self) -> Iterator[Framed | Away]:
        """All frames in order, each after what says that feeds were away until then."""
        waiting = sorted(self._told.gaps, key=lambda gap: gap.opened_ns, reverse=True)
        restarted = {after: _restarted(before, after) for before, after in pairwise(self._files)}
        up: dict[str, None] = {}
        last_ns = 0
        for file in self._files:
            begins = last_ns > 0
            for line in read_frames(file):
                if begins and (restarted[file] or line.recv_ns - last_ns > PAUSE_NS):
                    yield from (Away(last_ns, feed, DEAD) for feed in up)
                    up.clear()
                begins = False
                while waiting and waiting[-1].opened_ns <= line.recv_ns:
                    gap = waiting.pop()
                    yield Away(gap.opened_ns, gap.feed, gap.cause)
                    up.pop(gap.feed, None)
                up[line.feed] = None
                last_ns = line.recv_ns
                yield Framed(line.recv_ns, line.feed, line.frame.encode())
        for gap in reversed(waiting):
            yield Away(gap.opened_ns, gap.feed, gap.cause)

    def _check_digests(self, path: Path) -> None:
        entries = {entry.name: entry for entry in self._told.files}
        unlisted = torn = 0
        for file in self._files:
            entry = entries.pop(file.name, None)
            if entry is None:
                unlisted += 1
            elif manifest.digest_of(file) != entry.sha256:
                raise ConfigError(
                    f"{file} is not the file that its manifest names, by its SHA-256: get it again",
                    look=LOOK,
                )
            else:
                torn += entry.torn
        for name in entries:
            raise ConfigError(
                f"{path} lacks {name}, which its manifest names: get it, or take it out of "
                f"{manifest.NAME} if the recording is to begin or end without it",
                look=LOOK,
            )
        if unlisted:
            self.assumptions.append(
                f"{unlisted} of {len(self._files)} files of {path.name} are in no manifest: "
                "nothing says whether they are whole, and which feeds were away meanwhile"
            )
        if torn:
            self.assumptions.append(
                f"{torn} of {len(self._files)} files of {path.name} were left by a recorder that "
                "was killed, and lack its last second or two"
            )


def _check_head(file: Path) -> None:
    """Refuse what another program of this kind recorded elsewhere."""
    if not file.is_file():
        raise ConfigError(f"{file} cannot be read: it is no file; take it away", look=LOOK)
    try:
        venue = decode_head(first_line(file)).venue
    except msgspec.MsgspecError:
        return  # killed before its first line, or none of ours, which its reader says
    if venue != "polymarket":
        raise ConfigError(
            f"{file} is a recording of {venue}: backtests read those of polymarket", look=LOOK
        )


def _restarted(before: Path, after: Path) -> bool:
    """Whether a file was begun for no other reason than that somebody began to record anew."""
    same_hour = before.name[:_HOUR] == after.name[:_HOUR]
    return same_hour and before.stat().st_size < FILE_BYTES_MAX
