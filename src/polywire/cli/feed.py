"""`polywire feed report`: what the feeds of a run did, from its journal."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter, validators
from rich.console import Console

from polywire.cli.feed_page import feed_page, lasting
from polywire.cli.journals import NAMED, chosen_run, runs_in
from polywire.cli.output import emit
from polywire.config.file import JournalTable
from polywire.core.errors import ConfigError
from polywire.core.units import SECOND, utc_time
from polywire.journal.lock import holder
from polywire.journal.runs import Run, span_ns
from polywire.observe.feed_lines import AssetLine, GapLine
from polywire.observe.feed_report import FeedReport, feed_report, got_book

feed_app = App(
    name="feed",
    help="What the feeds of a run did.",
    default_parameter=Parameter(negative=()),
)

NEAR: Final = 3
"""So many runs, files or questions are named in a sentence."""

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
        The run whose id is or begins with this; without it, the newest of the folder.
    gaps
        List so many gaps, newest first.
    json
        Print the report as JSON, with all books and all gaps.
    """
    folder = journal or Path(JournalTable().folder)
    with Console(stderr=True).status("reading the journal ..."):
        runs = runs_in(folder, "" if journal else "polywire feed report FOLDER")
        chosen = chosen_run(runs, run, folder)
        process = holder(folder) if folder.is_dir() and chosen is runs[-1] else None
        told = feed_report(chosen, lambda line: _about(line, market), process)
        notes = list(_notes(told, [each for each in runs if each is not chosen]))
    if market and not told.assets:
        raise _unmatched(chosen, market)
    emit(told, feed_page(told, notes, gaps), as_json=json)
    return 0


def _notes(told: FeedReport, others: list[Run]) -> Iterator[str]:
    """What to know of other runs: one that had books where this had none, and the newest."""
    newest = others[: -NAMED - 1 : -1]
    if not told.any_book:
        had = (each for each in newest if got_book(each))
        yield from (
            f"the newest other run that got books: --run {each.id}" for each in islice(had, 1)
        )
    if newest:
        yield "other runs of this journal (--run ID, or how it begins), newest first:"
    yield from (f"  {each.id}  {_when(each)}" for each in newest)
    if len(others) > NAMED:
        yield f"  and {len(others) - NAMED} older"


def _when(run: Run) -> str:
    span = span_ns(run)
    if span is None:
        return f"{run.files[0].path.name[:10]}, packed"
    return f"{utc_time(span[0])}, {lasting((span[1] - span[0]) / SECOND)}"


def _about(line: AssetLine | GapLine, text: str) -> bool:
    return text.lower() in line.question.lower() or line.market.startswith(text)


def _unmatched(run: Run, market: str) -> ConfigError:
    """The error for a text that no question has, with those that come nearest to it."""
    questions = {line.question for line in feed_report(run, lambda _: True).assets}
    near = sorted(questions, key=lambda one: (-_likeness(one, market), one))[:NEAR]
    nearest = "; nearest: " + ", ".join(f'"{one}"' for one in near) if near else ""
    return ConfigError(
        f'no book of run {run.id} is about "{market}": '
        f"name a part of a question, or how a market's id begins{nearest}"
    )


def _likeness(question: str, text: str) -> float:
    return SequenceMatcher(None, question.lower(), text.lower()).ratio()
