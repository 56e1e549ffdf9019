"""What a sweep varies: values of a key, or a range of them, and the combinations they make."""

import json
import math
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Final

from polywire.core.errors import ConfigError

COMBINATIONS_MAX: Final = 10_000
NUMBER: Final = r"-?\d+(?:\.\d+)?"
RANGE: Final = re.compile(rf"({NUMBER})\.\.({NUMBER})")
Changes = dict[str, str]
"""The value of each key that is varied, as the file would have it."""


@dataclass(frozen=True, slots=True)
class Values:
    """One key and what it may be, as TOML texts or plain words."""

    path: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """One key and a range of whole steps of its last decimal, both ends allowed."""

    path: str
    first: int
    last: int
    places: int

    def text(self, step: int) -> str:
        """The value at a step, exactly."""
        return f"{Decimal(step).scaleb(-self.places):f}"


Choice = Values | Range


def choice(told: str) -> Choice:
    """Read `PATH=A,B,C` or `PATH=LOW..HIGH`; ConfigError for anything else."""
    path, equals, text = told.partition("=")
    if not (path.strip() and equals and text.strip()):
        raise ConfigError(f"--set {told}: expected PATH=A,B,C or PATH=LOW..HIGH")
    found = RANGE.fullmatch(text.strip())
    if found is not None:
        return _range(path.strip(), found[1], found[2])
    texts = tuple(dict.fromkeys(_texts(text)))
    if "" in texts:
        raise ConfigError(f"--set {told}: a value is missing between commas")
    return Values(path.strip(), texts)


def choices(told: Sequence[str]) -> list[Choice]:
    """All that are varied; ConfigError for none, and for a key that is named twice."""
    read = [choice(each) for each in told]
    paths = [one.path for one in read]
    if not read:
        raise ConfigError("--set PATH=A,B,C is missing: a sweep varies at least one key")
    for path in paths:
        if paths.count(path) > 1:
            raise ConfigError(f"--set names {path} twice; write all its values in one")
    return read


def grid(told: Sequence[Choice]) -> Iterator[Changes]:
    """Every combination, the last key varying fastest; ConfigError for ranges or too many."""
    listed = [_listed(one) for one in told]
    many = math.prod(len(one.texts) for one in listed)
    if many > COMBINATIONS_MAX:
        raise ConfigError(
            f"{many:,} combinations, at most {COMBINATIONS_MAX:,}; try some of them: --trials 200"
        )
    for texts in product(*(one.texts for one in listed)):
        yield dict(zip((one.path for one in listed), texts, strict=True))


def _listed(one: Choice) -> Values:
    if isinstance(one, Range):
        raise ConfigError(
            f"--set {one.path}: a range is drawn from, so --trials N is needed; or list values"
        )
    return one


def _texts(text: str) -> Iterator[str]:
    """Values between commas; commas within brackets or quotes of TOML part nothing."""
    try:
        told = tomllib.loads(f"values = [{text}]", parse_float=str)["values"]
    except tomllib.TOMLDecodeError:
        yield from (part.strip() for part in text.split(","))
        return
    for each in told:
        yield each if isinstance(each, str) else json.dumps(each, default=str)


def _range(path: str, low: str, high: str) -> Range:
    places = max(len(each.partition(".")[2]) for each in (low, high))
    first, last = (int(Decimal(each).scaleb(places)) for each in (low, high))
    if first >= last:
        raise ConfigError(f"--set {path}={low}..{high}: expected the lower end first")
    return Range(path, first, last, places)
