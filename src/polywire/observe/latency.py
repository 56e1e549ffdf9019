"""Latency histograms by stage: constant memory, three per cent resolution."""

from collections import Counter

SUB_BITS = 5
"""Each power of two is split into 32 buckets: a value is known to about three per cent."""


class Histogram:
    """Counts of nanosecond values in logarithmic buckets."""

    __slots__ = ("_counts", "count", "largest")

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self.count = 0
        self.largest = 0

    def add(self, value_ns: int) -> None:
        """Count one value; negative ones count as 0."""
        shift = max(0, value_ns.bit_length() - SUB_BITS - 1)
        self._counts[(shift << SUB_BITS + 1) + (value_ns >> shift) if value_ns > 0 else 0] += 1
        self.count += 1
        if value_ns > self.largest:
            self.largest = value_ns

    def percentile(self, part: float) -> int:
        """The smallest bucket value in nanoseconds that this part of the values do not exceed."""
        rank = part * self.count
        seen = 0
        for key in sorted(self._counts):
            seen += self._counts[key]
            if seen >= rank:
                shift, head = key >> SUB_BITS + 1, key & ((1 << SUB_BITS + 1) - 1)
                return head << shift
        return 0


class Latencies:
    """Histograms of the stages between a frame and what it caused."""

    STAGES = ("receive_to_decision", "decision_to_committed")

    def __init__(self) -> None:
        self.stages = {stage: Histogram() for stage in self.STAGES}

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
