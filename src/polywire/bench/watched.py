"""What a dashboard and three pages that take everything cost the engine that they look at.

The same load with them, without, and beside a process that only counts, in turn. Engine, sender,
dashboard and pages are processes of their own; how often the engine found the processor taken is
part of what is measured, and how much of that any other process would take.
"""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import uvloop

from polywire.bench.child import Child, child
from polywire.bench.latency import Arrivals, delays, probed
from polywire.bench.reel import market_of, reel, shards
from polywire.bench.result import Figure, Result, Target, figure, result, yardstick
from polywire.bench.rig import RUN
from polywire.bench.sending import sending
from polywire.bench.tape import Tape, record
from polywire.runtime.companion import Companion, HandOver

MARKETS, RATE, PAGES = 2_000, 5_000, 3
RISE_MAX = 1.10
TELL_S = 120.0
SPARE = 1.2
TICK = b'"tick_size_change"'


class Company(Enum):
    """What works on the machine besides."""

    NOBODY = auto()
    PAGES = auto()
    BUSY = auto()


@dataclass(frozen=True, slots=True)
class Load:
    """One run: CPU of the engine's process a change, delays ascending, what the pages were told."""

    cpu_us: float
    delays_us: list[float]
    pages: list[dict[str, int]]
    asked: int

    def at(self, part: float) -> float:
        """That percentile of the delays."""
        return self.delays_us[min(len(self.delays_us) - 1, int(part * len(self.delays_us)))]


def run(
    *, seconds: float = 10.0, runs: int = 5, markets: int = MARKETS, rate: int = RATE
) -> Result:
    """CPU and delays with pages open and without, the medians of runs in turn."""
    tape = steady(markets, int(rate * seconds))
    found: dict[Company, list[Load]] = {each: [] for each in Company}
    for _ in range(runs):
        for each, loads in found.items():
            loads.append(_once(tape, rate, each))
    return result(
        "dashboard",
        f"an engine alone, and with a dashboard and {PAGES} pages that take every change",
        _figures(found, seconds),
        [
            f"{rate:,} frames a second over {markets:,} markets for {seconds:g} s, journal and"
            f" verification on; median of {runs} runs each, in turn",
            "each page shows all markets and reads as fast as it is told",
            "beside a busy process: one that counts, and gives way as a dashboard does; what the"
            " engine loses to it, it loses to whatever else works on this machine",
        ],
    )


def steady(markets: int, count: int) -> Tape:
    """A tape of so many markets and frames on which no tick changes: that is asked for by REST."""
    more = record(markets=int(SPARE * markets), count=2 * count)
    restless = {market_of(frame) for frame in more.frames if TICK in frame}
    kept = [market for market in more.markets if market.id.encode() not in restless][:markets]
    names = {market.id.encode() for market in kept}
    opening, frames = (
        tuple(frame for frame in part if market_of(frame) in names)
        for part in (more.opening, more.frames)
    )
    assert (len(kept), len(frames) >= count) == (markets, True), "too little was to spare"
    return Tape(tuple(kept), opening, frames[:count], more.books)


def _figures(loads: dict[Company, list[Load]], seconds: float) -> list[Figure]:
    alone, busy, watched = (loads[one] for one in (Company.NOBODY, Company.BUSY, Company.PAGES))

    def middle(found: list[Load], part: float) -> float:
        return median(one.at(part) for one in found)

    def told(name: str) -> float:
        return median(page[name] for one in watched for page in one.pages)

    cpu, watched_cpu = (median(one.cpu_us for one in found) for found in (alone, watched))
    rise = Target("at most", RISE_MAX)
    return [
        yardstick("alone: CPU", cpu, "us/change"),
        figure("watched: CPU", watched_cpu, "us/change"),
        figure("CPU takes", watched_cpu / cpu, "times as much", rise),
        yardstick("alone: p50", middle(alone, 0.5), "us"),
        figure("watched: p50", middle(watched, 0.5), "us"),
        yardstick("beside a busy process: p50", middle(busy, 0.5), "us"),
        figure("p50 takes", middle(watched, 0.5) / middle(alone, 0.5), "times as long", rise),
        yardstick("alone: p99", middle(alone, 0.99), "us"),
        yardstick("beside a busy process: p99", middle(busy, 0.99), "us"),
        figure("watched: p99", middle(watched, 0.99), "us"),
        figure("watched: books asked for by REST", median(one.asked for one in watched), "times"),
        figure("a page is told", told("frames") / seconds, "times a second"),
        figure("a page is told of", told("rows") / seconds, "markets a second"),
        figure("a page is behind at most", told("behind_ms") / 1_000, "s"),
    ]


def _once(tape: Tape, rate: int, company: Company) -> Load:
    with TemporaryDirectory(prefix="polywire-bench-") as name:
        folder = Path(name)
        reel(tape).write(folder)
        (folder / "sent").write_bytes(bytes(8 * len(tape.frames)))
        return uvloop.run(_measure(tape, folder, rate, company))


async def _measure(tape: Tape, folder: Path, rate: int, company: Company) -> Load:
    sockets = shards(tape)
    arrivals = Arrivals()
    rig, asked = probed(tape, folder, arrivals)
    arguments = ["--sockets", str(len(sockets)), "--rate", str(rate), "--lazy"]
    async with AsyncExitStack() as stack:
        sender = await stack.enter_async_context(sending(folder, arguments))
        stack.push_async_callback(rig.stop)
        await rig.start(sender.url, sockets)
        lookers = None
        if company is Company.PAGES:
            looking = _looking(folder / "journal", PAGES, len(tape.markets))
            lookers = await stack.enter_async_context(looking)
            await lookers.ask("tell")
        elif company is Company.BUSY:
            counting = child("polywire.bench.busy", patience_s=TELL_S)
            await (await stack.enter_async_context(counting)).told()
        arrivals.by_feed.clear()
        asked.seen.clear()
        cpu = process_time()
        sent = await sender.replay()
        await rig.settle(len(tape.opening) + sent.frames)
        cpu = process_time() - cpu
        told = (await lookers.ask("tell"))["pages"] if lookers is not None else []
    rig.check(books=False, idle=False)
    times = memoryview((folder / "sent").read_bytes()).cast("q")
    return Load(
        cpu / sent.frames * 1e6, delays(tape, times, arrivals, asked), told, rig.proofs.asked
    )


@asynccontextmanager
async def _looking(journal: Path, pages: int, markets: int) -> AsyncIterator[Child]:
    """A dashboard of the journal as runs start it, and pages that have seen every market."""
    told = HandOver(
        journal=str(journal), run=RUN, port=0, mode="paper", venue="bench", version="bench"
    )
    companion = Companion(told, port=0, read_only=True)
    listens = await companion.open()
    assert listens.address, listens.refused
    try:
        async with child("polywire.bench.lookers", patience_s=TELL_S) as lookers:
            asked: dict[str, Any] = {"address": listens.address, "pages": pages}
            await lookers.ask(json.dumps(asked | {"markets": markets}))
            yield lookers
    finally:
        await companion.close()
