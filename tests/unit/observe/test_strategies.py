"""What each strategy of a run made: the parts add up to the whole, and each no has its rule."""

from msgspec import structs
from tests.unit.core.building import (
    BUY,
    SECOND,
    Scripted,
    cut,
    engine,
    fill,
    forty_sixty,
    opening,
    quote,
    seat,
    told,
)

from polywire.observe.exit_line import ExitLine, ExitState
from polywire.observe.status import engine_status, guarded_as
from polywire.observe.strategies import strategy_lines

T0 = 100 * SECOND


def test_a_strategy_s_profit_is_what_it_realised_and_what_it_holds_less_its_cost() -> None:
    """10 shares at 40 cents and a cent of fees, in two fills of one order; the bid is 40 cents."""
    buyer = Scripted(lambda _: (quote(BUY, 40),), "buyer")
    made = engine(seat(buyer), seat(Scripted(lambda _: (quote(BUY, 5, 20),), "refused")))
    told(made, *opening(forty_sixty(), at=T0))
    cut(made, T0)
    told(made, fill("f1", "run-1", cents=40, shares=4, fee=4_000))
    told(made, fill("f2", "run-1", cents=40, shares=6, fee=6_000))
    cut(made, T0 + 1)
    first, second = strategy_lines(made)
    assert (first.name, first.fills, first.positions) == ("buyer", 2, 1)
    assert (first.profit_micros, first.realised_micros) == (-10_000, 0)
    assert (first.worth_micros, first.fees_micros, first.refused) == (4_000_000, 10_000, {})
    assert (second.fills, second.profit_micros) == (0, 0)
    status = engine_status(made, "synthetic")
    assert sum(one.profit_micros for one in status.strategies) == status.profit_micros


def test_what_the_limits_refused_is_told_by_strategy_and_rule() -> None:
    off_grid = Scripted(lambda _: (structs.replace(quote(BUY, 40), price=400_001),), "grid")
    made = engine(seat(Scripted(lambda _: (), "quiet")), seat(off_grid))
    told(made, *opening(forty_sixty(), at=T0))
    cut(made, T0)
    quiet, grid = strategy_lines(made)
    assert (quiet.refused, grid.refused) == ({}, {"price_on_grid": 1})
    assert engine_status(made, "synthetic").orders.refused == 1


def test_a_clean_end_does_not_call_what_was_guarded_unguarded() -> None:
    made = engine(seat(Scripted(lambda _: (quote(BUY, 40),))))
    told(made, *opening(forty_sixty(), at=T0))
    cut(made, T0)
    told(made, fill("f1", "run-1", cents=40, shares=10))
    before, after = engine_status(made, "synthetic"), engine_status(made, "synthetic")
    before.positions[0].exit = ExitLine(ExitState.ARMED)
    after.positions[0].exit = ExitLine(ExitState.WAITING, "trading is halted: shutting down")
    guarded_as(before, after)
    assert after.positions[0].exit.state is ExitState.ARMED
    assert after.positions_without_exit == 0
