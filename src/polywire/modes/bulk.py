"""Takes rows of a recording in together, where one by one could come to nothing else.

That is so between two moments at which something happens by itself, for markets on which nothing
of ours rests and whose books nothing speaks against: of each level its last size is all that counts
then. All other rows are taken as events.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import cast

from polywire.core.engine.sources import Source
from polywire.core.ids import MarketId
from polywire.core.model.event import Event
from polywire.core.model.market import BookDelta, PublicTrade
from polywire.core.units import Ns
from polywire.history.columns import Stretch
from polywire.modes.backtest import Backtest


class Bulk:
    """Runs a backtest that decides on a grid; `grouped` counts the rows that went together."""

    def __init__(self, driver: Backtest) -> None:
        self.driver = driver
        self.grouped = 0
        self.strays: dict[MarketId, None] = {}
        """Markets of which the engine left something out, so that its books are others."""

    def run(self, stretches: Iterable[Stretch]) -> None:
        """Take all in, then end the run; what `Backtest.run` does with their events."""
        for stretch in stretches:
            _Taking(self, stretch).take()
        self.driver.end()


class _Taking:
    """One stretch. `_taken` counts the rows of each market that are in the engine.

    Since the last moment at which something happened by itself, `_sources` holds the markets that
    were told of, by number: the feed where rows wait to be taken together, None where none may.
    """

    def __init__(self, bulk: Bulk, stretch: Stretch) -> None:
        self._bulk = bulk
        self._driver = bulk.driver
        self._watch = bulk.driver.engine.watch
        self._stretch = stretch
        self._numbers = {rows.market: number for number, rows in enumerate(stretch.rows)}
        self._taken = [0] * len(stretch.rows)
        self._sources: dict[int, Source | None] = {}
        self._until = Ns(0)

    def take(self) -> None:
        """All of it."""
        begin = 0
        for at, event in self._stretch.others:
            self._take_rows(begin, at)
            self._other(event, at)
            begin = at
        end = len(self._stretch.recv_ns)
        self._take_rows(begin, end)
        self._flush(self._sources, end)

    def _take_rows(self, begin: int, end: int) -> None:
        times = self._stretch.recv_ns
        while begin < end:
            if times[begin] >= self._until:
                self._reach(Ns(times[begin]), begin)
            begin = self._take_until(begin, bisect_left(times, self._until, begin, end))

    def _reach(self, at: Ns, row: int) -> None:
        """Let happen what is due, all rows before this one having been taken in."""
        self._flush(self._sources, row)
        self._sources.clear()
        self._until = self._driver.reach(at)

    def _take_until(self, begin: int, end: int) -> int:
        """Take rows before the next moment at which something happens; the first that is left."""
        number = self._stretch.number
        if all(map(self._waits, dict.fromkeys(number[begin:end]))):
            self._hear(begin, end)
            return end
        told = begin
        for row in range(begin, end):
            if row >= end:
                break
            if not self._waits(number[row]):
                self._hear(told, row)
                told = row + 1
                if self._single(number[row]):
                    end = bisect_left(self._stretch.recv_ns, self._until, told, end)
        self._hear(told, end)
        return end

    def _waits(self, number: int) -> bool:
        """Whether a market's rows wait; asked first where the first of them stands."""
        if number not in self._sources:
            self._sources[number] = self._begin(number)
        return self._sources[number] is not None

    def _begin(self, number: int) -> Source | None:
        """Its feed, if nothing of ours is there and its rows are not late."""
        market, *_, columns = self._stretch.rows[number]
        tracked = self._watch.books.get(market)
        if tracked is None or market in self._bulk.strays or not self._driver.venue.idle(market):
            return None
        if columns.venue_ns[self._taken[number]] < tracked.floor_ns:
            return None
        return self._watch.begin_run(market)

    def _single(self, number: int) -> bool:
        """Take a market's next row as an event; whether something else will happen first by it."""
        event = self._stretch.rows[number].event(self._taken[number])
        self._taken[number] += 1
        before = self._driver.venue.wakeup()
        self._step(event)
        if self._driver.venue.wakeup() == before:
            return False
        self._until = min(self._until, self._driver.until())
        return True

    def _other(self, event: Event, row: int) -> None:
        """Take what is no row. Trades and changes look at the book of their own market alone."""
        if event.recv_ns >= self._until or not isinstance(event, PublicTrade | BookDelta):
            self._flush(self._sources, row)
            self._sources.clear()
            self._step(event)
            self._until = self._driver.until()
            return
        number = self._numbers.get(event.market)
        if number in self._sources:
            self._flush([number], row)
            del self._sources[number]
        self._step(event)
        self._until = min(self._until, self._driver.until())

    def _step(self, event: Event) -> None:
        if isinstance(event, BookDelta):
            tracked = self._watch.books.get(event.market)
            if tracked is not None and event.venue_ns < tracked.floor_ns:
                self._bulk.strays[event.market] = None
        self._driver.step(event)

    def _hear(self, begin: int, end: int) -> None:
        """Let the feeds hear of rows that wait, in their order."""
        if begin == end:
            return
        times, number = self._stretch.recv_ns, self._stretch.number
        sources = {id(one): one for one in self._sources.values() if one is not None}
        for source in sources.values():
            heard: Sequence[int] = times[begin:end]
            if len(sources) > 1:
                rows = range(begin, end)
                heard = [times[row] for row in rows if self._sources[number[row]] is source]
            if heard:
                source.hear_all(cast("Sequence[Ns]", heard))

    def _flush(self, numbers: Iterable[int], row: int) -> None:
        """Take in what waits of these markets and stands before a row."""
        for number in numbers:
            rows, begin = self._stretch.rows[number], self._taken[number]
            end = bisect_left(rows.columns.place, row, begin)
            if begin < end:
                times = cast("Sequence[Ns]", rows.columns.recv_ns[begin:end])
                self._watch.take_run(rows.merged(begin, end), times)
                self._driver.passed(times[-1], len(times))
                self._bulk.grouped += len(times)
                self._taken[number] = end
