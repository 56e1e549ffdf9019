"""What a run of a backtest came to, put together from who watched it."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import structs

from polywire.core.units import Money, Ns
from polywire.history.provenance import Provenance
from polywire.modes.backtest import Backtest
from polywire.modes.backtest_result import Earned, EarnedRow, mean_gains
from polywire.modes.idleness import Idleness
from polywire.modes.reward_tally import RewardTally
from polywire.modes.tally import Tally


class Watchers(NamedTuple):
    """Who watched a run."""

    tally: Tally
    rewards: RewardTally
    idleness: Idleness

    def rows(self) -> list[EarnedRow]:
        """By strategy and market."""
        rewards = self.rewards
        rows = self.tally.rows.items()
        return [structs.replace(row.told(), rewards=rewards.of(*key)) for key, row in rows]


def earned(
    queue: str, driver: Backtest, watched: Watchers, digest: str, opened: Sequence[Provenance]
) -> Earned:
    """What a run came to."""
    tally, engine = watched.tally, driver.engine
    rows = watched.rows()
    points = [point.told() for point in tally.points]
    profit, ledger = sum(row.profit for row in rows), engine.ledger
    hashes, books = engine.watch.tally, engine.watch.books.values()
    return Earned(
        queue=queue,
        digest=digest,
        first_ns=min((one.first_ns for one in opened), default=Ns(0)),
        last_ns=driver.now,
        events=driver.events,
        cuts=driver.cuts,
        orders=tally.orders,
        cancels=tally.cancels,
        fills=len(points),
        maker_fills=sum(row.maker_fills for row in rows),
        taker_fills=sum(row.taker_fills for row in rows),
        cash=ledger.cash,
        worth=Money(ledger.cash_start + profit - ledger.cash),
        profit=Money(profit),
        realised=Money(sum(row.realised for row in rows)),
        open=Money(sum(row.open for row in rows)),
        fees=Money(sum(row.fees for row in rows)),
        rebates=Money(sum(row.rebates for row in rows)),
        rewards=Money(sum(row.rewards for row in rows)),
        drawdown=tally.drawdown,
        exposure_max=tally.exposure_max,
        gains=mean_gains(points),
        refused=dict(sorted(tally.refused.items())),
        rejected=dict(sorted(tally.rejected.items())),
        halted=tally.halted,
        idle=watched.idleness.reasons(),
        stopped=tally.stopped,
        books=len(books),
        books_known=sum(tracked.book.known for tracked in books),
        hashes_agreed=hashes.agreed + hashes.late,
        hashes_wrong=hashes.wrong,
        gaps=engine.watch.gaps,
        confirmed=driver.confirming.confirmed,
        unconfirmed=driver.confirming.refused,
        rows=rows,
        equity=tally.equity,
        points=points,
        prices=tally.prices,
    )
