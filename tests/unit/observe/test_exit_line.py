"""Each position says what would sell it now, at which prices, or what is in the way."""

import pytest
from msgspec import structs
from tests.unit.core.building import (
    CENT,
    DOLLAR,
    MS,
    SECOND,
    SHARE,
    WS,
    Scripted,
    cut,
    engine,
    fill,
    forty_sixty,
    market,
    opening,
    placed,
    quote,
    seat,
    told,
)
from tests.unit.core.guarding import RESTING, WATCH, Held
from tests.unit.core.test_ladder import LAID_OUT

from polywire.core.model.control import Operation, OperatorCommand
from polywire.core.model.instrument import Side
from polywire.core.model.market import GapOpened, InstrumentListed
from polywire.core.units import Money, Ns, Price
from polywire.observe.exit_line import ExitLine
from polywire.observe.status import engine_status


def line(held: Held) -> ExitLine:
    (one,) = engine_status(held.engine, "synthetic").positions
    return one.exit


def without(held: Held) -> int:
    return engine_status(held.engine, "synthetic").positions_without_exit


def test_an_armed_exit_names_every_trigger_with_its_price_and_shares() -> None:
    plan = structs.replace(LAID_OUT, trail_odds=500_000, before_end_ns=60 * SECOND, attempts_max=2)
    held = Held(plan)
    held.tell(InstrumentListed(Ns(held.now), market(end_ns=Ns(held.now + 600 * SECOND))))
    end = held.now + 540 * SECOND
    held.cut()
    found = line(held)
    assert (found.state, found.why, without(held)) == ("armed", "", 0)
    five, ten = 5 * SHARE, 10 * SHARE
    assert [(one.cause, one.price, one.at_ns, one.shares) for one in found.levels] == [
        ("target", 50 * CENT, None, five),
        ("target", 60 * CENT, None, five),
        ("stop", 30 * CENT, None, ten),
        ("trail", 279_426, None, ten),  # half a log-odds under 39 cents
        ("end", None, end, ten),
    ]


@pytest.mark.parametrize(
    ("stop", "where"),
    [(41, "below zero"), (40, "at zero"), (36, "under the floor of 0.05")],
)
def test_a_stop_under_every_price_is_no_stop_and_alone_no_exit(stop: int, where: str) -> None:
    """Bought at 40 cents, and never sold under 5."""
    lacks = f"no stop: it would be {where}"
    held = Held(structs.replace(WATCH, stop=Price(stop * CENT)))
    held.cut()
    assert [one.cause for one in line(held).levels] == ["target"]
    assert (line(held).state, line(held).told, without(held)) == ("armed", lacks, 0)
    alone = Held(structs.replace(WATCH, target=None, stop=Price(stop * CENT)))
    alone.cut()
    assert (line(alone).state, line(alone).told, without(alone)) == ("none", lacks, 1)
    last = Held(structs.replace(WATCH, target=None, stop=Price(35 * CENT)))
    last.cut()
    assert (line(last).state, line(last).told, without(last)) == ("armed", "", 0)


def test_a_sale_under_way_is_selling_and_one_in_vain_is_said() -> None:
    held = Held(structs.replace(WATCH, attempts_max=1))
    held.cut()
    held.book((30, 100))
    (order,) = placed(held.cut())
    assert (line(held).state, line(held).why, without(held)) == (
        "selling",
        "1 sales tried: stop",
        0,
    )
    held.gone(order.order_id)
    held.cut()
    assert (line(held).state, line(held).why) == ("armed", "1 sales in vain: stop")


def test_what_was_not_looked_at_is_waiting() -> None:
    held = Held(WATCH)
    assert (line(held).state, without(held)) == ("waiting", 1)
    assert line(held).levels == []


def test_a_halt_doubt_and_missing_bids_are_in_the_way() -> None:
    held = Held(RESTING)
    held.cut()
    held.book()
    held.cut()
    assert line(held).why == "nobody bids for an order: it waits for bids, or for the resolution"
    held.book((39, 100))
    held.cut()
    assert line(held).state == "armed"
    held.tell(GapOpened(Ns(held.now), held.exit.market, WS, "lost"))
    held.cut(10 * MS)
    found = line(held)
    assert (found.state, found.why) == ("waiting", "its book is not to be trusted: lost")
    assert [one.cause for one in found.levels] == ["target", "stop"]
    held.tell(OperatorCommand(Ns(held.now), Operation.HALT, "lunch"))
    assert line(held).why == "trading is halted: lunch"
    assert without(held) == 1


def test_dust_names_the_least_that_frees_it_and_what_that_costs() -> None:
    held = Held(WATCH)
    held.cut()
    held.book((30, 100), ask=41)
    held.tell(fill("f1", placed(held.cut())[0].order_id, 30, 6))
    found = line(held)
    assert (found.state, without(held)) == ("dust", 1)
    assert found.why == (
        "fewer than the 5 of an order: wait for the resolution, or buy 5 for $2.05 and sell all"
    )
    assert (found.free_by_buying, found.free_for_micros) == (5 * SHARE, 205 * CENT)


def test_dust_for_which_nobody_asks_has_no_price() -> None:
    held = Held(WATCH)
    held.cut()
    held.book((30, 100))
    held.tell(fill("f1", placed(held.cut())[0].order_id, 30, 6))
    held.venue.asks.clear()
    held.tell(held.venue.snapshot(held.now + MS))
    found = line(held)
    assert found.why.endswith("or buy 5 and sell all")
    assert found.free_for_micros is None


def test_a_position_without_a_plan_has_no_exit_and_counts() -> None:
    made = engine(seat(Scripted(lambda _: (quote(Side.BUY, 40),))))
    told(made, *opening(forty_sixty(), at=100 * SECOND))
    cut(made, 100 * SECOND)
    told(made, fill("f1", "run-1", cents=40, shares=10))
    status = engine_status(made, "synthetic")
    assert [one.exit.state for one in status.positions] == ["none"]
    assert status.positions_without_exit == 1
    made.roster.seats.clear()
    (one,) = engine_status(made, "synthetic").positions
    assert one.exit.why == "its strategy is not in this run"


def test_what_is_too_little_for_the_whole_is_what_all_would_bring() -> None:
    held = Held(WATCH)
    held.cut()
    (stop,) = [one for one in line(held).levels if one.cause == "stop"]
    assert stop.price == Price(DOLLAR * 3 // 10)
    assert Money(stop.shares) == 10 * SHARE
