"""Who stands for REST in a backtest: a recording of frames has none of its answers.

A book is confirmed as it stands while nothing speaks against it. One that a hash or the recorded
best prices contradict, or of which no feed tells, is not: what REST would have said is not known.
"""

from typing import Final

from polywire.core.engine.engine import Engine
from polywire.core.engine.sources import SILENT_SOCKET
from polywire.core.engine.tending import SILENT
from polywire.core.engine.tracked import Tracked
from polywire.core.ids import MarketId
from polywire.core.model.healing import ProveBook
from polywire.core.model.instrument import Side
from polywire.core.model.market import REST, BookSnapshot
from polywire.core.units import MILLISECOND, Ns
from polywire.sim.agenda import Agenda

ANSWER_NS: Final = Ns(200 * MILLISECOND)
HARMLESS: Final = frozenset({"", SILENT, SILENT_SOCKET, "tick size changed"})


class Confirming:
    """Call `ask` with each ProveBook, `due` when `wakeup` has come.

    `refused` counts what something contradicts. Where `confirms` is False nothing is answered.
    """

    def __init__(self, engine: Engine, *, confirms: bool) -> None:
        self.confirmed = 0
        self.refused = 0
        self._engine = engine
        self._confirms = confirms
        self._agenda: Agenda[MarketId] = Agenda()

    def ask(self, command: ProveBook, now: Ns) -> None:
        """The engine wants proof of a book."""
        if self._confirms:
            self._agenda.enter(Ns(now + ANSWER_NS), command.market)

    def wakeup(self) -> Ns | None:
        """When the next answer comes."""
        return self._agenda.next_ns()

    def due(self, now: Ns) -> list[BookSnapshot]:
        """The answers that have come by now."""
        found: list[BookSnapshot] = []
        while (due := self._agenda.pop(now)) is not None:
            tracked = self._engine.watch.books.get(due[1])
            if tracked is not None and self._stands(tracked):
                found.append(_as_it_is(tracked, now))
                self.confirmed += 1
            else:
                self.refused += 1
        return found

    def _stands(self, tracked: Tracked) -> bool:
        """Whether a book is known and told of, and nothing recorded contradicts it."""
        integrity, market = tracked.integrity, tracked.market.id
        doubted = integrity.waits or integrity.suspect not in HARMLESS or tracked.book.crossed()
        watch = self._engine.watch
        told = watch.fed(market) or watch.sources.unfed(market) in HARMLESS
        return told and tracked.book.known and not tracked.resolved and not doubted


def _as_it_is(tracked: Tracked, now: Ns) -> BookSnapshot:
    book = tracked.book
    bids, asks = (tuple(book.levels(0, side))[::-1] for side in (Side.BUY, Side.SELL))
    return BookSnapshot(now, book.venue_ns, tracked.market.id, 0, bids, asks, "", REST)
