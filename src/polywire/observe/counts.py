"""What a run has counted of its feeds and its money, as records: for the journal and for metrics.

Reads what is counted anyway, between cuts; nothing is counted here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from polywire.core.engine.engine import Engine
from polywire.core.engine.tracked import Tracked
from polywire.core.model.counts import (
    FeedsCounted,
    MarketCount,
    MoneyCounted,
    ReplyCount,
    SocketCount,
    StageCount,
    StrategyMoney,
)
from polywire.core.units import MINUTE, SECOND, Ns
from polywire.observe.latency import Latencies

FEW_MARKETS: Final = 250
"""So many books are 27 KB of journal; more are written each ten minutes only."""
MANY_EVERY_NS: Final = 10 * MINUTE
SOON_NS: Final = 2 * SECOND
"""The first count that says something; whoever looks at a run that begins waits no longer."""


def next_count_ns(began_ns: Ns, now: Ns) -> Ns:
    """When to count again: after 2, 4, 8 ... s of a run, then at the end of each UTC minute."""
    passed_ns = max(SOON_NS // 2, now - began_ns)
    if 2 * passed_ns > MINUTE:
        return Ns(now // MINUTE * MINUTE + MINUTE)
    return Ns(began_ns + 2 * passed_ns)


class Counting:
    """Makes the record of a run that began at `started_ns`."""

    def __init__(
        self,
        engine: Engine,
        latencies: Latencies,
        sockets: Callable[[], Sequence[SocketCount]],
        replies: Mapping[tuple[str, int], int],
        started_ns: Ns,
    ) -> None:
        self._engine = engine
        self._latencies = latencies
        self._sockets = sockets
        self._replies = replies
        self._started_ns = started_ns
        self._books_ns = Ns(0)

    def minute(self, now: Ns) -> list[FeedsCounted | MoneyCounted]:
        """All that is written down once a minute."""
        return [self.each_minute(now), *self.money(now)]

    def each_minute(self, now: Ns) -> FeedsCounted:
        """The record for the journal, without its books where they are many and were just told."""
        books = self._engine.watch.books.values()
        told = len(books) > FEW_MARKETS and now - self._books_ns < MANY_EVERY_NS
        if not told:
            self._books_ns = now
        return self._record(now, () if told else tuple(map(_market, books)), ending=False)

    def money(self, now: Ns) -> Iterator[MoneyCounted]:
        """What the account is worth; nothing before the first cut has valued it."""
        standing = self._engine.standing
        if not self._engine.now:
            return
        strategies = tuple(
            StrategyMoney(name, standing.lost(name), seat.loss_max)
            for name, seat in self._engine.roster.seats.items()
        )
        cash, loss_max = self._engine.ledger.cash, standing.limits.loss_max
        yield MoneyCounted(now, cash, standing.equity, standing.loss, loss_max, strategies)

    def whole(self, now: Ns, *, ending: bool = False) -> FeedsCounted:
        """The record with all books; `ending` is the last of a run."""
        books = self._engine.watch.books.values()
        return self._record(now, tuple(map(_market, books)), ending=ending)

    def _record(self, now: Ns, markets: tuple[MarketCount, ...], *, ending: bool) -> FeedsCounted:
        return FeedsCounted(
            now,
            self._started_ns,
            self._latencies.target_ns,
            self._engine.desk.views,
            markets,
            tuple(self._sockets()),
            tuple(ReplyCount(*key, count) for key, count in sorted(self._replies.items())),
            tuple(_stages(self._latencies)),
            ending,
        )


def _market(tracked: Tracked) -> MarketCount:
    tally = tracked.integrity.tally
    return MarketCount(
        tracked.market.id,
        tracked.changes,
        tally.checked,
        tally.agreed,
        tally.late,
        tally.wrong,
        tally.snapshots,
        tally.snapshots_agreed,
        tally.touches,
        tally.touches_differing,
    )


def _stages(latencies: Latencies) -> list[StageCount]:
    return [
        StageCount(
            name,
            stage.count,
            stage.above,
            stage.percentile(0.5),
            stage.percentile(0.99),
            stage.percentile(0.999),
            stage.percentile(0.9),
            stage.percentile(1.0),
            tuple(stage.by_powers()),
        )
        for name, stage in latencies.stages.items()
    ]
