"""CPU from a frame's bytes to an applied change and a callback, against two usual designs.

No socket, no engine, no verification: exactly MarketSession.receive, OrderBook.apply, a callback.
"""

import gc
from collections.abc import Callable, Sequence
from statistics import median
from time import process_time

from polywire.bench.result import Figure, Result, Target, figure, result, yardstick
from polywire.bench.tape import Tape, record, record_deep
from polywire.bench.yardsticks import Callback, FloatLists, SortedDecimals
from polywire.core.book.order_book import OrderBook
from polywire.core.ids import FeedId
from polywire.core.model.market import BookDelta, BookSnapshot
from polywire.core.units import ONE, SECOND, Ns
from polywire.venues.polymarket.market_ws import MarketSession

LISTS_RATIO_MIN = 8.0
SORTED_RATIO_MIN = 3.5
MARKETS = 100
DEEP_MARKETS = 25
DESIGNS = ("ours", "lists", "sorted")


class Ours:
    """The session and the books, called as the feed and the engine call them."""

    def __init__(self, tape: Tape, callback: Callback) -> None:
        self._callback = callback
        self._session = MarketSession(FeedId("bench"), lambda: 0.5)
        self._session.subscribe(tape.markets, Ns(0))
        self._session.connected(Ns(0))
        self.books = {market.id: OrderBook(market.id) for market in tape.markets}
        self._now = Ns(SECOND)

    def open(self, frame: bytes) -> None:
        """Take a whole book."""
        for event in self._session.receive(frame, self._now):
            if isinstance(event, BookSnapshot):
                self.books[event.market].replace(event)

    def receive(self, frame: bytes) -> None:
        """Apply one frame and call back."""
        for event in self._session.receive(frame, self._now):
            if type(event) is BookDelta:
                self.books[event.market].apply(event)
                self._callback(event)


class Count:
    """The callback: it counts."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, _: object) -> None:
        self.calls += 1


def run(*, runs: int = 5, frames: int = 2_000) -> Result:
    """Median CPU per frame of each design over interleaved runs on the same frames."""
    deep = record_deep(markets=DEEP_MARKETS, count=frames)
    mixed = record(markets=MARKETS, count=frames, usual_only=True)
    return result(
        "decode",
        "CPU per frame: decode, apply, call back; no verification",
        [
            *_figures("", _race(deep, runs), judged=True),
            *_figures(", mixed depth", _race(mixed, runs), judged=False),
        ],
        [
            f"{len(deep.frames)} two-entry price changes of {deep.bytes_mean:.0f} bytes over "
            f"{DEEP_MARKETS} markets, 110 levels a side as in the recording that has changes",
            f"mixed depth: {MARKETS} markets as the exchange makes them, 30 levels in the median",
            f"median of {runs} runs after a first pass, the designs in turn; one callback a frame"
            " in every design; books equal the yardstick's after each run",
        ],
    )


def _race(tape: Tape, runs: int) -> dict[str, list[float]]:
    """Microseconds a frame of each design, run by run; the designs take turns pass by pass."""
    spent: dict[str, list[float]] = {name: [] for name in DESIGNS}
    for _ in range(runs):
        calls = {name: Count() for name in DESIGNS}
        ours = Ours(tape, calls["ours"])
        lists, decimals = FloatLists(calls["lists"]), SortedDecimals(calls["sorted"])
        receives = (ours.receive, lists.receive, decimals.receive)
        for frame in tape.opening:
            for open_book in (ours.open, lists.open, decimals.open):
                open_book(frame)
        for receive in receives:
            _seconds(tape.frames, receive)  # three sizes in four were seen before, as recorded
        gc.collect()
        for name, receive in zip(DESIGNS, receives, strict=True):
            spent[name].append(_seconds(tape.frames, receive) / len(tape.frames) * 1e6)
        for name, count in calls.items():
            assert count.calls == 2 * len(tape.frames), f"{name}: {count.calls} callbacks"
        _compare(tape, ours, decimals)
    return spent


def _figures(where: str, spent: dict[str, list[float]], *, judged: bool) -> list[Figure]:
    """Medians over runs; a ratio is that of one run, where both met the same machine."""
    ours, lists, decimals = (median(spent[name]) for name in DESIGNS)
    over_lists = median(a / b for a, b in zip(spent["lists"], spent["ours"], strict=True))
    over_sorted = median(a / b for a, b in zip(spent["sorted"], spent["ours"], strict=True))
    least = [Target("at least", ratio) for ratio in (LISTS_RATIO_MIN, SORTED_RATIO_MIN)]
    to_lists, to_sorted = least if judged else (None, None)
    return [
        figure(f"ours{where}", ours, "us"),
        yardstick(f"json + float + re-sorted lists{where}", lists, "us"),
        yardstick(f"json + Decimal + sorted dict{where}", decimals, "us"),
        figure(f"times less than lists{where}", over_lists, "x", to_lists),
        figure(f"times less than sorted dict{where}", over_sorted, "x", to_sorted),
    ]


def _seconds(frames: Sequence[bytes], receive: Callable[[bytes], None]) -> float:
    start = process_time()
    for frame in frames:
        receive(frame)
    return process_time() - start


def _compare(tape: Tape, ours: Ours, theirs: SortedDecimals) -> None:
    """Ours and the yardstick's books hold the same levels."""
    for market in tape.markets:
        book = ours.books[market.id]
        sides = theirs.books[market.outcomes[0].instrument]
        for side, ladder in (("BUY", book.bid_ladder), ("SELL", book.ask_ladder)):
            micros = {int(price * ONE): int(size * ONE) for price, size in sides[side].items()}
            assert micros == ladder.sizes, f"{side} of {market.id} differs"
