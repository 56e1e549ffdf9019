"""Latency histograms by stage: constant memory, three per cent resolution.

Owns the target too: how many values lie above it, and which stage missed it for a minute.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from polywire.core.model.control import AlertRaised
from polywire.core.units import MILLISECOND, MINUTE, Ns

SUB_BITS = 5
"""Each power of two is split into 32 buckets: a value is known to about three per cent."""

TARGET_NS = 100 * MILLISECOND


class Histogram:
    """Counts of nanosecond values in logarithmic buckets, and exactly of those above a target."""

    __slots__ = ("_counts", "_target_ns", "above", "count", "total_ns")

    def __init__(self, target_ns: int = TARGET_NS) -> None:
        self._counts: Counter[int] = Counter()
        self._target_ns = target_ns
        self.count = 0
        self.above = 0
        self.total_ns = 0

    def add(self, value_ns: int) -> None:
        """Count one value; negative ones count as 0."""
        if value_ns < 0:
            value_ns = 0
        shift = max(0, value_ns.bit_length() - SUB_BITS - 1)
        self._counts[(shift << SUB_BITS + 1) + (value_ns >> shift)] += 1
        self.count += 1
        self.total_ns += value_ns
        if value_ns > self._target_ns:
            self.above += 1

    def at_most(self, bounds_ns: Sequence[int]) -> list[int]:
        """How many values lie at or below each of these rising bounds."""
        lows = sorted((_low(key), count) for key, count in self._counts.items())
        sums = [0, *accumulate(count for _, count in lows)]
        values = [low for low, _ in lows]
        return [sums[bisect_right(values, bound)] for bound in bounds_ns]

    def by_powers(self) -> list[tuple[int, int]]:
        """Values by the power of two that they lie under, in rising order; empty ones left out."""
        found: Counter[int] = Counter()
        for key, count in self._counts.items():
            found[1 << _low(key).bit_length()] += count
        return sorted(found.items())

    def percentile(self, part: float) -> int:
        """The smallest bucket value in nanoseconds that this part of the values do not exceed."""
        rank = part * self.count
        seen = 0
        for key in sorted(self._counts):
            seen += self._counts[key]
            if seen >= rank:
                return _low(key)
        return 0


def _low(key: int) -> int:
    """The smallest value of a bucket."""
    return (key & ((1 << SUB_BITS + 1) - 1)) << (key >> SUB_BITS + 1)


class Latencies:
    """Histograms of the stages from the venue to what a frame caused, ours against one target.

    From `minute_ends_ns` on, `turn` is due.
    """

    STAGES = ("venue_to_receive", "receive_to_decision", "decision_to_committed")
    OURS = STAGES[1:]

    def __init__(self, target_ns: int = TARGET_NS) -> None:
        self.target_ns = target_ns
        self.alerts = 0
        self.minute_ends_ns = Ns(0)
        self.stages = {stage: Histogram(target_ns) for stage in self.STAGES}
        self._before = dict.fromkeys(self.OURS, (0, 0))

    def turn(self, now: Ns) -> list[AlertRaised]:
        """Begin the next UTC minute; an alert for each stage whose p99 missed the target in this.

        That p99 is above the target exactly where more than one value in a hundred is.
        """
        self.minute_ends_ns = Ns(now // MINUTE * MINUTE + MINUTE)
        told = []
        for name in self.OURS:
            stage = self.stages[name]
            count_before, above_before = self._before[name]
            count, above = stage.count - count_before, stage.above - above_before
            self._before[name] = stage.count, stage.above
            if 100 * above > count:
                text = f"{above} of {count} in a minute took over {self.target_ns / 1e6:g} ms"
                told.append(AlertRaised(now, f"latency {name}", f"{name}: {text}"))
        self.alerts += len(told)
        return told

    def came(self, venue_ns: Ns, recv_ns: Ns) -> None:
        """Count the way of one change from the venue; one by another clock than ours is none."""
        if abs(recv_ns - venue_ns) < MINUTE:
            self.stages["venue_to_receive"].add(recv_ns - venue_ns)

    def share_above(self) -> float:
        """The part of all decisions that came later after their frame than the target."""
        decisions = self.stages["receive_to_decision"]
        return decisions.above / decisions.count if decisions.count else 0.0

    def as_json(self) -> dict[str, dict[str, float]]:
        """Microseconds by stage: p50, p99, p999, and how many were counted."""
        return {
            stage: {
                "p50": histogram.percentile(0.5) / 1000,
                "p99": histogram.percentile(0.99) / 1000,
                "p999": histogram.percentile(0.999) / 1000,
                "count": histogram.count,
            }
            for stage, histogram in self.stages.items()
        }
