"""Exits against a naive twin: never oversold, one side sells, and what is to be sold gets sold."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.property.exit_twin import BEFORE_END
from tests.property.exit_world import KINDS, Program, World
from tests.unit.core.building import SHARE, engine

from polywire.core.execution.exits import ExitStyle
from polywire.core.ledger.dump import dump, load
from polywire.core.model.command import ExitMoved, PlaceOrder
from polywire.core.model.market import MarketResolved

programs = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 99), st.integers(0, 99)),
    min_size=20,
    max_size=150,
)
styles = st.sampled_from(ExitStyle)
ends = st.sampled_from(BEFORE_END)


def chance(seed: int, length: int) -> Program:
    dice = random.Random(seed)
    return [(dice.choice(KINDS), dice.randrange(100), dice.randrange(100)) for _ in range(length)]


def with_and_without_restart(
    style: ExitStyle, end: int | None, program: Program, *, grown: bool
) -> tuple[World, World]:
    """Two worlds with the same past, of which the second was begun again from its rows."""
    on, again = (World(style, end, grown=grown).run(program) for _ in range(2))
    for world in (on, again):
        world.settle()
    again.step("restart", 0, 0)
    return on, again


@given(styles, ends, st.booleans(), programs)
def test_nothing_is_oversold_and_one_side_sells_whatever_happens(
    style: ExitStyle, end: int | None, grown: bool, program: Program
) -> None:
    World(style, end, grown=grown).run(program)  # the twin asserts at every order


@given(styles, ends, st.booleans(), programs)
def test_whatever_went_before_a_crash_through_the_stop_is_sold(
    style: ExitStyle, end: int | None, grown: bool, program: Program
) -> None:
    world = World(style, end, grown=grown).run(program)
    world.honest()
    assert world.twin.held < max(world.size_min, 2 * world.size_min - SHARE)


@given(styles, st.booleans(), programs, st.integers(0, 10_000))
def test_a_restart_at_any_record_knows_each_exit_as_it_was_told(
    style: ExitStyle, grown: bool, program: Program, split: int
) -> None:
    rows = World(style, grown=grown).run(program).rows
    rows = rows[: split % (len(rows) + 1)]
    expected: dict[tuple[str, str], ExitMoved] = {}
    again = engine()
    for row in rows:
        again.recover(row)
        if isinstance(row, ExitMoved):
            expected[row.strategy, row.instrument] = row
        elif isinstance(row, MarketResolved):
            expected.clear()
    assert again.ledger.exits == expected
    dumped = engine()
    load(dumped.ledger, dump(again.ledger))
    assert dumped.ledger.exits == expected


@given(styles, ends, st.booleans(), programs, programs)
def test_after_a_restart_it_sells_what_it_would_have_sold_without(
    style: ExitStyle, end: int | None, grown: bool, program: Program, later: Program
) -> None:
    on, again = with_and_without_restart(style, end, program, grown=grown)
    assert on.later(later) == again.later(later)


@pytest.mark.parametrize("style", ExitStyle)
def test_after_a_restart_in_a_busy_world_it_sells_the_same(style: ExitStyle) -> None:
    sales = 0
    for seed in range(60):
        end, grown = BEFORE_END[seed % 3], seed % 2 == 1
        on, again = with_and_without_restart(style, end, chance(seed, 60), grown=grown)
        sold = on.later(chance(100 + seed, 40))
        assert sold == again.later(chance(100 + seed, 40))
        sales += len(sold)
    assert sales > 20


@pytest.mark.parametrize("grown", [False, True])
@pytest.mark.parametrize("style", ExitStyle)
def test_the_world_of_exits_is_worth_running(style: ExitStyle, grown: bool) -> None:
    rows = [
        row
        for seed in range(12)
        for row in World(style, BEFORE_END[seed % 3], grown=grown).run(chance(seed, 300)).rows
    ]
    told = {(str(row.step), str(row.cause)) for row in rows if isinstance(row, ExitMoved)}
    assert {
        ("armed", "None"),
        ("selling", "stop"),
        ("selling", "trail"),
        ("selling", "end"),
    } <= told
    assert ("left", "stop") in told
    sales = [row for row in rows if isinstance(row, PlaceOrder) and row.side]
    assert {str(row.time_in_force) for row in sales} >= {"IOC"}
    assert len(sales) > 30
    if grown:
        assert {row.layer for row in sales} == ({0, 1, 2} if style is ExitStyle.RESTING else {0})
        rungs = {row.rung for row in rows if isinstance(row, ExitMoved)}
        assert rungs == ({0} if style is ExitStyle.RESTING else {0, 1, 2})
