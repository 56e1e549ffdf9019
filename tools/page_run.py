"""The dashboard of a made-up run at full load: `python tools/page_run.py`, until its input ends.

The dashboard's own routes, views and lines, over an engine that trades on paper in 2,000 markets
while 5,000 changes a second fall on them evenly. The journal, the engine that follows it and hashes
are left out (`polywire bench dashboard` has them): on a small machine they would hide the page.
"""

import argparse
import asyncio
import json
import os
import socket
import sys
import time
from pathlib import Path
from random import Random

import structlog
import uvicorn
import uvloop
from msgspec import structs

from polywire import __version__
from polywire.bench.tape import Tape, record
from polywire.config.build import engine_from
from polywire.config.demo import CASH, demo_settings
from polywire.config.schema import Settings, dump
from polywire.core.book.order_book import OrderBook
from polywire.core.engine.engine import Engine
from polywire.core.ids import FeedId, RunId
from polywire.core.model.control import RunStarted
from polywire.core.model.event import Record
from polywire.core.model.healing import FeedOrder
from polywire.core.model.market import BookDelta, InstrumentListed, Level
from polywire.core.units import MILLISECOND, MINUTE, Ns, Price, Quantity
from polywire.dashboard.app import application
from polywire.dashboard.rules import Rules
from polywire.dashboard.scene import About, Scene
from polywire.net.clock import Clock
from polywire.observe.memory import Memory
from polywire.observe.shadow import Shadow
from polywire.runtime.heap import settle_heap
from polywire.runtime.loop import EngineLoop
from polywire.sim.latency import ConstantLatency
from polywire.sim.venue import SimVenue
from polywire.venues.polymarket.market_ws import MarketSession

RUN, FEED, TOKEN = RunId("page-load"), FeedId("market-0"), "measured"
AHEAD = "-15"
STEP_S = 0.05
LATE_S_MAX = 0.5
"""Of more than a busy machine missed, nothing is made up for."""
LATENCY = ConstantLatency(Ns(20 * MILLISECOND), Ns(20 * MILLISECOND))
SHARE = 1_000_000
DAY_NS = 24 * 60 * MINUTE
BID_MIN = Price(470_000)
"""Few markets are so even: some dozens are traded in, as many as the limits let."""
FEW = 3
TAKEN, BETTERED = 0.1, 0.2
"""Up to which draw a best price goes away, or a better one comes; beyond, its size changes."""


class Shown(Shadow):
    """What the dashboard reads, of an engine in this process."""

    def __init__(self, live: Engine) -> None:
        super().__init__(Path("none"), lambda _: live)
        self._live = live

    @property
    def engine(self) -> Engine:
        """The only one there is."""
        return self._live


class Remembered:
    """Takes the journal's place: what is committed is remembered for the page."""

    def __init__(self, memory: Memory, engine: Engine) -> None:
        self._memory, self._engine = memory, engine
        self._waiting: list[Record] = []

    def append(self, record: Record, _: Ns) -> int:
        """Fulfils loop.Records."""
        self._waiting.append(record)
        return 0

    def barrier(self) -> None:
        """Fulfils loop.Records."""
        for one in self._waiting:
            self._memory.take(one, self._engine)
        self._waiting.clear()


class NoRest:
    """Nobody to ask."""

    def ask(self, _: FeedOrder) -> None:
        """Fulfils loop.FeedEdge."""


class Run:
    """An engine whose books change at a pace."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self.engine = engine_from(settings())
        self.shown = Shown(self.engine)
        self.changes = 0
        self._clock = clock
        self._rng = Random(seed)
        venue = SimVenue(self.engine.watch.books, lambda _: True, LATENCY, CASH)
        records = Remembered(self.shown.memory, self.engine)
        self._loop = EngineLoop(self.engine, records, clock, venue, NoRest())

    def begin(self, tape: Tape) -> None:
        """List all markets, with their books."""
        now = self._clock.now()
        session = MarketSession(FEED, lambda: 0.5)
        self._loop.put_fact(RunStarted(now, RUN, "", dump(settings()), CASH))
        self._loop.put([InstrumentListed(now, market) for market in tape.markets])
        self._loop.put(session.subscribe(tape.markets, now))
        self._loop.put(session.connecting(now))
        session.connected(now)
        for frame in tape.opening:
            self._loop.put(session.receive(frame, self._clock.now()))
        self._loop.start()

    def change(self, count: int) -> None:
        """So many changes of books drawn from all."""
        books = [*self.engine.watch.books.items()]
        now = self._clock.now()
        for market, tracked in self._rng.choices(books, k=count):
            level = drawn(self._rng, tracked.book, tracked.market.tick)
            if level is not None:
                self.changes += 1
                self._loop.put([BookDelta(now, now, market, (level,), (), FEED, now)])


def settings() -> Settings:
    """The demo's, but a book stays proven for as long as the page is watched."""
    usual = demo_settings()
    (seat,) = usual.strategies
    even = structs.replace(seat.parameters, price_min=BID_MIN)
    return structs.replace(
        usual,
        limits=structs.replace(usual.limits, proof_age_ns_max=DAY_NS),
        audit_ns=DAY_NS,
        audit_twin_ns=DAY_NS,
        strategies=(structs.replace(seat, parameters=even),),
    )


def drawn(rng: Random, book: OrderBook, tick: Price) -> Level | None:
    """A change of a best price; None for a book with an empty side."""
    bid, ask = book.touch(0)
    if bid is None or ask is None:
        return None
    side, draw = rng.randrange(2), rng.random()
    best, size = (ask if side else bid), Quantity(rng.randrange(5, 5_000) * SHARE)
    ladder = book.ask_ladder if side else book.bid_ladder
    if draw < TAKEN and len(ladder.prices) > FEW:
        return side, best, Quantity(0)
    if TAKEN <= draw < BETTERED and ask - bid > tick:
        return side, Price(best - tick if side else best + tick), size
    return side, best, size


async def serve(markets: int, rate: float) -> None:
    """Say where it listens, change books until standard input ends, and say how often it did."""
    clock = Clock()
    run = Run(clock, seed=1)
    about = About(version=__version__, mode="paper", venue="here", journal="none", read_only=True)
    scene = Scene(run.shown, about, clock)
    listening = socket.create_server(("127.0.0.1", 0))
    rules = Rules(
        port=listening.getsockname()[1], token=TOKEN, read_only=True, seconds=time.monotonic
    )
    server = uvicorn.Server(
        uvicorn.Config(
            application(scene, rules),  # type: ignore[arg-type]  # its own protocol for the same
            log_config=None,
            log_level="error",
            access_log=False,
            lifespan="off",
            ws="websockets-sansio",
        )
    )
    run.begin(record(markets=markets, count=1))
    settle_heap()
    changing = asyncio.create_task(change(run, scene, rate))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    print(json.dumps({"address": rules.address}), flush=True)
    began = time.monotonic()
    ending = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    await asyncio.wait({changing, serving, ending}, return_when=asyncio.FIRST_COMPLETED)
    print(json.dumps({"changes_a_second": run.changes / (time.monotonic() - began)}), flush=True)
    server.should_exit = True
    changing.cancel()
    await asyncio.gather(changing, serving, return_exceptions=True)


async def change(run: Run, scene: Scene, rate: float) -> None:
    """At an even pace."""
    before = time.monotonic()
    while True:
        await asyncio.sleep(STEP_S)
        passed = min(time.monotonic() - before, LATE_S_MAX)
        before = time.monotonic()
        run.change(round(passed * rate))
        scene.heard_ns = scene.clock.now()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markets", type=int, default=2_000)
    parser.add_argument("--rate", type=float, default=5_000)
    parser.add_argument("--ahead", action="store_true")
    asked = parser.parse_args()
    if asked.ahead:
        os.setsid()
        Path("/proc/self/autogroup").write_text(AHEAD)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    uvloop.run(serve(asked.markets, asked.rate))


if __name__ == "__main__":
    main()
