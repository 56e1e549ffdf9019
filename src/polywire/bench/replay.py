"""How fast a recording is replayed from its columns: into books alone, with a strategy, one by one.

CPU time of this process. Columns are made before and apart: that is once for each recording.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Final

from polywire.bench.flood import watcher
from polywire.bench.result import Result, Target, figure, result
from polywire.config.demo import CASH, demo_settings
from polywire.core.book.order_book import OrderBook
from polywire.core.engine.engine import Engine, EngineParameters
from polywire.core.engine.roster import Roster, Seat
from polywire.core.ids import MarketId
from polywire.core.model.market import BookDelta, BookSnapshot
from polywire.core.units import MILLISECOND, Ns, Price, Quantity
from polywire.history.column_file import ColumnFile, columns_of
from polywire.history.columns import Stretch
from polywire.history.terms import Given
from polywire.modes.backtest import Backtest, BacktestSetup, CutRule
from polywire.modes.backtesting import RUN, Written
from polywire.modes.bulk import Bulk
from polywire.sim.conduct import USUAL
from polywire.sim.latency import ConstantLatency
from polywire.venues.polymarket.checksum import BookChecksum

BOOKS_MIN, STRATEGY_MIN, EVENTS_MIN = 1_500_000, 300_000, 60_000
DECIDE_NS: Final = 100 * MILLISECOND
DELAY_NS: Final = 50 * MILLISECOND


def run(recording: Path, runs: int = 5) -> Result:
    """Replay a recording so many times in each way; ConfigError for one that cannot be read."""
    with TemporaryDirectory(prefix="polywire-") as folder:
        columns = columns_of(recording, Given(), DELAY_NS, Path(folder))
        books = [_timed(lambda: into_books(columns.stretches())) for _ in range(runs)]
        changes = into_books(columns.stretches())
        bulk = [_replayed(columns, in_bulk=True) for _ in range(runs)]
        single = [_replayed(columns, in_bulk=False) for _ in range(runs)]
    assert {one[1] for one in (*bulk, *single)} == {bulk[0][1]}, "what was decided differs"
    events = sum(one.events for one in columns.provenance)
    lines = sum(one.lines for one in columns.provenance)
    figures = [
        figure("level changes into books alone", changes / median(books), "a second",
               Target("at least", BOOKS_MIN)),
        figure("level changes, a strategy every 100 ms", changes / median(t for t, _ in bulk),
               "a second", Target("at least", STRATEGY_MIN)),
        figure("events one by one, the same strategy", events / median(t for t, _ in single),
               "a second", Target("at least", EVENTS_MIN)),
    ]  # fmt: skip
    notes = [
        f"medians of {runs} runs over {changes:,} level changes in {events:,} events",
        "a change that a recording tells once for each token counts once; as lines of the "
        f"recordings, {lines / median(t for t, _ in bulk):,.0f} a second under the strategy",
        "in bulk and one by one, everything decided was the same",
    ]
    return result("replay", f"{recording.name} from its columns", figures, notes)


def into_books(stretches: Iterable[Stretch]) -> int:
    """Keep books alone, the last change of each level in 100 ms; the levels told."""
    books: dict[MarketId, OrderBook] = {}
    told = 0
    for stretch in stretches:
        for part in stretch.parts():
            if isinstance(part, range):
                told += len(part)
                _apply(books, stretch, part)
            elif isinstance(part, BookSnapshot):
                books.setdefault(part.market, OrderBook(part.market)).replace(part)
            elif isinstance(part, BookDelta) and part.market in books:
                told += len(part.levels)
                books[part.market].apply(part)
    return told


def _apply(books: dict[MarketId, OrderBook], stretch: Stretch, rows: range) -> None:
    columns = stretch.rows
    by_number = [books.get(market) for market, _ in stretch.markets]
    begin = rows.start
    while begin < rows.stop:
        until = (columns.recv_ns[begin] // DECIDE_NS + 1) * DECIDE_NS
        end = bisect_left(columns.recv_ns, until, begin, rows.stop)
        part = slice(begin, end)
        levels = zip(columns.market[part], columns.side[part], columns.price[part], strict=True)
        for (number, side, price), size in dict(
            zip(levels, columns.size[part], strict=True)
        ).items():
            book = by_number[number]
            assert book is not None, "a row is of a known book"
            (book.ask_ladder if side else book.bid_ladder).put(Price(price), Quantity(size))
        begin = end


def _replayed(columns: ColumnFile, *, in_bulk: bool) -> tuple[float, str]:
    """CPU seconds, and the digest of everything that was written down."""
    written = Written(None)
    driver = Backtest(_setup(), written)
    if in_bulk:
        passed = _timed(lambda: Bulk(driver).run(columns.stretches()))
    else:
        passed = _timed(lambda: driver.run(columns.events()))
    return passed, written.whole.hexdigest()


def _setup() -> BacktestSetup:
    settings = demo_settings()
    parameters = EngineParameters(
        limits=settings.limits, audit_ns=settings.audit_ns, sell_pending=settings.sell_pending
    )
    roster = Roster(())
    engine = Engine(parameters, roster, BookChecksum)
    looks = watcher(engine)
    roster.seats[looks.name] = Seat(looks, CASH, 0, 0)
    return BacktestSetup(
        engine=engine,
        configuration="",
        build="",
        run=RUN,
        inputs="",
        cash=CASH,
        latency=ConstantLatency(Ns(0), Ns(0)),
        conduct=USUAL,
        rule=CutRule(DECIDE_NS),
    )


def _timed(work: Callable[[], object]) -> float:
    began = process_time()
    work()
    return process_time() - began
