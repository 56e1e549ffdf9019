"""A take profit in steps as people write it: "0.05:50%" is half of it five cents above the cost."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from polywire.core.execution.exits import Rung
from polywire.core.units import Price, parse_micros

ABOVE: Final = re.compile(r"(?!0?\.0*\Z)0?\.[0-9]{1,6}")
"""Dollars a share, under one and over nothing."""
PART: Final = re.compile(r"([1-9][0-9]?|100)%")


def rungs_from(steps: Sequence[str]) -> tuple[Rung, ...]:
    """Steps of the right form as an exit plan has them."""
    parts = (step.rstrip("%").partition(":") for step in steps)
    return tuple(Rung(Price(parse_micros(above)), int(percent)) for above, _, percent in parts)


def wrong_steps(steps: Sequence[str], *, others: bool) -> Iterator[str]:
    """What makes no ladder of them; `others`: something else sells what they leave."""
    if not steps:
        yield 'has no step; write ladder = ["0.05:50%", "0.1:50%"]'
    wrong = {number: why for number, step in enumerate(steps, 1) if (why := _wrong(step))}
    for number, why in wrong.items():
        yield f'step {number}, "{steps[number - 1]}": {why}; write a step such as "0.05:50%"'
    if wrong or not steps:
        return
    ladder = rungs_from(steps)
    for number, (lower, upper) in enumerate(pairwise(ladder), 2):
        if upper.above <= lower.above:
            said = "not above the step before it; write the lowest first, each once"
            yield f'step {number}, "{steps[number - 1]}": {said}'
    whole = sum(rung.percent for rung in ladder)
    if whole > 100:
        yield f"sells {whole}% of a position; write parts that make 100% at most"
    elif whole < 100 and not others:
        yield (
            f"nothing would sell the {100 - whole}% that it leaves; write parts that make 100%, "
            "or stop_loss = 0.05 too"
        )


def _wrong(step: str) -> str:
    """Why it is no step, or empty."""
    above, colon, part = step.partition(":")
    if not colon:
        return "no colon, so it does not say which part is sold there"
    if ABOVE.fullmatch(above) is None:
        return (
            "before the colon stand dollars a share above the cost, over 0 and under 1, with at "
            f'most 6 decimals, not "{above}"'
        )
    if PART.fullmatch(part) is None:
        return f'behind the colon stands a whole per cent from 1% to 100%, not "{part}"'
    return ""
