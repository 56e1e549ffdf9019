"""A sweep in a terminal: its combinations, best first, and what to think of the best of many."""

from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from polywire.core.units import dollars, utc_time
from polywire.modes.backtest_result import Earned
from polywire.modes.sweep_result import SweepReport, SweepRun

SHOWN: Final = 20


def sweep_table(report: SweepReport) -> RenderableType:
    """All of it; texts of the configuration are put in as Text, never as markup."""
    lines = [f"The best: {_values(report.runs[report.best])}", *_doubts(report), *_rest(report)]
    return Group(_table(report), *map(Text, lines))


def best_words(report: SweepReport) -> list[str]:
    """What a page of the best one must say before any number."""
    return [f"The best of {report.tried:,}: {_values(report.runs[report.best])}", *_doubts(report)]


def _table(report: SweepReport) -> Table:
    ran = [run for run in report.runs if run.worse is not None]
    order = sorted(ran, key=lambda run: -(run.worse or 0))
    title = f"{report.tried:,} combinations, by profit at the worse end of the queue"
    end = order[0].results[-1].queue
    table = Table(title=title, title_justify="left", caption_justify="left")
    table.caption = f"from fees to stake: at the {end} of the queue"
    for path in order[0].changes:
        table.add_column(Text(path.removeprefix("strategies.")), justify="right")
    for one in order[0].results:
        table.add_column(f"profit, {one.queue}", justify="right")
    for name in ("fees", "fills", "m/t", "fall", "stake"):
        table.add_column(name, justify="right")
    for run in order[:SHOWN]:
        table.add_row(*(Text(cell) for cell in _cells(run)))
    return table


def _cells(run: SweepRun) -> list[str]:
    """Its values, both profits, then the rest of the last end: the back of the queue."""
    last = run.results[-1]
    return [
        *run.changes.values(),
        *(dollars(one.profit) for one in run.results),
        dollars(last.fees),
        f"{last.fills:,}",
        f"{last.maker_fills}/{last.taker_fills}",
        dollars(last.drawdown),
        dollars(last.exposure_max),
    ]


def _doubts(report: SweepReport) -> list[str]:
    """How much of the best is choice, and what it came to where it chose nothing."""
    best = report.runs[report.best]
    assert best.worse is not None, "what did not run is not the best"
    told = [
        f"Of {report.tried:,} combinations {report.earned:,} earned anything; the middle one came "
        f"to {dollars(report.median)}, the best to {dollars(best.worse)}",
        f"The best of {report.tried:,} was chosen by that number: it is no expectation",
    ]
    if report.held_out is None:
        told.append("Nothing was held out: --holdout 0.3 tests the best on what chose nothing")
    else:
        told.append(
            f"Chosen on what was received before {utc_time(report.held_out.from_ns)} UTC; on the "
            f"rest, which chose nothing: {_ends(report.held_out.results)}"
        )
    return told


def _rest(report: SweepReport) -> list[str]:
    """What the table does not show."""
    lines = []
    if report.tried > SHOWN:
        lines.append(f"{report.tried - SHOWN:,} more with --json")
    errors = [run.error for run in report.runs if run.error]
    if errors:
        lines.append(f"{report.refused:,} refused or halted, the first: {errors[0]}")
    return lines


def _values(run: SweepRun) -> str:
    return ", ".join(f"{path} = {text}" for path, text in run.changes.items())


def _ends(results: list[Earned]) -> str:
    return " and ".join(
        f"{dollars(one.profit)} at the {one.queue} ({one.fills:,} {_fills(one)})" for one in results
    )


def _fills(one: Earned) -> str:
    return "fill" if one.fills == 1 else "fills"
