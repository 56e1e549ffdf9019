"""The order edge: what leaves, in which order and how often, and what replies prove."""

import asyncio
import time
from collections.abc import Callable

import pytest
import uvloop
from structlog.testing import capture_logs
from tests.unit.runtime.desking import Edge, leaving, order, refused, taken
from tests.unit.venues.building import SECOND, market
from tests.waiting import until

from polywire.core.ids import OrderId
from polywire.core.model.account import (
    OrderAccepted,
    OrderCancelled,
    OrderMissing,
    OrderRejected,
    OrderSigned,
    OrderUnknown,
)
from polywire.core.model.command import CancelOrder, LookUpOrder
from polywire.core.model.control import AlertRaised
from polywire.core.units import DAY, Money, Ns
from polywire.net.line import BrokenError
from polywire.runtime import executor
from polywire.runtime.ceiling import Ceiling
from polywire.runtime.executor import salt_of


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that every command runs on."""
    return {"uvloop": uvloop.new_event_loop}


async def test_an_order_leaves_once_and_its_reply_says_what_became_of_it() -> None:
    edge = Edge()
    (venue_id,) = edge.place(order())
    (asked,) = edge.desk.asked
    assert (asked.method, asked.path) == ("POST", "/order")
    assert asked.told["order"]["salt"] == salt_of(OrderId("run-1"))
    assert not edge.executor.quiet
    assert await edge.heard() == []
    asked.reply(200, taken(venue_id))
    (told,) = await edge.heard()
    assert isinstance(told, OrderAccepted)
    assert told.order_id == "run-1"
    assert edge.executor.quiet
    assert (edge.executor.sent, edge.executor.unknown, edge.executor.refused) == (1, 0, 0)


async def test_the_same_order_handed_over_twice_leaves_once() -> None:
    edge = Edge()
    edge.place(order())
    edge.executor.send([executor.Approved(order())], edge.clock.now())
    assert len(edge.desk.asked) == 1


async def test_an_order_that_was_never_signed_does_not_leave() -> None:
    edge = Edge()
    edge.executor.send([executor.Approved(order())], edge.clock.now())
    assert edge.desk.asked == []


@pytest.mark.parametrize(
    ("status", "expected"), [("live", 1), ("matched", 1), ("delayed", 0), ("strange", 0)]
)
async def test_whoever_waits_for_news_hears_of_orders_that_the_venue_did_not_hold_back(
    status: str, expected: int
) -> None:
    edge = Edge()
    left: list[Ns] = []
    edge.executor.on_taken = left.append
    (venue_id,) = edge.place(order())
    edge.desk.newest.reply(200, taken(venue_id, status=status))
    await edge.heard()
    assert len(left) == expected


async def test_a_refusal_is_a_refusal() -> None:
    edge = Edge()
    edge.place(order())
    edge.desk.newest.reply(400, {"error": "not enough balance / allowance"})
    (told,) = await edge.heard()
    assert isinstance(told, OrderRejected)
    assert told.reason == "not enough balance / allowance"


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 200])
async def test_an_answer_that_proves_nothing_leaves_the_order_unknown(status: int) -> None:
    edge = Edge()
    edge.place(order())
    edge.desk.newest.reply(status, b"<html>")
    (told,) = await edge.heard()
    assert isinstance(told, OrderUnknown)
    assert edge.executor.unknown == 1
    assert len(edge.desk.asked) == 1, "nothing that may create an order is sent again"


async def test_an_answer_that_never_comes_leaves_the_order_unknown() -> None:
    edge = Edge()
    edge.place(order())
    edge.desk.newest.fail(BrokenError("no answer in 10 s"))
    (told,) = await edge.heard()
    assert isinstance(told, OrderUnknown)
    assert len(edge.desk.asked) == 1


async def test_without_a_line_orders_are_refused_and_never_leave() -> None:
    edge = Edge()
    edge.desk.ready = False
    edge.place(order(1), order(2))
    told = await edge.heard()
    assert [type(one) for one in told] == [OrderRejected, OrderRejected]
    assert [one.order_id for one in told] == ["run-1", "run-2"]  # type: ignore[union-attr]
    assert {one.reason for one in told} == {"not sent: no connection is ready"}  # type: ignore[union-attr]
    edge.desk.ready = True
    assert await edge.heard() == []
    assert edge.desk.asked == []
    assert (edge.executor.sent, edge.executor.refused) == (0, 2)
    assert edge.executor.quiet


async def test_orders_decided_more_than_a_second_ago_do_not_leave_but_cancels_do() -> None:
    edge = Edge()
    (venue_id,) = edge.place(order(1))
    edge.sign(order(2))
    decided = edge.clock.now()
    edge.clock.at += SECOND
    commands = [executor.Approved(order(2)), CancelOrder(OrderId("run-1"), "moved")]
    edge.executor.send(commands, decided)
    assert [one.method for one in edge.desk.asked] == ["POST", "DELETE"]
    (told,) = await edge.heard()
    assert isinstance(told, OrderRejected)
    assert told.reason == "not sent: it was decided more than a second ago"
    assert venue_id in edge.desk.newest.body.decode()


async def test_an_order_bears_the_time_of_the_wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    edge = Edge()
    monkeypatch.setattr(time, "time_ns", lambda: 1_790_000_000_123_456_789)
    edge.place(order())
    assert edge.desk.newest.told["order"]["timestamp"] == "1790000000123"


async def test_orders_of_one_cut_leave_together_and_each_has_its_own_fate() -> None:
    edge = Edge()
    ids = edge.place(order(1), order(2), order(3))
    (asked,) = edge.desk.asked
    assert asked.path == "/orders"
    assert [one["order"]["salt"] for one in asked.told] == [
        salt_of(OrderId(f"run-{number}")) for number in (1, 2, 3)
    ]
    asked.reply(200, [taken(ids[0]), refused("boom"), taken(ids[2], status="strange")])
    told = await edge.heard()
    assert [(type(one), one.order_id) for one in told] == [  # type: ignore[union-attr]
        (OrderAccepted, "run-1"),
        (OrderRejected, "run-2"),
        (OrderUnknown, "run-3"),
    ]


async def test_a_lost_answer_to_several_orders_leaves_each_unknown() -> None:
    edge = Edge()
    edge.place(*(order(number) for number in range(1, 5)))
    edge.desk.newest.fail(BrokenError("cut"))
    assert [type(one) for one in await edge.heard()] == [OrderUnknown] * 4
    assert edge.executor.unknown == 4


async def test_more_orders_than_a_request_takes_leave_in_several() -> None:
    edge = Edge()
    edge.place(*(order(number) for number in range(1, 33)))
    assert [len(asked.told) for asked in edge.desk.asked] == [15, 15, 2]
    salts = [one["order"]["salt"] for asked in edge.desk.asked for one in asked.told]
    assert len(set(salts)) == 32


async def test_no_two_orders_have_a_salt_and_each_always_has_the_same() -> None:
    salts = {salt_of(OrderId(f"{run:x}-{number}")) for run in range(20) for number in range(500)}
    assert len(salts) == 10_000
    assert max(salts) < 2**53
    assert salt_of(OrderId("run-1")) == salt_of(OrderId("run-1"))


async def test_over_the_ceiling_nothing_is_signed_and_nothing_leaves_but_cancels() -> None:
    edge = Edge(Ceiling(orders=1, dollars=Money(10**12)))
    edge.place(order(1))
    told = edge.sign(order(2))
    assert isinstance(told, OrderRejected)
    hit = "over the ceiling of 1 orders a minute: nothing is placed until the next start"
    assert told.reason == f"not sent: {hit}"
    assert await edge.heard() == [AlertRaised(edge.clock.at, "ceiling", hit)]
    edge.executor.send([executor.Approved(order(2))], edge.clock.now())
    edge.clock.at += DAY
    assert isinstance(edge.sign(leaving(3)), OrderRejected), "for good"
    assert await edge.heard() == [], "it is told once"
    assert len(edge.desk.asked) == 1
    assert edge.executor.refused == 2
    edge.cancel(1)
    assert edge.desk.newest.method == "DELETE"


async def test_what_the_signer_refuses_does_not_leave() -> None:
    edge = Edge()
    edge.ledger.list_market(market(1, version="v9"))
    told = edge.sign(order())
    assert isinstance(told, OrderRejected)
    assert "v9" in told.reason
    assert edge.executor.refused == 1


async def test_after_a_restart_orders_wait_and_then_only_post_only_ones_leave() -> None:
    edge = Edge()
    edge.place(order(1))
    edge.desk.newest.reply(425, {"error": "Too Early"})
    (told,) = await edge.heard()
    assert isinstance(told, OrderRejected)
    second = edge.sign(order(2, post_only=True))
    assert isinstance(second, OrderRejected)
    assert second.reason == "not sent: the venue takes no orders now"
    edge.clock.at += SECOND
    assert isinstance(edge.sign(order(3)), OrderRejected)
    assert isinstance(edge.sign(order(4, post_only=True)), OrderSigned)
    edge.clock.at += 120 * SECOND
    assert isinstance(edge.sign(order(5)), OrderSigned)


async def test_cancels_leave_before_orders() -> None:
    edge = Edge()
    (venue_id,) = edge.place(order(1))
    signed = edge.sign(order(2))
    assert isinstance(signed, OrderSigned)
    approved = executor.Approved(order(2))
    cancel = executor.CancelOrder(OrderId("run-1"), "moved")
    edge.executor.send([approved, cancel], edge.clock.now())
    assert [asked.method for asked in edge.desk.asked[1:]] == ["DELETE", "POST"]
    assert edge.desk.asked[1].told == {"orderID": venue_id}


async def test_several_cancels_are_one_request_and_each_order_is_named_once() -> None:
    edge = Edge()
    ids = edge.place(order(1), order(2))
    edge.cancel(1, 2, 1)
    assert edge.desk.newest.path == "/orders"
    assert edge.desk.newest.told == ids


async def test_an_order_that_was_never_signed_cannot_be_cancelled() -> None:
    edge = Edge()
    edge.ledger.sent(order(1), edge.clock.now())
    edge.cancel(1, 99)
    assert edge.desk.asked == []
    assert edge.executor.quiet


async def test_an_order_whose_cancel_was_refused_is_looked_up() -> None:
    edge = Edge()
    ids = edge.place(order(1), order(2), order(3))
    edge.cancel(1, 2, 3)
    told = {"canceled": [ids[0]], "not_canceled": {ids[1]: "order can't be found"}}
    edge.desk.newest.reply(200, told)
    assert await edge.heard() == [], "that nothing rests is for the channel to say"
    assert [(asked.method, asked.path) for asked in edge.desk.asked[2:]] == [
        ("GET", f"/data/order/{ids[1]}")
    ]


@pytest.mark.parametrize("lost", [True, False])
async def test_a_cancel_without_an_answer_says_nothing(lost: bool) -> None:
    edge = Edge()
    edge.place(order(1))
    edge.desk.newest.reply(500)
    await edge.heard()
    edge.cancel(1)
    if lost:
        edge.desk.newest.fail(BrokenError("cut"))
    else:
        edge.desk.newest.reply(500, b"boom")
    assert await edge.heard() == []
    assert edge.executor.quiet
    assert len(edge.desk.asked) == 2, "the engine asks again, not the edge"


async def test_cancels_over_the_rate_are_held_and_leave_as_soon_as_they_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(executor, "HELD_S", 0.001)
    edge = Edge()
    ids = edge.place(*(order(number) for number in range(1, 4)))
    edge.desk.newest.reply(200, [taken(one) for one in ids])
    await edge.heard()
    assert edge.executor.pace.cancels.take(119, edge.clock.now())
    edge.cancel(1, 2, 3)
    assert edge.desk.newest.told == {"orderID": ids[0]}
    assert not edge.executor.quiet, "two are still to be sent"
    await asyncio.sleep(0.01)
    assert len(edge.desk.asked) == 2
    edge.clock.at += SECOND // 8
    await until(lambda: len(edge.desk.asked) == 3)
    assert edge.desk.newest.told == ids[1:]


async def test_more_cancels_than_a_request_names_all_leave(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(executor, "HELD_S", 0.001)
    monkeypatch.setattr(executor, "CANCELS_MAX", 2)
    edge = Edge()
    ids = edge.place(*(order(number) for number in range(1, 4)))
    edge.cancel(1, 2, 3)
    await until(lambda: len(edge.desk.asked) == 3)
    assert [asked.told for asked in edge.desk.asked[1:]] == [ids[:2], {"orderID": ids[2]}]


async def test_looking_up_an_order_tells_what_the_venue_knows_of_it() -> None:
    edge = Edge()
    (venue_id,) = edge.place(order(1))
    await edge.look_up(1)
    await edge.look_up(1)
    assert [asked.path for asked in edge.desk.asked[1:]] == [f"/data/order/{venue_id}"]
    edge.desk.newest.reply(404, {"error": "order not found"})
    (told,) = await edge.heard()
    assert isinstance(told, OrderMissing)
    await edge.look_up(1)
    terms = {"market": order().market, "asset_id": order().instrument, "price": "0.5"}
    sizes = {"side": "BUY", "original_size": "10", "size_matched": "0"}
    shown = {"id": venue_id, "status": "CANCELED"} | terms | sizes
    edge.desk.newest.reply(200, shown)
    (over,) = await edge.heard()
    assert isinstance(over, OrderCancelled)


@pytest.mark.parametrize("status", [200, 400, 401, 404, 429, 500])
async def test_a_look_up_that_cannot_be_read_says_nothing_and_can_be_repeated(status: int) -> None:
    edge = Edge()
    edge.place(order(1))
    for _ in range(2):
        await edge.look_up(1)
        edge.desk.newest.reply(status, b"[]")
        assert await edge.heard() == []
    await edge.look_up(1)
    edge.desk.newest.fail(BrokenError("cut"))
    assert await edge.heard() == []
    assert [asked.method for asked in edge.desk.asked] == ["POST", "GET", "GET", "GET"]


async def test_an_order_that_a_crash_left_unsigned_is_known_not_to_have_left() -> None:
    edge = Edge()
    edge.executor.send([LookUpOrder(OrderId("run-1"), None)], edge.clock.now())
    (told,) = await edge.heard()
    assert isinstance(told, OrderRejected)
    assert told.order_id == "run-1"
    assert edge.desk.asked == []


async def test_closing_ends_all_waiting_and_tells_nothing() -> None:
    edge = Edge()
    edge.place(order(1))
    assert edge.executor.pace.cancels.take(120, edge.clock.now())
    edge.cancel(1)
    await edge.heard()
    await edge.executor.close()
    assert await edge.heard() == []
    assert len(edge.desk.asked) == 1


async def test_a_long_wait_that_the_venue_asks_for_is_told_and_a_short_one_is_not() -> None:
    edge = Edge()
    ids = edge.place(order(1), order(2))
    edge.desk.newest.reply(200, [taken(one) for one in ids])
    await edge.heard()
    with capture_logs() as lines:
        edge.cancel(1)
        edge.desk.newest.reply(429, {"error": "Too Many Requests"}, retry_after="5")
        await edge.heard()
        told = [line["event"] for line in lines]
        edge.clock.at += 6 * SECOND
        edge.cancel(2)
        edge.desk.newest.reply(429, {"error": "Too Many Requests"}, retry_after="86400")
        await edge.heard()
    assert "venue_wants_pause" not in told
    (line,) = [line for line in lines if line["event"] == "venue_wants_pause"]
    assert line["reason"] == "it wants no cancels for 86400 s; it is asked again in 5 s"
