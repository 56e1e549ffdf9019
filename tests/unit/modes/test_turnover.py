"""What is said of a strategy that comes or goes: what speaks against it, and what becomes of it."""

from dataclasses import replace
from pathlib import Path

from structlog.testing import capture_logs
from tests.unit.core.building import (
    BUY,
    Scripted,
    cut,
    engine,
    fill,
    forty_sixty,
    opening,
    placed,
    quote,
    seat,
    told,
)
from tests.unit.core.guarding import WATCH
from tests.unit.core.started import T0

from polywire.config.build import seat_from
from polywire.config.demo import demo_settings
from polywire.config.schema import dump
from polywire.core.engine.engine import Engine
from polywire.core.ids import RunId, StrategyId
from polywire.core.model.control import Operation, OperatorCommand, RunStarted
from polywire.core.model.conversion import Conversion
from polywire.core.units import Money, Ns
from polywire.journal.log import Journal
from polywire.modes.turnover import added, guarded, lacking, objection, said_again
from polywire.runtime.operator_door import Asked

A = StrategyId("a")


def held(*, exits: bool) -> Engine:
    """`a` holds a position."""
    plan = WATCH if exits else None
    made = engine(replace(seat(Scripted(lambda _: (quote(BUY, 50),), "a")), exits=plan))
    made.roster.seat_from = seat_from
    told(made, *opening(forty_sixty(), at=T0))
    (order,) = placed(cut(made, T0))
    told(made, fill("f1", order.order_id, 50, 10))
    return made


def asking(operation: Operation, subject: str) -> Asked:
    return Asked(operation, subject=subject)


def does(made: Engine, operation: Operation, subject: str) -> None:
    assert objection(made, asking(operation, subject)) == ""
    told(made, OperatorCommand(Ns(T0), operation, "", "me", subject))


def test_what_is_no_strategy_is_refused_in_a_sentence() -> None:
    made = held(exits=False)
    for text in ("", "{}", '{"name": "b"}', '"b"'):
        said = objection(made, asking(Operation.ADD, text))
        assert said.startswith("these settings make no strategy in this run (")
    assert objection(made, asking(Operation.RETIRE, "b")) == (
        "no strategy 'b' in this run; there are a"
    )
    assert objection(made, Asked(Operation.HALT)) == ""


def test_what_a_retired_strategy_holds_is_guarded_or_held_to_the_end() -> None:
    for exits, words in (
        (True, "its exits go on guarding 1 position"),
        (
            False,
            "it has no exits, so nothing sells what it holds (1 position) before the end; to sell: "
            "polywire strategies retire a --sell",
        ),
    ):
        made = held(exits=exits)
        does(made, Operation.RETIRE, "a")
        assert guarded(made, A) == [words]
        assert objection(made, asking(Operation.RETIRE, "a")).startswith("a is retired already; ")
        does(made, Operation.SELL_OUT, "a")
        for operation in (Operation.RETIRE, Operation.SELL_OUT):
            assert objection(made, asking(operation, "a")).startswith("a is being sold out already")


def test_who_comes_is_told_of_with_its_budget_and_takes_a_free_name() -> None:
    made = held(exits=False)
    settings = dump(demo_settings(1).strategies[0])
    does(made, Operation.ADD, settings)
    name = StrategyId("touch-1")
    assert added(made, name) == ["touch-1 is asked about 1 of 1 markets; budget $500.00"]
    assert objection(made, asking(Operation.ADD, settings)) == (
        "touch-1 is at work: polywire strategies retire touch-1 first, or give the new one another "
        "name"
    )
    made.roster.seats[name].halted = "ValueError"
    assert objection(made, asking(Operation.ADD, settings)).startswith("touch-1 was halted: ")


def test_who_needs_what_nothing_executes_is_left_out() -> None:
    needs = replace(seat(Scripted(lambda _: (), "a")), needs=frozenset(Conversion))
    assert lacking(needs).startswith("a needs ")
    assert lacking(seat(Scripted(lambda _: (), "a"))) == ""


def restarted(folder: Path, made: Engine, *words: tuple[Operation, str]) -> list[str]:
    """What the next run hears again of what the run before was told."""
    with Journal(folder, RunId("before")) as journal:
        journal.append(RunStarted(Ns(T0), RunId("before"), "", "", Money(0)), Ns(T0))
        for operation, subject in words:
            journal.append(OperatorCommand(Ns(T0), operation, "", "me", subject), Ns(T0))
    with Journal(folder, RunId("now")):
        again = said_again(made, folder, RunId("now"), Ns(T0))
    for one in again:
        made.handle(one)
    return [f"{one.operation} {one.subject[:20]}" for one in again]


def test_who_was_retired_or_sold_out_stays_so_after_a_restart(tmp_path: Path) -> None:
    for last in (Operation.RETIRE, Operation.SELL_OUT):
        made, folder = held(exits=True), tmp_path / last
        assert restarted(folder, made, (Operation.RETIRE, "a"), (last, "a")) == [f"{last} a"]
        assert made.roster.seats[A].retired
        assert made.roster.seats[A].sells_out is (last is Operation.SELL_OUT)


def test_who_was_added_is_there_after_a_restart_unless_it_left_with_nothing(tmp_path: Path) -> None:
    settings = dump(demo_settings(1).strategies[0])
    add, retire = (Operation.ADD, settings), (Operation.RETIRE, "touch-1")
    made = held(exits=False)
    assert len(restarted(tmp_path / "1", made, retire, add)) == 1
    assert "touch-1" in made.roster.seats
    assert restarted(tmp_path / "2", made, add) == [], "the file has it"
    assert restarted(tmp_path / "3", held(exits=False), add, retire) == []


def test_shares_of_nobody_are_told_of(tmp_path: Path) -> None:
    made = held(exits=False)
    del made.roster.seats[A]
    with capture_logs() as said:
        assert restarted(tmp_path, made, (Operation.RETIRE, "a")) == []
    assert [(one["event"], one["strategy"]) for one in said] == [("strategy_missing", "a")]
