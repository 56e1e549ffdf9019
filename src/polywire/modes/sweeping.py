"""A sweep: one backtest for each combination, the best by its worse end of the queue, and a test.

What runs one is handed in, and so is where: in this process, in others, on other machines.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Final, Protocol

from msgspec import Struct, structs

from polywire.core.errors import ConfigError
from polywire.core.units import Money, Ns
from polywire.history.provenance import Provenance
from polywire.modes.backtest_result import BacktestReport, Earned
from polywire.modes.part import WHOLE, Part
from polywire.modes.sweep_choices import Changes, Choice, grid
from polywire.modes.sweep_result import HeldOut, SweepReport, SweepRun

THOUSANDTHS: Final = 1_000


class Tried(Struct, frozen=True):
    """One combination as it was run: its report, or why the configuration refused it."""

    report: BacktestReport | None
    error: str = ""


class Runs(Protocol):
    """Where combinations are run. Answers come in the order of what was asked."""

    @property
    def workers(self) -> int:
        """How many run at once."""

    def run(self, asked: Sequence[Changes], part: Part) -> Iterator[Tried]:
        """Run them, curves left out."""

    def whole(self, asked: Changes, part: Part) -> BacktestReport:
        """Run one with all its curves; ConfigError where it is refused."""


class Chooser(Protocol):
    """Who says which combinations come next, and hears what came of them."""

    def ask(self, most: int, /) -> list[Changes]:
        """The next ones; who learns from them gives at most so many. None once it has enough."""

    def tell(self, asked: Sequence[Changes], worse: Sequence[Money | None]) -> None:
        """What they made at the worse end of the queue; None for one that was refused."""


class Grid:
    """Fulfils Chooser: every combination, all at once."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        self.left = [*grid(choices)]

    def ask(self, _most: int, /) -> list[Changes]:
        """See Chooser."""
        asked, self.left = self.left, []
        return asked

    def tell(self, asked: Sequence[Changes], worse: Sequence[Money | None]) -> None:
        """See Chooser: a grid learns nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What to do. `split_ns`: what begins then chooses nothing and judges the best."""

    chooser: Chooser
    method: str
    seed: int | None = None
    split_ns: Ns | None = None


def sweep(
    wanted: Sweep, runs: Runs, progress: Callable[[], None] = lambda: None
) -> tuple[SweepReport, BacktestReport]:
    """Run it; the second is the best one with its curves, on the held-out part if there is one.

    Raises ConfigError if the configuration took no combination.
    """
    part = WHOLE if wanted.split_ns is None else Part(until_ns=wanted.split_ns)
    told = _tried(wanted.chooser, runs, part, progress)
    ran = [one for one in told if one.worse is not None]
    if not ran:
        raise ConfigError(told[0].error if told else "no combination to try", look="configuration")
    best = max(range(len(told)), key=lambda at: (_worth(told[at]), -at))
    final = WHOLE if wanted.split_ns is None else Part(since_ns=wanted.split_ns)
    shown = runs.whole(told[best].changes, final)
    worths = [_worth(one) for one in ran]
    report = SweepReport(
        version=shown.version,
        method=wanted.method,
        seed=wanted.seed,
        tried=len(ran),
        refused=len(told) - len(ran),
        earned=sum(worth > 0 for worth in worths),
        median=Money(int(median_low(worths))),
        best=best,
        runs=told,
        held_out=_held_out(wanted.split_ns, shown),
        recordings=shown.recordings,
        assumptions=shown.assumptions,
    )
    return report, shown


def split_of(recordings: Sequence[Provenance], part: float) -> Ns:
    """When the last part of the recordings begins, by time; ConfigError for recordings of none."""
    first = min(one.first_ns for one in recordings)
    last = max(one.last_ns for one in recordings)
    if first == last:
        raise ConfigError("the recordings have no length, so nothing can be held out of them")
    kept = THOUSANDTHS - round(part * THOUSANDTHS)
    return Ns(first + (last - first) * kept // THOUSANDTHS)


def without_curves(one: Earned) -> Earned:
    """Its sums alone."""
    return structs.replace(one, rows=[], equity=[], points=[], prices={})


def _tried(
    chooser: Chooser, runs: Runs, part: Part, progress: Callable[[], None]
) -> list[SweepRun]:
    """Each combination once, however often it is asked for."""
    known: dict[tuple[str, ...], SweepRun] = {}
    while asked := chooser.ask(runs.workers):
        new = {key: one for one in asked if (key := _key(one)) not in known}
        for (key, changes), tried in zip(new.items(), runs.run([*new.values()], part), strict=True):
            known[key] = _run(changes, tried)
            progress()
        chooser.tell(asked, [known[_key(one)].worse for one in asked])
    return [*known.values()]


def _key(changes: Changes) -> tuple[str, ...]:
    return tuple(changes.values())


def _run(changes: Changes, tried: Tried) -> SweepRun:
    results = tried.report.results if tried.report is not None else []
    halted = {name: why for one in results for name, why in one.halted.items()}
    if halted:  # what the others made without it is no result of this combination
        name, why = next(iter(halted.items()))
        return SweepRun(changes=changes, error=f"{name} raised: {why}", worse=None, results=[])
    worse = Money(min(one.profit for one in results)) if results else None
    return SweepRun(changes=changes, error=tried.error, worse=worse, results=results)


def _worth(run: SweepRun) -> float:
    return float("-inf") if run.worse is None else run.worse


def _held_out(split: Ns | None, shown: BacktestReport) -> HeldOut | None:
    if split is None:
        return None
    return HeldOut(from_ns=split, results=[without_curves(one) for one in shown.results])
