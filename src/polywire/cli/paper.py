"""`polywire paper`: the engine on the venue that the configuration names, orders simulated."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import uvloop
from cyclopts import Parameter, validators

from polywire import __version__
from polywire.cli.output import check_writable
from polywire.cli.run import MetricsPort, OutFile, Seconds, conclude, new_run, tell_port, trade
from polywire.cli.screen import counted
from polywire.cli.show import Show, show_for
from polywire.cli.signals import Stop
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
from polywire.config.load import load
from polywire.config.schema import dump
from polywire.core.units import SECOND, dollars
from polywire.modes.paper import PaperAccount
from polywire.modes.trading import Trading, TradingSetup
from polywire.observe.stops import BY_HAND, stops

ConfigFile = Annotated[Path, Parameter(validator=validators.Path(exists=True, dir_okay=False))]


def paper(
    *,
    config: ConfigFile,
    seconds: Seconds = None,
    json: OutFile = None,
    plain: bool = False,
    metrics_port: MetricsPort = None,
) -> int:
    """Trade on paper: market data from where the configuration says, fills simulated.

    No order leaves this machine. The journal's folder is the configuration's; what is in it is
    continued. Ctrl-C, SIGTERM or the end of the seconds stops as `demo` does.

    Parameters
    ----------
    config
        The configuration file; `polywire config check FILE` says what is wrong with one.
    seconds
        Stop after this long; without it, at Ctrl-C.
    json
        Write the summary as data to this file too.
    plain
        One line a second instead of a live page, for logs and pipes.
    metrics_port
        Serve Prometheus metrics on this port of 127.0.0.1; 0 does not, whatever is configured.
    """
    if json is not None:
        check_writable(json)
    file = load(config, os.environ)
    setup = setup_from(file)
    if metrics_port is not None:
        setup = replace(setup, metrics_port=metrics_port)
    return uvloop.run(shown(file, setup, seconds, json, plain=plain))


async def shown(
    file: File, setup: TradingSetup, seconds: float | None, json: Path | None, *, plain: bool
) -> int:
    """Run what a configuration asks for, show it, and sum it up; the exit code."""
    run = Trading(setup)
    show = show_for(plain=plain)
    stop = Stop()
    show.say(f"{_source(file)}, journal in {file.journal.folder}")
    tell_port(show, setup.metrics_port)
    _tell_before(show, run)
    status = await trade(run, show, stop, seconds)
    return conclude(run, status, show, stop, json)


def _tell_before(show: Show, run: Trading) -> None:
    """Say what an earlier run left, if anything."""
    before = run.status().engine
    if before.positions or before.realised_micros:
        show.say(
            f"its account goes on: {counted(len(before.positions), 'position')}, cash "
            f"{dollars(before.cash_micros)}, {dollars(before.realised_micros)} realised so far"
        )
    for each in stops(before):
        if BY_HAND in each:  # the others are over with the run that they were of
            show.say(each)


def _source(file: File) -> str:
    """Where market data comes from, in words."""
    if file.feed.kind == "stream":
        return f"market data from {file.venue.market_ws}"
    return f"books polled from {file.venue.clob} every {file.feed.poll_every / SECOND:g} s"


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
