"""`polywire export`: what a journal holds, for other programs."""

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter, validators
from msgspec import Struct, structs
from rich.console import Console

from polywire.cli.output import check_writable, emit, write
from polywire.core.model.account import Settlement
from polywire.journal.archive import write_archive
from polywire.modes.fills import FillRow, fills_of

CsvFile = Annotated[Path, Parameter(name="--csv", validator=validators.Path(dir_okay=False))]
Folder = Annotated[Path, Parameter(name="--folder", validator=validators.Path(file_okay=False))]
Journal = Annotated[Path, Parameter(validator=validators.Path(exists=True))]

export_app = App(
    name="export",
    help="Write what a journal holds for other programs.",
    default_parameter=Parameter(negative=()),
)


class Exported(Struct):
    """What `fills --json` prints."""

    csv: str
    fills: int
    final: int
    pending: int
    reversed: int


class Archived(Struct):
    """What `parquet --json` prints."""

    folder: str
    rows: int


@export_app.command
def parquet(
    *, folder: Folder, journal: Journal = Path("polywire-journal"), json: bool = False
) -> int:
    """Write every row of a journal as Parquet, for analysis and `polywire backtest --data`.

    Parameters
    ----------
    folder
        The folder to write to; the rows it has already are not written again.
    journal
        A journal folder, or one file of it, also of a run that is going on.
    json
        Print how many rows were written as JSON.
    """
    with Console(stderr=True).status("reading ...") as status:
        rows = write_archive(journal, folder, lambda rows: status.update(f"written: {rows:,} rows"))
    emit(Archived(str(folder), rows), f"{rows:,} rows written to {folder}", as_json=json)
    return 0


@export_app.command
def fills(*, file: CsvFile, journal: Journal = Path("polywire-journal"), json: bool = False) -> int:
    """Write one row a fill: amounts, strategy, market, the venue's ids, and how it settled.

    Parameters
    ----------
    file
        The file to write.
    journal
        A journal folder, or one file of it, also of a run that is going on.
    json
        Print how many fills there were as JSON.
    """
    check_writable(file)
    with Console(stderr=True).status("reading ...") as status:
        found = fills_of(journal, lambda rows: status.update(f"reading: {rows:,} account rows"))
    write(file, table(found))
    states = Counter(row.state for row in found)
    counts = {state.value: states[state.value] for state in Settlement}
    told = ", ".join(f"{count:,} {state}" for state, count in counts.items())
    result = Exported(str(file), len(found), **counts)
    emit(result, f"{len(found):,} fills ({told}) in {file}", as_json=json)
    return 0


def table(rows: list[FillRow]) -> bytes:
    """The rows as CSV with a headline; texts that a spreadsheet would run are made harmless."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(FillRow.__struct_fields__)
    for row in rows:
        writer.writerow([_plain(cell) for cell in structs.astuple(row)])
    return text.getvalue().rstrip("\n").encode()


def _plain(cell: object) -> str:
    words = str(cell)
    return f"'{words}" if words[:1] in ("=", "+", "-", "@") else words
