"""What a sweep came to, as data. Of each run the sums are kept, and no curve."""

from msgspec import Struct

from polywire.core.units import Money, Ns
from polywire.history.provenance import Provenance
from polywire.modes.backtest_result import Earned


class SweepRun(Struct, frozen=True, kw_only=True):
    """One combination. `error`: why the configuration refused it, or which strategy raised; then
    it has no results.

    `worse` is the least profit of the ends of the queue, by which combinations are compared.
    """

    changes: dict[str, str]
    error: str
    worse: Money | None
    results: list[Earned]


class HeldOut(Struct, frozen=True, kw_only=True):
    """What the best combination came to on the part that chose nothing."""

    from_ns: Ns
    results: list[Earned]


class SweepReport(Struct, frozen=True, kw_only=True):
    """Every combination that was tried, and the best of them, which is not what to expect.

    `tried` are those that ran, `refused` those with an error, `earned` those
    above zero at the worse end. `best` is a place in `runs`.
    """

    version: str
    method: str
    seed: int | None
    tried: int
    refused: int
    earned: int
    median: Money
    best: int
    runs: list[SweepRun]
    held_out: HeldOut | None
    recordings: list[Provenance]
    assumptions: list[str]
