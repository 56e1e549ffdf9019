"""The venue's account against ours: what is told, what is put right, and what halts trading."""

import pytest
from tests.unit.core.building import (
    BUY,
    CENT,
    DOLLAR,
    LOOSE,
    SECOND,
    SELL,
    SHARE,
    YES,
    NaiveChecksum,
    Scripted,
    cut,
    fill,
    forty_sixty,
    market,
    opening,
    place,
    seat,
    told,
)

from polywire.core.engine.accountant import Reconciling
from polywire.core.engine.desk import Command
from polywire.core.engine.engine import Engine, EngineParameters
from polywire.core.engine.roster import Roster
from polywire.core.ids import FillId, InstrumentId, OrderId, StrategyId, VenueOrderId
from polywire.core.ledger.dump import dump, load
from polywire.core.ledger.foreign import MANUAL, VENUE
from polywire.core.ledger.order import OrderState
from polywire.core.model.account import (
    AccountReported,
    FillSettled,
    ForeignFill,
    OrderAccepted,
    OrderCancelled,
    OrderSigned,
    Settlement,
)
from polywire.core.model.command import CancelOrder, DayOpened, LookUpOrder, Mark
from polywire.core.model.control import Cut
from polywire.core.model.market import MarketResolved
from polywire.core.model.reckoning import Correction, DifferenceFound, PositionHandedOver
from polywire.core.units import Money, Ns, Price, Quantity

T0 = 100 * SECOND
S, T = StrategyId("s"), StrategyId("t")
O1, HASH = OrderId("o1"), VenueOrderId("0x" + "a" * 64)
IGNORE = Reconciling(tolerance=CENT, adopt=False, exits=None)
ADOPT = Reconciling(tolerance=CENT, adopt=True, exits=None)
TO_T = Reconciling(tolerance=CENT, adopt=True, exits=T)


def started(terms: Reconciling | None = IGNORE) -> Engine:
    """An engine with $1000 and 10 shares of Yes that a strategy without wishes bought for $5."""
    parameters = EngineParameters(
        limits=LOOSE, audit_ns=3_600 * SECOND, sell_pending=True, reconciling=terms
    )
    seats = [seat(Scripted(lambda _: (), name)) for name in ("s", "t")]
    engine = Engine(parameters, Roster(seats), NaiveChecksum)
    told(engine, *opening(forty_sixty(), cash=1_005, at=T0))
    sent(engine, "o0")
    told(engine, fill("f0", "o0"))
    engine.ledger.booked = 0
    cut(engine, T0)
    return engine


def sent(engine: Engine, order_id: str, side: int = BUY, shares: int = 10) -> None:
    """An order that rests at 50 cents."""
    order = place(order_id, BUY if side is BUY else SELL, 50, shares)
    engine.ledger.sent(order, Ns(T0))
    told(
        engine,
        OrderSigned(Ns(T0), OrderId(order_id), HASH),
        OrderAccepted(Ns(T0), OrderId(order_id)),
    )


def report(
    engine: Engine,
    seconds: float,
    dollars: float = 1_000,
    shares: float = 10,
    orders: dict[VenueOrderId, int] | None = None,
) -> list[Command]:
    """What the next cut says of a report."""
    at = T0 + int(seconds * SECOND)
    resting = None if orders is None else tuple((k, Quantity(v)) for k, v in orders.items())
    held = ((YES, Quantity(round(shares * SHARE))),) if shares else ()
    told(engine, AccountReported(Ns(at), Money(round(dollars * DOLLAR)), held, resting))
    return cut(engine, at)


def foreign(shares: int = 3, settlement: Settlement = Settlement.FINAL) -> ForeignFill:
    return ForeignFill(
        Ns(T0),
        Ns(T0),
        VenueOrderId("0xbb"),
        FillId("x1"),
        YES,
        BUY,
        Price(50 * CENT),
        Quantity(shares * SHARE),
        Money(0),
        True,
        settlement,
    )


def test_an_account_that_agrees_says_nothing() -> None:
    engine = started()
    assert report(engine, 1) == report(engine, 2, orders={}) == []
    assert engine.standing.halted == ""


def test_without_terms_any_difference_halts_at_once_and_is_told() -> None:
    engine = started(None)
    assert report(engine, 1, dollars=999.999999) == [
        DifferenceFound("cash", 1_000_000_000, 999_999_999, ""),
    ]
    assert engine.standing.halted == "reconciliation: cash is 999.999999, expected 1000"
    assert engine.ledger.cash == 1_000 * DOLLAR


def test_a_difference_is_told_once_and_put_right_when_it_is_said_again() -> None:
    engine = started()
    assert report(engine, 1, dollars=1_000.005, shares=9.995) == [
        DifferenceFound("cash", 1_000_000_000, 1_000_005_000, ""),
        DifferenceFound("m-yes", 10_000_000, 9_995_000, ""),
    ]
    assert (engine.ledger.cash, engine.ledger.held(YES)) == (1_000 * DOLLAR, 10 * SHARE)
    assert report(engine, 2, dollars=1_000.005, shares=9.995) == [
        Correction(VENUE, None, Quantity(0), Money(5_000)),
        Correction(S, YES, Quantity(-5_000), Money(0)),
    ]
    assert (engine.ledger.cash, engine.ledger.held(YES)) == (1_000_005_000, 9_995_000)
    assert engine.ledger.position(S, YES).held == 9_995_000, "nobody can sell what is not there"
    assert report(engine, 3, dollars=1_000.005, shares=9.995) == []
    assert engine.standing.halted == ""  # a cent is tolerated


@pytest.mark.parametrize(("dollars", "shares"), [(999.989999, 10), (1_000, 10.010001)])
def test_more_than_the_tolerance_halts_and_is_put_right_all_the_same(
    dollars: float, shares: float
) -> None:
    engine = started()
    report(engine, 1, dollars=dollars, shares=shares)
    assert engine.standing.halted == ""
    report(engine, 2, dollars=dollars, shares=shares)
    assert engine.standing.halted.startswith("reconciliation: ")
    assert engine.ledger.cash == round(dollars * DOLLAR)
    assert engine.ledger.held(YES) == round(shares * SHARE)


def test_a_difference_that_changes_or_passes_is_not_put_right() -> None:
    engine = started()
    for seconds, dollars in ((1, 990), (2, 991), (3, 1_000), (4, 990)):
        report(engine, seconds, dollars=dollars)
    assert engine.ledger.cash == 1_000 * DOLLAR
    assert engine.standing.halted == ""


def test_a_micro_a_fill_is_rounding() -> None:
    engine = started()
    engine.ledger.booked = 2
    assert report(engine, 1, dollars=1_000.000002) == [
        DifferenceFound("cash", 1_000_000_000, 1_000_000_002, "rounding")
    ]
    report(engine, 2, dollars=1_000.000002)
    assert (engine.ledger.cash, engine.ledger.booked) == (1_000_000_002, 0)


def test_a_taker_s_fill_may_be_rounded_by_a_step_of_its_fee() -> None:
    engine = started()
    sent(engine, "o1")
    told(engine, fill("f1", "o1", 50, 5), fill("f2", "o1", 50, 5, fee=20))
    assert engine.ledger.booked == 11
    ours = engine.ledger.cash / DOLLAR
    off = report(engine, 1, dollars=ours + 11e-6, shares=20)
    assert [one.explanation for one in off if isinstance(one, DifferenceFound)] == ["rounding"]
    off = report(engine, 2, dollars=ours + 12e-6, shares=20)
    assert [one.explanation for one in off if isinstance(one, DifferenceFound)] == [""]


def test_what_foreign_fills_moved_is_explained_and_put_right_without_a_halt() -> None:
    engine = started()
    told(engine, foreign(), foreign())  # the channel repeats itself
    first = report(engine, 1, dollars=998.5, shares=13)
    assert [one.explanation for one in first if isinstance(one, DifferenceFound)] == [
        *("foreign fills", "foreign fills"),
    ]
    report(engine, 2, dollars=998.5, shares=13)
    assert engine.ledger.cash == 998_500_000
    assert engine.ledger.position(VENUE, YES).held == 3 * SHARE
    assert engine.standing.halted == ""
    assert engine.ledger.foreign.fills == 1


def test_an_adopted_foreign_fill_is_a_position_that_can_be_undone() -> None:
    engine = started(ADOPT)
    told(engine, foreign(settlement=Settlement.PENDING))
    assert engine.ledger.position(MANUAL, YES).held == 3 * SHARE
    assert report(engine, 1, dollars=998.5, shares=13) == []
    told(engine, FillSettled(Ns(T0), FillId("x1"), Settlement.REVERSED))
    assert engine.ledger.position(MANUAL, YES).held == 0
    assert engine.ledger.cash == 1_000 * DOLLAR


def test_a_fill_that_may_be_on_its_way_has_half_a_minute() -> None:
    engine = started()
    sent(engine, "o1")
    first = report(engine, 1, dollars=995, shares=20)
    assert [one.explanation for one in first if isinstance(one, DifferenceFound)] == [
        "an order may just have filled",
        "an order may just have filled",
    ]
    report(engine, 30, dollars=995, shares=20)
    assert engine.ledger.held(YES) == 10 * SHARE
    report(engine, 31, dollars=995, shares=20)
    assert engine.ledger.held(YES) == 20 * SHARE
    assert engine.standing.halted.startswith("reconciliation: ")


def test_shares_of_a_market_that_nobody_watches_are_told_and_left_alone() -> None:
    engine = started()
    held = ((YES, Quantity(10 * SHARE)), (InstrumentId("far-yes"), Quantity(7)))
    for seconds in (1, 2, 3):
        told(engine, AccountReported(Ns(T0 + seconds), Money(1_000 * DOLLAR), held))
    assert cut(engine, T0 + 3) == [DifferenceFound("far-yes", 0, 7, "a market that is not watched")]
    assert engine.ledger.held(InstrumentId("far-yes")) == 0


def test_resolved_shares_count_as_what_they_will_pay() -> None:
    engine = started()
    told(engine, MarketResolved(Ns(T0), Ns(T0), market().id, (Money(DOLLAR), Money(0))))
    assert report(engine, 1, dollars=1_000, shares=10) == []
    assert report(engine, 2, dollars=1_010, shares=0) == []


def test_an_order_that_the_venue_does_not_show_is_looked_up() -> None:
    engine = started()
    sent(engine, "o1")
    cut(engine, T0)
    assert report(engine, 0.2, orders={HASH: 10 * SHARE}) == []
    said = report(engine, 0.4, orders={})
    assert DifferenceFound(HASH, 10 * SHARE, 0, "looked up") in said
    assert LookUpOrder(O1, HASH) in said
    told(engine, OrderAccepted(Ns(T0), O1))
    assert not any(isinstance(one, LookUpOrder) for one in cut(engine, T0 + 19 * SECOND // 10))


def test_an_order_of_which_less_rests_is_looked_up_for_its_fill() -> None:
    engine = started()
    sent(engine, "o1")
    assert LookUpOrder(O1, HASH) in report(engine, 0.5, orders={HASH: 4 * SHARE})


def test_an_order_that_rests_after_its_end_was_told_is_cancelled_once_that_is_sure() -> None:
    engine = started()
    sent(engine, "o1")
    told(engine, OrderCancelled(Ns(T0), O1, "asked"))
    report(engine, 1, orders={HASH: 10 * SHARE})
    assert not engine.ledger.open_orders
    said = report(engine, 2, orders={HASH: 10 * SHARE})
    assert CancelOrder(O1, "showed up late") in said
    assert engine.ledger.reserved == 5 * DOLLAR


@pytest.mark.parametrize("state", ["sent", "unknown", "missing"])
def test_an_order_that_the_venue_shows_is_open_whatever_was_said_of_it(state: str) -> None:
    engine = started()
    sent(engine, "o1")
    ledger = engine.ledger
    ledger._move(ledger.orders[O1], OrderState(state))
    report(engine, 1, orders={HASH: 10 * SHARE})
    assert ledger.orders[O1].state is OrderState.LIVE
    assert ledger.orders[O1].stray is (state == "missing")


def test_a_position_that_nobody_opened_can_be_handed_to_a_seat_with_exits() -> None:
    engine = started(TO_T)
    told(engine, foreign())
    said = report(engine, 1, dollars=998.5, shares=13)
    assert said == [PositionHandedOver(MANUAL, T, YES, Quantity(3 * SHARE), Money(1_500_000))]
    taken = engine.ledger.position(T, YES)
    assert (taken.held, taken.paid) == (3 * SHARE, 1_500_000)
    assert engine.ledger.position(MANUAL, YES).held == 0
    assert (engine.ledger.cash, engine.ledger.exposure) == (998_500_000, 6_500_000)


def test_shares_without_a_cost_are_handed_over_at_what_they_would_bring() -> None:
    engine = started(TO_T)
    report(engine, 1, shares=13)
    report(engine, 2, shares=13)
    taken = engine.ledger.position(T, YES)
    assert (taken.held, taken.paid) == (3 * SHARE, 1_200_000)  # the bid is 40 cents
    assert engine.ledger.position(VENUE, YES).realised == 1_200_000


@pytest.mark.parametrize("moved", [500, -400])
def test_what_is_paid_in_or_out_is_no_gain_or_loss_of_the_day(moved: int) -> None:
    engine = started()
    for seconds in (1, 2, 3):
        report(engine, seconds, dollars=1_000 + moved)
    assert engine.ledger.cash == (1_000 + moved) * DOLLAR
    assert engine.standing.loss == 0
    told(engine, fill("f1", "o0", 60, 10))  # at 60, worth 40
    cut(engine, T0 + 4 * SECOND)
    assert engine.standing.loss == 2 * DOLLAR


@pytest.mark.parametrize("terms", [IGNORE, ADOPT, TO_T])
def test_what_others_trade_is_no_gain_or_loss_of_the_day(terms: Reconciling) -> None:
    engine = started(terms)
    told(engine, foreign(100))
    for seconds in (1, 2, 3):
        report(engine, seconds, dollars=950, shares=110)
        assert engine.standing.loss == 0
    assert engine.ledger.cash == 950 * DOLLAR


def test_what_a_strategy_took_over_can_lose_from_then_on() -> None:
    engine = started(TO_T)
    told(engine, foreign(100))
    report(engine, 1, dollars=950, shares=110)
    told(engine, MarketResolved(Ns(T0), Ns(T0), market().id, (Money(0), Money(DOLLAR))))
    cut(engine, T0 + 3 * SECOND)
    assert engine.standing.loss == 44 * DOLLAR  # a hundred and ten that would bring 40 cents each


def test_a_day_that_was_moved_is_the_same_after_a_restart() -> None:
    engine, again = started(TO_T), started(TO_T)
    told(engine, foreign(100))
    report_of = AccountReported(
        Ns(T0 + 1), Money(950 * DOLLAR), ((YES, Quantity(110 * SHARE)),), None
    )
    told(engine, report_of)
    rows = engine.handle(Cut(Ns(T0 + 1)))
    # $1004 when it began, less $10 that MANUAL has lost, and that T does not lose with the shares
    marks = (Mark(S, YES, Money(-DOLLAR), True), Mark(T, YES, Money(-10 * DOLLAR), True))
    results = ((S, Money(-DOLLAR)), (T, Money(-10 * DOLLAR)))
    assert DayOpened(0, Money(994 * DOLLAR), results, marks) in rows
    for row in (foreign(100), *rows):
        again.recover(row)  # type: ignore[arg-type]
    assert again.ledger.opened.traded == engine.ledger.opened.traded
    assert again.ledger.holdings == engine.ledger.holdings


def test_what_was_put_right_is_right_after_a_restart_too() -> None:
    engine, again = started(TO_T), started(TO_T)
    told(engine, foreign())
    rows = [foreign()]
    for seconds in (1, 2):
        rows += report(engine, seconds, dollars=998.4, shares=14)  # type: ignore[arg-type]
    for row in rows:
        again.recover(row)
    assert again.ledger.cash == engine.ledger.cash == 998_400_000
    assert again.ledger.holdings == engine.ledger.holdings
    parameters = EngineParameters(limits=LOOSE, audit_ns=1, sell_pending=True)
    loaded = Engine(parameters, Roster([]), NaiveChecksum).ledger
    load(loaded, dump(engine.ledger))
    assert loaded.holdings == engine.ledger.holdings
    assert (loaded.cash, loaded.booked) == (engine.ledger.cash, engine.ledger.booked)
