"""CPU of a paper run on a venue that moves at the recorded pace.

The venue is another process; what is measured is this one: engine, sockets, journal and quoter.
"""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, process_time

from polywire.bench.result import Result, Target, figure, result
from polywire.config.build import engine_from
from polywire.config.demo import CASH, WATCH, demo_settings
from polywire.config.schema import dump
from polywire.core.ids import RunId
from polywire.core.units import MILLISECOND, Ns
from polywire.modes.paper import PaperAccount
from polywire.modes.trading import Trading, TradingSetup
from polywire.runtime.endpoints import Endpoints
from polywire.sim.latency import ConstantLatency

MARKETS = 25
FRAMES_A_SECOND = 622.0
"""299 rows a second over 12 tokens (a hockey final, 14 minutes, mean): two rows are one frame, so
25 frames a second a market."""
CPU_PERCENT_MAX = 10.0
WARM_UP_S = 2.0
LATENCY = ConstantLatency(Ns(20 * MILLISECOND), Ns(20 * MILLISECOND))


async def run(endpoints: Endpoints, source: str, seconds: float = 20.0) -> Result:
    """User and system CPU of this process as a share of one core, after a warm-up."""
    with TemporaryDirectory(prefix="polywire-bench-") as journal:
        paper = Trading(_setup(endpoints, source, Path(journal)))
        try:
            await paper.start()
            await asyncio.sleep(min(WARM_UP_S, seconds))
            before, cpu, start = paper.status(), process_time(), monotonic()
            await asyncio.sleep(seconds)
            cpu, took, after = process_time() - cpu, monotonic() - start, paper.status()
        finally:
            await paper.stop("the benchmark is over")
    frames = after.frames - before.frames
    wrong = paper.engine.watch.tally.wrong
    return result(
        "pace",
        f"CPU of the engine against {source}, one touch quoter, journal and verification on",
        [
            figure("CPU", cpu / took * 100, "% of a core", Target("at most", CPU_PERCENT_MAX)),
            figure("CPU a frame", cpu / max(1, frames) * 1e6, "us"),
            figure("frames", frames / took, "frames/s"),
            figure("events", (after.events - before.events) / took, "events/s"),
            figure("cuts", (after.cuts - before.cuts) / took, "cuts/s"),
            figure("books", len(paper.engine.watch.books), "markets"),
            figure("hashes wrong", wrong, "entries", Target("at most", 0)),
        ],
        [f"{took:.0f} s after a warm-up of {WARM_UP_S:g} s; the venue runs in its own process"],
    )


def _setup(endpoints: Endpoints, source: str, journal: Path) -> TradingSetup:
    settings = demo_settings()
    return TradingSetup(
        engine=engine_from(settings),
        configuration=dump(settings),
        endpoints=endpoints,
        source=source,
        watch=WATCH,
        journal=journal,
        run=RunId("bench"),
        build="bench",
        account=PaperAccount(CASH, LATENCY),
        seed=1,
    )
