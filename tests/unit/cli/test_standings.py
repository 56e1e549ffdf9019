"""The table of strategies: what each made, and what it was refused by which rule."""

from io import StringIO

from rich.console import Console

from polywire.cli.cells import middle
from polywire.cli.standings import refusals, standings
from polywire.core.ids import StrategyId
from polywire.core.units import Money
from polywire.observe.strategies import Stands, StrategyLine

DOLLAR = 1_000_000
QUOTE = StrategyLine(
    name=StrategyId("quote"),
    state=Stands.ACTIVE,
    barred="",
    budget_micros=Money(200 * DOLLAR),
    stake_micros=Money(30 * DOLLAR),
    loss_micros=Money(0),
    loss_max_micros=None,
    positions=2,
    profit_micros=Money(-3 * DOLLAR),
    realised_micros=Money(5 * DOLLAR),
    fills=123,
    refused={"self_trade": 4, "market_exposure": 300},
)


def test_profit_is_realised_and_unrealised_and_every_figure_has_its_column() -> None:
    console = Console(width=140, file=StringIO(), record=True)
    console.print(standings([QUOTE]))
    row = console.export_text().splitlines()[1].split()
    assert row == [
        "quote", "-$3.00", "$5.00", "-$8.00", "$0.00", "123", "$30.00", "$200.00", "$0.00", "-",
        "2", "active",
    ]  # fmt: skip


def test_refusals_are_told_by_rule_most_first() -> None:
    assert refusals([QUOTE]) == ["quote: market_exposure 300, self_trade 4"]


def test_a_long_question_is_cut_in_its_middle() -> None:
    assert middle("Will it rain on Sunday?", 11) == "Will …nday?"
    assert middle("Will it rain?", 13) == "Will it rain?"
