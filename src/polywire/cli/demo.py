"""`polywire demo`: the local exchange and the engine against it, shown live."""

import asyncio
import os
import sys
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import uvloop
from cyclopts import Parameter, validators

from polywire import __version__
from polywire.cli.exchange import Recording, Speed
from polywire.cli.local import LocalExchange, local_exchange
from polywire.cli.output import check_writable, json_of, write
from polywire.cli.screen import picture
from polywire.cli.show import Show, show_for
from polywire.cli.signals import Stop
from polywire.config.build import engine_from
from polywire.config.demo import CASH, WATCH, demo_settings
from polywire.config.schema import dump
from polywire.core.ids import RunId
from polywire.core.units import MILLISECOND, Ns
from polywire.modes.paper import Paper, PaperSetup
from polywire.net.clock import Clock
from polywire.observe.status import RunStatus, as_json
from polywire.sim.latency import ConstantLatency

OutFile = Annotated[Path | None, Parameter(validator=validators.Path(dir_okay=False))]
OutFolder = Annotated[Path | None, Parameter(validator=validators.Path(file_okay=False))]
Seconds = Annotated[float | None, Parameter(validator=validators.Number(gt=0))]

LATENCY = ConstantLatency(Ns(20 * MILLISECOND), Ns(20 * MILLISECOND))
"""Delays of the simulated venue: a usual distance from the real one, each way."""


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the command line said."""

    seconds: Seconds = None
    """Stop after this long; without it, at Ctrl-C."""
    recording: Recording = None
    """Serve recorded frames or ticks instead of a synthetic market."""
    speed: Speed = 1.0
    """Times real time."""
    seed: int = 1
    """Seed of the synthetic market."""
    json: OutFile = None
    """Write the summary as data to this file too."""
    picture: OutFile = None
    """Draw the last page into this SVG file too."""
    plain: bool = False
    """One line a second instead of a live page, for logs and pipes."""
    journal: OutFolder = None
    """Keep the journal in this folder; a run that finds one there continues its account."""
    strategies: Annotated[int, Parameter(validator=validators.Number(gte=0, lte=50))] = 1
    """How many touch quoters trade side by side."""


DEFAULTS = DemoOptions()


def demo(*, options: DemoOptions = DEFAULTS) -> int:
    """Run the engine against a local exchange, on paper, and show it live.

    Nothing leaves 127.0.0.1. Ctrl-C, SIGTERM or the end of the seconds stops in this order: no
    new orders, quotes cancelled, last account facts taken in, journal flushed, sockets closed;
    then a summary. A second Ctrl-C ends at once.
    """
    for path in (options.json, options.picture):
        if path is not None:
            check_writable(path)
    journal = options.journal
    if journal is not None:
        return _run(options, journal)
    with tempfile.TemporaryDirectory(prefix="polywire-demo-") as folder:
        return _run(options, Path(folder))


def _run(options: DemoOptions, journal: Path) -> int:
    return uvloop.run(_demo(options, journal))


async def _demo(options: DemoOptions, journal: Path) -> int:
    show = show_for(plain=options.plain)
    stop = Stop()
    show.say("starting the local exchange ...")
    async with AsyncExitStack() as stack:
        starting = local_exchange(
            seed=options.seed, speed=options.speed, recording=options.recording
        )
        exchange = await stop.unless(stack.enter_async_context(starting))
        if exchange is None:
            show.say("stopped before anything began")
            return 0
        paper = Paper(_setup(options, exchange, journal))
        try:
            status = await _trade(paper, show, stop, options)
        finally:
            show.close()
    if options.journal is None:
        status.journal = ""
    show.summary(status)
    if options.json is not None:
        write(options.json, json_of(as_json(status)))
    return _verdict(paper, stop)


async def _trade(paper: Paper, show: Show, stop: Stop, options: DemoOptions) -> RunStatus:
    """Start, show until told to stop, stop; the last status."""
    before = paper.status()
    try:
        await stop.unless(paper.start())
        before = await _watch(paper, show, stop.asked, options.seconds)
        show.say("stopping: cancelling quotes, taking in last facts, flushing the journal ...")
    finally:
        status = paper.status()
        await paper.stop("shutting down")
    if options.picture is not None:
        write(options.picture, picture(status, before).encode())
    after = paper.status()
    after.feeds, after.books, after.engine.books = status.feeds, status.books, status.engine.books
    return after


async def _watch(paper: Paper, show: Show, stop: asyncio.Event, seconds: float | None) -> RunStatus:
    """Show the run until it is to end; what was shown last."""
    ends = asyncio.get_running_loop().time() + seconds if seconds is not None else float("inf")
    shown = paper.status()
    while not stop.is_set() and not paper.loop.stopped.is_set():
        left = ends - asyncio.get_running_loop().time()
        if left <= 0:
            break
        shown = paper.status()
        show.update(shown)
        try:
            await asyncio.wait_for(stop.wait(), min(left, show.every_s))
        except TimeoutError:
            continue
    return shown


def _verdict(paper: Paper, stop: Stop) -> int:
    """The exit code; a bug is raised now that everything is closed."""
    if stop.bug is not None:
        raise stop.bug
    if paper.loop.failure is not None:
        sys.stderr.write(f"polywire: trading stopped: {paper.loop.failure}\n")
        return 1
    return 0


def _setup(options: DemoOptions, exchange: LocalExchange, journal: Path) -> PaperSetup:
    settings = demo_settings(options.strategies)
    return PaperSetup(
        engine=engine_from(settings),
        configuration=dump(settings),
        endpoints=exchange.endpoints,
        source=exchange.source,
        watch=WATCH,
        journal=journal,
        run=RunId(f"{Clock().now() // MILLISECOND:x}-{os.getpid():x}"),
        build=__version__,
        cash=CASH,
        latency=LATENCY,
        seed=options.seed,
    )
