"""`polywire positions` in a terminal: every position with its average price, and all together."""

from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from polywire.cli.cells import BOLD, line_of, with_rest
from polywire.cli.holdings import exit_cell
from polywire.core.units import dollars, floor_to, format_micros, format_money
from polywire.observe.exit_line import ExitState
from polywire.observe.held import Held, HeldTotal
from polywire.observe.status import PositionLine

FIGURES: Final = ("outcome", "shares", "average", "paid", "worth", "gain", "realised")
EXIT_WIDTH: Final = 16
"""Room for a trigger in a line; names of markets have the rest."""
FINEST: Final = 100
"""Micro-dollars of the finest tick: an average is shown no finer."""


def held_table(found: Held, rows: int) -> RenderableType:
    """A row each, by strategy and market; names and exits take as many lines as they need."""
    lines = sorted(found.positions, key=lambda line: (line.strategy, line.market))
    several = len({line.strategy for line in lines}) > 1
    exits = any(line.exit.state is not ExitState.NONE or line.exit.lacks for line in lines)
    table = _table(several=several, exits=exits)
    for line in lines[:rows]:
        names = [Text(line.strategy)] if several else []
        last = [Text(exit_cell(line))] if exits else []
        table.add_row(Text(line.market), *names, Text(line.outcome), *_figures(line), *last)
    blank = [""] if several else []
    table.add_row(*map(_bold, ("in all", *blank, "", "", "", *_sums(found.total))))
    return Group(with_rest(table, len(lines) - rows), *_pairs(found.total))


def _table(*, several: bool, exits: bool) -> Table:
    table = Table(expand=True, box=None, header_style=BOLD, pad_edge=False)
    table.add_column("position", ratio=1)
    for name in (*(("strategy",) if several else ()), *FIGURES):
        table.add_column(name, justify="right", no_wrap=True)
    if exits:
        table.add_column("exit", justify="right", max_width=EXIT_WIDTH)
    return table


def _figures(line: PositionLine) -> list[str]:
    money = [format_money(each) for each in (line.paid, line.value)]
    shares, average = format_money(line.shares), format_micros(floor_to(line.average, FINEST))
    return [shares, average, *money, _gain(line.percent), format_money(line.realised)]


def _sums(total: HeldTotal) -> list[str]:
    money = [format_money(each) for each in (total.paid, total.value)]
    return [*money, _gain(total.percent), format_money(total.realised)]


def _gain(percent: float | None) -> str:
    return "-" if percent is None else f"{percent:+.1f}%"


def _bold(words: str) -> Text:
    return Text(words, style=BOLD)


def _pairs(total: HeldTotal) -> list[Text]:
    """What a merge of both outcomes' shares would free, if there are any."""
    if not total.paired_micros:
        return []
    freed = f"{dollars(total.paired_micros)} lies in shares of both outcomes of a market"
    said = f"{freed}: a merge at the venue would free it; nothing here merges"
    return [line_of(("pairs ", BOLD), said)]
