"""What is pinned stays in sight above the live page, and takes as many of its lines."""

from io import StringIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from polywire.cli.show import Under


class Tall:
    """A page that fills whatever height it is given."""

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        height = options.height or options.max_height
        yield Text("\n".join(f"line {number}" for number in range(height)))


def drawn(*words: str) -> list[str]:
    console = Console(file=StringIO(), width=40, height=5)
    lines = console.render_lines(Under(words, Tall()), pad=False)
    return ["".join(segment.text for segment in line).rstrip() for line in lines]


def test_the_address_stands_above_a_page_that_is_a_line_shorter() -> None:
    assert drawn("dashboard: here") == ["dashboard: here", "line 0", "line 1", "line 2", "line 3"]


def test_without_words_the_page_has_all_lines() -> None:
    assert len(drawn()) == 5


def test_the_journal_stands_below_the_address() -> None:
    shown = drawn("dashboard: here", "journal: there")
    assert shown == ["dashboard: here", "journal: there", "line 0", "line 1", "line 2"]
