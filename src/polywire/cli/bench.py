"""`polywire bench`: what the engine costs on this machine, against stated targets.

Shell completion imports this file, also where only requirements.lock is installed. What is measured
against other libraries needs the developers' packages, and is imported by the command that uses it.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import structlog
import uvloop
from cyclopts import App, Parameter, validators
from rich.console import Console
from rich.progress import Progress

from polywire.bench import (
    calm,
    faults,
    flood,
    latency,
    maker,
    modes,
    pace,
    proofs,
    replay,
    watched,
)
from polywire.bench.fault_cases import CASES
from polywire.bench.fault_run import Served
from polywire.bench.faults_show import show_faults
from polywire.bench.modes_show import show_modes
from polywire.bench.result import Result
from polywire.bench.show import show
from polywire.cli.local import local_exchange
from polywire.cli.output import check_writable, json_of, write
from polywire.cli.showing import OutFile
from polywire.core.errors import ConfigError
from polywire.core.units import SECOND
from polywire.runtime.endpoints import Endpoints
from polywire.runtime.polling import EVERY_NS_MAX

CRITICAL = 50
POLL_S_MAX = EVERY_NS_MAX // SECOND

bench_app = App(
    name="bench",
    help="Measure the engine on this machine. Each benchmark prints its figures beside its targets;"
    " the exit code is 0 whether they are met or not, as machines differ.",
)

Runs = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=100))]
Seconds = Annotated[float, Parameter(validator=validators.Number(gt=0, lte=20))]
LongSeconds = Annotated[float, Parameter(validator=validators.Number(gt=0, lte=3_600))]
Minutes = Annotated[float, Parameter(validator=validators.Number(gte=1, lte=60))]
Seeds = Annotated[int, Parameter(validator=validators.Number(gte=2, lte=10_000))]
MadeMinutes = Annotated[int, Parameter(validator=validators.Number(gte=2, lte=1_000))]
Workers = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=64))]
Recording = Annotated[
    Path | None, Parameter(validator=validators.Path(exists=True, dir_okay=False))
]
NeededRecording = Annotated[Path, Parameter(validator=validators.Path(exists=True))]


@bench_app.command(name="decode")
def decode_command(*, runs: Runs = 5, json: OutFile = None) -> int:
    """CPU from a frame's bytes to an applied change and a callback, against two usual designs.

    Parameters
    ----------
    runs
        Interleaved runs; the median is shown.
    json
        Write the figures to this file too.
    """
    from polywire.bench import decode  # noqa: PLC0415  # needs the developers' packages

    return _tell([decode.run(runs=runs)], json)


@bench_app.command(name="latency")
def latency_command(*, seconds: Seconds = 1.0, runs: Runs = 5, json: OutFile = None) -> int:
    """Socket to a strategy's decision at 500, 5,000 and 20,000 frames a second.

    Over 2, 200 and 600 tokens, with journal and verification on. The sender is a process of its
    own and keeps one core busy.

    Parameters
    ----------
    seconds
        Length of each run.
    runs
        Runs for each rate and number of tokens; the median is shown.
    json
        Write the figures to this file too.
    """
    return _tell([latency.run(seconds=seconds, runs=runs)], json)


@bench_app.command(name="flood")
def flood_command(*, seconds: Seconds = 3.0, runs: Runs = 5, json: OutFile = None) -> int:
    """Frames a second through the whole engine when they come as fast as the socket takes them.

    Parameters
    ----------
    seconds
        Least length of each run.
    runs
        Runs with merging and runs without; the median is shown.
    json
        Write the figures to this file too.
    """
    return _tell([flood.run(seconds=seconds, runs=runs)], json)


@bench_app.command(name="pace")
def pace_command(
    *, seconds: LongSeconds = 20.0, recording: Recording = None, json: OutFile = None
) -> int:
    """CPU of a paper run against a local exchange that moves at the recorded pace.

    Parameters
    ----------
    seconds
        Length of the measurement.
    recording
        Serve this recording at its own speed instead of 25 synthetic markets.
    json
        Write the figures to this file too.
    """
    return _tell([uvloop.run(_pace(seconds, recording))], json)


@bench_app.command(name="modes")
def modes_command(
    *,
    poll_every: str = str(modes.BASELINE_S),
    minutes: Minutes = 60.0,
    seed: int = 1,
    json: OutFile = None,
) -> int:
    """The stream and polling, exits watched and resting, on one seeded venue hour in a minute.

    Prints calls, decision times, exits, fees, errors and resources of each beside the targets.

    Parameters
    ----------
    poll_every
        Polling intervals in seconds, 1 to 300, separated by commas; 10 is always among them.
    minutes
        Venue minutes; 60 of them take one.
    seed
        Seed of the synthetic market; the same seed gives the same hour.
    json
        Write all figures to this file too.
    """
    if json is not None:
        check_writable(json)
    plan = modes.plan_of(seed=seed, minutes=minutes)
    found = uvloop.run(modes.run(serve, plan, intervals(poll_every)))
    show_modes(found, Console())
    if json is not None:
        write(json, json_of(found))
    return 0


@bench_app.command(name="calm")
def calm_command(*, seconds: LongSeconds = 3_600.0, json: OutFile = None) -> int:
    """An hour of 250 markets on which nothing goes wrong, in virtual time: what is suspected?

    Whatever is suspected is a false alarm. The hour takes two to three minutes.

    Parameters
    ----------
    seconds
        Virtual seconds.
    json
        Write the figures to this file too.
    """
    return _tell([calm.run(seconds=seconds)], json)


@bench_app.command(name="faults")
def faults_command(*, json: OutFile = None) -> int:
    """Every fault of the local exchange against the engine on paper, in two minutes.

    Prints seconds to detect and to heal, orders meanwhile, messages lost and REST calls.

    Parameters
    ----------
    json
        Write all figures to this file too.
    """
    if json is not None:
        check_writable(json)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(CRITICAL))
    console = Console()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("faults", total=len(CASES))
        found = uvloop.run(faults.run(serve_controlled, lambda _: progress.advance(task)))
    show_faults(found, console)
    if json is not None:
        write(json, json_of(found))
    return 0


@bench_app.command(name="maker")
def maker_command(
    *, seeds: Seeds = 20, minutes: MadeMinutes = 10, workers: Workers = 2, json: OutFile = None
) -> int:
    """The market maker against a symmetric one-tick quoter, on the same synthetic markets.

    Prints profit with its interval, for flow of people without a view and for flow of some who
    know the fair value.

    Parameters
    ----------
    seeds
        So many markets, of the seeds from 1 on.
    minutes
        Virtual minutes of each.
    workers
        Processes to run them in.
    json
        Write the figures to this file too.
    """
    if json is not None:
        check_writable(json)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("markets", total=2 * seeds)
        found = maker.run(range(1, seeds + 1), minutes, workers, lambda: progress.advance(task))
    return _tell(found, json)


@bench_app.command(name="proofs")
def proofs_command(*, seconds: Seconds = 3.0, runs: Runs = 5, json: OutFile = None) -> int:
    """What hash, touch and twin checks cost under flood, and whether 5,000 frames/s pass them all.

    Parameters
    ----------
    seconds
        Length of each run.
    runs
        Pairs of runs, with checks and without; the median is shown.
    json
        Write the figures to this file too.
    """
    return _tell([proofs.run(seconds=seconds, runs=runs)], json)


@bench_app.command(name="replay")
def replay_command(*, recording: NeededRecording, runs: Runs = 5, json: OutFile = None) -> int:
    """Level changes and events a second of a backtest, from a recording decoded before.

    Parameters
    ----------
    recording
        A recording that `polywire backtest` reads.
    runs
        Runs of each way; the median is shown.
    json
        Write the figures to this file too.
    """
    return _tell([replay.run(recording, runs)], json)


@bench_app.command(name="signing")
def signing_command(*, runs: Runs = 5, json: OutFile = None) -> int:
    """CPU of an order from the engine's command to signed bytes and headers, beside the client's.

    Parameters
    ----------
    runs
        Runs of each in turn; the median is shown.
    json
        Write the figures to this file too.
    """
    from polywire.bench import signing  # noqa: PLC0415  # needs the developers' packages

    return _tell([signing.run(runs=runs)], json)


@bench_app.command(name="wire")
def wire_command(*, seconds: Seconds = 10.0, runs: Runs = 3, json: OutFile = None) -> int:
    """From a frame on a socket to a signed order at the other end, at 2,000 frames a second.

    Beside it, the same with websockets, json and the official client. Then from a fill on the user
    channel to the strategy, beside polling each second. Senders and receiver are processes of
    their own.

    Parameters
    ----------
    seconds
        Length of each run.
    runs
        Runs of each in turn; the median is shown.
    json
        Write the figures to this file too.
    """
    from polywire.bench import fills, wire  # noqa: PLC0415  # needs the developers' packages

    return _tell([wire.run(seconds=seconds, runs=runs), fills.run(seconds=seconds)], json)


@bench_app.command(name="dashboard")
def dashboard_command(*, seconds: Seconds = 10.0, runs: Runs = 5, json: OutFile = None) -> int:
    """What a dashboard and three pages that take everything cost the engine that they look at.

    2,000 markets with 5,000 changes a second, with them and without, in turn.

    Parameters
    ----------
    seconds
        Length of each run.
    runs
        Runs with the pages and runs without; the median is shown.
    json
        Write the figures to this file too.
    """
    return _tell([watched.run(seconds=seconds, runs=runs)], json)


@bench_app.command(name="all")
def all_command(*, json: OutFile = None) -> int:
    """All but wire, dashboard, modes, calm, maker, proofs, replay and faults; some minutes.

    Parameters
    ----------
    json
        Write the figures to this file too.
    """
    from polywire.bench import decode, signing  # noqa: PLC0415  # needs the developers' packages

    quick = [decode.run(), signing.run(), latency.run(), flood.run()]
    return _tell([*quick, uvloop.run(_pace(20.0, None))], json)


async def _pace(seconds: float, recording: Path | None) -> Result:
    extra = ["--markets", str(pace.MARKETS), "--frames-a-second", str(pace.FRAMES_A_SECOND)]
    async with local_exchange(seed=1, speed=1.0, recording=recording, extra=extra) as exchange:
        source = recording.name if recording is not None else f"{pace.MARKETS} synthetic markets"
        return await pace.run(exchange.endpoints, source, seconds)


@asynccontextmanager
async def serve(arguments: Sequence[str]) -> AsyncIterator[Endpoints]:
    """A local exchange with these arguments; see `bench.modes.Serve`."""
    async with local_exchange(seed=1, speed=1.0, recording=None, extra=arguments) as exchange:
        yield exchange.endpoints


@asynccontextmanager
async def serve_controlled(arguments: Sequence[str]) -> AsyncIterator[Served]:
    """A local exchange whose control port is open; see `bench.faults.Serve`."""
    async with local_exchange(seed=1, speed=1.0, recording=None, extra=arguments) as exchange:
        assert exchange.control is not None, "it was asked for"
        yield Served(exchange.endpoints, exchange.control)


def intervals(text: str) -> list[int]:
    """Whole seconds out of a list with commas; ConfigError says what is wrong."""
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdigit() and 1 <= int(word) <= POLL_S_MAX for word in words):
        raise ConfigError(f"--poll-every takes seconds from 1 to {POLL_S_MAX}, found {text!r}")
    return [int(word) for word in words]


def _tell(results: list[Result], json: Path | None) -> int:
    console = Console()
    for found in results:
        show(found, console)
    if json is not None:
        write(json, json_of(results))
    return 0
