"""What it costs to prove: the same flood with checks and without; and is every hash compared?

Without: an integrity that takes every message at its word, put in place of the real one once all
books are proven. Decoding reads hashes and best prices either way.
"""

from collections.abc import Iterable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

import msgspec
import uvloop
from typing_extensions import override

from polywire.bench.flood import flood_once, watcher
from polywire.bench.reel import market_of, reel, shards
from polywire.bench.result import Figure, Result, Target, figure, result
from polywire.bench.rig import Rig
from polywire.bench.sending import sending
from polywire.bench.tape import Tape, record
from polywire.core.book.belief import Belief
from polywire.core.book.integrity import BookIntegrity, Tally
from polywire.core.book.order_book import OrderBook
from polywire.core.ids import FeedId, MarketId
from polywire.core.model.market import BookDelta, BookSnapshot, Level
from polywire.core.units import MILLISECOND, SECOND, Ns
from polywire.venues.polymarket.twins import Twins

MERGED_MAX, UNMERGED_MAX = 25.0, 60.0
"""Percent of the engine's CPU."""
RATE = 5_000
TOKENS = 200
LOOK_NS = 250 * MILLISECOND
LEAD_NS = 2 * MILLISECOND
"""How much earlier the first of two sockets brings a frame."""
FEEDS = (FeedId("market-1"), FeedId("market-1b"))


class Unchecked(BookIntegrity):
    """Proof without looking."""

    __slots__ = ()

    @override
    def take_snapshot(
        self, book: OrderBook, snapshot: BookSnapshot, changed: tuple[Level, ...]
    ) -> bool:
        self.prove(snapshot.recv_ns, snapshot.feed)
        return True

    @override
    def take_delta(self, book: OrderBook, delta: BookDelta) -> None:
        self.prove(delta.recv_ns, delta.feed)

    @override
    def recheck(self, book: OrderBook, now: Ns) -> None:
        pass


def run(*, seconds: float = 3.0, runs: int = 5, frames: int = 40_000) -> Result:
    """Shares of the CPU that checks take, and how many hash groups are verified at a usual rate."""
    tape = record(markets=TOKENS // 2, count=frames)
    part = Tape(tape.markets, tape.opening, tape.frames[: int(RATE * seconds)], tape.books)
    with TemporaryDirectory(prefix="polywire-bench-") as name:
        folder = Path(name)
        reel(tape).write(folder)
        merged = _pairs(tape, folder, seconds, runs, merge=True)
        unmerged = _pairs(tape, folder, seconds, runs, merge=False)
    twins = median(_twins_us(tape) for _ in range(runs))
    paced = [_paced(part) for _ in range(runs)]
    told = groups_told(part.frames)
    return result(
        "proofs",
        f"what checks cost under flood, {TOKENS} tokens, and what they reach at {RATE:,} frames/s",
        [
            *_shares("merged", merged, twins, MERGED_MAX),
            *_shares("unmerged", unmerged, twins, UNMERGED_MAX),
            figure("twin filter, both copies", twins, "us/frame"),
            figure(f"{RATE}/s: hash groups told", told, "groups"),
            figure(
                f"{RATE}/s: verified",
                median(_verified(tally) / told * 100 for tally in paced),
                "% of groups",
                Target("at least", 100),
            ),
            figure(
                f"{RATE}/s: passed over by merging",
                median(told - _verified(tally) for tally in paced),
                "groups",
            ),
        ],
        [
            f"the same cycle of {len(tape.opening)} books and {len(tape.frames)} frames with checks"
            f" and without in turn, {seconds:g} s each; median of {runs} pairs",
            "a share is (with - without) / with of this process's CPU a frame: sockets, decoding,"
            " books, journal and decisions",
            "the shares with twins add their filter to both, but not the reading of the second"
            " copy to the whole, and are too high by that",
            "decoding reads hashes and best prices in both; every book equals the exchange's",
        ],
    )


def groups_told(frames: Iterable[bytes]) -> int:
    """Runs of entries for one token with one hash."""
    last: dict[str, str] = {}
    told = 0
    for frame in frames:
        for change in msgspec.json.decode(frame).get("price_changes", ()):
            told += last.get(change["asset_id"]) != change["hash"]
            last[change["asset_id"]] = change["hash"]
    return told


def _shares(
    name: str, pairs: list[tuple[float, float]], twins: float, percent_max: float
) -> list[Figure]:
    checked, bare = (median(pair[place] for pair in pairs) for place in (0, 1))
    alone = median((on - off) / on for on, off in pairs) * 100
    share = median((on - off + twins) / (on + twins) for on, off in pairs) * 100
    return [
        figure(f"{name}: with checks", checked, "us/frame"),
        figure(f"{name}: without", bare, "us/frame"),
        figure(f"{name}: hashes and touch", alone, "% of CPU"),
        figure(
            f"{name}: hashes, touch and twins", share, "% of CPU", Target("at most", percent_max)
        ),
    ]


def _pairs(
    tape: Tape, folder: Path, seconds: float, runs: int, *, merge: bool
) -> list[tuple[float, float]]:
    """CPU a frame in microseconds, with checks and without, one right after the other."""
    return [
        (
            uvloop.run(flood_once(tape, folder, seconds, merge=merge)).cpu_us,
            uvloop.run(flood_once(tape, folder, seconds, merge=merge, prepare=uncheck)).cpu_us,
        )
        for _ in range(runs)
    ]


def uncheck(rig: Rig) -> None:
    """Take every book's word from now on."""
    for market, tracked in rig.engine.watch.books.items():
        proven = tracked.integrity
        tracked.integrity = Unchecked(proven.checksum, Belief(), market)
        tracked.integrity.prove(proven.proven_ns, proven.proven_by)


def _paced(tape: Tape) -> Tally:
    """What the hashes said of frames that come evenly at the usual rate."""
    with TemporaryDirectory(prefix="polywire-bench-") as name:
        folder = Path(name)
        reel(tape).write(folder)
        (folder / "sent").write_bytes(bytes(8 * len(tape.frames)))
        return uvloop.run(_pace(tape, folder))


async def _pace(tape: Tape, folder: Path) -> Tally:
    sockets = shards(tape)
    journal = folder / "journal"
    journal.mkdir()
    rig = Rig(tape, watcher, journal)
    async with sending(folder, ["--sockets", str(len(sockets)), "--rate", str(RATE)]) as sender:
        await rig.start(sender.url, sockets)
        sent = await sender.replay()
        await rig.settle(len(tape.opening) + sent.frames)
        await rig.stop()
    rig.check(books=False)
    return rig.tally


def _verified(tally: Tally) -> int:
    """Groups of which a state was compared and agreed; one that was superseded was not."""
    return tally.groups - tally.superseded - tally.wrong


def _twins_us(tape: Tape) -> float:
    """CPU of the filter for each frame that two sockets bring, duplicates dropped."""
    twins = Twins(lambda _feed, _ns: None)
    twins.pair = True
    first, second = FEEDS
    markets = {MarketId(market_of(frame).decode()): Ns(0) for frame in tape.opening}
    told = dict.fromkeys(FEEDS, markets)
    step = SECOND // RATE
    lag = LEAD_NS // step
    looks = LOOK_NS // step
    copies = [bytes(frame) for frame in tape.frames]
    late = [*[b""] * lag, *(bytes(bytearray(frame)) for frame in copies)]
    news = 0
    cpu = process_time()
    for place, frame in enumerate(copies):
        now = Ns(SECOND + place * step)
        news += twins.passes(first, frame, now)
        if place >= lag:
            assert not twins.passes(second, late[place], now), "a duplicate passed"
        if place % looks == 0:
            twins.look(told, now)
    cpu = process_time() - cpu
    assert news == len(copies), f"{news} frames of {len(copies)} passed"
    return cpu / len(copies) * 1e6
