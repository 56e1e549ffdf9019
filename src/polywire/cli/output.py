"""Printing a result: a sentence or a table for people, JSON for programs."""

import msgspec
from rich.console import Console, RenderableType

PIPE_WIDTH = 140
"""Columns where there is no terminal to ask."""


def emit(result: object, shown: RenderableType, *, as_json: bool) -> None:
    """Print the result as indented JSON, or as it is shown to people; both on standard output."""
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    if as_json:
        text = msgspec.json.format(msgspec.json.encode(result)).decode()
        console.print(text, markup=False)
    else:
        console.print(shown)
