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
from polywire.core.model.market import BookDelta
from polywire.core.units import MILLISECOND, Ns
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
DELAY_NS: Final = 50 * MILLISECOND


def run(recording: Path, runs: int = 5) -> Result:
    """Replay a recording so many times in each way; ConfigError for one that cannot be read."""
    with TemporaryDirectory(prefix="polywire-") as folder:
        columns = columns_of(recording, Given(), DELAY_NS, Path(folder))
        alone, bulk, single = (
            [_replayed(columns, engine(), in_bulk=in_bulk) for _ in range(runs)]
            for engine, in_bulk in ((_bare, True), (_watched, True), (_watched, False))
        )
        ordered = [
            _replayed(columns, engine_from(demo_settings()), in_bulk=each) for each in (True, False)
        ]
        changes = _changes(columns)
    for ways in ((*bulk, *single), ordered):
        assert len({one.digest for one in ways}) == 1, "what was decided differs"
    events = sum(one.events for one in columns.provenance)
    lines = sum(one.lines for one in columns.provenance)
    figures = [
        figure("level changes, no strategy", changes / _seconds(alone), "a second",
               Target("at least", ALONE_MIN)),
        figure("level changes, a strategy every 100 ms", changes / _seconds(bulk), "a second",
               Target("at least", STRATEGY_MIN)),
        figure("events one by one, the same strategy", events / _seconds(single), "a second",
               Target("at least", EVENTS_MIN)),
    ]  # fmt: skip
    notes = [
        f"medians of {runs} runs over {changes:,} level changes in {events:,} events, every one of "
        "them applied",
        "a change that a recording tells once for each token counts once; as lines of the "
        f"recordings, {lines / _seconds(bulk):,.0f} a second under the strategy",
        "that strategy looks and never orders; one that quotes had the same "
        f"{ordered[0].orders:,} orders and their fills in bulk and one by one",
    ]
    return result("replay", f"{recording.name} from its columns", figures, notes)


@dataclass(frozen=True, slots=True)
class Replayed:
    """One run: CPU seconds, the digest of everything that was written down, orders taken."""

    seconds: float
    digest: str
    orders: int


def _replayed(columns: ColumnFile, engine: Engine, *, in_bulk: bool) -> Replayed:
    written = Written(None)
    driver = Backtest(_setup(engine), written)
    if in_bulk:
        seconds = _timed(lambda: Bulk(driver).run(columns.stretches()))
    else:
        seconds = _timed(lambda: driver.run(columns.events()))
    orders = sum(1 for _ in driver.venue.known)
    return Replayed(seconds, written.whole.hexdigest(), orders)


def _changes(columns: ColumnFile) -> int:
    """Level changes of a recording."""
    rows = others = 0
    for stretch in columns.stretches():
        rows += len(stretch.rows.recv_ns)
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


def _setup(engine: Engine) -> BacktestSetup:
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


def _seconds(runs: list[Replayed]) -> float:
    return median(one.seconds for one in runs)


def _timed(work: Callable[[], object]) -> float:
    began = process_time()
    work()
    return process_time() - began
