"""A result as a table for people."""

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table

from polywire.bench.result import Figure, Result

EXACT = 1_000


def show(found: Result, console: Console) -> None:
    """Print one result."""
    table = Table(title=f"{found.benchmark}: {found.what}", title_justify="left")
    for column in ("figure", "value", "target", "met"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for figure in found.figures:
        style = "dim" if figure.yardstick else None
        table.add_row(figure.name, _value(figure), _target(figure), _met(figure), style=style)
    console.print(table)
    for note in (*found.notes, f"{found.machine}; {found.python}; dim rows are yardsticks"):
        console.print(f"  {note}", style="dim", highlight=False)


def target_rows(figures: Iterable[Figure]) -> Iterator[tuple[str, str, str, str]]:
    """Figures that have targets as cells: name, value, target, and whether it is met."""
    for figure in figures:
        yield figure.name, _value(figure), _target(figure), _met(figure)


def _value(figure: Figure) -> str:
    digits = 0 if figure.value >= EXACT else 2
    return f"{figure.value:,.{digits}f} {figure.unit}"


def _target(figure: Figure) -> str:
    return f"{figure.target.bound} {figure.target.value:,g}" if figure.target is not None else ""


def _met(figure: Figure) -> str:
    if figure.met is None:
        return ""
    return "[green]yes[/]" if figure.met else "[red]no[/]"
