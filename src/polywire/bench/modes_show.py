"""The modes side by side, as a table for people."""

from rich.console import Console
from rich.table import Table

from polywire.bench.mode_figures import ModeFigures
from polywire.bench.modes import Modes
from polywire.bench.show import target_rows

COLUMNS = 4
"""Modes of one table: it fits a terminal of 80 columns."""
LINES_SHOWN = 12
"""Differing positions; the rest is in the JSON file."""


def show_modes(found: Modes, console: Console) -> None:
    """Print the figures, the targets, what differed and what to run."""
    title = (
        f"modes: one position bot, {found.venue_minutes:g} venue minutes at {found.speed:g} times "
        f"real time, seed {found.seed}"
    )
    console.print(title, highlight=False)
    names = list(found.modes)
    for start in range(0, len(names), COLUMNS):
        console.print(_table({name: found.modes[name] for name in names[start : start + COLUMNS]}))
    targets = Table("target", "value", "bound", "met", title_justify="left")
    for row in target_rows(found.targets):
        targets.add_row(*row)
    console.print(targets)
    shown = found.differences[:LINES_SHOWN]
    for each in shown:
        console.print(f"  {each.line}", highlight=False, markup=False, soft_wrap=True)
    more = len(found.differences) - len(shown)
    if more:
        console.print(f"  and {more} more; --json has all", highlight=False)
    for note in (*found.notes, found.machine):
        console.print(f"  {note}", style="dim", highlight=False)
    recommended = f"Recommended: {found.recommendation}"
    console.print(recommended, highlight=False, markup=False, soft_wrap=True)


def _table(modes: dict[str, ModeFigures]) -> Table:
    """One row a figure, one column a mode."""
    table = Table("")
    for name in modes:
        table.add_column(name.replace("_", " "), justify="right")
    for name in ModeFigures.__struct_fields__:
        values = (_value(getattr(mode, name)) for mode in modes.values())
        table.add_row(name.replace("_", " "), *values)
    return table


def _value(value: float) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:,.2f}"
