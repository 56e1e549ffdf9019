"""The backtest's loop: what happens when, what is written down, and that it knows no future."""

from itertools import pairwise
from random import Random

import pytest
from msgspec import structs
from tests.unit.modes.recorded_market import CENT, FEED, MS, START, market_events, ran

from polywire.core.model.account import OrderFilled
from polywire.core.model.instrument import Side
from polywire.core.model.market import (
    BookDelta,
    FeedDown,
    FeedUp,
    GapOpened,
    MarketResolved,
    PublicTrade,
)
from polywire.journal.record import decode
from polywire.sim.queue import BACK, FRONT, PROPORTIONAL


def times(kept, kind):
    return [row[0] for row in kept.of(kind)]


def test_it_decides_after_each_time_of_receipt_and_each_tenth_of_a_second():
    events = [*market_events(1, 60)]
    _, kept = ran(events)
    cuts = times(kept, "Cut")
    assert {event.recv_ns for event in events} <= set(cuts)
    assert max(later - one for one, later in pairwise(cuts)) <= 100 * MS


def test_events_of_one_moment_are_decided_on_once():
    events = [*market_events(1, 0)]
    twice = [structs.replace(events[-1], recv_ns=START + 50 * MS)] * 3
    _, kept = ran([*events, *twice, structs.replace(events[-1], recv_ns=START + 60 * MS)])
    assert times(kept, "Cut").count(START + 50 * MS) == 1


def test_on_a_grid_it_decides_at_no_other_time():
    _, kept = ran(market_events(1, 100), decide_every_ns=250 * MS)
    cuts = [at for at in times(kept, "Cut") if at < times(kept, "OperatorCommand")[0]]
    assert cuts
    assert all(at % (250 * MS) == 0 for at in cuts)


def interrupted(seed, gap_ns, *watchful):
    """Events, a time in which no feed is up but the watchful, and events again."""
    before, after = ([*market_events(one, 120, markets=1)] for one in (seed, seed + 1))
    last, later = before[-1].recv_ns, START + gap_ns
    yield from (FeedUp(START, feed) for feed in watchful)
    yield from before
    yield FeedDown(last, FEED, "the recorder ended")
    for event in after:
        now = event.recv_ns + later - START
        told = {"first_ns": now} if isinstance(event, BookDelta) else {}
        yield structs.replace(event, recv_ns=now, **told)


@pytest.mark.parametrize("every_ms", [None, 700])
def test_time_in_which_nothing_can_happen_is_passed_over_and_changes_no_order(every_ms):
    """Of one market; of several, the turn in which they are asked once a second is another.

    A gap says how its book was healed, and REST is asked for none where nobody decides.
    """
    gap_ns = 60_000 * MS
    found = []
    for watchful in ((), ("another feed",)):
        grid = None if every_ms is None else every_ms * MS
        _, kept = ran(interrupted(3, gap_ns, *watchful), queue=FRONT, decide_every_ns=grid)
        told = [row for row in kept.rows if row[1] not in ("Cut", "ProveBook", "GapClosed")]
        late = [at for at in times(kept, "Cut") if at > START + gap_ns]
        found.append((told, late, len(kept.of("Cut"))))
    (told, late, cuts), awake = found
    assert (told, late) == awake[:2]
    assert any(at > START + gap_ns for at, kind, _ in told if kind == "PlaceOrder")
    assert cuts < awake[2] - 50


def test_a_year_without_a_recorder_takes_no_time():
    driver, _ = ran(interrupted(3, 365 * 86_400_000 * MS))
    assert driver.cuts < 2_000


def test_what_is_written_down_is_what_was_decided_and_told_and_no_market_row():
    _, kept = ran(market_events(3, 400), queue=FRONT)
    kinds = {row[1] for row in kept.rows}
    assert {"RunStarted", "InstrumentListed", "Cut", "PlaceOrder", "OrderAccepted"} <= kinds
    assert {"OrderFilled", "CancelOrder"} <= kinds
    assert not kinds & {"BookDelta", "BookSnapshot", "PublicTrade", "FeedUp", "FeedCarries"}
    started = decode(*kept.rows[0][1:])
    assert (started.run, started.inputs) == ("backtest", "[]")


def test_orders_take_their_time_there_and_back():
    _, kept = ran(market_events(3, 50), order_ms=70, reply_ms=30)
    placed = {decode(*row[1:]).order_id: row[0] for row in kept.of("PlaceOrder")}
    answered = {decode(*row[1:]).order_id: row[0] for row in kept.of("OrderAccepted")}
    assert answered
    assert {at - placed[order_id] for order_id, at in answered.items()} == {100 * MS}


@pytest.mark.parametrize("every_ms", [None, 200, 5_000])
def test_at_the_end_nothing_rests_any_more(every_ms):
    grid = None if every_ms is None else every_ms * MS
    driver, kept = ran(market_events(3, 200), decide_every_ns=grid)
    assert driver.venue.resting() == {}
    assert not driver.engine.ledger.open_orders
    assert len(kept.of("OperatorCommand")) == 1


def test_what_a_market_pays_is_told_after_the_last_event():
    events = [*market_events(3, 400)]
    answer = MarketResolved(0, 0, "m1", (1_000_000, 0))
    driver, kept = ran(events, queue=FRONT, resolved={"m1": answer})
    (row,) = kept.of("MarketResolved")
    assert row[0] > events[-1].recv_ns
    assert driver.engine.ledger.payouts["m1"] == (1_000_000, 0)


def test_books_without_hashes_are_confirmed_unless_they_are_contradicted():
    quiet = [*market_events(1, 0)]
    later = structs.replace(quiet[-1], recv_ns=START + 200_000 * MS, market="nobody")
    driver, _ = ran([*quiet, later])
    assert driver.confirming.confirmed > 2
    refused, _ = ran([*quiet, later], confirms=False)
    assert refused.confirming.confirmed == 0


def test_nothing_fills_on_a_book_in_doubt_also_not_just_after_it_was_confirmed():
    def doubted(driver, events):
        for event in events:
            driver.step(event)
        at = START
        while not driver.confirming.confirmed:
            at += 100 * MS
            driver.reach(at)
        assert driver.venue.resting()
        driver.step(GapOpened(at + 1 * MS, "m1", FEED, "undecodable frame"))
        sold = Side.SELL, CENT, 10**9
        driver.step(PublicTrade(at + 2 * MS, at + 2 * MS, "m1", 0, *sold, FEED))
        driver.end()

    _, kept = ran([*market_events(1, 0, markets=1)], run=doubted)
    assert kept.of("OrderFilled") == []


def test_the_better_the_place_in_the_queue_the_more_is_filled():
    filled = {}
    for queue in (FRONT, PROPORTIONAL, BACK):
        _, kept = ran(market_events(7, 1_500), queue=queue)
        filled[queue] = sum(decode(*row[1:]).quantity for row in kept.of("OrderFilled"))
    assert filled[FRONT] > filled[PROPORTIONAL] >= filled[BACK] > 0


def altered(event, chance):
    """Something else of the same market at the same time."""
    if isinstance(event, BookDelta):
        level = chance.randrange(2), chance.randrange(1, 100) * CENT, chance.randrange(90) * 10**6
        return structs.replace(event, levels=(level,))
    if isinstance(event, PublicTrade):
        return structs.replace(event, price=chance.randrange(1, 100) * CENT)
    return event


@pytest.mark.parametrize("queue", [FRONT, BACK])
def test_what_comes_later_changes_nothing_before(counts, queue):
    """Every event after a random time deleted or altered: what was done up to it is the same."""
    chance = Random(11)
    for seed in range(counts(6, 200)):
        events = [*market_events(seed, 300)]
        _, whole = ran(events, queue=queue)
        last = chance.choice(events)
        kept = [event for event in events if event.recv_ns <= last.recv_ns]
        others = [altered(event, chance) for event in events[len(kept) :]]
        _, changed = ran([*kept, *others], queue=queue)
        _, cut = ran(kept, queue=queue)
        before_end = cut.rows[: cut.rows.index(cut.of("OperatorCommand")[0])]
        assert whole.upto(last.recv_ns) == changed.upto(last.recv_ns) == before_end


def test_no_fill_comes_before_its_order_could_have_arrived():
    _, kept = ran(market_events(7, 1_000), queue=FRONT, order_ms=70)
    placed = {decode(*row[1:]).order_id: row[0] for row in kept.of("PlaceOrder")}
    fills = [decode(*row[1:]) for row in kept.of("OrderFilled")]
    assert fills
    assert all(isinstance(fill, OrderFilled) for fill in fills)
    assert min(fill.venue_ns - placed[fill.order_id] for fill in fills) >= 70 * MS
