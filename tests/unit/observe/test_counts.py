"""What is written down once a minute: small, and with many books less often."""

from tests.unit.core.building import NaiveVenue as Venue
from tests.unit.core.building import Scripted, engine, market, opening, seat, told

from polywire.core.engine.engine import Engine
from polywire.core.ids import FeedId, StrategyId
from polywire.core.model.control import Cut
from polywire.core.model.counts import (
    MarketCount,
    MoneyCounted,
    ReplyCount,
    SocketCount,
    StrategyMoney,
)
from polywire.core.model.market import InstrumentListed
from polywire.core.units import Money, Ns
from polywire.journal.record import encode
from polywire.observe.counts import Counting
from polywire.observe.latency import Latencies

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
T0 = 1_785_000_000 * SECOND


def counting(made: Engine) -> Counting:
    sockets = [SocketCount(FeedId("market-1"), 5, 0, 0, 1, 0)]
    replies = {("catalogue", 200): 1, ("book", 429): 2}
    return Counting(made, Latencies(), lambda: sockets, replies, Ns(T0))


def watching(markets: int) -> Engine:
    made = engine()
    for number in range(markets):
        told(made, InstrumentListed(Ns(T0), market(f"0x{number:064x}")))
    return made


def test_the_counts_are_those_of_the_run() -> None:
    made = engine(seat(Scripted(lambda _: ())))
    told(made, *opening(Venue(), at=T0))
    counted = counting(made).whole(Ns(T0 + SECOND), ending=True)
    (book,) = counted.markets
    assert (book.market, book.messages, book.snapshots, book.wrong) == ("m", 1, 1, 0)
    assert counted.sockets == (SocketCount(FeedId("market-1"), 5, 0, 0, 1, 0),)
    assert counted.replies == (ReplyCount("book", 429, 2), ReplyCount("catalogue", 200, 1))
    assert (counted.started_ns, counted.target_ns, counted.ending) == (T0, 100_000_000, True)
    assert [stage.stage for stage in counted.stages] == list(Latencies.STAGES)


def test_what_the_account_is_worth_is_told_after_the_first_cut_and_not_before() -> None:
    made = engine(seat(Scripted(lambda _: ())))
    assert not counting(made).minute(Ns(T0))[1:], "nothing has been valued"
    told(made, *opening(Venue(), at=T0), Cut(Ns(T0 + SECOND)))
    _, money = counting(made).minute(Ns(T0 + SECOND))
    assert isinstance(money, MoneyCounted)
    assert (money.cash, money.equity, money.loss) == (1_000_000_000, 1_000_000_000, 0)
    assert money.loss_max == 100_000_000_000
    assert money.strategies == (StrategyMoney(StrategyId("s"), Money(0), None),)


def test_a_row_of_250_books_is_small() -> None:
    counted = counting(watching(250)).each_minute(Ns(T0))
    assert len(counted.markets) == 250
    busy = tuple(MarketCount(one.market, *[1_000_000] * 9) for one in counted.markets)
    assert len(encode(counted)[1]) + 9 * 4 * len(busy) < 40_000


def test_more_books_than_that_are_written_each_ten_minutes() -> None:
    writer = counting(watching(251))
    told = [len(writer.each_minute(Ns(T0 + minute * MINUTE)).markets) for minute in range(21)]
    assert [minute for minute, books in enumerate(told) if books] == [0, 10, 20]
    assert len(writer.whole(Ns(T0 + 21 * MINUTE)).markets) == 251
