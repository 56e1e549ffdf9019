"""A take profit in steps, and a trailing stop in log-odds, as files write them."""

import pytest
from tests.unit.config.test_load import QUOTER, SMALL

from polywire.config.compose import settings_from
from polywire.config.load import Reading, read
from polywire.core.execution.exits import ExitPlan, Rung
from polywire.core.units import Price


def exits(*lines: str) -> Reading:
    own = "\n".join(('[exits]\nstyle = "watch"\nslack = 0.03\nfloor = 0.01', *lines))
    return read(f"{own}\n{SMALL}{QUOTER}", {})


def plan(*lines: str) -> ExitPlan:
    file = exits(*lines).file
    assert file is not None
    found = settings_from(file).strategies[0].exits
    assert found is not None
    return found


def test_steps_are_read_as_distances_and_parts() -> None:
    found = plan('ladder = ["0.05:50%", ".125:30%", "0.1251:20%"]')
    assert found.rungs == (
        Rung(Price(50_000), 50),
        Rung(Price(125_000), 30),
        Rung(Price(125_100), 20),
    )
    assert found.target is None


def test_a_take_profit_is_one_step_for_everything() -> None:
    found = plan("take_profit = 0.05")
    assert (found.ladder, found.rungs) == ((), (Rung(Price(50_000), 100),))


def test_what_a_ladder_leaves_may_be_left_to_another_trigger() -> None:
    assert [rung.percent for rung in plan('ladder = ["0.05:50%"]', "stop_loss = 0.1").rungs] == [50]


def test_steps_come_from_the_environment_too() -> None:
    own = '[exits]\nstyle = "watch"\nslack = 0.03\nfloor = 0.01\n'
    environment = {"POLYWIRE_EXITS__LADDER": "0.05:50%, 0.1:50%"}
    file = read(f"{own}\n{SMALL}{QUOTER}", environment).file
    assert file is not None
    assert file.exits.ladder == ("0.05:50%", "0.1:50%")


COLON, BEFORE, BEHIND = "no colon", "before the colon stand", "behind the colon stands"


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ("0.05", COLON), ("0:50%", BEFORE), ("0.000:50%", BEFORE), ("1:50%", BEFORE),
        ("0.1234567:5%", BEFORE), ("-0.05:50%", BEFORE), ("0.05 : 50%", BEFORE), ("5%:50%", BEFORE),
        ("0.05:50", BEHIND), ("0.05:0%", BEHIND), ("0.05:101%", BEHIND), ("0.05:50%\n", BEHIND),
    ],
)  # fmt: skip
def test_a_step_that_is_none_is_named_with_the_reason(step: str, reason: str) -> None:
    written = step.replace("\n", "\\n")
    (mistake,) = exits(f'ladder = ["0.01:20%", "{written}"]').mistakes
    assert mistake.startswith(f'exits.ladder: step 2, "{step}": {reason}')
    assert mistake.endswith('; write a step such as "0.05:50%"')


def test_a_ladder_that_is_no_list_of_texts_is_told_its_form() -> None:
    (mistake,) = exits("ladder = [5]").mistakes
    form = 'expected a list of steps such as "0.05:50%", or "off", found [5]'
    assert mistake == f'exits.ladder: {form}; write ladder = ["0.05:50%", "0.1:50%"]'


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("ladder = []", "exits.ladder: has no step"),
        ('ladder = ["0.05:50%", "0.05:50%"]', 'exits.ladder: step 2, "0.05:50%": not above'),
        ('ladder = ["0.05:60%", "0.1:50%"]', "exits.ladder: sells 110% of a position"),
        ('ladder = ["0.05:60%"]', "exits.ladder: nothing would sell the 40% that it leaves"),
        (
            'ladder = ["0.05:100%"]\ntake_profit = 0.05',
            "exits.ladder: beside take_profit, which says the same",
        ),
        (
            "trailing = 0.1\ntrailing_odds = 0.5",
            "exits.trailing_odds: beside trailing, which says the same",
        ),
    ],
)
def test_what_makes_no_ladder_is_said_with_what_to_write(lines: str, sentence: str) -> None:
    (mistake,) = exits(lines).mistakes
    assert mistake.startswith(sentence)
    assert "; write " in mistake


def test_a_distance_in_log_odds_is_kept_in_millionths() -> None:
    found = plan("trailing_odds = 0.5")
    assert (found.trail, found.trail_odds) == (None, 500_000)
    (mistake,) = exits("trailing_odds = 0.001").mistakes
    assert "a number from 0.01 to 10" in mistake
