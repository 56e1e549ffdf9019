"""Which balances a reading of the account asks for, and under what name."""

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import uvloop
from tests.unit.runtime.desking import NO, YES, order
from tests.unit.runtime.reading import Reading, SlowBooks
from tests.waiting import until

from polywire.core.errors import DecodeError
from polywire.core.model.account import (
    AccountReported,
    OrderCancelled,
)
from polywire.core.units import Ns


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that every command runs on."""
    return {"uvloop": uvloop.new_event_loop}


async def test_a_balance_that_cannot_be_read_reports_nothing() -> None:
    reading = Reading()
    reading.books.balances[""] = "much"
    with pytest.raises(DecodeError):
        await reading.reconciler.read()
    assert not [fact for fact in reading.facts if isinstance(fact, AccountReported)]


async def test_balances_that_a_first_reading_got_before_it_failed_are_not_asked_for_again() -> None:
    reading = Reading()
    reading.books.balances[""] = "much"
    for _ in range(3):
        with pytest.raises(DecodeError):
            await reading.reconciler.read(every_asset=True)
    reading.books.balances[""] = "5"
    await reading.reconciler.read(every_asset=True)
    asked = [one.path for one in reading.books.asked if "token_id" in one.path]
    assert len(asked) == 2
    assert isinstance(reading.facts[-1], AccountReported)
    assert reading.facts[-1].positions == ((NO, 7),)
    reading.books.balances[YES] = "9"
    await reading.reconciler.read()
    assert isinstance(reading.facts[-1], AccountReported)
    assert reading.facts[-1].positions == ((YES, 9),)


async def test_only_what_could_have_moved_is_asked_for_after_the_first_reading() -> None:
    reading = Reading()
    await reading.reconciler.read()
    asked = [one.path for one in reading.books.asked if "token_id" in one.path]
    assert len(asked) == 1
    assert YES in asked[0]


async def test_shares_that_others_bought_and_sold_again_are_not_asked_for() -> None:
    reading = Reading()
    reading.ledger.foreign.shares = {YES: 0, NO: 1, "far": 0}  # type: ignore[dict-item]
    await reading.reconciler.read()
    asked = [
        parse_qs(urlsplit(one.path).query)["token_id"] for one in reading.books.balances_asked()
    ]
    assert asked == [[YES], [NO]], "of Yes an order is open"


async def test_shares_that_paid_are_asked_for_until_the_venue_has_none() -> None:
    reading = Reading()
    reading.ledger.apply_order(OrderCancelled(Ns(0), order(1).order_id, "asked"))
    reading.ledger.terms.unredeemed[NO] = 0  # type: ignore[index, assignment]
    await reading.reconciler.read()
    report = reading.facts[-1]
    assert isinstance(report, AccountReported)
    assert report.positions == ((NO, 7),)


async def test_a_reading_that_overlaps_another_loses_nothing_of_it() -> None:
    reading = Reading(SlowBooks())
    reading.ledger.shares[NO] = 7  # type: ignore[index, assignment]
    readings = [asyncio.ensure_future(reading.reconciler.read())]
    await until(lambda: len(reading.books.balances_asked()) == 2)
    no, yes = reading.books.balances_asked()
    no.reply(200, {"balance": "5", "allowances": {}})
    readings.append(asyncio.ensure_future(reading.reconciler.read()))
    await asyncio.sleep(0.01)
    for one in (yes, *reading.books.balances_asked()[2:]):
        one.reply(200, {"balance": "7", "allowances": {}})
        await asyncio.sleep(0)
    await asyncio.gather(*readings)
    reports = [fact for fact in reading.facts if isinstance(fact, AccountReported)]
    assert [report.positions for report in reports] == [((NO, 5), (YES, 7)), ((NO, 7), (YES, 7))]


async def test_shares_of_protocol_v2_are_asked_for_under_their_own_type() -> None:
    position = (1 << 248) | (0xABC << 120) | (2 << 104) | (137 << 24) | 1
    reading = Reading()
    reading.books.balances[str(position)] = "9"
    reading.ledger.shares[str(position)] = 1  # type: ignore[index, assignment]
    await reading.reconciler.read()
    paths = [parse_qs(urlsplit(one.path).query) for one in reading.books.asked[2:]]
    types = {one.get("token_id", [""])[0]: one["asset_type"][0] for one in paths}
    assert types == {str(position): "CONDITIONAL-V2", YES: "CONDITIONAL", "": "COLLATERAL"}
