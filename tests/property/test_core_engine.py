"""The whole engine under reckless strategies: limits, recovery from any record, determinism."""

import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.property.core_wire import NAMES
from tests.property.core_world import KINDS, Program, World
from tests.unit.core.building import engine, told

from polywire.core.engine.engine import Engine
from polywire.core.ledger.dump import dump, load
from polywire.core.ledger.ledger import Ledger
from polywire.core.ledger.report import differences
from polywire.core.model.account import AccountReported
from polywire.core.model.command import PlaceOrder
from polywire.core.model.market import InstrumentListed, MarketResolved
from polywire.core.units import Money, Quantity

ROOT = Path(__file__).resolve().parents[2]

programs = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 99), st.integers(0, 99)),
    min_size=20,
    max_size=120,
)


def chance(seed: int, length: int) -> Program:
    dice = random.Random(seed)
    return [(dice.choice(KINDS), dice.randrange(100), dice.randrange(100)) for _ in range(length)]


def state(ledger: Ledger) -> object:
    """Everything the ledger would tell anyone; when an order was sent is not part of it."""
    return (
        ledger.cash,
        ledger.reserved,
        ledger.exposure,
        {name: amount for name, amount in ledger.exposures.items() if amount},
        {name: amount for name, amount in ledger.strategy_exposures.items() if amount},
        [
            (order.command, order.state, order.filled, order.reserved, order.cancelling)
            for order in ledger.orders.values()
        ],
        list(ledger.open_orders),
        {
            instrument: [order.command.order_id for order in ledger.open_on(instrument)]
            for instrument in ledger.markets
        },
        {key: holding for key, holding in ledger.holdings.items() if holding.now.cash},
        ledger.fills,
        ledger.payouts,
        sorted(set(ledger.must_watch())),
    )


def recovered(rows: list[object]) -> Engine:
    again = engine()
    for row in rows:
        again.recover(row)  # type: ignore[arg-type]
    return again


@given(programs)
def test_no_order_breaks_a_limit_whatever_the_strategies_want(program: Program) -> None:
    world = World().run(program)  # the wire asserts at every order
    ledger = world.engine.ledger
    assert ledger.cash == world.wire.cash
    positions = tuple(
        (instrument, Quantity(world.wire.together(instrument)))
        for instrument in sorted({name for _, name in world.wire.held})
    )
    report = AccountReported(world.rows[0].recv_ns, Money(world.wire.cash), positions)  # type: ignore[union-attr]
    assert list(differences(ledger, report, 0)) == []


def test_a_final_fill_that_is_said_to_be_undone_later_stays() -> None:
    world = World()
    for step in [("cut", 30, 0), ("cut", 41, 0), ("cut", 99, 0), ("fill", 0, 3)]:
        world.step(*step)
    held = dict(world.wire.held)
    assert sum(held.values()) > 0
    world.step("settle", 0, 0)
    world.step("settle", 0, 1)
    world.run([("cut", 99, 0)] * 5)
    assert {key: shares for key, shares in world.wire.held.items() if shares} == held
    assert world.engine.ledger.cash == world.wire.cash


def test_the_reckless_world_is_worth_running() -> None:
    worlds = [World().run(chance(seed, 300)) for seed in range(20)]
    rows = [row for world in worlds for row in world.rows]
    seen = {type(row).__name__ for row in rows}
    orders = [row for row in rows if isinstance(row, PlaceOrder)]
    assert len(orders) >= 100
    assert sum(not order.time_in_force.rests for order in orders) >= 5, "who is sold out sells"
    assert {"OrderRefused", "CancelOrder", "OrderFilled", "FillSettled", "GapClosed"} <= seen
    refused = {row.rule for row in rows if type(row).__name__ == "OrderRefused"}  # type: ignore[union-attr]
    assert {"position_worst_case", "self_trade", "price_on_grid", "order_size"} <= refused


@example([("resolve", 81, 0), *[("cut", 0, 0)] * 18, ("book", 1, 0)], 0)  # over, and forgotten
@given(programs, st.integers(0, 10_000))
def test_a_ledger_recovered_at_any_record_continues_as_if_never_stopped(
    program: Program, split: int
) -> None:
    world = World().run(program)
    whole = state(world.engine.ledger)
    cut = split % (len(world.rows) + 1)
    before = recovered(list(world.rows[:cut]))
    for row in world.rows[cut:]:
        before.recover(row)
    assert state(before.ledger) == whole
    after_a_dump = engine()
    load(after_a_dump.ledger, dump(recovered(list(world.rows[:cut])).ledger))
    for row in world.rows[cut:]:
        after_a_dump.recover(row)
    assert state(after_a_dump.ledger) == whole


@given(programs, programs)
def test_facts_handled_after_a_recovery_change_the_ledger_as_before(
    program: Program, more: Program
) -> None:
    world = World().run(program)
    again = recovered(list(world.rows))
    assert state(again.ledger) == state(world.engine.ledger)
    here = len(world.rows)
    world.run(more)
    for row in world.rows[here:]:
        if isinstance(row, InstrumentListed | MarketResolved) or hasattr(row, "fill_id"):
            told(again, row)  # type: ignore[arg-type]
        else:
            again.recover(row)
    assert state(again.ledger) == state(world.engine.ledger)


def digest(seeds: int = 3) -> str:
    """All rows of a few worlds as bytes, hashed."""
    rows = [row for seed in range(seeds) for row in World().run(chance(seed, 200)).rows]
    return hashlib.sha256(msgspec.msgpack.encode(rows)).hexdigest()


# An installed package may be called "tests" too; ours is the folder.
ELSEWHERE = """
import sys, types
sys.modules["tests"] = ours = types.ModuleType("tests")
ours.__path__ = ["tests"]
from tests.property.test_core_engine import digest
print(digest())
"""


@pytest.mark.parametrize("seed", ["0", "1"])
def test_the_same_events_give_the_same_commands_under_any_hash_seed(seed: str) -> None:
    there = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert there.stderr == ""
    assert there.stdout.strip() == digest()


def test_the_world_lists_both_markets() -> None:
    assert list(World().engine.watch.books) == list(NAMES)
