"""What one strategy may lose in a UTC day: then it sells, and all others go on."""

from dataclasses import replace

import pytest
from tests.unit.core.building import (
    BUY,
    DOLLAR,
    SECOND,
    SELL,
    SHARE,
    YES,
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
from tests.unit.core.started import T0

from polywire.core.engine.engine import Engine
from polywire.core.engine.roster import Seat
from polywire.core.ids import OrderId, RunId, StrategyId
from polywire.core.ledger.dump import dump, load
from polywire.core.ledger.foreign import MANUAL
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.command import DayOpened, Mark, OrderRefused
from polywire.core.model.control import Cut, RunStarted
from polywire.core.model.market import InstrumentListed
from polywire.core.model.reckoning import Correction, PositionHandedOver
from polywire.core.units import Money, Ns, Quantity

DAY = 86_400 * SECOND
A, B = StrategyId("a"), StrategyId("b")


def bounded(name: str, cents: int, loss: int | None = DOLLAR) -> Seat:
    """A strategy that buys at a price, sells what it holds at 55, and may lose so much."""
    wants = (quote(BUY, cents), quote(SELL, 55, 5))
    return replace(seat(Scripted(lambda _: wants, name)), loss_max=loss and Money(loss))


def two(*, loss: int | None = DOLLAR) -> Engine:
    """Both quote; `a` has just bought ten shares at 50 cents that bring 40."""
    started = engine(bounded("a", 50, loss), bounded("b", 30))
    told(started, *opening(forty_sixty(), at=T0))
    first, _ = placed(cut(started, T0))
    told(started, fill("f1", first.order_id, 50, 10))
    return started


def refusals(commands: object) -> list[tuple[str, str, str]]:
    assert isinstance(commands, list)
    told_no = [one for one in commands if isinstance(one, OrderRefused)]
    return [(one.strategy, one.rule, one.reason) for one in told_no]


def test_who_lost_its_part_of_the_risk_sells_and_the_others_go_on() -> None:
    started = two()
    between = cut(started, T0 + 1)
    assert [(order.strategy, order.side) for order in placed(between)] == [(A, BUY), (A, SELL)]
    resting = [order.order_id for order in placed(between) if order.side is BUY]
    after = cut(started, T0 + SECOND)
    assert started.standing.lost(A) == DOLLAR
    assert started.standing.lost(B) == 0
    assert cancelled(after) == resting
    orders = started.ledger.open_orders.values()
    assert [
        (each.command.strategy, each.command.side) for each in orders if not each.cancelling
    ] == [(B, BUY), (A, SELL)]


@pytest.mark.parametrize(("loss", "spent"), [(DOLLAR, True), (DOLLAR + 1, False), (None, False)])
def test_the_bound_is_met_to_the_micro_or_is_none(loss: int | None, spent: bool) -> None:
    started = two(loss=loss)
    assert bool(refusals(cut(started, T0 + SECOND))) is spent
    why = "lost its loss_max of $1.00 today" if spent else ""
    assert started.standing.spent(A) == why


def test_a_price_that_turns_does_not_have_it_buy_again_on_that_day_but_on_the_next() -> None:
    started = two()
    (said,) = refusals(cut(started, T0 + SECOND))
    assert said == ("a", "strategy_loss", "lost its loss_max of $1.00 today")
    better = forty_sixty()
    told(started, better.delta(T0 + 2 * SECOND, (0, 45, 100)))
    told(started, better.snapshot(T0 + 2 * SECOND))
    bought = [order.side for order in placed(cut(started, T0 + 2 * SECOND))]
    assert started.standing.lost(A) == DOLLAR // 2
    assert BUY not in bought
    told(started, better.snapshot(DAY))
    assert (A, BUY) in [(order.strategy, order.side) for order in placed(cut(started, DAY))]
    assert started.standing.lost(A) == 0


def opened(started: Engine, at: int) -> list[DayOpened]:
    return [one for one in started.handle(Cut(Ns(at))) if isinstance(one, DayOpened)]


def again(*rows: DayOpened) -> Engine:
    """Another run of the same day, in which `a` already held the shares."""
    later = engine(bounded("a", 50), bounded("b", 30))
    later.recover(RunStarted(Ns(T0), RunId("first"), "", "", Money(1_000 * DOLLAR)))
    for row in (*rows, InstrumentListed(Ns(T0), market())):
        later.recover(row)
    later.recover(place("first-1", BUY, 50, 10, strategy="a"))
    later.recover(fill("f1", "first-1", 50, 10))
    begun = [one for one in opening(forty_sixty(), at=T0) if not isinstance(one, RunStarted)]
    told(later, RunStarted(Ns(T0), RunId("second"), "", "", Money(0)), *begun)
    return later


def test_a_restart_does_not_forget_what_a_strategy_lost() -> None:
    begun = DayOpened(0, Money(1_000 * DOLLAR), ((A, Money(0)), (B, Money(0))))
    later = again(begun)
    assert opened(later, T0 + SECOND) == []
    assert later.standing.lost(A) == DOLLAR
    assert later.standing.spent(A)
    kept = Ledger()
    load(kept, dump(later.ledger))
    assert kept.opened == begun


def test_results_of_a_day_that_an_older_build_opened_count_from_the_restart() -> None:
    later = again(DayOpened(0, Money(1_002 * DOLLAR)))
    assert opened(later, T0 + SECOND) == [
        DayOpened(
            0,
            Money(1_002 * DOLLAR),
            ((A, Money(-DOLLAR)), (B, Money(0))),
            (Mark(A, YES, Money(-DOLLAR), True),),
        )
    ]
    assert (later.standing.lost(A), later.standing.loss) == (0, 3 * DOLLAR)


def test_what_is_taken_over_is_no_gain_or_loss_of_who_takes_it() -> None:
    started = two()
    cut(started, T0 + 1)
    before = started.standing.value()
    started.ledger.correct(Correction(MANUAL, YES, Quantity(20 * SHARE), Money(0), Money(0)))
    paid = Money(11 * DOLLAR)  # they would bring 8
    started.ledger.hand_over(PositionHandedOver(MANUAL, B, YES, Quantity(20 * SHARE), paid))
    started.standing.move_day(before)
    cut(started, T0 + SECOND)
    assert (started.standing.lost(A), started.standing.lost(B)) == (DOLLAR, 0)
    assert started.ledger.opened.results == ((A, Money(0)), (B, Money(-3 * DOLLAR)))
    assert started.ledger.orders[OrderId("run-1")].command.strategy == A
