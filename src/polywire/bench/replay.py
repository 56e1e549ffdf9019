"""How fast a recording is replayed from its columns: alone, with a strategy, one by one.

CPU time of this process, of the loop that backtests run. Columns are made before and apart: that is
once for each recording.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Final

from polywire.bench.flood import watcher
from polywire.bench.result import Result, Target, figure, result
from polywire.config.build import engine_from
from polywire.config.demo import CASH, demo_settings
from polywire.core.engine.engine import Engine, EngineParameters
from polywire.core.engine.roster import Roster, Seat
from polywire.core.ids import MarketId
from polywire.core.model.market import BookDelta
from polywire.core.units import MILLISECOND, MINUTE, Ns, Price, Quantity
from polywire.history.column_file import ColumnFile, columns_of
from polywire.history.terms import Given
from polywire.modes.backtest import Backtest, BacktestSetup, CutRule
from polywire.modes.backtesting import RUN, Written
from polywire.modes.bulk import Bulk
from polywire.sim.conduct import USUAL
from polywire.sim.latency import ConstantLatency
from polywire.venues.polymarket.checksum import BookChecksum

ALONE_MIN, STRATEGY_MIN, EVENTS_MIN = 1_500_000, 300_000, 60_000
DECIDE_NS: Final = 100 * MILLISECOND
SELDOM_NS: Final = MINUTE
"""The coarsest grid that a configuration may have: what changes cost where nobody looks."""
DELAY_NS: Final = 50 * MILLISECOND


def run(recording: Path, runs: int = 5) -> Result:
    """Replay a recording so many times in each way; ConfigError for one that cannot be read."""
    with TemporaryDirectory(prefix="polywire-") as folder:
        columns = columns_of(recording, Given(), DELAY_NS, Path(folder))
        alone, seldom, bulk, single = (
            [_replayed(columns, engine(), every_ns, in_bulk=in_bulk) for _ in range(runs)]
            for engine, every_ns, in_bulk in (
                (_bare, DECIDE_NS, True),
                (_bare, SELDOM_NS, True),
                (_watched, DECIDE_NS, True),
                (_watched, DECIDE_NS, False),
            )
        )
        ordered = [
            _replayed(columns, engine_from(demo_settings()), DECIDE_NS, in_bulk=each)
            for each in (True, False)
        ]
        changes = _changes(columns)
    events = sum(one.events for one in columns.provenance)
    for ways in ((*bulk, *single), ordered):
        assert len({one.digest for one in ways}) == 1, "what was decided differs"
    for one in (*alone, *seldom, *bulk, *single, *ordered):
        assert one.events == events, f"{one.events} of {events} events were taken in"
        assert one.books == single[0].books, "books differ at the end"
    lines = sum(one.lines for one in columns.provenance)
    figures = [
        figure("level changes, no strategy", changes / _seconds(alone), "a second",
               Target("at least", ALONE_MIN)),
        figure("the same with a cut each minute", changes / _seconds(seldom), "a second"),
        figure("level changes, a strategy every 100 ms", changes / _seconds(bulk), "a second",
               Target("at least", STRATEGY_MIN)),
        figure("events one by one, the same strategy", events / _seconds(single), "a second",
               Target("at least", EVENTS_MIN)),
    ]  # fmt: skip
    notes = [
        f"medians of {runs} runs over {changes:,} level changes in {events:,} events, every one of "
        "them taken in; all ways end with the same books",
        "all but the second figure with a cut every 100 ms; of changes of one level that are taken "
        "together, the last alone is applied",
        "a change that a recording tells once for each token counts once; as lines of the "
        f"recordings, {lines / _seconds(bulk):,.0f} a second under the strategy",
        "that strategy looks and never orders; one that quotes had the same "
        f"{ordered[0].orders:,} orders and their fills in bulk and one by one",
    ]
    return result("replay", f"{recording.name} from its columns", figures, notes)


@dataclass(frozen=True, slots=True)
class Replayed:
    """One run: CPU seconds, the digest of everything that was written down, orders and events
    taken, and the books at the end.
    """

    seconds: float
    digest: str
    orders: int
    events: int
    books: dict[MarketId, tuple[dict[Price, Quantity], dict[Price, Quantity]]]


def _replayed(columns: ColumnFile, engine: Engine, every_ns: int, *, in_bulk: bool) -> Replayed:
    written = Written(None)
    driver = Backtest(_setup(engine, every_ns), written)
    if in_bulk:
        seconds = _timed(lambda: Bulk(driver).run(columns.stretches()))
    else:
        seconds = _timed(lambda: driver.run(columns.events()))
    orders = sum(1 for _ in driver.venue.known)
    books = {
        market: (tracked.book.bid_ladder.sizes, tracked.book.ask_ladder.sizes)
        for market, tracked in engine.watch.books.items()
    }
    return Replayed(seconds, written.whole.hexdigest(), orders, driver.events, books)


def _changes(columns: ColumnFile) -> int:
    """Level changes of a recording."""
    rows = others = 0
    for stretch in columns.stretches():
        rows += len(stretch.recv_ns)
        others += sum(
            len(event.levels) for _, event in stretch.others if isinstance(event, BookDelta)
        )
    return rows + others


def _bare() -> Engine:
    """An engine without a strategy."""
    settings = demo_settings()
    parameters = EngineParameters(
        limits=settings.limits, audit_ns=settings.audit_ns, sell_pending=settings.sell_pending
    )
    return Engine(parameters, Roster(()), BookChecksum)


def _watched() -> Engine:
    """One with a strategy that looks at every book it is shown."""
    engine = _bare()
    looks = watcher(engine)
    engine.roster.seats[looks.name] = Seat(looks, CASH, 0, 0)
    return engine


def _setup(engine: Engine, every_ns: int) -> BacktestSetup:
    return BacktestSetup(
        engine=engine,
        configuration="",
        build="",
        run=RUN,
        inputs="",
        cash=CASH,
        latency=ConstantLatency(Ns(0), Ns(0)),
        conduct=USUAL,
        rule=CutRule(every_ns),
    )


def _seconds(runs: list[Replayed]) -> float:
    return median(one.seconds for one in runs)


def _timed(work: Callable[[], object]) -> float:
    began = process_time()
    work()
    return process_time() - began
