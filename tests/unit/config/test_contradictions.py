"""Where a contradiction is said to stand: in the user's own file, once."""

import pytest
from tests.unit.config.test_load import QUOTER, SMALL

from polywire.config.load import read


@pytest.mark.parametrize(
    ("shared", "own", "sentences"),
    [
        ("stop_loss = 0.05", "", ["exits.stop_loss: set"]),
        ("", "take_profit = 0.05", ["strategies.hold.exits.take_profit: set"]),
        (
            'style = "watch"\nstop_loss = 0.05\nslack = 0.03\nfloor = 0.01',
            'style = "none"',
            ["strategies.hold.exits.stop_loss: set"],
        ),
        (
            'style = "watch"\nstop_loss = 0.05\nslack = 0.03\nfloor = 0.01',
            'slack = "off"',
            ["strategies.hold.exits.slack: missing"],
        ),
        (
            'style = "watch"\nstop_loss = 0.05\nslack = 0.03\nfloor = 0.01',
            'stop_loss = "off"',
            ['strategies.hold.exits.style: "watch" without a trigger'],
        ),
        (
            'style = "watch"\nstop_loss = 0.05\nfloor = 0.01',
            "stop_loss = 0.04",
            ["exits.slack: missing"],
        ),
    ],
)
def test_a_mistake_in_exits_is_named_where_it_stands_and_once(
    shared: str, own: str, sentences: list[str]
) -> None:
    text = SMALL.replace("\n[limits]", f"\n[strategies.exits]\n{own}\n[limits]")
    mistakes = read(f"[exits]\n{shared}\n{text}{QUOTER}", {}).mistakes
    assert [one.partition(";")[0].partition(",")[0] for one in mistakes] == sentences


@pytest.mark.parametrize(
    ("shared", "heir", "sentences"),
    [
        ("", "hodl", ["account.exits_by: names no strategy; write one of hold, touch"]),
        (
            "",
            "hold",
            [
                'account.exits_by: "hold" has no exits, so nothing would be sold; write '
                'style = "watch" and a trigger for it, or exits_by = "off"'
            ],
        ),
        ('style = "watch"\nstop_loss = 0.05\nslack = 0.03\nfloor = 0.01', "hold", []),
        ("", "off", []),
    ],
)
def test_whoever_takes_over_positions_is_there_and_sells_them(
    shared: str, heir: str, sentences: list[str]
) -> None:
    tables = f'[exits]\n{shared}\n[account]\nexits_by = "{heir}"\n'
    both = SMALL.replace("[limits]", f"{QUOTER}\n[limits]")
    assert read(tables + both, {}).mistakes == sentences


SUMS = """
[[strategies]]
name = "sums"
kind = "outcome_sum"
budget = 100
sets_max = 10
capital_max = 20
"""


MAKER = """
[[strategies]]
name = "made"
kind = "market_maker"
budget = 100
size = 10
cap = 60
price_min = 0.05
"""


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (SUMS, 'exits would sell the legs of baskets; write style = "none" for sums'),
        (
            MAKER,
            "exits own all selling, and what this maker buys it sells by itself; write "
            'style = "none" for made',
        ),
    ],
)
def test_who_sells_by_itself_or_holds_whole_sets_has_no_exits(table: str, said: str) -> None:
    name = "sums" if table is SUMS else "made"
    exits = 'style = "watch"\nstop_loss = 0.05\nslack = 0.03\nfloor = 0.01\n'
    own, shared = f"[strategies.exits]\n{exits}", f"[exits]\n{exits}"
    assert read(f"{SMALL}{table}{own}", {}).mistakes == [f"strategies.{name}.exits.style: {said}"]
    assert f"exits.style: {said}" in read(f"{shared}{SMALL}{table}", {}).mistakes
    assert read(f"{SMALL}{table}", {}).mistakes == []


def test_a_basket_that_no_limit_lets_pass_is_named() -> None:
    mistakes = read(f"{SMALL}{SUMS}".replace("capital_max = 20", "capital_max = 101"), {}).mistakes
    (said,) = mistakes
    assert said.startswith("strategies.sums.capital_max: over ")
    assert "so the largest baskets would be refused; write at most " in said
    mistakes = read(f"{SMALL}{SUMS}".replace("sets_max = 10", "sets_max = 10000"), {}).mistakes
    assert mistakes[0].startswith("strategies.sums.sets_max: over limits.order_size_max")
