"""`polywire feed report`: what the feeds of a run did, from its journal."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter, validators
from rich.console import Console

from polywire.cli.feed_page import feed_page
from polywire.cli.output import emit
from polywire.config.file import JournalTable
from polywire.core.errors import ConfigError
from polywire.journal.runs import Run, runs_of
from polywire.observe.feed_lines import AssetLine, GapLine
from polywire.observe.feed_report import FeedReport, feed_report

feed_app = App(
    name="feed",
    help="What the feeds of a run did.",
    default_parameter=Parameter(negative=()),
)

Count = Annotated[int, Parameter(validator=validators.Number(gte=0))]


@feed_app.command
def report(
    journal: Path | None = None,
    /,
    *,
    market: str = "",
    run: str = "",
    gaps: Count = 20,
    json: bool = False,
) -> int:
    """Show each book's and each socket's evidence, and every time in which a book was not proven.

    Read from a journal, also of a run that is still going; market rows are not needed.

    Parameters
    ----------
    journal
        A journal folder, or one file of it; without it, the folder that a configuration has
        unless it says otherwise.
    market
        Only books whose question contains this text, or whose id begins with it.
    run
        The run with this id; without it, the newest of the folder.
    gaps
        List so many gaps, newest first.
    json
        Print the report as JSON, with all books and all gaps.
    """
    folder = journal or Path(JournalTable().folder)
    with Console(stderr=True).status("reading the journal ..."):
        runs = _runs(folder, named=journal is not None)
        chosen = _chosen(runs, run, folder)
        told = feed_report(chosen, lambda line: _about(line, market))
    _demand_books(told, market)
    emit(told, feed_page(told, [each.id for each in runs], gaps), as_json=json)
    return 0


def _runs(folder: Path, *, named: bool) -> list[Run]:
    if not folder.exists():
        advice = "" if named else "; name the journal: polywire feed report FOLDER"
        raise ConfigError(f"there is no journal {folder}{advice}")
    runs = runs_of(folder)
    if not runs:
        raise ConfigError(f"{folder} holds no run: record one with `polywire demo --journal DIR`")
    return runs


def _chosen(runs: list[Run], wanted: str, folder: Path) -> Run:
    """The newest run, or the one that is wanted."""
    found = [each for each in runs if each.id == wanted or not wanted]
    if not found:
        known = ", ".join(each.id for each in runs[-5:])
        raise ConfigError(f"{folder} holds no run {wanted}; the newest are {known}")
    return found[-1]


def _about(line: AssetLine | GapLine, text: str) -> bool:
    return text.lower() in line.question.lower() or line.market.startswith(text)


def _demand_books(told: FeedReport, market: str) -> None:
    if market and not told.assets:
        raise ConfigError(f'no book of run {told.run} is about "{market}"')
