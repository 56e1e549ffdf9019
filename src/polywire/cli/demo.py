"""`polywire demo`: the local exchange and the engine against it, shown live."""

import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import uvloop
from cyclopts import Parameter, validators

from polywire import __version__
from polywire.cli.beside import NOT_SAID, DashboardOptions, dashboard, hand_over
from polywire.cli.exchange import Recording, Speed
from polywire.cli.local import LocalExchange, local_exchange
from polywire.cli.output import check_writable
from polywire.cli.play import fund, play_account, play_key
from polywire.cli.show import show_for
from polywire.cli.showing import MetricsPort, OutFile, Seconds, conclude, new_run, tell_port, trade
from polywire.cli.signals import Stop
from polywire.config.build import engine_from
from polywire.config.demo import CASH, CEILING, CEILING_ORDERS, WATCH, demo_settings
from polywire.config.pace import paced
from polywire.config.schema import dump
from polywire.core.errors import ConfigError
from polywire.core.ids import RunId
from polywire.core.units import MILLISECOND, SECOND, Ns
from polywire.modes.account_side import AccountSide
from polywire.modes.live import LiveAccount, LiveSetup
from polywire.modes.paper import PaperAccount
from polywire.modes.trading import Trading, TradingSetup
from polywire.runtime.ceiling import Ceiling
from polywire.runtime.polling import Polling
from polywire.sim.latency import ConstantLatency

OutFolder = Annotated[Path | None, Parameter(validator=validators.Path(file_okay=False))]

LATENCY = ConstantLatency(Ns(20 * MILLISECOND), Ns(20 * MILLISECOND))
"""Delays of the simulated venue: a usual distance from the real one, each way."""

POLL_EVERY = 10.0
"""Seconds between polls unless told."""


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
    feed: Literal["stream", "poll"] = "stream"
    """Where books come from: the market channel, or REST at an interval."""
    poll_every: Annotated[float | None, Parameter(validator=validators.Number(gte=1, lte=300))] = (
        None
    )
    """With --feed poll: seconds between polls; 10 unless told."""
    metrics_port: MetricsPort = None
    """Serve Prometheus metrics on this port of 127.0.0.1; 0 does not."""


DEFAULTS = DemoOptions()


def demo(*, options: DemoOptions = DEFAULTS, beside: DashboardOptions = NOT_SAID) -> int:
    """Run the engine against a local exchange with signed orders, and show it live.

    A dashboard is served too, unless --no-dashboard says otherwise. Nothing leaves 127.0.0.1.
    Ctrl-C, SIGTERM or the end of the seconds stops in this order: no new orders, quotes cancelled,
    last account facts taken in, journal flushed, sockets closed; then a summary. A second Ctrl-C
    ends at once.
    """
    if options.poll_every is not None and options.feed != "poll":
        raise ConfigError("--poll-every is for polls; write --feed poll too, or leave it out")
    for path in (options.json, options.picture):
        if path is not None:
            check_writable(path)
    journal = options.journal
    if journal is not None:
        return _run(options, beside, journal)
    with tempfile.TemporaryDirectory(prefix="polywire-demo-") as folder:
        return _run(options, beside, Path(folder))


def _run(options: DemoOptions, beside: DashboardOptions, journal: Path) -> int:
    return uvloop.run(_demo(options, beside, journal))


async def _demo(options: DemoOptions, beside: DashboardOptions, journal: Path) -> int:
    show = show_for(plain=options.plain)
    stop = Stop()
    show.say("starting the local exchange ...")
    async with AsyncExitStack() as stack:
        starting = local_exchange(
            seed=options.seed,
            speed=options.speed,
            recording=options.recording,
            extra=() if options.recording else ("--control",),
        )
        exchange = await stop.unless(stack.enter_async_context(starting))
        if exchange is None:
            show.say("stopped before anything began")
            return 0
        where = Where(exchange, journal, new_run())
        told = hand_over(journal, where.run, "demo", exchange.source)
        await stack.enter_async_context(dashboard(beside, told, show, usual=True))
        trading = await _trading(options, where)
        show.pin(journal_words(journal, kept=options.journal is not None))
        tell_port(show, options.metrics_port)
        status = await trade(trading, show, stop, options.seconds, options.picture)
    if options.journal is None:
        status.journal = ""
    return conclude(trading, status, show, stop, options.json)


def journal_words(folder: Path, *, kept: bool) -> str:
    """Where the journal is, and what asks about the run by it."""
    ends = "" if kept else " (gone at the end; --journal DIR keeps one)"
    return f"journal: {folder}{ends}; ./polywire status --journal {folder}"


@dataclass(frozen=True, slots=True)
class Where:
    """One run of the demo."""

    exchange: LocalExchange
    journal: Path
    run: RunId


async def _trading(options: DemoOptions, where: Where) -> Trading:
    """The run: real orders where there is somebody to take them, which a recording has not."""
    if options.recording is not None:
        return Trading(_setup(options, where, PaperAccount(CASH, LATENCY)))
    exchange = where.exchange
    key = play_key(options.seed)
    account = await play_account(exchange, key)
    ceiling = Ceiling(orders=CEILING_ORDERS, dollars=CEILING)
    live = LiveAccount(
        LiveSetup(
            key=key,
            account=account,
            user_ws=exchange.endpoints.user_ws,
            ceiling=ceiling,
            seed=options.seed,
            guards=None,
            anew=True,
        )
    )
    trading = Trading(_setup(options, where, live))
    await fund(exchange, key, trading.engine.ledger, CASH)
    return trading


def _setup(options: DemoOptions, where: Where, account: AccountSide) -> TradingSetup:
    polling = None
    if options.feed == "poll":
        polling = Polling(int((options.poll_every or POLL_EVERY) * SECOND), batched=True)
    settings = paced(demo_settings(options.strategies, live=account.mode == "live"), polling)
    return TradingSetup(
        engine=engine_from(settings),
        configuration=dump(settings),
        endpoints=where.exchange.endpoints,
        source=where.exchange.source,
        watch=WATCH,
        journal=where.journal,
        run=where.run,
        build=__version__,
        account=account,
        seed=options.seed,
        polling=polling,
        metrics_port=options.metrics_port,
    )
