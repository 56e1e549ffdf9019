"""Takes rows of a recording in together, where one by one could come to nothing else.

That is so between two moments at which something happens by itself, for markets on which nothing
of ours rests and whose books nothing speaks against. All other rows are taken as events.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import cast

from polywire.core.engine.sources import Source
from polywire.core.engine.watch import Run
from polywire.core.ids import MarketId
from polywire.core.model.market import Level
from polywire.core.units import Ns
from polywire.history.columns import Stretch
from polywire.modes.backtest import Backtest


@dataclass(slots=True)
class Quiet:
    """Rows of one market that wait to be taken in together; `source` is None where none may."""

    source: Source | None
    rows: list[int] = field(default_factory=list)


class Bulk:
    """Runs a backtest that decides on a grid; `grouped` counts the rows that went together."""

    def __init__(self, driver: Backtest) -> None:
        self.grouped = 0
        self._driver = driver
        self._watch = driver.engine.watch
        self._strays: dict[MarketId, None] = {}

    def run(self, stretches: Iterable[Stretch]) -> None:
        """Take all in, then end the run; what `Backtest.run` does with their events."""
        for stretch in stretches:
            for part in stretch.parts():
                if isinstance(part, range):
                    self._take(stretch, part.start, part.stop)
                else:
                    self._driver.step(part)
        self._driver.end()

    def _take(self, stretch: Stretch, begin: int, end: int) -> None:
        times = stretch.rows.recv_ns
        while begin < end:
            at = Ns(times[begin])
            until = self._driver.reach(at)
            begin = self._take_until(stretch, range(begin, bisect_left(times, until, begin, end)))

    def _take_until(self, stretch: Stretch, rows: range) -> int:
        """Take rows before the next moment at which something happens; the first that is left."""
        waiting: dict[int, Quiet] = {}
        number, times = stretch.rows.market, stretch.rows.recv_ns
        stop, told = rows.stop, rows.start
        for row, market in zip(rows, number[rows.start : rows.stop], strict=True):
            if row >= stop:
                break
            quiet = waiting.get(market)
            if quiet is None:
                quiet = waiting[market] = self._begin(stretch, market, rows)
            if quiet.source is not None:
                quiet.rows.append(row)
                continue
            if told < row:
                self._hear(stretch, waiting, range(told, row))
            told = row + 1
            if self._single(stretch, row):
                stop = bisect_left(times, self._driver.until(), row + 1, stop)
        self._hear(stretch, waiting, range(told, stop))
        for quiet in waiting.values():
            if quiet.rows:
                self._watch.take_run(_run_of(stretch, quiet.rows))
                self.grouped += len(quiet.rows)
                self._driver.passed(Ns(times[quiet.rows[-1]]), len(quiet.rows))
        return stop

    def _begin(self, stretch: Stretch, number: int, rows: range) -> Quiet:
        """Whether a market's rows may wait: nothing of ours is there, and none of them is late."""
        market = stretch.markets[number][0]
        tracked = self._watch.books.get(market)
        if tracked is None or market in self._strays or not self._driver.venue.idle(market):
            return Quiet(None)
        venue_ns = stretch.rows.venue_ns[rows.start : rows.stop]
        if tracked.floor_ns and min(venue_ns) < tracked.floor_ns:
            return Quiet(None)
        return Quiet(self._watch.begin_run(market))

    def _single(self, stretch: Stretch, row: int) -> bool:
        """Take a row as an event; whether something else will happen first because of it."""
        event = stretch.event(row)
        tracked = self._watch.books.get(event.market)
        if tracked is not None and event.venue_ns < tracked.floor_ns:
            self._strays[event.market] = None  # the engine leaves it out, so its book is another
        before = self._driver.venue.wakeup()
        self._driver.step(event)
        return self._driver.venue.wakeup() != before

    def _hear(self, stretch: Stretch, waiting: dict[int, Quiet], rows: range) -> None:
        """Let the feeds hear of rows that wait, in their order."""
        times, number = stretch.rows.recv_ns, stretch.rows.market
        sources = {id(one.source): one.source for one in waiting.values() if one.source is not None}
        for source in sources.values() if rows else ():
            heard: Sequence[int] = times[rows.start : rows.stop]
            if len(sources) > 1:
                heard = [times[row] for row in rows if waiting[number[row]].source is source]
            if heard:
                source.hear_all(cast("Sequence[Ns]", heard))


def _run_of(stretch: Stretch, rows: list[int]) -> Run:
    last = stretch.event(rows[-1])
    if len(rows) == 1:
        return Run((last.recv_ns,), last.levels, last.venue_ns, last)
    columns, those = stretch.rows, itemgetter(*rows)
    levels = tuple(zip(those(columns.side), those(columns.price), those(columns.size), strict=True))
    times = cast("Sequence[Ns]", those(columns.recv_ns))
    return Run(times, cast("tuple[Level, ...]", levels), max(those(columns.venue_ns)), last)
