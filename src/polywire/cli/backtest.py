"""`polywire backtest`: what the configured strategies would have earned on recordings."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final, Literal

from cyclopts import Parameter, validators
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from polywire.cli.doubts import warn
from polywire.cli.earnings import earnings
from polywire.cli.output import check_writable, emit, write
from polywire.cli.steps import Steps
from polywire.config.backtest_plan import plan_from
from polywire.config.load import load
from polywire.core.units import Ns
from polywire.modes.backtest_result import BacktestReport
from polywire.modes.backtesting import READING
from polywire.modes.backtesting import backtest as run
from polywire.modes.plan import Plan

ConfigFile = Annotated[Path, Parameter(validator=validators.Path(exists=True, dir_okay=False))]
Recordings = Annotated[Path, Parameter(validator=validators.Path(exists=True))]
Folder = Annotated[Path | None, Parameter(validator=validators.Path(file_okay=False))]
Page = Annotated[Path | None, Parameter(validator=validators.Path(dir_okay=False))]
FAILED: Final = 1
PAGE: Final = "backtest.html"
ENDS: Final = {"both": ("front", "back")}


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept beside what is shown."""

    journal: Folder = None
    """Keep a journal of each run in this folder, which must be new or empty; the page lies there
    too, as `backtest.html`."""
    html: Page = None
    """Write the result as one page for a browser, with charts, that needs no network."""
    cache: Folder = None
    """Keep the decoded recordings in this folder, so that the next run need not decode them."""


NOTHING: Final = Kept()


def backtest(
    *,
    config: ConfigFile,
    data: Recordings,
    queue: Literal["both", "front", "proportional", "back"] = "both",
    json: bool = False,
    assumptions: bool = False,
    kept: Kept = NOTHING,
) -> int:
    """Run the configured strategies on recordings, and say what they would have earned.

    Our place in a queue is not known, so it runs twice: as if nobody were ahead of us, and as if
    everybody were. The first fills too much, the second too little. No order leaves this machine.
    Exit code 1 if a strategy raised: the result is then that of the others.

    Parameters
    ----------
    config
        The configuration file; `[backtest]` says what is assumed.
    data
        A recording, or a folder of them.
    queue
        Where resting orders stand; `both`: at the front, then at the back.
    json
        Print the result as JSON: every fill, the curve of profit, prices, assumptions.
    assumptions
        List all that the result assumes, not only how much.
    """
    if kept.html is not None:
        check_writable(kept.html)
    file = load(config, os.environ)
    warn(config, file)
    plan = plan_from(file, data, ENDS.get(queue, (queue,)), kept.journal)
    report = _shown(replace(plan, cache=kept.cache))
    emit(report, earnings(report, assumptions=assumptions), as_json=json)
    path = kept.html or (kept.journal / PAGE if kept.journal is not None else None)
    if path is not None:
        write_page(path, report)
    return FAILED if any(one.halted for one in report.results) else 0


def write_page(path: Path, report: BacktestReport, before: Sequence[str] = ()) -> None:
    """Write the result as a page, and say where; ConfigError where that cannot be.

    `before`: sentences that stand before any number.
    """
    # Every command, completion too, imports this file; jinja2 takes 0.1 s and most want no page.
    from polywire.cli.page.backtest_page import backtest_page  # noqa: PLC0415 - see above

    write(path, backtest_page(report, before))
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"page: {path}", markup=False)


def _shown(plan: Plan) -> BacktestReport:
    """Run it with a bar: its length is known once one end of the queue has been run."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("events"),
        TimeElapsedColumn(),
    )  # fmt: skip
    whole, console, steps = 0, Console(stderr=True), Steps()
    quiet = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=quiet) as progress:
        tasks = {
            name: progress.add_task(name, total=None, start=False)
            for name in (READING, *plan.queues)
        }

        def advance(queue: str, events: int, _now: Ns, done: bool) -> None:
            nonlocal whole
            if quiet:
                steps.at(queue, events)
            whole = events if done else whole
            progress.start_task(tasks[queue])
            progress.update(tasks[queue], completed=events, total=whole or None)

        return run(plan, advance)
