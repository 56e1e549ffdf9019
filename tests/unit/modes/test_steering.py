"""What a person asks of one thing is looked at before it is put to the engine, and told after."""

import asyncio
from pathlib import Path

import pytest
from msgspec import json, structs
from structlog.testing import capture_logs
from tests.unit.core.building import market, told
from tests.unit.core.started import T0
from tests.unit.modes.test_turnover import A, held

from polywire.config.build import engine_from
from polywire.config.demo import demo_settings
from polywire.config.schema import dump
from polywire.core.engine.engine import Engine
from polywire.core.ids import RunId, StrategyId
from polywire.core.model.command import DayOpened
from polywire.core.model.control import Operation, OperatorCommand, RunStarted
from polywire.core.model.market import InstrumentListed
from polywire.core.units import DAY, Money, Ns, Price, Quantity
from polywire.journal.files import day_files
from polywire.journal.log import Journal
from polywire.journal.retention import Retention, prune
from polywire.modes.operating import Operating
from polywire.modes.steering import kept_value, steered, steering_objection, touched
from polywire.modes.turnover import said_again
from polywire.net.clock import Clock
from polywire.observe.parameter_lines import parameter_lines
from polywire.runtime.operator_door import Asked
from polywire.strategies.outcome_sum import OutcomeSum
from polywire.strategies.sum_parameters import OutcomeSumParameters
from polywire.strategies.touch_quoter import TouchQuoter, TouchQuoterParameters

WIDE = TouchQuoterParameters(
    size=Quantity(10_000_000), cap=Quantity(1_000_000_000), price_min=Price(50_000)
)
SUM = OutcomeSumParameters(sets_max=Quantity(50_000_000), capital_max=Money(100_000_000))


def made() -> Engine:
    """The demo's touch quoter, `touch-1`."""
    return engine_from(demo_settings())


def three() -> Engine:
    """It, one whose cap is over what a position may be, and one that buys baskets."""
    settings = demo_settings()
    first = settings.strategies[0]
    wide = structs.replace(first, name=StrategyId("wide"), parameters=WIDE)
    sums = structs.replace(first, name=StrategyId("sum"), parameters=SUM)
    return engine_from(structs.replace(settings, strategies=(first, wide, sums)))


class Turns:
    """Of an engine's loop as much as is needed: what is put waits until its turn."""

    def __init__(self, live: Engine) -> None:
        self.stopped, self.cuts = asyncio.Event(), 0
        self._live = live
        self._waiting: list[OperatorCommand] = []
        self._two = asyncio.Event()

    def put_fact(self, fact: OperatorCommand) -> None:
        self._waiting.append(fact)
        if len(self._waiting) == 2:
            self._two.set()

    async def turn(self) -> None:
        """Handle two at once, when they are there."""
        await self._two.wait()
        told(self._live, *self._waiting)
        self.cuts += 2


def setting(name: str, value: str, strategy: str = "touch-1") -> Asked:
    wanted = json.encode({"name": name, "value": value}).decode()
    return Asked(Operation.SET, subject=strategy, value=wanted)


def test_a_parameter_is_kept_in_the_engine_s_units() -> None:
    asked = setting("size", "12.5")
    assert steering_objection(made(), asked) == ""
    assert kept_value(made(), asked) == '{"size":12500000}'
    (said,) = steered(made(), asked, [])
    assert said.startswith("size of touch-1 is 12.5, until this run ends")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (setting("size", "0"), "expected shares from 0.01 to 1000000000, found 0"),
        (setting("size", "many"), "found many"),
        (setting("size", "50"), "size: over cap"),
        (setting("cap", "1"), "size: over cap"),
        (setting("size", "101", "wide"), "size: over limits.order_size_max or limits.position_max"),
        (setting("capital_max", "1001", "sum"), "capital_max: over limits.group_exposure_max, so"),
        (setting("split", "true", "sum"), "split cannot be changed"),
        (setting("sizes", "3"), "runs; these can: size, cap, spread_ticks_min, price_min"),
        (setting("spread_ticks_min", "1.5"), "expected a whole number from 1 to 1000"),
        (setting("name", "x"), "cannot be changed"),
        (
            setting("size", "1", "nobody"),
            "no strategy 'nobody' is at work in this run; there are touch-1, w",
        ),
        (Asked(Operation.SET, subject="touch-1", value="null"), "that is no parameter"),
        (Asked(Operation.ENABLE, subject="touch-1"), "touch-1 is enabled already"),
        (Asked(Operation.CANCEL_ORDER, subject="o"), "nothing of order o is open"),
        (Asked(Operation.CANCEL_MARKET, subject="m"), "nothing of market m is open"),
    ],
)
def test_what_cannot_be_done_is_said_and_not_begun(asked: Asked, words: str) -> None:
    assert words in steering_objection(three(), asked)


async def test_of_two_told_at_once_that_contradict_each_other_one_is_refused_in_words() -> None:
    live = made()
    turns = Turns(live)
    door = Operating(live, turns, Clock())  # type: ignore[arg-type]
    first, second, _ = await asyncio.gather(
        door.obey(setting("size", "30"), "me"),
        door.obey(setting("cap", "20"), "somebody else"),
        turns.turn(),
    )
    assert first.done
    assert not second.done
    assert second.said == ["size: over cap, so nothing is ever bought; write at most 20"]


def test_who_is_told_to_order_less_than_its_markets_take_is_told_so_in_the_answer() -> None:
    live = made()
    told(live, *(InstrumentListed(Ns(T0), market(one)) for one in ("a", "b")))
    told(live, InstrumentListed(Ns(T0), market("c", size_min=Quantity(15_000_000))))
    for value, words in (
        ("3", ["3 of its 3 markets take no order of 3, but 5 to 15 at least: nothing is bought"]),
        ("5", ["1 of its 3 markets take no order of 5, but 15 at least: nothing is bought there"]),
        ("15", []),
    ):
        asked = setting("size", value)
        kept = kept_value(live, asked)
        told(live, OperatorCommand(Ns(T0), Operation.SET, "", "me", "touch-1", kept))
        _, *said = steered(live, asked, [])
        assert len(said) == len(words)
        assert all(one.startswith(start) for one, start in zip(said, words, strict=True))


def test_a_basket_s_bounds_are_changed_and_what_executes_it_is_not() -> None:
    live = three()
    asked = setting("margin", "0.02", "sum")
    assert steering_objection(live, asked) == ""
    told(live, OperatorCommand(Ns(T0), Operation.SET, "", "me", "sum", kept_value(live, asked)))
    now = live.roster.seats[StrategyId("sum")].strategy
    assert isinstance(now, OutcomeSum)
    assert now.parameters == structs.replace(SUM, margin=Price(20_000))
    fixed = {line.name for line in parameter_lines(SUM) if not line.editable}
    assert fixed == {"buys", "split"}


def test_what_is_asked_of_all_is_none_of_its_business() -> None:
    assert steering_objection(made(), Asked(Operation.HALT)) == ""
    assert kept_value(made(), Asked(Operation.HALT)) == ""


def test_who_is_disabled_says_what_becomes_of_what_it_holds() -> None:
    live = held(exits=True)
    asked = Asked(Operation.DISABLE, subject="a")
    assert steering_objection(live, asked) == ""
    assert touched(live, asked) == list(live.ledger.open_orders)
    told(live, OperatorCommand(Ns(T0), Operation.DISABLE, "", "me", "a"))
    assert steering_objection(live, asked) == "a is disabled already"
    said = steered(live, asked, ["0 orders cancelled or filled"])
    assert said == [
        "a is disabled until it is enabled, over restarts too; 0 orders cancelled or filled",
        "its exits go on guarding 1 position",
    ]


def test_who_was_disabled_last_is_so_after_a_restart(tmp_path: Path) -> None:
    with Journal(tmp_path, RunId("r1")) as journal:
        journal.append(RunStarted(Ns(T0), RunId("r1"), "", "", Money(1)), Ns(T0))
        for operation in (Operation.DISABLE, Operation.ENABLE, Operation.DISABLE):
            row = OperatorCommand(Ns(T0), operation, "", "me", "a")
            journal.append(row, row.recv_ns)
        gone = OperatorCommand(Ns(T0), Operation.DISABLE, "", "me", "gone")
        journal.append(gone, gone.recv_ns)
    live = held(exits=False)
    with capture_logs():
        (again,) = said_again(live, tmp_path, RunId("r2"), Ns(T0 + 9))
    assert (again.operation, again.subject, again.who) == (Operation.DISABLE, A, "me")
    told(live, again)
    assert live.roster.seats[A].disabled


def test_who_was_disabled_before_it_was_added_anew_is_not_after_a_restart(tmp_path: Path) -> None:
    settings = dump(demo_settings().strategies[0])
    words = (
        (Operation.DISABLE, "touch-1"),
        (Operation.RETIRE, "touch-1"),
        (Operation.ADD, settings),
        (Operation.DISABLE, "touch-1"),
    )
    for count, ends in ((3, []), (4, [Operation.DISABLE])):
        folder = tmp_path / str(count)
        with Journal(folder, RunId("r1")) as journal:
            journal.append(RunStarted(Ns(T0), RunId("r1"), "", "", Money(1)), Ns(T0))
            for later, (operation, subject) in enumerate(words[:count]):
                row = OperatorCommand(Ns(T0 + later), operation, "", "me", subject)
                journal.append(row, row.recv_ns)
        again = said_again(made(), folder, RunId("r2"), Ns(T0 + 9))
        assert [one.operation for one in again] == ends


def test_of_who_was_halted_enabling_does_not_say_that_it_trades() -> None:
    live = made()
    seat = live.roster.seats[StrategyId("touch-1")]
    seat.disabled, seat.halted = True, "ValueError: a bug"
    asked = Asked(Operation.ENABLE, subject="touch-1")
    assert steering_objection(live, asked) == ""
    seat.disabled = False
    assert steered(live, asked, []) == [
        "touch-1 is enabled, but was halted (ValueError: a bug) and stays so until it is retired "
        "and added anew"
    ]


def test_of_who_lost_too_much_enabling_says_that_it_buys_nothing_today() -> None:
    live = made()
    live.roster.seats[StrategyId("touch-1")].lost_day = 3
    live.ledger.open_day(DayOpened(3, Money(1)))
    (said,) = steered(live, Asked(Operation.ENABLE, subject="touch-1"), [])
    assert said.startswith("touch-1 is asked again, and buys nothing today: it lost its loss_max")


class Made(TouchQuoter):
    """A strategy of one's own that a function makes, with more than a name and parameters."""

    def __init__(self, name: StrategyId, parameters: TouchQuoterParameters, more: int) -> None:
        super().__init__(name, parameters)
        assert more


def test_a_strategy_that_cannot_be_made_anew_is_not_halted_by_being_told() -> None:
    live = made()
    seat = live.roster.seats[StrategyId("touch-1")]
    assert isinstance(seat.strategy, TouchQuoter)
    seat.strategy = Made(seat.strategy.name, seat.strategy.parameters, 1)
    said = steering_objection(live, setting("size", "12.5"))
    assert said.startswith("touch-1 cannot be made anew with that: TypeError: ")
    assert seat.failed == ""
    assert isinstance(seat.strategy, Made)


def test_who_was_disabled_is_so_though_the_day_of_it_is_deleted(tmp_path: Path) -> None:
    live = made()
    with Journal(tmp_path, RunId("r1")) as journal:
        began = RunStarted(Ns(T0), RunId("r1"), "", "", Money(1))
        word = OperatorCommand(Ns(T0 + 1), Operation.DISABLE, "", "me", "touch-1")
        for row in (began, word):
            journal.append(row, row.recv_ns)
            live.handle(row)
        journal.snapshot(b"", Ns(T0 + DAY), live.words)
    (first, _) = day_files(tmp_path)
    assert prune(tmp_path, Retention(bytes_max=1, age_ns_max=None), Ns(T0 + DAY)) == [first.path]
    (again,) = said_again(made(), tmp_path, RunId("r2"), Ns(T0 + 2 * DAY))
    assert (again.operation, again.subject) == (Operation.DISABLE, "touch-1")
