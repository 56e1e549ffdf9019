"""What each strategy made, may and was refused, in a terminal: a row each."""

from typing import Final

from rich.table import Table
from rich.text import Text

from polywire.cli.cells import BAD, BOLD
from polywire.core.units import Money, dollars
from polywire.observe.strategies import Stands, StrategyLine

MADE: Final = ("profit", "realised", "unrealised", "fees", "fills")
TODAY: Final = ("at stake", "of", "lost today", "of", "positions")


def standings(lines: list[StrategyLine]) -> Table:
    """All of them; unrealised is what is held at the best bids, less what it cost."""
    table = Table(box=None, header_style=BOLD, pad_edge=False)
    table.add_column("strategy")
    for name in (*MADE, *TODAY):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("state")
    for one in lines:
        table.add_row(Text(one.name), *map(Text, _figures(one)), _state(one))
    return table


def refusals(lines: list[StrategyLine]) -> list[str]:
    """Of each strategy that the limits refused something: how often, by rule, most first."""
    told = []
    for one in lines:
        rules = sorted(one.refused.items(), key=lambda each: (-each[1], each[0]))
        if rules:
            told.append(f"{one.name}: " + ", ".join(f"{rule} {times:,}" for rule, times in rules))
    return told


def _figures(one: StrategyLine) -> list[str]:
    most = "-" if one.loss_max_micros is None else dollars(Money(one.loss_max_micros))
    unrealised = Money(one.profit_micros - one.realised_micros)
    made = (one.profit_micros, one.realised_micros, unrealised, one.fees_micros)
    today = (one.stake_micros, one.budget_micros, one.loss_micros)
    return [*map(dollars, made), f"{one.fills:,}", *map(dollars, today), most, str(one.positions)]


def _state(one: StrategyLine) -> Text:
    words = f"{one.state}, buys nothing more today" if one.barred else str(one.state)
    return Text(words, style=BAD if one.barred or one.state is Stands.HALTED else "")
