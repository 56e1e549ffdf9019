"""The day's loss over a restart: at its first cut, no book of what is held has been told yet."""

from dataclasses import replace

import pytest
from tests.unit.core.building import (
    ASK,
    BID,
    BUY,
    DOLLAR,
    SECOND,
    SELL,
    NaiveVenue,
    Scripted,
    cut,
    engine,
    fill,
    micros,
    opening,
    place,
    seat,
    told,
)
from tests.unit.core.started import M, with_limits

from polywire.core.engine.engine import Engine
from polywire.core.ids import RunId, StrategyId
from polywire.core.ledger.dump import dump, load
from polywire.core.model.breaker import BreakerCause
from polywire.core.model.command import DayOpened
from polywire.core.model.control import Cut, RunStarted
from polywire.core.model.market import MarketResolved
from polywire.core.units import Money, Ns

DAY = 86_400 * SECOND
HOUR = 3_600 * SECOND
BOUGHT = DAY + 100 * SECOND
S = StrategyId("s")


def bids(cents: int) -> NaiveVenue:
    venue = NaiveVenue()
    venue.put(micros([(BID, cents, 5_000), (ASK, cents + 2, 5_000)]))
    return venue


def fresh() -> Engine:
    """At most $100 a day may be lost, and $90 by its only strategy."""
    only = replace(seat(Scripted(lambda _: ())), loss_max=Money(90 * DOLLAR))
    return engine(only, limits=with_limits(loss_max=100 * DOLLAR))


def holding(cents: int, bid: int, *days: int) -> Engine:
    """300 shares, bought on day 1 for so much; a run that goes on into these days, at a bid."""
    held = fresh()
    told(held, *opening(bids(bid), at=BOUGHT))
    cut(held, BOUGHT)
    held.ledger.sent(place("o0", BUY, cents, 300), Ns(BOUGHT))
    told(held, fill("f0", "o0", cents, 300))
    cut(held, BOUGHT + SECOND)
    for day in days:
        told(held, bids(bid).snapshot(day * DAY + SECOND))
        cut(held, day * DAY + SECOND)
    return held


def restarted(before: Engine, at: int) -> Engine:
    """The next run, after its first cut; what the last one tripped for, a person has seen."""
    again = fresh()
    load(again.ledger, dump(before.ledger))
    again.ledger.tripped.clear()
    told(again, RunStarted(Ns(at), RunId("second"), "b", "c", Money(0)))
    cut(again, at)
    return again


def books(again: Engine, cents: int, at: int) -> None:
    """Its market is listed and its book told."""
    told(again, *opening(bids(cents), at=at)[1:])
    cut(again, at)


def lost(again: Engine) -> int:
    """In dollars, as the account and as its only strategy have it; nothing has tripped for none."""
    day, own = again.standing.loss, again.standing.lost(S)
    assert day == own
    assert (BreakerCause.LOSS in again.breaker.open) == (day >= 100 * DOLLAR)
    assert bool(again.standing.spent(S)) == (day >= 90 * DOLLAR)
    return day // DOLLAR


@pytest.mark.parametrize(("cents", "bid"), [(20, 80), (80, 30), (50, 50)])
@pytest.mark.parametrize("day", [2, 3])
def test_what_moved_before_the_day_began_is_no_loss_of_it(cents: int, bid: int, day: int) -> None:
    again = restarted(holding(cents, bid, 2), day * DAY + HOUR)
    assert lost(again) == 0
    books(again, bid, day * DAY + HOUR + SECOND)
    assert lost(again) == 0
    assert again.ledger.opened.traded == (1_000 + 3 * (bid - cents)) * DOLLAR
    cut(again, day * DAY + HOUR + 2 * SECOND)
    assert lost(again) == 0


@pytest.mark.parametrize("day", [2, 3])
def test_a_fall_after_it_is_a_loss_of_it(day: int) -> None:
    again = restarted(holding(20, 80, 2), day * DAY + HOUR)
    books(again, 80, day * DAY + HOUR + SECOND)
    told(again, bids(21).snapshot(day * DAY + 2 * HOUR))
    cut(again, day * DAY + 2 * HOUR)
    assert lost(again) == 177


def test_a_fall_of_the_day_that_nobody_watched_counts_when_the_book_is_told() -> None:
    again = restarted(holding(20, 80, 2), 2 * DAY + HOUR)
    assert lost(again) == 0
    books(again, 40, 2 * DAY + HOUR + SECOND)
    assert lost(again) == 120


def test_a_loss_of_what_was_bought_today_counts_when_the_book_is_told() -> None:
    again = restarted(holding(80, 30), DAY + HOUR)
    assert lost(again) == 0
    books(again, 30, DAY + HOUR + SECOND)
    assert lost(again) == 150


def test_what_was_sold_and_bought_again_today_is_no_loss_before_its_book_is_told() -> None:
    before = holding(20, 30, 2)
    for number, side, cents in ((1, SELL, 30), (2, BUY, 80)):
        before.ledger.sent(place(f"o{number}", side, cents, 300), Ns(2 * DAY + HOUR))
        told(before, fill(f"f{number}", f"o{number}", cents, 300))
    again = restarted(before, 2 * DAY + 2 * HOUR)
    assert lost(again) == 0
    books(again, 80, 2 * DAY + 2 * HOUR + SECOND)
    assert lost(again) == 0
    told(again, bids(70).snapshot(2 * DAY + 3 * HOUR))
    cut(again, 2 * DAY + 3 * HOUR)
    assert lost(again) == 30


def test_shares_without_a_book_hide_no_loss_that_their_price_cannot_make_good() -> None:
    before = holding(20, 80, 2)
    before.ledger.sent(place("o1", SELL, 5, 200), Ns(2 * DAY + HOUR))
    told(before, fill("f1", "o1", 5, 200))
    # of $240 when the day began, $10 were taken, and a hundred shares bring $100 at most
    again = restarted(before, 2 * DAY + 2 * HOUR)
    assert lost(again) == 130


def test_a_market_that_is_never_listed_again_is_no_loss_on_this_day_or_the_next() -> None:
    again = restarted(holding(20, 80, 2), 2 * DAY + HOUR)
    for at in (2 * DAY + 2 * HOUR, 3 * DAY, 3 * DAY + HOUR, 4 * DAY):
        cut(again, at)
        assert lost(again) == 0
    books(again, 30, 4 * DAY + HOUR)
    assert lost(again) == 0, "nobody knows on which day it fell"
    assert again.ledger.opened.traded == 1_030 * DOLLAR


@pytest.mark.parametrize("pays", [0, 1])
def test_a_resolution_between_two_days_runs_is_no_loss_of_the_second(pays: int) -> None:
    again = restarted(holding(80, 50, 2), 3 * DAY + HOUR)
    at = Ns(3 * DAY + HOUR + SECOND)
    told(again, MarketResolved(at, at, M, (Money(pays * DOLLAR), Money((1 - pays) * DOLLAR))))
    cut(again, at)
    assert lost(again) == 0
    assert again.ledger.opened.traded == (1_000 - 240 + 300 * pays) * DOLLAR


def test_the_day_is_told_once_more_when_a_book_is_and_then_no_more() -> None:
    again = restarted(holding(20, 80), 2 * DAY + HOUR)
    told(again, *opening(bids(80), at=2 * DAY + HOUR)[1:])
    said = [again.handle(Cut(Ns(2 * DAY + HOUR + number * SECOND))) for number in range(4)]
    days = [[one for one in cut if isinstance(one, DayOpened)] for cut in said]
    assert [len(one) for one in days] == [0, 1, 0, 0]
    kept = fresh().ledger
    load(kept, dump(again.ledger))
    assert kept.opened == again.ledger.opened == days[1][0]
