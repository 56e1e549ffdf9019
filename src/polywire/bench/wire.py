"""From a sender's write on a socket to the last byte of a signed order at the venue's end.

Ours is the whole engine with journal and barrier; beside it the same bot as one would write it with
websockets, json and the official client. Sender and receiver are processes of their own; all three
read the same monotonic clock.
"""

import asyncio
from bisect import bisect_right
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic_ns

import uvloop
from websockets.asyncio.client import connect

from polywire.bench.official import PYTHON, OfficialClient, curve
from polywire.bench.receiving import Receiving, receiving
from polywire.bench.reel import market_of, reel, shards
from polywire.bench.result import Figure, Result, Target, figure, result, yardstick
from polywire.bench.rig import RUN, Rig
from polywire.bench.sending import Sending, sending
from polywire.bench.signing import API_KEY, KEY, PASSPHRASE, SECRET, signer
from polywire.bench.tape import USUAL, Tape, record
from polywire.bench.yardsticks import FloatLists
from polywire.core.book.order_book import OrderBook
from polywire.core.engine.engine import Engine
from polywire.core.ids import FeedId, MarketId, StrategyId, order_id
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import Quote
from polywire.core.strategy import Wake
from polywire.core.units import MILLISECOND, MINUTE, Money, Ns, Quantity
from polywire.core.view import MarketView
from polywire.net.clock import Clock
from polywire.net.lines import Lines
from polywire.runtime.ceiling import Ceiling
from polywire.runtime.executor import Executor, salt_of
from polywire.runtime.gateway import Gateway
from polywire.runtime.loop import PutFact
from polywire.runtime.own_orders import OwnOrders
from polywire.venues.polymarket.account import AccountReader

P50_US_MAX = 200.0
RATIO_MIN = 20.0
MARKETS = 100
TRIGGERS_A_SECOND = 40
"""Frames of the market that orders are sent for."""
PAUSE_NS = 50 * MILLISECOND
"""Between two orders of either way, so that none waits for the one before."""
SIZE = Quantity(10_000_000)
TRIGGER = StrategyId("trigger")
CEILING = 1_000_000
CLOSE_S = 0.1
"""The sender says no farewell."""
UNSENT_MAX = 0.2


@dataclass(slots=True)
class Trigger:
    """Wants an order for a new state of one market's book, after a pause; notes which it asked."""

    market: MarketId
    engine: Engine
    name: StrategyId = TRIGGER
    wake: Wake = Wake.BOOK
    asked: list[tuple[Ns, int]] = field(default_factory=list)

    def follows(self, market: Market) -> bool:
        """The one."""
        return market.id == self.market

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:
        """An order at the best bid, which is refused at the other end."""
        seen_ns = self._book.recv_ns
        bid, _ = view.touch(0)
        if bid is None or (self.asked and seen_ns < self.asked[-1][0] + PAUSE_NS):
            return ()
        self.asked.append((seen_ns, self.engine.desk.sent + 1))
        return (Quote(view.market.outcomes[0].instrument, Side.BUY, bid, SIZE),)

    @property
    def _book(self) -> OrderBook:
        return self.engine.watch.books[self.market].book


class Came:
    """When each usual frame of one market came."""

    def __init__(self, market: MarketId) -> None:
        self.times: list[Ns] = []
        self._name = market.encode()

    def __call__(self, _: FeedId, frame: bytes, now: Ns) -> None:
        if frame.endswith(USUAL.encode()) and market_of(frame) == self._name:
            self.times.append(now)


def run(*, seconds: float = 10.0, runs: int = 3, rate: int = 2_000) -> Result:
    """Percentiles of both ways, run in turn; the median of the runs."""
    tape = record(markets=MARKETS, count=int(rate * seconds))
    market = busy_market(tape, TRIGGERS_A_SECOND * seconds)
    ours: list[list[float]] = []
    usual: list[list[float]] = []
    for _ in range(runs):
        ours.append(uvloop.run(_in(tape, _ours, market, rate)))
        with curve(PYTHON):
            usual.append(uvloop.run(_in(tape, _usual, market, rate)))
    return result(
        "wire",
        "a frame on the socket to a signed order at the other end, journal and barrier between",
        _figures(ours, usual),
        [
            f"{rate:,} frames a second over {MARKETS} markets for {seconds:g} s, orders for one of"
            f" them; median of {runs} runs in turn, {len(ours[0])} orders in the first of ours",
            "the usual way: websockets, json, floats, py-clob-client-v2 as installed by default",
            "every order is refused at the other end, so that nothing rests; 50 ms between two",
        ],
    )


def busy_market(tape: Tape, frames: float) -> MarketId:
    """The market with about so many usual frames."""
    counts = Counter(map(market_of, _usual_frames(tape)))
    return MarketId(min(counts, key=lambda name: abs(counts[name] - frames)).decode())


def _figures(ours: list[list[float]], usual: list[list[float]]) -> list[Figure]:
    def at(found: list[list[float]], part: float) -> float:
        return median(one[min(len(one) - 1, int(part * len(one)))] for one in found)

    p50, their_p50 = at(ours, 0.5), at(usual, 0.5)
    return [
        figure("p50", p50, "us", Target("at most", P50_US_MAX)),
        figure("p99", at(ours, 0.99), "us"),
        yardstick("the usual way: p50", their_p50, "us"),
        yardstick("the usual way: p99", at(usual, 0.99), "us"),
        figure("the usual way takes", their_p50 / p50, "times as long",
               Target("at least", RATIO_MIN)),
    ]  # fmt: skip


def _usual_frames(tape: Tape) -> list[bytes]:
    return [frame for frame in tape.frames if frame.endswith(USUAL.encode())]


Way = Callable[[Tape, Path, Sending, Receiving, MarketId], Awaitable[list[float]]]


async def _in(tape: Tape, way: Way, market: MarketId, rate: int) -> list[float]:
    """Microseconds of each order of one way, ascending, between a sender and a receiver."""
    with TemporaryDirectory(prefix="polywire-bench-") as name:
        folder = Path(name)
        reel(tape).write(folder)
        (folder / "sent").write_bytes(bytes(8 * len(tape.frames)))
        (folder / "journal").mkdir()
        arguments = ["--sockets", str(len(shards(tape))), "--rate", str(rate)]
        async with receiving() as receiver, sending(folder, arguments) as sender:
            return sorted(await way(tape, folder, sender, receiver, market))


def _sent(tape: Tape, folder: Path, market: MarketId) -> list[int]:
    """When each usual frame of a market was written."""
    times = memoryview((folder / "sent").read_bytes()).cast("q")
    name, ending = market.encode(), USUAL.encode()
    return [
        times[place]
        for place, frame in enumerate(tape.frames)
        if frame.endswith(ending) and market_of(frame) == name
    ]


async def _ours(
    tape: Tape, folder: Path, sender: Sending, receiver: Receiving, market: MarketId
) -> list[float]:
    triggers: list[Trigger] = []

    def trigger(engine: Engine) -> Trigger:
        triggers.append(Trigger(market, engine))
        return triggers[0]

    lines = Lines(receiver.url)
    await lines.open()
    arrivals = Came(market)
    edge = partial(_edge, lines)
    rig = Rig(tape, trigger, folder / "journal", on_frame=arrivals, edge=edge)
    await rig.start(sender.url, shards(tape))
    arrivals.times.clear()
    sent = await sender.replay()
    await rig.settle(len(tape.opening) + sent.frames)
    await rig.stop()
    await lines.close()
    received = dict(await receiver.came())
    times = _sent(tape, folder, market)
    found: list[float] = []
    for seen_ns, number in triggers[0].asked:
        newest = bisect_right(arrivals.times, seen_ns) - 1
        at_ns = received.get(salt_of(order_id(RUN, number)))
        if at_ns is not None and newest >= 0:
            found.append((at_ns - times[newest]) / 1_000)
    missing = len(triggers[0].asked) - len(found)
    assert missing <= 1 + UNSENT_MAX * len(found), f"{missing} of {len(found)} orders are missing"
    return found


def _edge(lines: Lines, engine: Engine, clock: Clock, put: PutFact) -> Executor:
    orders = OwnOrders(engine.ledger)
    ceiling = Ceiling(orders=CEILING, dollars=Money(CEILING * MINUTE))
    gateway = Gateway(signer(), clock, lines=lines, reads=lines)
    return Executor(gateway, AccountReader(API_KEY, orders), orders, ceiling, clock, put)


async def _usual(
    tape: Tape, folder: Path, sender: Sending, receiver: Receiving, market: MarketId
) -> list[float]:
    official = OfficialClient(KEY, API_KEY, SECRET, PASSPHRASE, receiver.url)
    token = next(one for one in tape.markets if one.id == market).outcomes[0].instrument

    posted: list[int] = []
    frames, free_ns = 0, 0

    def place(message: object) -> None:
        nonlocal frames, free_ns
        assert isinstance(message, dict), "a change"
        if message["market"] != market:
            return
        frames += 1
        if monotonic_ns() >= free_ns:
            free_ns = monotonic_ns() + PAUSE_NS
            posted.append(frames - 1)
            official.post(token, 0.52, 10.0, "BUY")

    books = FloatLists(place)
    for frame in tape.opening:
        books.open(frame)
    async with connect(sender.url(0), close_timeout=CLOSE_S) as socket:
        await socket.send("{}")
        for _ in tape.opening:
            await socket.recv()
        replaying = asyncio.create_task(sender.replay())
        for _ in tape.frames:
            frame = await socket.recv(decode=False)
            if frame.endswith(USUAL.encode()):
                books.receive(frame)
        await replaying
    received = await receiver.came()
    times = _sent(tape, folder, market)
    orders = zip(received, posted, strict=True)
    return [(at_ns - times[place]) / 1_000 for (_, at_ns), place in orders]
