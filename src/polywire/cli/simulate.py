"""`polywire simulate`: the whole engine in a deterministic world with faults and checkers."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter, validators
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from polywire.cli.output import emit
from polywire.core.errors import ConfigError
from polywire.modes.simulate import SimulationOptions, SimulationReport
from polywire.modes.simulate import simulate as run_seeds

SEEDS_MAX = 1_000_000


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Options:
    """What the command line said."""

    seeds: str = "1..20"
    """Which worlds, as FIRST..LAST, or one number; a failing seed prints how to run it again."""
    seconds: Annotated[int, Parameter(validator=validators.Number(gte=5, lte=86_400))] = 60
    """Virtual seconds of each world."""
    markets: Annotated[int, Parameter(validator=validators.Number(gte=1, lte=200))] = 6
    """Markets in each world."""
    workers: Annotated[int, Parameter(validator=validators.Number(gte=1, lte=64))] = 2
    """Processes to run them in."""
    json: bool = False
    """Print the result as JSON."""


DEFAULTS = Options()


def simulate(*, options: Options = DEFAULTS) -> int:
    """Run the engine in synthetic worlds: one seed, virtual time, faults, checkers on the wire.

    The same seed gives the same commands. Exit code 1 if a checker saw a promise broken.
    """
    seeds = _seeds(options.seeds)
    settings = SimulationOptions(
        seconds=options.seconds, markets=options.markets, workers=options.workers
    )
    columns = (TextColumn("simulating"), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=len(seeds))
        report = run_seeds(seeds, settings, lambda _: progress.advance(task))
    emit(report, _words(report), as_json=options.json)
    return 1 if report.failures else 0


def _seeds(text: str) -> range:
    first, dots, last = text.partition("..")
    try:
        seeds = range(int(first), int(last if dots else first) + 1)
    except ValueError:
        raise ConfigError(f"--seeds takes FIRST..LAST or one number, found {text!r}") from None
    if not 0 < len(seeds) <= SEEDS_MAX:
        raise ConfigError(f"--seeds {text} names {len(seeds)} seeds, expected 1 to {SEEDS_MAX:,}")
    return seeds


def _words(report: SimulationReport) -> str:
    seeds = report.seeds
    counts = {
        "virtual seconds": sum(round(one.seconds) for one in seeds),
        "frames": sum(one.frames for one in seeds),
        "orders": sum(one.orders for one in seeds),
        "fills": sum(one.fills for one in seeds),
        "faults": sum(sum(one.faults.values()) for one in seeds),
    }
    lines = [
        f"{len(seeds)} worlds: " + ", ".join(f"{count:,} {of}" for of, count in counts.items())
    ]
    for one in report.failures:
        lines += [f"seed {one.seed}: {sentence}" for sentence in one.broken]
        lines.append(f"  run it again: {one.replay}")
    failures = len(report.failures)
    lines.append(f"{failures} worlds broke a promise" if failures else "every promise was kept")
    return "\n".join(lines)
