"""How a parameter is declared, once: its unit, bounds and meaning beside its type.

Owns the annotations and what strategies say of their own parameters; config reads files by them.
"""

import json
from collections.abc import Iterator
from typing import Final, NamedTuple

from msgspec import Meta, Struct

from polywire.core.units import (
    DAY,
    HOUR,
    MILLISECOND,
    SCALE,
    SECOND,
    Money,
    Quantity,
    parse_micros,
)

MOST: Final = "1000000000"


class Unit(Struct, frozen=True):
    """What people count in, and how much the engine keeps for one of it."""

    name: str
    scale: int


DOLLARS: Final = Unit("dollars", SCALE)
SHARES: Final = Unit("shares", SCALE)
PER_SHARE: Final = Unit("dollars a share", SCALE)
MILLISECONDS: Final = Unit("milliseconds", MILLISECOND)
SECONDS: Final = Unit("seconds", SECOND)
HOURS: Final = Unit("hours", HOUR)
DAYS: Final = Unit("days", DAY)
GIBIBYTES: Final = Unit("GiB", 1 << 30)
COUNT: Final = Unit("a whole number", 1)
NUMBER: Final = Unit("a number", SCALE)
"""What has no unit and need not be whole: kept in millionths."""


def measure(
    meaning: str, unit: Unit, least: str, most: str, *, example: str = "", editable: bool = False
) -> Meta:
    """The annotation of a number: bounds and example in its unit, kept as an integer.

    `editable`: it may be changed while its strategy runs.
    """
    return Meta(
        description=meaning,
        ge=to_integer(least, unit),
        le=to_integer(most, unit),
        examples=[example] if example else None,
        extra={"unit": unit, "editable": editable},
    )


def price(
    meaning: str,
    least: str = "0",
    most: str = "1",
    *,
    example: str = "",
    editable: bool = False,
) -> Meta:
    """Dollars a share."""
    return measure(meaning, PER_SHARE, least, most, example=example, editable=editable)


def words(
    meaning: str, *, pattern: str | None = None, form: str = "", example: object = None
) -> Meta:
    """The annotation of text, choices, switches and lists; `form` says what a pattern asks for."""
    examples = [json.dumps(example)] if example is not None else None
    return Meta(description=meaning, pattern=pattern, examples=examples, extra={"form": form})


def to_integer(text: str, unit: Unit) -> int:
    """What the engine keeps for a decimal text; ValueError if that is not exactly an integer."""
    whole, rest = divmod(parse_micros(text) * unit.scale, SCALE)
    if rest:
        raise ValueError(f"expected whole {unit.name}, found {text}")
    return whole


class Sizes(NamedTuple):
    """How many shares its orders have, at first and at most, and which keys say so."""

    first_key: str
    first: Quantity
    most_key: str
    most: Quantity


class BasketMost(NamedTuple):
    """The most that one basket may tie up, and which key says so."""

    key: str
    most: Money


class StrategyParameters(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a strategy is told, in a struct of its own with a tag: the `kind` in files."""

    def sizes(self) -> Sizes:
        """How large its orders are; each kind says so for itself."""
        raise NotImplementedError

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Keys that are right one by one and wrong together, each with what to write instead."""
        yield from ()

    def basket_max(self) -> BasketMost | None:
        """What one basket ties up at most; None of who trades no baskets."""
        return None

    def buy_min(self, size_min: Quantity) -> Money:
        """What the cheapest buy costs that it may want, where a market takes so few shares."""
        del size_min
        return Money(0)

    def buy_max(self) -> Money | None:
        """What its dearest buy costs, if it takes at once and sizes by shares; else None."""
        return None

    @property
    def sells(self) -> bool:
        """Whether it sells what it holds by itself, without exits."""
        return True
