"""A run as a configuration file wants it, on paper; run.py makes it one for real."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from cyclopts import Parameter, validators

from polywire import __version__
from polywire.cli.showing import OutFile, new_run
from polywire.config.build import engine_from
from polywire.config.compose import (
    endpoints_from,
    fallback_from,
    latency_from,
    polling_from,
    retention_from,
    settings_from,
    watch_from,
)
from polywire.config.file import File
from polywire.config.schema import dump
from polywire.core.errors import ConfigError
from polywire.modes.paper import PaperAccount
from polywire.modes.trading import TradingSetup

ConfigFile = Annotated[Path, Parameter(validator=validators.Path(exists=True, dir_okay=False))]
RecordFolder = Annotated[Path | None, Parameter(validator=validators.Path(file_okay=False))]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a run beside its journal."""

    json: OutFile = None
    """Write the summary as data to this file too."""
    record: RecordFolder = None
    """Keep the frames that come by sockets in this folder, for `polywire parity`."""


NOTHING: Final = Kept()


def recorded(setup: TradingSetup, folder: Path | None) -> TradingSetup:
    """A run that keeps its frames in a folder; ConfigError for one that polls and has none."""
    if folder is not None and setup.polling is not None:
        raise ConfigError("--record keeps the frames of sockets: a run that polls has none")
    return replace(setup, record=folder)


def setup_from(file: File) -> TradingSetup:
    """A paper run as the configuration wants it."""
    settings = settings_from(file)
    return TradingSetup(
        engine=engine_from(settings),
        configuration=dump(settings),
        endpoints=endpoints_from(file),
        source=urlsplit(file.venue.market_ws).hostname or "",
        watch=watch_from(file.watch),
        journal=Path(file.journal.folder),
        run=new_run(),
        build=__version__,
        account=PaperAccount(file.paper.cash, latency_from(file)),
        seed=file.paper.seed,
        capture=file.journal.capture,
        sync=file.journal.sync,
        keep=retention_from(file),
        polling=polling_from(file),
        redundancy=file.feed.redundancy,
        fallback=fallback_from(file),
        latency_target_ns=file.observe.latency_target_ms,
        metrics_port=file.metrics.port,
    )
