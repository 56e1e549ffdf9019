"""What a long command is at, as lines on standard error: one a step, and one each ten seconds."""

import sys
from typing import Final

from polywire.core.units import SECOND, Ns
from polywire.net.clock import Clock

EVERY_NS: Final = 10 * SECOND


class Steps:
    """Call `at` as often as you like."""

    def __init__(self) -> None:
        self._clock = Clock()
        self._step = ""
        self._told_ns = Ns(0)

    def at(self, step: str, events: int) -> None:
        """It is at this step, with so many events behind it."""
        now = self._clock.now()
        if step != self._step or now - self._told_ns >= EVERY_NS:
            self._step, self._told_ns = step, now
            sys.stderr.write(f"{step}: {events:,} events\n")
            sys.stderr.flush()
