"""Loss, value, rate and shared limits as the risk rules read them, in numbers."""

import pytest
from tests.unit.core.building import (
    BID,
    BUY,
    DOLLAR,
    SECOND,
    SELL,
    Scripted,
    cancelled,
    cut,
    engine,
    fill,
    forty_sixty,
    market,
    opening,
    place,
    placed,
    quote,
    seat,
    told,
)
from tests.unit.core.started import (
    FIRST,
    T0,
    M,
    bid_at,
    running,
    with_limits,
    with_order,
)

from polywire.core.ids import RunId
from polywire.core.model.command import DayOpened, OrderRefused
from polywire.core.model.control import Operation, OperatorCommand, RunStarted
from polywire.core.model.market import InstrumentDropped, InstrumentListed
from polywire.core.units import Money, Ns


def test_each_strategy_has_its_own_budget() -> None:
    small = Scripted(lambda _: (quote(BUY, 50),), "small")
    large = Scripted(lambda _: (quote(BUY, 50),), "large")
    started = engine(seat(small, budget=4), seat(large, budget=5))
    told(started, *opening(forty_sixty(), at=T0))
    commands = cut(started, T0)
    assert [order.strategy for order in placed(commands)] == ["large"]
    rules = [command.rule for command in commands if isinstance(command, OrderRefused)]
    assert rules == ["strategy_budget"]


@pytest.mark.parametrize(("later", "more"), [(60 * SECOND - 1, 0), (60 * SECOND, 1)])
def test_only_so_many_orders_a_minute_and_then_again(later: int, more: int) -> None:
    wants = [quote(BUY, cents, 5) for cents in (50, 49, 48, 47)]
    started = engine(
        seat(Scripted(lambda _: tuple(wants))), limits=with_limits(orders_per_minute=3)
    )
    told(started, *opening(forty_sixty(), at=T0))
    commands = cut(started, T0)
    assert len(placed(commands)) == 3
    assert [command.rule for command in commands if isinstance(command, OrderRefused)] == [
        "order_rate"
    ]
    told(started, forty_sixty().snapshot(T0 + later))
    assert len(placed(cut(started, T0 + later))) == more


def test_a_day_s_loss_stops_buying_until_a_person_resumes_on_another_day() -> None:
    day = 86_400 * SECOND
    venue = forty_sixty()
    started = engine(seat(bid_at(50)), limits=with_limits(loss_max=DOLLAR))
    told(started, *opening(venue, at=T0))
    cut(started, T0)
    assert started.standing.loss == 0
    # ten shares bought at 50 cents are worth 40 cents each at the best bid
    told(started, fill("f1", FIRST, 50, 10))
    (refused,) = cut(started, T0 + SECOND)
    assert isinstance(refused, OrderRefused)
    assert started.standing.loss == DOLLAR
    assert (refused.rule, refused.reason) == ("breaker", "lost $1.00 today")
    told(started, OperatorCommand(Ns(T0), Operation.RESUME, "seen", "me"))
    (refused,) = cut(started, T0 + 2 * SECOND)
    assert isinstance(refused, OrderRefused)
    assert (refused.rule, refused.reason) == ("daily_loss", "lost $1.00 today")
    told(started, venue.snapshot(day))
    assert len(placed(cut(started, day))) == 1
    assert started.standing.loss == 0


def test_a_loss_that_nobody_has_seen_bars_buying_on_the_next_day_too() -> None:
    day = 86_400 * SECOND
    venue = forty_sixty()
    started = engine(seat(bid_at(50)), limits=with_limits(loss_max=DOLLAR))
    told(started, *opening(venue, at=T0))
    cut(started, T0)
    told(started, fill("f1", FIRST, 50, 10))
    cut(started, T0 + SECOND)
    told(started, venue.snapshot(day))
    assert placed(cut(started, day)) == []
    assert started.standing.loss == 0


def test_a_day_s_loss_pulls_the_buys_that_rest_and_leaves_the_sales() -> None:
    wants = (quote(BUY, 50, 10), quote(BUY, 30, 20, "m-no"), quote(SELL, 55, 5))
    started = engine(seat(Scripted(lambda _: wants)), limits=with_limits(loss_max=DOLLAR))
    told(started, *opening(forty_sixty(), at=T0))
    assert len(placed(cut(started, T0))) == 2
    told(started, fill("f1", FIRST, 50, 10))
    sold = cut(started, T0 + 1)
    assert [order.side for order in placed(sold)] == [BUY, SELL]
    commands = cut(started, T0 + SECOND)
    assert started.standing.loss == DOLLAR
    buys = [order for order in started.ledger.open_orders.values() if order.command.side is BUY]
    assert len(buys) == 2
    assert sorted(cancelled(commands)) == sorted(order.command.order_id for order in buys)


def test_a_restart_does_not_forget_the_day_s_loss() -> None:
    again = engine(seat(bid_at(50)), limits=with_limits(loss_max=DOLLAR))
    again.recover(RunStarted(Ns(T0), RunId("first"), "b", "c", Money(1_000 * DOLLAR)))
    again.recover(DayOpened(0, Money(1_002 * DOLLAR)))
    begun = [event for event in opening(forty_sixty(), at=T0) if not isinstance(event, RunStarted)]
    told(again, RunStarted(Ns(T0), RunId("second"), "b", "c", Money(0)), *begun)
    (refused,) = cut(again, T0 + SECOND)
    assert isinstance(refused, OrderRefused)
    assert refused.reason == "lost $2.00 today"


def test_the_loss_is_valued_once_a_second() -> None:
    started = with_order(bid_at(50))
    told(started, fill("f1", FIRST, 50, 10))
    cut(started, T0 + SECOND - 1)
    assert started.standing.loss == 0
    cut(started, T0 + SECOND)
    assert started.standing.loss == DOLLAR
    assert started.standing.valued.traded == 999 * DOLLAR


def test_shares_without_a_book_are_worth_what_they_cost_and_without_a_bid_nothing() -> None:
    venue = forty_sixty()
    started = engine(seat(Scripted(lambda _: ())))
    order = placed(cut(running(bid_at(50)), T0))[0]
    for record in (InstrumentListed(Ns(T0), market()), order, fill("f1", FIRST, 50, 10)):
        started.recover(record)
    told(started, *opening(venue, at=T0)[:-1])
    cut(started, T0)
    assert started.standing.valued.traded == started.standing.equity == 1_000 * DOLLAR
    told(started, venue.delta(T0, (BID, 40, 0)), venue.snapshot(T0 + SECOND))
    cut(started, T0 + SECOND)
    assert started.standing.valued.traded == started.standing.equity == 995 * DOLLAR
    told(started, fill("f2", FIRST, 50, 0), InstrumentDropped(Ns(T0), M))
    cut(started, T0 + 2 * SECOND)
    assert started.standing.valued.traded == 995 * DOLLAR, "what the first book of the day said"


def test_no_loss_is_known_before_the_first_cut() -> None:
    assert engine(seat(bid_at(50))).standing.loss == 0


def test_markets_listed_together_share_a_limit() -> None:
    names = ("a", "b", "c")
    wants = Scripted(lambda view: (quote(BUY, 50, 10, view.market.outcomes[0].instrument),))
    started = engine(seat(wants), limits=with_limits(group_exposure_max=8 * DOLLAR))
    told(started, *opening(*(forty_sixty(name) for name in names), at=T0))
    for name, group in (("a", "g"), ("b", "g"), ("c", "other")):
        told(started, InstrumentListed(Ns(T0), market(name, group=group)))
    commands = cut(started, T0)
    assert [order.market for order in placed(commands)] == ["a", "c"]
    assert [command.rule for command in commands if isinstance(command, OrderRefused)] == [
        "group_exposure"
    ]


def test_shares_of_a_market_that_is_no_longer_watched_count_for_its_group() -> None:
    wants = Scripted(lambda view: (quote(BUY, 50, 10, view.market.outcomes[0].instrument),))
    started = engine(seat(wants), limits=with_limits(group_exposure_max=8 * DOLLAR))
    started.recover(RunStarted(Ns(1), RunId("before"), "", "", Money(100 * DOLLAR)))
    started.recover(InstrumentListed(Ns(1), market("a", group="g")))
    started.recover(place("before-1", BUY, 50, 10, instrument="a-yes"))
    started.recover(fill("f1", "before-1", 50, 10))
    told(started, *opening(forty_sixty("b"), at=T0))
    told(started, InstrumentListed(Ns(T0), market("b", group="g")))
    (refused,) = cut(started, T0)
    assert isinstance(refused, OrderRefused)
    assert refused.reason == "group exposure could reach $10"


def test_a_market_alone_is_its_own_group() -> None:
    started = engine(
        seat(Scripted(lambda _: (quote(BUY, 50), quote(BUY, 40)))),
        limits=with_limits(group_exposure_max=8 * DOLLAR),
    )
    told(started, *opening(forty_sixty(), at=T0))
    assert len(placed(cut(started, T0))) == 1
