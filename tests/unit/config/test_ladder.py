"""A take profit in steps, and a trailing stop in log-odds, as files write them."""

import pytest
from tests.unit.config.test_load import QUOTER, SMALL

from polywire.config.compose import settings_from
from polywire.config.load import Reading, read
from polywire.core.execution.exits import ExitPlan, Rung
from polywire.core.units import Price

FORM = 'expected a list of steps such as "0.05:50%", or "off"'


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


@pytest.mark.parametrize(
    "steps",
    ["0.05:50", "0.05", "0:50%", "0.000:50%", "1:50%", "0.05:0%", "0.05:101%", "0.1234567:5%",
     "0.05:50%\\n", "-0.05:50%", "0.05 : 50%"],
)  # fmt: skip
def test_a_step_that_is_none_is_named_with_what_was_expected(steps: str) -> None:
    (mistake,) = exits(f'ladder = ["{steps}"]').mistakes
    assert mistake.startswith(f"exits.ladder: {FORM}, found [")
    assert mistake.endswith('; write ladder = ["0.05:50%", "0.1:50%"]')


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("ladder = []", "exits.ladder: has no step"),
        ('ladder = ["0.05:50%", "0.05:50%"]', "exits.ladder: a step is not above the one before"),
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
