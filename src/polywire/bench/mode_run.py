"""One engine in a process of its own, run in one mode for one venue hour; its report is a file.

`python -m polywire.bench.mode_run SPEC`: the path of a `Spec` as JSON.
"""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic_ns, process_time

import msgspec
import structlog
import uvloop
from msgspec import Struct

from polywire.bench.fast_clock import FastClock
from polywire.bench.hour import START_NS, Plan
from polywire.bench.mode_report import Report
from polywire.bench.position_bot import Note, bot_settings
from polywire.bench.result import memory_mb_max
from polywire.bench.trips import trips
from polywire.config.build import engine_from
from polywire.config.pace import paced
from polywire.config.schema import dump
from polywire.core.engine.engine import Engine
from polywire.core.execution.exits import ExitStyle
from polywire.core.ids import FeedId, RunId
from polywire.core.units import MILLISECOND, SECOND, Money, Ns
from polywire.journal.reader import read_account
from polywire.modes.paper import PaperAccount
from polywire.modes.trading import Trading, TradingSetup
from polywire.observe.latency import TARGET_NS
from polywire.observe.run_status import RunStatus
from polywire.runtime.endpoints import Endpoints
from polywire.runtime.polling import Polling
from polywire.runtime.watch_list import Watch
from polywire.sim.latency import ConstantLatency
from polywire.venues.polymarket.selection import Criteria

LATENCY = ConstantLatency(Ns(20 * MILLISECOND), Ns(20 * MILLISECOND))
CASH = Money(1_000_000_000)
SCAN_NS = 60 * SECOND
LOOK_S = 0.02
LATE_NS = 100 * MILLISECOND
"""In real time; an engine ready later than this missed the beginning."""


class Spec(Struct, frozen=True, kw_only=True):
    """What to run. `polling` is None for the stream; times in nanoseconds."""

    name: str
    endpoints: Endpoints
    plan: Plan
    slugs: tuple[str, ...]
    style: ExitStyle
    polling: Polling | None
    begin_ns: int
    speed: float
    report: str


class Bytes:
    """Counts what the stream brings."""

    def __init__(self) -> None:
        self.total = 0

    def __call__(self, _: FeedId, frame: bytes, __: Ns) -> None:
        self.total += len(frame)


def run(spec: Spec) -> Report:
    """Run it to its end."""
    with TemporaryDirectory(prefix="polywire-bench-") as journal:
        return uvloop.run(_hour(spec, Path(journal)))


async def _hour(spec: Spec, journal: Path) -> Report:
    clock = FastClock(START_NS, spec.begin_ns, spec.speed)
    settings = paced(bot_settings(spec.style, spec.plan.shares), spec.polling)
    engine = engine_from(settings)
    note = Note.seat(engine, clock)
    count = Bytes()
    paper = Trading(_setup(spec, engine, dump(settings), clock, journal, count))
    try:
        await paper.start()
        late = monotonic_ns() > spec.begin_ns + LATE_NS
        await asyncio.sleep(max(0.0, (spec.begin_ns - monotonic_ns()) / SECOND))
        cpu = process_time()
        uptime = await _watch(paper, clock, spec.plan.end_ns)
        cpu, status = process_time() - cpu, paper.status()
    finally:
        await paper.stop("the hour is over")
    calls = status.rest_calls
    return Report(
        name=spec.name,
        every_ns=spec.polling.every_ns if spec.polling is not None else 0,
        late=late,
        book_calls=calls.book,
        catalogue_calls=calls.catalogue,
        account_calls=status.account.readings,
        orders=status.engine.orders.sent,
        refused=status.engine.orders.refused,
        errors=errors_of(status),
        reconnects=status.reconnects,
        bytes=count.total + calls.bytes,
        uptime=uptime,
        cpu_s=cpu,
        memory_mb=memory_mb_max(),
        trips=trips(record for _, record in read_account(journal)),
        looks=note.looks,
    )


def errors_of(status: RunStatus) -> int:
    """What went wrong and was handled, unreadable frames, wrong hashes, and a halt."""
    halted = bool(status.engine.halted)
    return status.errors + status.undecodable + status.engine.hash.wrong + halted


async def _watch(paper: Trading, clock: FastClock, end_ns: int) -> float:
    """Wait for the end; the share of looks at which every book could be traded on."""
    looks = good = 0
    standing, books = paper.engine.standing, paper.engine.watch.books
    while clock.now() < end_ns and not paper.loop.stopped.is_set():
        await asyncio.sleep(min(LOOK_S, clock.wait_s(end_ns - clock.now())))
        looks += 1
        good += not any(standing.distrust_of(book) for book in books.values())
    return good / max(1, looks)


def _setup(
    spec: Spec, engine: Engine, configuration: str, clock: FastClock, journal: Path, count: Bytes
) -> TradingSetup:
    return TradingSetup(
        engine=engine,
        configuration=configuration,
        endpoints=spec.endpoints,
        source="synthetic",
        watch=Watch(
            criteria=Criteria(keywords=spec.slugs, markets_max=len(spec.slugs)),
            every_ns=SCAN_NS,
            pages_max=10,
        ),
        journal=journal,
        run=RunId("bench"),
        build="bench",
        account=PaperAccount(CASH, LATENCY),
        seed=spec.plan.seed,
        on_frame=count,
        clock=clock,
        polling=spec.polling,
        latency_target_ns=int(TARGET_NS * spec.speed),
    )


def main() -> int:
    """Run the spec in the named file."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    spec = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Spec)
    Path(spec.report).write_bytes(msgspec.json.encode(run(spec)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
