"""What an earlier run left resting: kept while its market is not listed and its book not told."""

import pytest
from tests.unit.core.building import (
    BUY,
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
    seat,
    told,
)
from tests.unit.core.guarding import RESTING
from tests.unit.core.started import T0

from polywire.core.engine.engine import Engine
from polywire.core.execution.exits import ExitPlan
from polywire.core.ids import OrderId, RunId
from polywire.core.model.account import OrderAccepted
from polywire.core.model.control import RunStarted
from polywire.core.model.market import InstrumentListed
from polywire.core.units import Money, Ns

MINUTE = 60 * SECOND


def taken_up(exits: ExitPlan | None = RESTING, name: str = "s") -> Engine:
    """A new run, before anything is listed: ten shares are held and rest at 50 cents."""
    mine = seat(Scripted(lambda _: (), name), patience=2 * SECOND)
    mine.exits = exits
    again = engine(mine)
    for record in (
        InstrumentListed(Ns(1), market()),
        place("o1", BUY, 40),
        fill("f1", "o1", 40),
        place("o2", SELL, 50),
        OrderAccepted(Ns(1), OrderId("o2")),
    ):
        again.recover(record)
    told(again, RunStarted(Ns(T0), RunId("second"), "b", "c", Money(0)))
    return again


def test_a_kept_target_rests_through_the_start_and_goes_on_once_its_book_is_told() -> None:
    again = taken_up()
    assert cancelled(cut(again, T0)) == []
    told(again, InstrumentListed(Ns(T0 + 20 * SECOND), market()))
    assert cancelled(cut(again, T0 + 20 * SECOND)) == []
    told(again, *opening(forty_sixty(), at=T0 + 21 * SECOND)[2:])
    commands = cut(again, T0 + 21 * SECOND)
    assert (cancelled(commands), placed(commands)) == ([], [])
    assert cancelled(cut(again, T0 + 25 * SECOND)) == []


def test_patience_with_a_book_that_does_not_come_begins_when_it_is_looked_at() -> None:
    again = taken_up()
    told(again, InstrumentListed(Ns(T0), market()))
    assert cancelled(cut(again, T0)) == []
    assert cancelled(cut(again, T0 + 2 * SECOND - 1)) == []
    assert cancelled(cut(again, T0 + 3 * SECOND)) == ["o2"]


@pytest.mark.parametrize("exits", [RESTING, None])
def test_what_rests_on_a_market_that_is_not_listed_for_a_minute_is_abandoned(
    exits: ExitPlan | None,
) -> None:
    again = taken_up(exits)
    assert cancelled(cut(again, T0 + SECOND)) == []
    assert cancelled(cut(again, T0 + MINUTE - 1)) == []
    assert cancelled(cut(again, T0 + 2 * MINUTE)) == ["o2"]


def test_what_a_strategy_left_that_is_gone_does_not_wait_for_the_markets() -> None:
    assert cancelled(cut(taken_up(name="other"), T0)) == ["o2"]
