"""The pieces a terminal page is made of: tables, words in colours."""

from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

PRICES: Final = ("bid", "ask")
"""Columns aligned to the left, so that the points stand below each other."""
GOOD, BAD, DIM, BOLD = "green", "red", "dim", "bold"

Part = str | tuple[str, str]


def table_of(first: str, *others: str) -> Table:
    """The first column takes what room there is, and is cut where there is too little."""
    table = Table(expand=True, box=None, header_style=BOLD, pad_edge=False)
    table.add_column(first, ratio=1, no_wrap=True, overflow="ellipsis")
    for name in others:
        table.add_column(name, justify="left" if name in PRICES else "right", no_wrap=True)
    return table


def with_rest(table: Table, more: int) -> RenderableType:
    """A table, and how many rows it does not show."""
    return Group(table, line_of((f"and {more} more", DIM))) if more > 0 else table


def line_of(*parts: Part) -> Text:
    """Words in a line; those that come with a style have it."""
    return Text.assemble(*parts)
