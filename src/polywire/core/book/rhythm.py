"""How often something is heard of, learnt from its own past, and when its silence is suspicious."""

from polywire.core.units import SECOND, Ns

MEMORY_NS = 10 * SECOND
BUSY_RATE = 10
GAPS_MAX = 20
"""Beyond so many expected gaps a silence is suspicious."""
_PARTS = 1_000_000


class Rhythm:
    """Changes a second over the last ten or so; times are the caller's.

    Silence does not slow it down; the next change does, and `quiet`, when silence was found true.
    """

    __slots__ = ("_counted", "_rate", "_since_ns")

    def __init__(self) -> None:
        self._rate = 0
        self._counted = 0
        self._since_ns = Ns(0)

    def count(self, changes: int, now: Ns) -> None:
        """So many changes have been heard in all, by now."""
        new = changes - self._counted
        if new <= 0 and self._since_ns:
            return
        if self._since_ns:
            self._blend(new, now)
        self._counted, self._since_ns = changes, now

    def quiet(self, now: Ns) -> None:
        """A suspicious silence was true: what was learnt holds no more."""
        self._rate, self._since_ns = 0, now

    def patience_ns(self, least_ns: int) -> int | None:
        """How long a silence may last; None where fewer than ten changes a second are expected."""
        if self._rate < BUSY_RATE * _PARTS:
            return None
        return max(least_ns, GAPS_MAX * SECOND * _PARTS // self._rate)

    def _blend(self, new: int, now: Ns) -> None:
        passed = max(1, now - self._since_ns)
        seen = new * _PARTS * SECOND // passed
        weight = min(passed, MEMORY_NS)
        self._rate += (seen - self._rate) * weight // MEMORY_NS
