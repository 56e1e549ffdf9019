"""The faults as a table for people."""

from typing import Literal

from rich.console import Console
from rich.table import Table

from polywire.bench.fault_figures import FaultFigures
from polywire.bench.faults import Faults
from polywire.bench.show import target_rows
from polywire.core.units import SCALE

COLUMNS = ("fault", "detected", "healed", "orders", "dollars", "lost", "REST", "met")


def show_faults(found: Faults, console: Console) -> None:
    """Print the figures, and every target that was missed."""
    missed = [one for one in found.targets if one.met is False]
    names = {one.name.partition(":")[0] for one in missed}
    table = Table(title="faults: seconds to notice and to heal, and what happened meanwhile")
    for column in COLUMNS:
        justify: Literal["left", "right"] = "left" if column == "fault" else "right"
        table.add_column(column, justify=justify, overflow="fold")
    for name, one in found.faults.items():
        table.add_row(name, *cells(one), "[red]no[/]" if name in names else "[green]yes[/]")
    console.print(table)
    for name, value, target, _ in target_rows(missed):
        console.print(f"  missed: {name} {value}, {target}", highlight=False)
    for note in (*found.notes, found.machine):
        console.print(f"  {note}", style="dim", highlight=False)


def cells(one: FaultFigures) -> tuple[str, ...]:
    """Figures as people read them; a dash is never."""
    return (
        _seconds(one.detected_s),
        _seconds(one.healed_s),
        str(one.exposure_orders),
        f"{one.exposure_micros / SCALE:.2f}",
        str(one.lost),
        str(one.rest_calls),
    )


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"
