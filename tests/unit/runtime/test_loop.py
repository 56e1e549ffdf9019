"""The loop keeps the order journal, engine, barrier, venue; cuts in time; and fails safely."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest
import structlog
from tests.unit.core.building import (
    BUY,
    SHARE,
    WS,
    YES,
    Scripted,
    delta,
    engine,
    fill,
    forty_sixty,
    opening,
    quote,
    seat,
)
from tests.unit.core.test_reconciling import IGNORE, started
from tests.unit.runtime.looping import MINUTE, MS, START, Ticking, World, fair_to, opened, turn

from polywire.core.engine.desk import Command
from polywire.core.errors import JournalError
from polywire.core.ids import MarketId
from polywire.core.model.account import AccountReported, OrderAccepted, OrderSigned
from polywire.core.model.command import CancelOrder
from polywire.core.model.control import AlertRaised, Cut, Operation, OperatorCommand, StoodStill
from polywire.core.model.counts import FeedsCounted
from polywire.core.model.event import Event
from polywire.core.model.instrument import Side
from polywire.core.model.intent import Quote
from polywire.core.model.market import BookSnapshot, PublicTrade
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.core.view import MarketView
from polywire.net.clock import Clock
from polywire.runtime.inbox import DRAIN_MAX
from polywire.runtime.loop import EngineLoop

TURNS = 1_500
"""Of a millisecond at least, however slow the machine; each wait takes a few."""


@pytest.fixture
async def world() -> World:
    return World()


@pytest.fixture
async def loop(world: World) -> AsyncIterator[EngineLoop]:
    """A loop around an engine whose one strategy bids at 40 cents."""
    bidder = Scripted(lambda _: (quote(BUY, 40),))
    made = EngineLoop(engine(seat(bidder)), world, Ticking(), world, world)
    yield made
    made.stop()


async def settled(holds: Callable[[], object]) -> None:
    """Let time pass until something holds."""
    for _ in range(TURNS):
        if holds():
            return
        await asyncio.sleep(0.001)
    pytest.fail("did not happen")


async def test_what_leads_to_an_order_is_committed_before_it_leaves(
    loop: EngineLoop, world: World
) -> None:
    await opened(loop)
    assert [order.price for order in world.sent()] == [400_000]
    fair_to(world)
    kinds = world.kinds()
    assert kinds.index("barrier") < kinds.index("place")


async def test_an_order_soon_after_another_is_committed_before_it_leaves_too(
    loop: EngineLoop, world: World
) -> None:
    await opened(loop)
    loop.put_fact(fill("f1", "run-1", cents=40, shares=10))
    await turn(lambda: len(world.sent()) == 2)
    fair_to(world)


async def test_what_the_venue_will_call_an_order_is_committed_with_it(
    loop: EngineLoop, world: World
) -> None:
    world.signs = True
    await opened(loop)
    (order,) = world.sent()
    fair_to(world)
    assert OrderSigned in [type(record) for record in world.committed]
    rows = [what for kind, what in world.log if kind == "append"]
    signed = rows[rows.index(order) + 1]
    assert isinstance(signed, OrderSigned)
    assert (signed.order_id, signed.venue_order_id) == (order.order_id, "0xabc")
    assert loop.engine.ledger.by_venue == {"0xabc": order.order_id}


async def test_a_loop_without_its_barrier_is_noticed(loop: EngineLoop, world: World) -> None:
    world.barrier = lambda: None  # type: ignore[method-assign]  # the planted bug
    await opened(loop)
    assert world.sent()
    with pytest.raises(AssertionError, match="left before it was committed"):
        fair_to(world)


async def test_every_event_is_journalled_then_handled_then_shown_to_the_venue(
    loop: EngineLoop, world: World
) -> None:
    handle = loop.engine.handle

    def told(event: Event) -> list[Command]:
        world.log.append(("handle", event))
        return handle(event)

    loop.engine.handle = told  # type: ignore[method-assign]
    await opened(loop)
    shown = [what for kind, what in world.log if kind == "observe"]
    assert len(shown) == loop.events == 5
    for event in shown:
        at = world.log.index(("append", event))
        assert world.log[at + 1 : at + 3] == [("handle", event), ("observe", event)]


async def test_account_facts_are_taken_before_market_facts_that_came_earlier(
    loop: EngineLoop, world: World
) -> None:
    await opened(loop)
    order = world.sent()[0].order_id
    world.log.clear()
    trades = [trade(number) for number in range(3)]
    loop.put(trades)
    world.facts = [OrderAccepted(Ns(START), order)]
    loop.put_fact(OperatorCommand(Ns(START), Operation.RESUME, "by hand"))
    await turn(lambda: ("append", trades[2]) in world.log)
    kinds = [type(what).__name__ for kind, what in world.log if kind == "append"]
    assert kinds[:5] == ["OperatorCommand", "OrderAccepted", *["PublicTrade"] * 3]


async def test_a_burst_is_cut_after_256_events_and_taken_to_the_end(
    loop: EngineLoop, world: World
) -> None:
    await opened(loop)
    world.log.clear()
    loop.put([trade(number) for number in range(600)])
    await turn(lambda: not loop.inbox)
    runs, length = [], 0
    for kind, what in world.log:
        if kind == "append" and isinstance(what, Cut):
            runs.append(length)
            length = 0
        elif kind == "observe":
            length += 1
    assert DRAIN_MAX == 256
    assert runs == [256, 256, 88]


async def test_a_quiet_loop_cuts_at_least_every_100_ms_and_commits_what_waits(
    world: World,
) -> None:
    quiet = EngineLoop(engine(), world, Clock(), world, world)
    quiet.start()
    await settled(lambda: quiet.cuts >= 6)
    quiet.stop()
    cuts = [what.now for kind, what in world.log if kind == "append" and isinstance(what, Cut)]
    gaps = [after - before for before, after in itertools.pairwise(cuts)]
    assert min(gaps) < 150 * MS, "late only where the machine is"
    assert world.kinds().count("barrier") >= len(cuts) // 2


async def test_the_loop_wakes_for_what_the_venue_owes_it(world: World) -> None:
    clock = Clock()
    made = EngineLoop(engine(), world, clock, world, world)
    made.start()
    world.next_ns = clock.now()
    await settled(lambda: made.cuts >= 20)
    made.stop()
    cuts = [what.now for kind, what in world.log if kind == "append" and isinstance(what, Cut)]
    assert cuts[19] - cuts[0] < 19 * 100 * MS


@pytest.mark.parametrize("fails", ["append", "barrier"])
async def test_a_journal_that_fails_stops_trading_after_every_order_was_cancelled(
    loop: EngineLoop, world: World, fails: str
) -> None:
    await opened(loop)
    (order,) = world.sent()
    world.fails = fails
    loop.put_fact(OperatorCommand(Ns(START), Operation.HALT, "so that something is sent"))
    await turn(loop.stopped.is_set)
    assert isinstance(loop.failure, JournalError)
    assert len(world.sent()) == 1
    cancels = [what.order_id for kind, what in world.log if isinstance(what, CancelOrder)]
    assert kind_of_last(world) == "cancel"
    assert cancels[-1] == order.order_id


async def test_an_order_whose_commit_failed_never_leaves(loop: EngineLoop, world: World) -> None:
    world.fails = "barrier"
    started, *market = opening(forty_sixty(), at=START)
    loop.put_fact(started)  # type: ignore[arg-type]
    loop.put(market)
    await turn(loop.stopped.is_set)
    assert world.sent() == []


async def test_a_bug_in_the_engine_cancels_everything_and_is_told(
    loop: EngineLoop, world: World
) -> None:
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: told.append(context["exception"])
    )
    await opened(loop)

    def broken(event: Event) -> list[object]:
        raise AssertionError(f"a bug at {type(event).__name__}")

    loop.engine.handle = broken  # type: ignore[method-assign, assignment]
    loop.put([trade(1)])
    await turn(lambda: told)
    assert str(told[0]) == "a bug at PublicTrade"
    assert loop.failure is told[0]
    assert loop.stopped.is_set()
    assert kind_of_last(world) == "cancel"


async def test_nothing_is_done_after_the_stop(loop: EngineLoop, world: World) -> None:
    await opened(loop)
    loop.stop()
    world.log.clear()
    loop.put([trade(1)])
    loop.put_fact(AccountReported(Ns(START), Money(0), ()))
    for _ in range(20):
        await asyncio.sleep(0)
    assert world.log == []
    assert loop.inbox


async def test_a_strategy_that_takes_long_shows_in_the_share_of_late_decisions(
    world: World,
) -> None:
    clock = Ticking()

    def sleeps(_: MarketView) -> tuple[Quote, ...]:
        clock.at += 150 * MS
        return ()

    loop = EngineLoop(engine(seat(Scripted(sleeps))), world, clock, world, world)
    await opened(loop)
    loop.stop()
    assert loop.latencies.share_above() == 1.0


async def test_a_minute_of_slow_decisions_is_journalled_before_the_next_cut_and_logged(
    world: World,
) -> None:
    clock = Ticking()
    loop = EngineLoop(engine(), world, clock, world, world)
    await opened(loop)
    loop.put([delta(clock.at - 101 * MS, (0, 41, 5))])
    await turn(lambda: loop.cuts == 2)
    loop.put([forty_sixty().snapshot(clock.at - 101 * MS)])
    await turn(lambda: loop.cuts == 3)
    clock.at += MINUTE
    with structlog.testing.capture_logs() as lines:
        loop.put([trade(1)])
        await turn(lambda: loop.cuts == 4)
    loop.stop()
    text = "receive_to_decision: 2 of 3 in a minute took over 100 ms"
    kinds = [what for kind, what in world.log if kind == "append"]
    (alert,) = [what for what in kinds if isinstance(what, AlertRaised)]
    assert (alert.name, alert.text) == ("latency receive_to_decision", text)
    assert isinstance(kinds[kinds.index(alert) + 2], Cut)
    told = [line for line in lines if line["event"] == "alert_raised"]
    assert told == [{"event": "alert_raised", "log_level": "warning", "reason": text}]


async def test_what_is_counted_is_journalled_soon_and_then_once_a_minute(world: World) -> None:
    clock = Ticking()
    loop = EngineLoop(engine(), world, clock, world, world)
    await opened(loop)
    loop.count = lambda now: [FeedsCounted(now, Ns(START), Ns(1), 0, (), (), (), ())]
    for number, seconds in enumerate((1, 2, 1, 3, 60, 5, 55)):
        clock.at += seconds * 1_000 * MS
        loop.put([trade(number)])
        await turn(partial(lambda cuts: loop.cuts == cuts, loop.cuts + 1))
    loop.stop()
    told = [what for kind, what in world.log if kind == "append"]
    at = [(what.recv_ns - START) // (1_000 * MS) for what in told if isinstance(what, FeedsCounted)]
    assert at == [3, 7, 67, 127], "after 2 s, then twice as long each time, then at minutes' ends"


def kind_of_last(world: World) -> str:
    return world.log[-1][0]


def trade(number: int) -> PublicTrade:
    """A print like no other, of a market that is not watched."""
    return PublicTrade(
        Ns(START + number), Ns(number), MarketId("other"), 0, Side.BUY, Price(1), Quantity(1), WS
    )


@pytest.mark.parametrize("asleep", [False, True])
async def test_a_second_without_a_decision_is_told_before_what_waited_is_read(
    loop: EngineLoop, world: World, asleep: bool
) -> None:
    await opened(loop)
    clock = loop._clock
    assert isinstance(clock, Ticking)
    count = len(world.committed)
    clock.at += 10 * MS if asleep else 24_000 * MS
    clock.slept += 24_000 * MS if asleep else 0
    loop.put([forty_sixty().snapshot(clock.at)])
    kinds = StoodStill | BookSnapshot
    await settled(lambda: any(isinstance(one, BookSnapshot) for one in world.committed[count:]))
    still, *rest = [one for one in world.committed[count:] if isinstance(one, kinds)]
    assert isinstance(still, StoodStill)
    assert still.recv_ns - still.since_ns >= 24_000 * MS
    assert [type(one) for one in rest] == [BookSnapshot], "told once"


async def test_money_that_came_in_unexplained_is_logged(world: World) -> None:
    loop = EngineLoop(started(IGNORE), world, Ticking(), world, world)
    held = ((YES, Quantity(10 * SHARE)),)
    with structlog.testing.capture_logs() as lines:
        for cuts in (1, 2):
            loop.put_fact(AccountReported(Ns(START), Money(1_002_310_000), held))
            await turn(lambda cuts=cuts: loop.cuts == cuts)
    loop.stop()
    came = [line for line in lines if line["event"] == "money_came_in"]
    assert came == [{"event": "money_came_in", "log_level": "warning", "reason": "$2.31"}]
