"""A take profit in steps as people write it: "0.05:50%" is half of it five cents above the cost."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from polywire.core.execution.exits import Rung
from polywire.core.units import Price, parse_micros

STEP: Final = r"^(?!0?\.0*:)0?\.[0-9]{1,6}:([1-9][0-9]?|100)%\Z"
"""Dollars a share, under one and over nothing, and a whole per cent."""


def rungs_from(steps: Iterable[str]) -> tuple[Rung, ...]:
    """Steps of the right form as an exit plan has them."""
    parts = (step.rstrip("%").partition(":") for step in steps)
    return tuple(Rung(Price(parse_micros(above)), int(percent)) for above, _, percent in parts)


def wrong_steps(steps: Iterable[str], *, others: bool) -> Iterator[str]:
    """What makes no ladder of them; `others`: something else sells what they leave."""
    ladder = rungs_from(steps)
    if not ladder:
        yield 'has no step; write ladder = ["0.05:50%", "0.1:50%"], or "off"'
        return
    if any(upper.above <= lower.above for lower, upper in pairwise(ladder)):
        yield "a step is not above the one before it; write the lowest first, each once"
    whole = sum(rung.percent for rung in ladder)
    if whole > 100:
        yield f"sells {whole}% of a position; write parts that make 100% at most"
    elif whole < 100 and not others:
        yield (
            f"nothing would sell the {100 - whole}% that it leaves; write parts that make 100%, "
            "or stop_loss = 0.05 too"
        )
