"""The pieces a terminal page is made of: tables, words in colours."""

from dataclasses import dataclass
from typing import Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

PRICES: Final = ("bid", "ask")
"""Columns aligned to the left, so that the points stand below each other."""
GOOD, BAD, DIM, BOLD = "green", "red", "dim", "bold"

Part = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Middle:
    """A line that is cut in its middle where there is no room: questions differ at their ends."""

    words: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text(middle(self.words, options.max_width), no_wrap=True)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(1, len(self.words))


def middle(words: str, most: int) -> str:
    """At most so many characters of it: its beginning and its end."""
    if len(words) <= most:
        return words
    end = (most - 1) // 2
    return f"{words[: most - 1 - end]}…{words[len(words) - end :]}"


def table_of(first: str, *others: str, wraps: bool = False) -> Table:
    """The first column takes what room there is; where that is too little it is cut, or wraps."""
    table = Table(expand=True, box=None, header_style=BOLD, pad_edge=False)
    table.add_column(first, ratio=1, no_wrap=not wraps, overflow="fold" if wraps else "ellipsis")
    for name in others:
        table.add_column(name, justify="left" if name in PRICES else "right", no_wrap=True)
    return table


def with_rest(table: Table, more: int) -> RenderableType:
    """A table, and how many rows it does not show."""
    return Group(table, line_of((f"and {more} more", DIM))) if more > 0 else table


def line_of(*parts: Part) -> Text:
    """Words in a line; those that come with a style have it."""
    return Text.assemble(*parts)
