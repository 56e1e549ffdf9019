"""The alarm before the disk is full. Who asks, and what then happens, is the caller's."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MEBIBYTE: Final = 1 << 20
LOW_BYTES: Final = 2_048 * MEBIBYTE
"""25 minutes of 5,000 book changes a second in full, at 285 bytes each; days at a usual pace."""

CRITICAL_BYTES: Final = 256 * MEBIBYTE
"""Four times the largest write-ahead log: still room to cancel everything and commit it."""


@dataclass(frozen=True, slots=True)
class DiskWarning:
    """The disk fills up; `critical` says that new orders should wait until it does not."""

    text: str
    critical: bool


class DiskAlarm:
    """Compares the free space with two thresholds whenever it is asked."""

    def __init__(
        self,
        free_bytes: Callable[[], int],
        *,
        low_bytes: int = LOW_BYTES,
        critical_bytes: int = CRITICAL_BYTES,
    ) -> None:
        assert critical_bytes <= low_bytes, f"{critical_bytes} above {low_bytes}"
        self._free_bytes = free_bytes
        self._low_bytes = low_bytes
        self._critical_bytes = critical_bytes

    def warning(self) -> DiskWarning | None:
        """What to tell the operator; None while there is room."""
        free = self._free_bytes()
        if free >= self._low_bytes:
            return None
        text = (
            f"{free // MEBIBYTE} MiB are left for the journal; "
            "free some space or lower its size limit"
        )
        return DiskWarning(text, critical=free < self._critical_bytes)


def free_bytes_of(folder: Path) -> Callable[[], int]:
    """Asks the file system that holds a folder."""
    return lambda: shutil.disk_usage(folder).free
