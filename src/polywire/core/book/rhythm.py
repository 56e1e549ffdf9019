"""How often something is heard of, learnt from its own past, and when its silence is suspicious."""

from bisect import bisect_right
from collections.abc import Sequence

from polywire.core.units import SECOND, Ns

MEMORY_NS = 10 * SECOND
KNOWN_NS_MIN = 3 * SECOND
"""What is new is judged by its mean so far, after so long."""
BUSY_RATE = 10
GAPS_MAX = 20
"""Beyond so many expected gaps a silence is suspicious."""
LONGEST_MAX = 4
"""So many times the longest gap of the last ten seconds or so is borne: changes come in bursts.

Even bursts are told from chance ones by that: of one rate, chance has gaps several times as long.
"""
_PARTS = 1_000_000


class Rhythm:
    """Changes a second and the longest gap over the last ten or so; times are the caller's.

    Silence does not slow it down; the next change does, and `quiet`, when silence was found true.
    """

    __slots__ = (
        "_borne_ns",
        "_changes",
        "_heard_ns",
        "_known_ns",
        "_longest_before_ns",
        "_longest_ns",
        "_rate",
        "_since_ns",
        "_turned_ns",
    )

    def __init__(self) -> None:
        self._rate = self._known_ns = 0
        self._longest_ns = self._longest_before_ns = 0
        self._borne_ns = MEMORY_NS
        self._changes = 0
        self._heard_ns = self._since_ns = self._turned_ns = Ns(0)

    def hear(self, changes: int, now: Ns) -> None:
        """So many changes were heard of at once."""
        self._changes += changes
        gap_ns = now - self._heard_ns
        if self._longest_ns < gap_ns <= self._borne_ns:  # a suspicious one teaches nothing
            self._longest_ns = gap_ns
        self._heard_ns = now

    def hear_all(self, times: Sequence[Ns]) -> None:
        """One change was heard of at each of these times, which never go back."""
        self.hear(len(times), times[0])
        at, last = 0, len(times) - 1
        while times[last] - times[at] > self._longest_ns:
            at = bisect_right(times, times[at] + self._longest_ns, at)  # no gap before is longer
            self._heard_ns = times[at - 1]
            self.hear(0, times[at])
        self._heard_ns = times[last]

    def quiet(self, now: Ns) -> None:
        """A suspicious silence was true: the rate holds no more, and such a gap may come again."""
        self._rate, self._since_ns = 0, now
        self._longest_ns = now - self._heard_ns

    def patience_ns(self, least_ns: int) -> int | None:
        """How long a silence may last; None where fewer than ten changes a second are expected."""
        if self._changes:
            self._learn()
        if self._rate < BUSY_RATE * _PARTS or self._known_ns < KNOWN_NS_MIN:
            return None
        longest_ns = max(self._longest_ns, self._longest_before_ns)
        expected_ns = SECOND * _PARTS // self._rate
        self._borne_ns = max(least_ns, GAPS_MAX * expected_ns, LONGEST_MAX * longest_ns)
        return self._borne_ns

    def _learn(self) -> None:
        if self._since_ns:
            passed = max(1, self._heard_ns - self._since_ns)
            self._known_ns = min(MEMORY_NS, self._known_ns + passed)
            seen = self._changes * _PARTS * SECOND // passed
            self._rate += (seen - self._rate) * min(passed, self._known_ns) // self._known_ns
        if self._heard_ns - self._turned_ns >= MEMORY_NS:
            self._turned_ns = self._heard_ns
            self._longest_before_ns, self._longest_ns = self._longest_ns, 0
        self._since_ns = self._heard_ns
        self._changes = 0
