"""A run from start to summary, as `demo`, `paper` and `run` all show it."""

import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter, validators

from polywire.cli.alerting import alert_settings, alerting
from polywire.cli.beside import NOT_SAID, DashboardOptions, dashboard, hand_over
from polywire.cli.output import json_of, write
from polywire.cli.screen import picture
from polywire.cli.show import Show, show_for
from polywire.cli.signals import Stop
from polywire.config.file import File
from polywire.core.ids import RunId
from polywire.core.ledger.order import Order
from polywire.core.units import MILLISECOND, SECOND, counted, dollars
from polywire.modes.trading import Trading, TradingSetup
from polywire.net.clock import Clock
from polywire.observe.run_status import RunStatus, as_json
from polywire.observe.status import guarded_as
from polywire.observe.stops import BY_HAND, stops
from polywire.runtime.supervisor import Supervisor

OutFile = Annotated[Path | None, Parameter(validator=validators.Path(dir_okay=False))]
MetricsPort = Annotated[int | None, Parameter(validator=validators.Number(gte=0, lte=65_535))]
Seconds = Annotated[float | None, Parameter(validator=validators.Number(gt=0))]


def new_run() -> RunId:
    """An id that no other run has: from the time and the process."""
    return RunId(f"{Clock().now() // MILLISECOND:x}-{os.getpid():x}")


def tell_port(show: Show, port: int | None) -> None:
    """Say where metrics are, if anywhere."""
    if port:
        show.say(f"metrics on http://127.0.0.1:{port}/metrics")


def _tell_rest(trading: Trading, show: Show) -> None:
    """What an end in the middle leaves to others, the terminal as it was before."""
    show.close()
    run, number = trading.status(), len(trading.engine.ledger.open_orders)
    if run.mode == "paper" or not number:
        show.say("ended at once")
    elif run.guards.get("watchdog") == "on":
        words = "which cancels what rests and says at the next start what it did"
        show.say(f"ended at once: {counted(number, 'open order')} left to the watchdog, {words}")
    else:
        show.say(f"ended at once: {counted(number, 'order')} STILL OPEN, as far as is known")


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Look:
    """How a run is looked at."""

    plain: bool = False
    """One line a second instead of a live page, for logs and pipes."""
    quiet: bool = False
    """Neither: only its beginning, its end and log lines, for services."""
    beside: DashboardOptions = NOT_SAID


TERMINAL: Final = Look()


async def shown(
    file: File, setup: TradingSetup, seconds: float | None, json: Path | None, look: Look
) -> int:
    """Run what a configuration asks for, show it, and sum it up; the exit code."""
    alerts = alert_settings(file, os.environ)
    show = show_for(plain=look.plain, quiet=look.quiet)
    mode = "run" if setup.account.mode == "live" else setup.account.mode
    told = hand_over(setup.journal, setup.run, mode, setup.source)
    stop = Stop()
    async with dashboard(look.beside, told, show, usual=False):
        run = Trading(setup)
        show.say(f"{_source(file)}, journal in {file.journal.folder}")
        tell_port(show, setup.metrics_port)
        _tell_before(show, run)
        async with alerting(alerts, setup, run):
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


async def trade(
    trading: Trading, show: Show, stop: Stop, seconds: float | None, drawing: Path | None = None
) -> RunStatus:
    """Start, show until told to stop, stop; the last status. `drawing` gets the last page."""
    before, supervisor, clean = trading.status(), Supervisor(os.environ), False
    stop.last_words = partial(_tell_rest, trading, show)
    try:
        try:
            await stop.unless(trading.start())
            supervisor.ready()
            before = await _watch(trading, show, stop.asked, seconds, supervisor)
            supervisor.stopping()
            clean = stop.bug is None
            show.say("stopping: cancelling quotes, taking in last facts, flushing the journal ...")
        finally:
            status = trading.status()
            await trading.stop("shutting down", clean=clean)
    finally:
        show.close()
    if drawing is not None:
        write(drawing, picture(status, before).encode())
    after = trading.status()
    after.feeds, after.books, after.engine.books = status.feeds, status.books, status.engine.books
    guarded_as(status.engine, after.engine)
    after.guards |= status.guards  # as before the end, and what still follows from it
    return after


def conclude(trading: Trading, status: RunStatus, show: Show, stop: Stop, json: Path | None) -> int:
    """Sum up what the run did, also as data to a file; the exit code."""
    show.summary(status)
    left = trading.left()
    kept = [one for one in trading.engine.ledger.open_orders.values() if one not in left]
    if kept:
        show.say(f"left at the venue, as configured: {_named(kept)}")
    if left:
        show.say(f"STILL OPEN at the venue, as far as is known: {_named(left)}")
    if json is not None:
        write(json, json_of(as_json(status)))
    return verdict(trading, stop)


def _named(orders: Sequence[Order]) -> str:
    return ", ".join(order.venue_id or order.command.order_id for order in orders)


def verdict(trading: Trading, stop: Stop) -> int:
    """The exit code; a bug is raised now that everything is closed."""
    if stop.bug is not None:
        raise stop.bug
    if trading.loop.failure is not None:
        sys.stderr.write(f"polywire: trading stopped: {trading.loop.failure}\n")
        return 1
    return 0


async def _watch(
    trading: Trading,
    show: Show,
    stop: asyncio.Event,
    seconds: float | None,
    supervisor: Supervisor,
) -> RunStatus:
    """Show the run until it is to end; what was shown last."""
    ends = asyncio.get_running_loop().time() + seconds if seconds is not None else float("inf")
    shown = trading.status()
    while not stop.is_set() and not trading.loop.stopped.is_set():
        left = ends - asyncio.get_running_loop().time()
        if left <= 0:
            break
        shown = trading.status()
        show.update(shown)
        supervisor.alive(shown.cuts)
        try:
            await asyncio.wait_for(stop.wait(), min(left, show.every_s))
        except TimeoutError:
            continue
    return shown
