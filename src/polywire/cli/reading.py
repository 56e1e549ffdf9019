"""How far the reading of a journal has come, on standard error: a bar, or lines without a terminal.

Of what is over soon nothing is said.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from polywire.cli.steps import Steps
from polywire.core.units import SECOND, Ns, utc_time
from polywire.net.clock import Clock

READS: Final = "reading the journal"
SOON_NS: Final = 2 * SECOND


class Progressed(Protocol):
    """Takes how many more rows were read, and up to when."""

    def __call__(self, rows: int, now: Ns) -> None: ...


@contextmanager
def reading(total: int | None) -> Iterator[Progressed]:
    """Call what it gives after each part; `total` rows, None where that is not known."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines().read
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(READS, total=total)

        def read(rows: int, now: Ns) -> None:
            bar.update(task, advance=rows, description=f"{READS}: {utc_time(now)} UTC")

        yield read


class _Lines:
    """A line each ten seconds, once it has taken long."""

    def __init__(self) -> None:
        self._steps, self._clock = Steps(), Clock()
        self._began_ns, self._rows = self._clock.now(), 0

    def read(self, rows: int, now: Ns) -> None:
        """See Progressed."""
        del now
        self._rows += rows
        if self._clock.now() - self._began_ns >= SOON_NS:
            self._steps.at(READS, self._rows)
