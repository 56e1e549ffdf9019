"""The dashboard beside a run, in a process of its own: from its options to its address."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter, validators

from polywire import __version__
from polywire.cli.entrance import entrance
from polywire.cli.show import Show
from polywire.core.errors import ConfigError
from polywire.core.ids import RunId
from polywire.runtime.companion import Companion, Entrance, HandOver

PORT: Final = 5000
Port = Annotated[int | None, Parameter(validator=validators.Number(gte=0, lte=65_535))]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class DashboardOptions:
    """What the command line said of it."""

    dashboard: Annotated[bool | None, Parameter(negative="--no-dashboard")] = None
    """Serve a dashboard; its address is printed, with the token of this start unless there is a
    password."""
    dashboard_port: Port = None
    """The port it listens on, 5000 unless told; 0 takes any that is free."""
    dashboard_read_only: bool = False
    """It shows, and asks the engine for nothing."""
    dashboard_host: str | None = None
    """The IP address it listens on, 127.0.0.1 unless told; others need a password and TLS."""
    dashboard_cert: Path | None = None
    """The certificate it shows, with its chain, as PEM."""
    dashboard_key: Path | None = None
    """The key of the certificate, as PEM, without a passphrase."""
    dashboard_password_file: Path | None = None
    """A file of yours alone whose first line is the password that it asks for; without it, the
    variable POLYWIRE_DASHBOARD_PASSWORD."""

    @property
    def asked(self) -> bool:
        """Whether somebody said that there shall be one."""
        said = replace(self, dashboard=None) != NOT_SAID
        return said if self.dashboard is None else self.dashboard

    @property
    def words(self) -> list[str]:
        """The same for a command line that is run from elsewhere."""
        told = {
            "port": self.dashboard_port,
            "host": self.dashboard_host,
            "cert": self.dashboard_cert,
            "key": self.dashboard_key,
            "password-file": self.dashboard_password_file,
        }
        words = ["--dashboard"] if self.asked else []
        words += ["--dashboard-read-only"] if self.dashboard_read_only else []
        for name, value in told.items():
            if value is not None:
                text = value.absolute() if isinstance(value, Path) else value
                words += [f"--dashboard-{name}", str(text)]
        return words

    @property
    def entrance(self) -> Entrance:
        """Where it is reached; ConfigError for one that would be open to others."""
        return entrance(
            os.environ,
            host=self.dashboard_host,
            certificate=self.dashboard_cert,
            key=self.dashboard_key,
            password_file=self.dashboard_password_file,
        )


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
    companion = Companion(
        told,
        port=port,
        read_only=options.dashboard_read_only or told.read_only,
        entrance=options.entrance,
    )
    listens = await companion.open()
    if listens.refused and options.asked:
        raise ConfigError(listens.refused, look="dashboard")
    show.pin(listens.refused or f"dashboard: {listens.address}")
    try:
        yield not listens.refused
    finally:
        await companion.close()
