"""`polywire sweep`: many backtests of one configuration, each with other values."""

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final, Literal

from cyclopts import Parameter, validators
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from polywire.cli.backtest import ENDS, ConfigFile, Folder, Page, Recordings, write_page
from polywire.cli.output import check_writable, emit
from polywire.cli.sweep_table import best_words, sweep_table
from polywire.config.load import load
from polywire.config.sweep_places import Here, cluster, pool
from polywire.config.sweep_task import Source
from polywire.modes.backtest_result import BacktestReport
from polywire.modes.sweep_choices import choices
from polywire.modes.sweep_result import SweepReport
from polywire.modes.sweep_trials import Trials
from polywire.modes.sweeping import Chooser, Grid, Sweep, split_of
from polywire.modes.sweeping import sweep as run

TRIALS_MAX: Final = 10_000
DRAWN: Final = "Optuna, tree-structured Parzen estimators"


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Options:
    """What the command line said."""

    vary: Annotated[tuple[str, ...], Parameter(name="--set")] = ()
    """A key and its values: strategies.NAME.size=10,20,50; with --trials also 0.01..0.10, in steps
    of the last decimal. Repeat it for more keys."""
    trials: Annotated[int | None, Parameter(validator=validators.Number(gte=1, lte=TRIALS_MAX))] = (
        None
    )
    """Draw so many combinations with Optuna instead of trying all."""
    seed: int = 0
    """Of the drawing: the same seed and as many workers give the same trials."""
    holdout: Annotated[float, Parameter(validator=validators.Number(gte=0, lte=0.9))] = 0.0
    """The last part of the recordings that chooses nothing: the best is run on it at the end."""
    queue: Literal["both", "front", "proportional", "back"] = "both"
    """Where resting orders stand; with both, the worse end decides."""
    workers: Annotated[int, Parameter(validator=validators.Number(gte=1, lte=64))] = 2
    """Processes to run them in."""
    scheduler: str | None = None
    """HOST:PORT of a Dask scheduler, to run them on its workers instead."""
    json: bool = False
    """Print the result as JSON."""
    cache: Folder = None
    """Keep the decoded recordings in this folder; on a cluster, workers read them there."""
    html: Page = None
    """Write the best one as a page for a browser: on the held-out part if there is one."""


DEFAULTS = Options()


def sweep(*, config: ConfigFile, data: Recordings, options: Options = DEFAULTS) -> int:
    """Backtest a configuration with many combinations of values, and say what all came to.

    The best of many looks better than it is, as it was chosen by what is shown. --holdout 0.3
    chooses on the first 70 % of the recordings and tells what the best came to on the rest.

    Parameters
    ----------
    config
        The configuration file; `[backtest]` says what is assumed.
    data
        A recording, or a folder of them.
    """
    if options.html is not None:
        check_writable(options.html)
    chooser, total = _chooser(options)
    with TemporaryDirectory(prefix="polywire-") as passing:
        source = _source(config, data, options, Path(passing))
        with Console(stderr=True).status("decoding the recordings ..."):
            recordings = source.decode()
        wanted = Sweep(
            chooser=chooser,
            method="grid" if options.trials is None else DRAWN,
            seed=None if options.trials is None else options.seed,
            split_ns=split_of(recordings, options.holdout) if options.holdout else None,
        )
        report, best = _shown(wanted, total, _place(source, options))
    emit(report, sweep_table(report), as_json=options.json)
    if options.html is not None:
        write_page(options.html, best, best_words(report))
    return 0


def _source(config: Path, data: Path, options: Options, passing: Path) -> Source:
    """Everything a worker needs; ConfigError for a file that is wrong before anything is varied."""
    load(config, os.environ)
    return Source(
        text=config.read_text(encoding="utf-8-sig"),
        environment={  # settings alone: it leaves this machine, and keys have no such name
            name: text
            for name, text in os.environ.items()
            if name.startswith("POLYWIRE_") and "__" in name
        },
        recordings=data.resolve(),
        queues=ENDS.get(options.queue, (options.queue,)),
        cache=options.cache.resolve() if options.cache is not None else passing,
    )


def _chooser(options: Options) -> tuple[Chooser, int]:
    """Who says what is tried, and how many combinations that will be at most."""
    varied = choices(options.vary)
    if options.trials is None:
        every = Grid(varied)
        return every, len(every.left)
    return Trials(varied, options.trials, options.seed), options.trials


def _place(source: Source, options: Options) -> AbstractContextManager[Here]:
    if options.scheduler is not None:
        shared = source.cache if options.cache is not None else None
        return cluster(source, options.scheduler, shared)
    return pool(source, options.workers)


def _shown(
    wanted: Sweep, total: int, place: AbstractContextManager[Here]
) -> tuple[SweepReport, BacktestReport]:
    columns = (
        TextColumn("combinations"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    console = Console(stderr=True)
    quiet = not console.is_terminal
    with (
        place as runs,
        Progress(*columns, console=console, transient=True, disable=quiet) as progress,
    ):
        task = progress.add_task("", total=total)
        return run(wanted, runs, lambda: progress.advance(task))
