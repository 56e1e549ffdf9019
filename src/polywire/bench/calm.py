"""An hour in which nothing goes wrong, in virtual time: what the engine suspects, and what it asks.

Whatever it suspects is a false alarm. Books are followed as live: sessions, sockets of 200 assets,
REST in calls of up to 500 instruments. What is counted is calm_watch.py's.
"""

from random import Random

from polywire.bench.calm_watch import Calm, Mix, Period
from polywire.bench.result import Result, Target, figure, result
from polywire.core.units import SECOND

BUSY, QUIET, DEAD = Mix(8, 110.0), Mix(202, 40.0), Mix(40, 0.1)
"""Markets and frames a second: 250 in all, so 500 instruments."""
BOOK_CALLS_MAX = 100.0
"""REST calls for books an hour."""
HOUR_S = 3_600


def run(
    *,
    seconds: float = 3_600,
    seed: int = 1,
    mixes: tuple[Mix, ...] = (BUSY, QUIET, DEAD),
    redundancy: int = 1,
) -> Result:
    """What was suspected and asked in so many virtual seconds, held against what is allowed."""
    calm = Calm(Random(seed), seed, mixes, redundancy)
    calm.run(int(seconds * SECOND))
    false = [period for period in calm.periods if not period.announced]
    announced = [period for period in calm.periods if period.announced]
    hours = seconds / HOUR_S
    return result(
        "calm",
        f"{seconds:g} s of faultless flow, {2 * sum(mix.markets for mix in mixes)} instruments",
        [
            figure("suspect periods", len(false), "periods", Target("at most", 0)),
            figure("book calls", calm.calls / hours, "calls/h", Target("at most", BOOK_CALLS_MAX)),
            figure("resubscriptions and replacements", calm.mended, "", Target("at most", 0)),
            figure("hashes wrong", calm.tally.wrong, "entries", Target("at most", 0)),
            figure("hashes agreed at once", calm.tally.agreed, "entries"),
            figure("hashes agreed late", calm.tally.late, "entries"),
            figure("frames", calm.frames / seconds, "frames/s"),
            figure("busy books, at most", calm.busy_max, "books"),
            figure("ticks announced", len(announced), "periods"),
            figure("longest until proven on a new tick", _longest_s(announced), "s"),
        ],
        [
            f"seed {seed}; REST was asked for {_counted(calm.reasons)}",
            "a new tick is the venue's own announcement: its book waits for a proof on the new "
            "grid, and that is counted apart",
            *(str(period) for period in false),
        ],
    )


def _longest_s(periods: list[Period]) -> float:
    return max((period.seconds for period in periods), default=0.0)


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{reason} ({count} books)" for reason, count in counts.items()) or "nothing"
