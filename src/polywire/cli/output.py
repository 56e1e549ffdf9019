"""Printing a result: a sentence or a table for people, JSON for programs."""

import msgspec
from rich.console import Console, RenderableType


def emit(result: object, shown: RenderableType, *, as_json: bool) -> None:
    """Print the result as indented JSON, or as it is shown to people; both on standard output."""
    console = Console(highlight=False, soft_wrap=True)
    if as_json:
        text = msgspec.json.format(msgspec.json.encode(result)).decode()
        console.print(text, markup=False)
    else:
        console.print(shown)
