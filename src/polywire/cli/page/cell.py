"""Tables of a page as data: cells with what is shown and what exactly it stands for."""

from collections.abc import Sequence
from typing import NamedTuple

from polywire.core.units import dollars, format_micros


class Cell(NamedTuple):
    """What is shown, and for numbers the exact one behind it, as the result's JSON has it."""

    text: str
    exact: str | None = None
    bad: bool = False


class Sheet(NamedTuple):
    """One table: a heading a column, in two rows where `over` groups them as (name, columns)."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    over: Sequence[tuple[str, int]] = ()


NOTHING = Cell("-")


def words(text: str) -> Cell:
    """A text."""
    return Cell(text)


def money(micros: int) -> Cell:
    """Dollars and cents."""
    return Cell(dollars(micros), str(micros), micros < 0)


def shares(micros: int) -> Cell:
    """Shares, exactly."""
    return Cell(format_micros(micros), str(micros))


def count(number: int) -> Cell:
    """How many."""
    return Cell(f"{number:,}", str(number))


def cents(mean: float | None) -> Cell:
    """A mean in dollars, shown in cents a share."""
    return NOTHING if mean is None else Cell(f"{100 * mean:+.2f}\u00a0c", repr(mean), mean < 0)
