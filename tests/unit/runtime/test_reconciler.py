"""Reading an account: what is asked for, from when on, how often, and what becomes of failures."""

import asyncio
from collections.abc import Callable

import pytest
import uvloop
from structlog.testing import capture_logs
from tests.unit.runtime.desking import NO, order
from tests.unit.runtime.reading import OURS, At, Reading, bought
from tests.unit.venues.account_building import MATCHED_NS, MATCHED_S, Json, hash_of
from tests.unit.venues.account_building import order as shown
from tests.unit.venues.building import SECOND
from tests.waiting import until

from polywire.core.errors import DecodeError, TransportError
from polywire.core.model.account import (
    AccountReported,
    FillSettled,
    ForeignOrder,
    OrderCancelled,
    OrderFilled,
)
from polywire.core.units import DAY, Ns
from polywire.net.clock import Clock
from polywire.runtime import pages as pages_module
from polywire.runtime import reconciler


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that every command runs on."""
    return {"uvloop": uvloop.new_event_loop}


async def test_a_reading_is_trades_then_orders_then_balances_and_one_report() -> None:
    reading = Reading()
    reading.books.trades = [[bought("a", "CONFIRMED")]]
    await reading.reconciler.read(every_asset=True)
    assert reading.books.kinds() == ["trades", "orders"] + ["balance-allowance"] * 3
    fill, *_, report = reading.facts
    assert isinstance(fill, OrderFilled)
    assert isinstance(report, AccountReported)
    assert (report.cash, report.positions, report.orders) == (1000, ((NO, 7),), ())


async def test_all_pages_are_read() -> None:
    reading = Reading()
    reading.books.trades = [[bought("a", "CONFIRMED")], [], [bought("b", "CONFIRMED")]]
    reading.books.orders = [[], []]
    await reading.reconciler.read_orders()
    assert reading.books.kinds() == ["trades"] * 3 + ["orders"] * 2
    assert sum(isinstance(fact, OrderFilled) for fact in reading.facts) == 2
    assert len(set(reading.books.after())) == 1, "pages belong to one question"


@pytest.mark.parametrize(("cursor", "pages"), [("MA==", 1), ("Mg==", 2), ("", 20)])
async def test_pages_that_do_not_end_are_not_asked_for_without_end(
    cursor: str, pages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages_module, "PAGES_MAX", 20)
    reading = Reading()

    def told(_: str) -> Json:
        asked = len(reading.books.asked)
        return {"data": [], "next_cursor": cursor or f"c{asked}", "limit": 100, "count": 0}

    monkeypatch.setattr(reading.books, "_told", told)
    with pytest.raises(DecodeError, match="expected an end"):
        await reading.reconciler.read_orders()
    assert len(reading.books.asked) == pages


async def test_trades_are_asked_for_from_the_last_one_on_with_a_minute_to_spare() -> None:
    reading = Reading()
    reading.books.trades = [[bought("b", "CONFIRMED", 500), bought("a", "FAILED", 400)]]
    for _ in range(2):
        await reading.reconciler.read_orders()
    assert reading.books.after() == [0, MATCHED_S + 500 - 60]


async def test_a_trade_that_says_it_was_matched_in_the_future_hides_no_other() -> None:
    reading = Reading()
    ahead = 4_000_000_000 - MATCHED_S
    reading.books.trades = [[bought("odd", "CONFIRMED", ahead), bought("a", "CONFIRMED")]]
    asked_s = Clock().now() // SECOND
    for _ in range(2):
        await reading.reconciler.read_orders()
    assert asked_s - 60 <= reading.books.after()[1] <= asked_s


async def test_a_trade_that_can_still_be_undone_is_asked_for_until_it_cannot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading = Reading()
    monkeypatch.setattr(reading.reconciler, "_clock", At(MATCHED_NS + 1_000 * SECOND))
    reading.books.trades = [[bought("b", "CONFIRMED", 900)], [bought("a", "RETRYING", 100)]]
    for _ in range(2):
        await reading.reconciler.read_orders()
    assert reading.books.after()[2:] == [MATCHED_S + 100 - 60] * 2
    reading.books.trades = [[bought("b", "CONFIRMED", 900), bought("a", "FAILED", 100)]]
    reading.facts.clear()
    for _ in range(2):
        await reading.reconciler.read_orders()
    assert [type(fact) for fact in reading.facts] == [FillSettled]
    assert reading.books.after()[-1] == MATCHED_S + 900 - 60


async def test_a_trade_that_never_settles_is_asked_for_for_a_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading = Reading()
    reading.books.trades = [[bought("b", "CONFIRMED", 900), bought("a", "RETRYING", 100)]]
    for seconds in (DAY // SECOND, DAY // SECOND + 101):
        monkeypatch.setattr(reading.reconciler, "_clock", At(MATCHED_NS + seconds * SECOND))
        await reading.reconciler.read_orders()
    await reading.reconciler.read_orders()
    assert reading.books.after()[1:] == [MATCHED_S + 100 - 60, MATCHED_S + 900 - 60]


async def test_an_order_of_others_that_ended_unheard_rests_no_more() -> None:
    reading = Reading()
    reading.books.orders = [[shown(2)], [shown(3)]]
    await reading.reconciler.read_orders()
    for fact in reading.facts:
        assert isinstance(fact, ForeignOrder)
        reading.ledger.foreign.take(fact)
    assert list(reading.ledger.foreign.resting) == [hash_of(2), hash_of(3)]
    reading.facts.clear()
    reading.books.orders = [[shown(2)], [{"id": "odd"}]]
    with capture_logs():
        await reading.reconciler.read_orders()
    assert reading.facts == [], "the one that cannot be read may be it"
    reading.books.orders = [[shown(2)]]
    await reading.reconciler.read_orders()
    (gone,) = reading.facts
    assert isinstance(gone, ForeignOrder)
    assert (gone.venue_order_id, gone.remaining) == (hash_of(3), 0)
    reading.ledger.foreign.take(gone)
    reading.books.orders = [[shown(2)], [shown(3)]]
    await reading.reconciler.read_orders()
    assert [type(fact) for fact in reading.facts[1:]] == [ForeignOrder], "it was between two pages"


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_reading_that_is_refused_reports_nothing(status: int) -> None:
    reading = Reading()
    reading.books.status = status
    with pytest.raises(TransportError, match=f"HTTP {status}"):
        await reading.reconciler.read()
    with pytest.raises(TransportError):
        await reading.reconciler.cash()
    assert reading.facts == []


async def test_a_failed_reading_is_counted_and_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciler, "RETRY_NS", SECOND // 100)
    reading = Reading()
    reading.books.status = 500
    await reading.runs_until(lambda: reading.reconciler.failures >= 2)
    assert reading.reconciler.readings == 0


async def test_while_the_channel_is_down_orders_and_trades_alone_are_read_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reconciler, "POLL_NS", SECOND // 100)
    reading = Reading()
    await reading.runs_until(lambda: reading.books.kinds().count("orders") >= 4)
    assert reading.reconciler.readings == 1, "the first is a whole one"


async def test_while_the_channel_is_up_nothing_is_read_until_something_was_lost() -> None:
    reading = Reading()
    reading.reconciler.channel_moved(up=True)
    reading.reconciler.start(Ns(0))
    await until(lambda: reading.reconciler.readings == 1)
    reading.reconciler.channel_moved(up=True)
    await until(lambda: reading.books.kinds().count("orders") == 2)  # a frame could not be read
    assert reading.reconciler.readings == 1
    reading.reconciler.channel_moved(up=False)
    reading.reconciler.channel_moved(up=True)
    await until(lambda: reading.reconciler.readings == 2)
    await reading.reconciler.close()


async def test_fills_that_the_channel_owes_are_read_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciler, "POLL_NS", SECOND // 100)
    reading = Reading()
    reading.reconciler.channel_moved(up=True)
    reading.reader.tally.matched(OURS, order(1), order(1).quantity, Clock().now())
    await reading.runs_until(lambda: reading.books.kinds().count("trades") >= 3)
    assert reading.reconciler.readings == 1


async def test_fills_that_nobody_tells_are_not_asked_for_each_second_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reconciler, "POLL_NS", SECOND // 100)
    reading = Reading()
    reading.reconciler.channel_moved(up=True)
    shown, long_ago = order(1).quantity, Ns(Clock().now() - 61 * SECOND)
    reading.reader.tally.matched(OURS, order(1), shown, long_ago)
    assert reading.reader.tally.closes(OURS, OrderCancelled(long_ago, order(1).order_id, "")) == []
    await reading.runs_for(0.05)
    assert reading.books.kinds().count("trades") == 1
    assert [fact for fact in reading.facts if isinstance(fact, OrderCancelled)]


async def test_a_trade_that_cannot_be_read_is_told_once_and_stops_no_reading() -> None:
    reading = Reading()
    odd = bought("odd", "BURIED", 100)
    reading.books.trades = [[bought("b", "CONFIRMED", 500), odd, bought("a", "CONFIRMED")]]
    with capture_logs() as lines:
        for _ in range(2):
            await reading.reconciler.read()
    assert sum(isinstance(fact, OrderFilled) for fact in reading.facts) == 2
    assert sum(isinstance(fact, AccountReported) for fact in reading.facts) == 2
    assert reading.books.after() == [0, MATCHED_S + 500 - 60], "it goes on from the last one"
    (line,) = lines
    assert line["event"] == "account_entry_unreadable"
    assert line["error"].startswith("trade odd: expected the status of a trade")
    assert len(reading.reconciler.unreadable) == 1


async def test_a_venue_that_changed_its_shape_fills_neither_memory_nor_the_log() -> None:
    reading = Reading()
    reading.books.trades = [[bought(f"odd-{n}", "BURIED", n) for n in range(1_100)]]
    with capture_logs() as lines:
        await reading.reconciler.read()
        await reading.reconciler.read()
    assert len(lines) == len(reading.reconciler.unreadable) == 1_000


async def test_an_order_whose_fills_nobody_ever_tells_keeps_no_reading_from_being_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reconciler, "POLL_NS", SECOND // 100)
    monkeypatch.setattr(reconciler, "EVERY_NS", SECOND // 20)
    reading = Reading()
    reading.reconciler.channel_moved(up=True)
    reading.reader.tally.matched(OURS, order(1), order(1).quantity, Clock().now())
    await reading.runs_until(lambda: reading.reconciler.readings >= 3)
    assert reading.books.kinds().count("orders") > reading.reconciler.readings


async def test_with_the_channel_down_and_nothing_open_nothing_is_polled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reconciler, "POLL_NS", SECOND // 100)
    reading = Reading()
    reading.ledger.open_orders.clear()
    await reading.runs_for(0.06)
    assert reading.reconciler.readings == 1
    assert reading.books.kinds().count("orders") == 1
