"""The dashboard beside a run, in a process of its own: from its options to its address."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter, validators

from polywire import __version__
from polywire.cli.show import Show
from polywire.core.errors import ConfigError
from polywire.core.ids import RunId
from polywire.runtime.companion import Companion, HandOver

PORT: Final = 5000
Port = Annotated[int | None, Parameter(validator=validators.Number(gte=0, lte=65_535))]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class DashboardOptions:
    """What the command line said of it."""

    dashboard: Annotated[bool | None, Parameter(negative="--no-dashboard")] = None
    """Serve a dashboard on 127.0.0.1; the address, with the token of this start, is printed."""
    dashboard_port: Port = None
    """The port it listens on, 5000 unless told; 0 takes any that is free."""
    dashboard_read_only: bool = False
    """It shows, and asks the engine for nothing."""

    @property
    def asked(self) -> bool:
        """Whether somebody said that there shall be one."""
        if self.dashboard is None:
            return self.dashboard_port is not None or self.dashboard_read_only
        return self.dashboard


NOT_SAID: Final = DashboardOptions()


def hand_over(journal: Path, run: RunId, mode: str, venue: str) -> HandOver:
    """What a dashboard is told of a run."""
    return HandOver(
        journal=str(journal.absolute()),
        run=run,
        port=PORT,
        mode=mode,
        venue=venue,
        version=__version__,
        backtests=str(journal.absolute().parent / "backtests"),
    )


@asynccontextmanager
async def dashboard(
    options: DashboardOptions, told: HandOver, show: Show, *, usual: bool
) -> AsyncIterator[bool]:
    """A dashboard for as long as the context lives, if it is wanted; whether there is one.

    Raises ConfigError where it was asked for and cannot be; one that is only `usual` is done
    without, in a sentence.
    """
    if options.dashboard is False or not (options.asked or usual):
        yield False
        return
    port = options.dashboard_port if options.dashboard_port is not None else told.port
    companion = Companion(told, port=port, read_only=options.dashboard_read_only or told.read_only)
    listens = await companion.open()
    if listens.refused and options.asked:
        raise ConfigError(listens.refused, look="dashboard")
    show.pin(listens.refused or f"dashboard: {listens.address}")
    try:
        yield not listens.refused
    finally:
        await companion.close()
