"""What goes wrong between a real run and its exchange: money and orders agree all the same.

After each trouble the exchange's account, the ledger and a naive sum of the journal are one.
"""

import asyncio
import json
from pathlib import Path
from urllib.request import urlopen

import pytest
from tests.integration.live.conftest import CASH, Live, Start
from tests.integration.real_account import RealAccount, Truth, check_agrees, fold, settled

from polywire.core.ledger.order import Order, OrderState
from polywire.core.model.instrument import Side
from polywire.core.units import SECOND
from polywire.exchange.app import Exchange
from polywire.exchange.faults import fault_of
from polywire.exchange.options import ExchangeOptions
from polywire.exchange.settlement import SettlementPlan
from polywire.net.lines import Lines

QUICK = SettlementPlan(mined_ms=100, confirmed_ms=100)
BUSY = ExchangeOptions(control=True, frames_a_second=300, settles=QUICK)


def break_it(exchange: Exchange, **fault: object) -> None:
    """Have the exchange commit a fault now."""
    exchange.venue.plan(fault_of(fault), exchange.venue.clock.now())


def unknown(live: Live) -> list[Order]:
    orders = live.trading.engine.ledger.open_orders.values()
    return [order for order in orders if order.state is OrderState.UNKNOWN]


async def truth_of(live: Live) -> Truth:
    """What the exchange says, once every trade has ended."""
    while True:
        told = await asyncio.to_thread(ask, live)
        if settled(told):
            return told
        await asyncio.sleep(0.05)


def ask(live: Live) -> Truth:
    with urlopen(f"{live.exchange.addresses.control}/accounts/{live.wallet}") as answer:
        told: Truth = json.load(answer)
    return told


async def agreed(live: Live, folder: Path) -> tuple[RealAccount, Truth]:
    """Stop, and hold ledger, journal and exchange against each other."""
    await live.stop()
    truth = await truth_of(live)
    assert live.trading.loop.failure is None
    assert [order for order in truth["orders"] if order["status"] == "LIVE"] == []
    assert not live.trading.engine.ledger.open_orders
    assert live.ours() == live.theirs()
    journal = fold(folder / "journal")
    check_agrees(journal, truth, CASH)
    assert not journal.corrections
    return journal, truth


def filled(live: Live) -> int:
    return live.trading.status().engine.orders.filled


async def test_orders_whose_replies_are_lost_are_found_and_kept(
    started: Start, tmp_path: Path
) -> None:
    live = await started(BUSY)
    break_it(live.exchange, kind="lost_replies", count=4, method="POST")
    await live.until(lambda: live.account.executor.unknown >= 4)
    await live.until(lambda: not unknown(live))
    await live.until(lambda: filled(live) >= 2)
    _, truth = await agreed(live, tmp_path)
    assert len(truth["orders"]) == live.account.executor.sent


async def test_replies_that_come_after_we_gave_up_change_nothing(
    started: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Lines.__init__.__kwdefaults__, "answer_s", 0.2)
    live = await started(BUSY)
    break_it(live.exchange, kind="late_replies", count=4, method="POST", milliseconds=400)
    await live.until(lambda: live.account.executor.unknown >= 4)
    await live.until(lambda: not unknown(live))
    await live.until(lambda: filled(live) >= 2)
    await agreed(live, tmp_path)


async def test_orders_that_never_arrived_count_as_open_until_that_is_proven(
    started: Start, tmp_path: Path
) -> None:
    live = await started(BUSY)
    ledger = live.trading.engine.ledger
    ledger.gone_ns = 2 * SECOND
    break_it(live.exchange, kind="lost_requests", count=2, method="POST")
    await live.until(lambda: len(unknown(live)) >= 2)
    lost = unknown(live)
    await live.until(lambda: all(order.missing_ns for order in lost))
    assert all(order.is_open for order in lost)
    assert all(order.reserved for order in lost if order.command.side is Side.BUY)
    await live.until(lambda: all(order.state is OrderState.MISSING for order in lost))
    at = live.trading._clock.now()
    assert all(at - order.missing_ns >= 2 * SECOND for order in lost)
    journal, truth = await agreed(live, tmp_path)
    there = {order["id"] for order in truth["orders"]}
    assert {order.venue_id for order in lost} == journal.signed.keys() - there


@pytest.mark.parametrize(
    "kinds",
    [("user_repeat", "user_reorder"), ("user_freeze",), ("user_drop",)],
    ids=" and ".join,
)
async def test_whatever_the_user_channel_does_each_fill_counts_once(
    started: Start, tmp_path: Path, kinds: tuple[str, ...]
) -> None:
    live = await started(BUSY)
    await live.until(lambda: live.account.reconciler._up)
    for kind in kinds:
        terms = {"code": 1006} if kind == "user_drop" else {"seconds": 30}
        break_it(live.exchange, kind=kind, **terms)

    if kinds == ("user_freeze",):
        await live.until(lambda: not live.account.reconciler._up)

    def theirs() -> int:
        orders = live.exchange.venue.floor.ever(live.wallet)
        return sum(float(str(order["size_matched"])) > 0 for order in orders)

    await live.until(lambda: theirs() >= 2)
    journal, _ = await agreed(live, tmp_path)
    assert len(journal.fills) >= 2


async def test_trades_that_are_retried_or_fail_are_followed_to_their_end(
    started: Start, tmp_path: Path
) -> None:
    plan = SettlementPlan(mined_ms=100, confirmed_ms=100, fail_share=0.5, retry_share=0.3)
    live = await started(ExchangeOptions(control=True, frames_a_second=300, settles=plan))
    await live.until(lambda: filled(live) >= 6)
    journal, truth = await agreed(live, tmp_path)
    failed = {fill["trade"] for fill in truth["fills"] if fill["status"] == "FAILED"}
    assert failed
    assert {fill.split(":")[0] for fill in journal.undone} == failed


async def test_a_restart_of_the_venue_is_waited_for_and_then_only_post_only_orders_leave(
    started: Start, tmp_path: Path
) -> None:
    live = await started(BUSY)
    await live.until(lambda: filled(live) >= 1)
    break_it(live.exchange, kind="restart", seconds=1)
    await live.until(lambda: live.account.executor.refused >= 1)
    before = live.account.executor.sent
    await live.until(lambda: live.account.executor.sent > before)
    journal, truth = await agreed(live, tmp_path)
    assert len(journal.signed) <= len(truth["orders"]) + 10, "it asked rarely while it had to wait"
