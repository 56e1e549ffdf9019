"""How often something is heard of, learnt from its own past, and when its silence is suspicious."""

from polywire.core.units import MILLISECOND, SECOND, Ns

MEMORY_NS = 10 * SECOND
KNOWN_NS_MIN = 3 * SECOND
"""What is new is judged by its mean so far, after so long."""
BUSY_RATE = 10
GAPS_MAX = 20
"""Beyond so many expected gaps a silence is suspicious."""
MOMENT_NS = 50 * MILLISECOND
"""Changes so close together are one moment, and gaps lie between moments: changes come in bursts.

In 14 recorded minutes of six markets every 20 gaps between changes would be 90 false alarms, every
20 gaps between moments 9."""
_PARTS = 1_000_000


class Rhythm:
    """Changes and moments a second over the last ten or so; times are the caller's.

    Silence does not slow it down; the next change does, and `quiet`, when silence was found true.
    """

    __slots__ = (
        "_changes",
        "_heard_ns",
        "_known_ns",
        "_moment_ns",
        "_moment_rate",
        "_moments",
        "_rate",
        "_since_ns",
    )

    def __init__(self) -> None:
        self._rate = self._moment_rate = 0
        self._known_ns = 0
        self._changes = self._moments = 0
        self._heard_ns = self._moment_ns = self._since_ns = Ns(0)

    def hear(self, changes: int, now: Ns) -> None:
        """So many changes were heard of at once."""
        self._changes += changes
        self._heard_ns = now
        if now - self._moment_ns >= MOMENT_NS:
            self._moment_ns = now
            self._moments += 1

    def quiet(self, now: Ns) -> None:
        """A suspicious silence was true: what was learnt holds no more."""
        self._rate, self._since_ns = 0, now

    def patience_ns(self, least_ns: int) -> int | None:
        """How long a silence may last; None where fewer than ten changes a second are expected."""
        if self._changes:
            self._learn()
        if self._rate < BUSY_RATE * _PARTS or self._known_ns < KNOWN_NS_MIN:
            return None
        return max(least_ns, GAPS_MAX * SECOND * _PARTS // max(1, self._moment_rate))

    def _learn(self) -> None:
        if self._since_ns:
            passed = max(1, self._heard_ns - self._since_ns)
            self._known_ns = min(MEMORY_NS, self._known_ns + passed)
            weight = min(passed, self._known_ns)
            seen = self._changes * _PARTS * SECOND // passed
            self._rate += (seen - self._rate) * weight // self._known_ns
            seen = self._moments * _PARTS * SECOND // passed
            self._moment_rate += (seen - self._moment_rate) * weight // self._known_ns
        self._since_ns = self._heard_ns
        self._changes = self._moments = 0
