"""From a sender's write on a socket to a strategy's decision, through the whole engine.

Both processes read the same monotonic clock. Frames are numbered by their order on the socket, so
nothing is added to them; each is measured to the first decision on a book that includes it, merged
or not.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic_ns

import uvloop

from polywire.bench.reel import market_of, reel, shards
from polywire.bench.result import Figure, Result, Target, figure, result
from polywire.bench.rig import Rig
from polywire.bench.sending import sending
from polywire.bench.tape import USUAL, Tape, record
from polywire.core.engine.engine import Engine
from polywire.core.engine.tracked import Tracked
from polywire.core.ids import FeedId, MarketId, StrategyId
from polywire.core.model.instrument import Market
from polywire.core.model.intent import Quote
from polywire.core.strategy import Wake
from polywire.core.units import Ns
from polywire.core.view import MarketView

RATES = (500, 5_000, 20_000)
TOKENS = (2, 200, 600)
P50_US_MAX = 90.0
UNDECIDED_MAX = 0.01
JUDGED = (5_000, 200)
"""The rate and the tokens that the target is for."""


PROBE = StrategyId("probe")


@dataclass(slots=True)
class Probe:
    """A strategy that notes when it was asked and how new the book was that it saw."""

    books: dict[MarketId, Tracked]
    name: StrategyId = PROBE
    wake: Wake = Wake.BOOK
    seen: list[tuple[MarketId, Ns, int]] = field(default_factory=list)

    def follows(self, _: Market) -> bool:
        """Every market."""
        return True

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:
        """Note the time."""
        market = view.market.id
        self.seen.append((market, self.books[market].book.recv_ns, monotonic_ns()))
        return ()


class Arrivals:
    """When each frame came, by socket, in order."""

    def __init__(self) -> None:
        self.by_feed: dict[FeedId, list[Ns]] = {}

    def __call__(self, feed: FeedId, _: bytes, now: Ns) -> None:
        self.by_feed.setdefault(feed, []).append(now)


def run(
    *,
    seconds: float = 1.0,
    runs: int = 5,
    rates: tuple[int, ...] = RATES,
    tokens: tuple[int, ...] = TOKENS,
) -> Result:
    """Percentiles for every pair of rate and tokens, each the median over the runs."""
    figures: list[Figure] = []
    for count in tokens:
        tape = record(markets=count // 2, count=int(max(rates) * seconds))
        for rate in rates:
            part = Tape(tape.markets, tape.opening, tape.frames[: int(rate * seconds)], tape.books)
            found = [_once(part, rate, whole=rate == max(rates)) for _ in range(runs)]
            figures += _figures(rate, count, found)
    return result(
        "latency",
        "socket to a strategy's decision, journal and verification on",
        figures,
        [
            f"even pace for {seconds:g} s, one write a frame; median of {runs} runs",
            "price changes only, each from its own write, merged ones too; no hash was wrong",
        ],
    )


def _figures(rate: int, tokens: int, found: list[list[float]]) -> list[Figure]:
    judged = Target("at most", P50_US_MAX) if (rate, tokens) == JUDGED else None
    return [
        figure(
            f"{rate}/s, {tokens} tokens: {name}",
            median(_percentile(values, part) for values in found),
            "us",
            judged if name == "p50" else None,
        )
        for name, part in (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999))
    ]


def _percentile(ordered: list[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def _once(tape: Tape, rate: int, *, whole: bool) -> list[float]:
    with TemporaryDirectory(prefix="polywire-bench-") as name:
        folder = Path(name)
        reel(tape).write(folder)
        (folder / "sent").write_bytes(bytes(8 * len(tape.frames)))
        return uvloop.run(_measure(tape, folder, rate, whole=whole))


def probed(tape: Tape, folder: Path, arrivals: Arrivals) -> tuple[Rig, Probe]:
    """An engine with a probe in it, and that; its journal is in the folder."""
    probes: list[Probe] = []

    def probe(engine: Engine) -> Probe:
        probes.append(Probe(engine.watch.books))
        return probes[0]

    journal = folder / "journal"
    journal.mkdir()
    return Rig(tape, probe, journal, on_frame=arrivals), probes[0]


async def _measure(tape: Tape, folder: Path, rate: int, *, whole: bool) -> list[float]:
    sockets = shards(tape)
    arrivals = Arrivals()
    rig, asked = probed(tape, folder, arrivals)
    async with sending(folder, ["--sockets", str(len(sockets)), "--rate", str(rate)]) as sender:
        await rig.start(sender.url, sockets)
        arrivals.by_feed.clear()
        asked.seen.clear()
        sent = await sender.replay()
        await rig.settle(len(tape.opening) + sent.frames)
        await rig.stop()
    rig.check(books=whole)
    times = memoryview((folder / "sent").read_bytes()).cast("q")
    return delays(tape, times, arrivals, asked)


def delays(tape: Tape, sent: "memoryview[int]", arrivals: Arrivals, probe: Probe) -> list[float]:
    """Microseconds from each price change's write to its decision, ascending."""
    decided: dict[MarketId, tuple[list[Ns], list[int]]] = {}
    for market, seen_ns, at_ns in probe.seen:
        newest, times = decided.setdefault(market, ([], []))
        newest.append(seen_ns)
        times.append(at_ns)
    feed_of = {
        market.id: FeedId(f"market-{number}")
        for number, shard in enumerate(shards(tape))
        for market in shard
    }
    streams = {feed: iter(came) for feed, came in arrivals.by_feed.items()}
    found: list[float] = []
    undecided = 0
    for place, frame in enumerate(tape.frames):
        market = MarketId(market_of(frame).decode())
        came_ns = next(streams[feed_of[market]])
        if frame.endswith(USUAL.encode()):
            newest, times = decided[market]
            at = bisect_left(newest, came_ns)
            if at < len(times):
                found.append((times[at] - sent[place]) / 1_000)
            else:
                undecided += 1
    # A tape can end inside a matching step, on a crossed book, which no strategy is shown.
    assert undecided <= 1 + len(found) * UNDECIDED_MAX, f"{undecided} frames had no decision"
    return sorted(found)
