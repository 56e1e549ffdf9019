"""Whatever a strategy answers: it is read as from a wire, and harms nobody else."""

import sys
from collections.abc import Iterator

import pytest
from msgspec import structs
from tests.unit.core.building import (
    BUY,
    Scripted,
    Wants,
    cut,
    engine,
    forty_sixty,
    opening,
    placed,
    quote,
    seat,
    told,
)
from tests.unit.core.started import T0, running

from polywire.core.model.command import StrategyHalted
from polywire.core.model.intent import Quote
from polywire.core.view import MarketView


class WordlessError(ValueError):
    """An error that has no words."""

    def __str__(self) -> str:
        raise ValueError("none")


def leaving(_: MarketView) -> tuple[Quote, ...]:
    sys.exit(0)


def wordless(_: MarketView) -> tuple[Quote, ...]:
    raise WordlessError


def unprintable(_: MarketView) -> tuple[Quote, ...]:
    raise ValueError("\ud800" + "x" * 10_000)


def endless(_: MarketView) -> Iterator[Quote]:
    while True:
        yield quote()


def quoting(**changed: object) -> Wants:
    """A quote with something in it that no type checker would let pass."""
    return lambda _: (structs.replace(quote(), **changed),)


@pytest.mark.parametrize(
    ("bug", "error"),
    [
        (leaving, "SystemExit: 0"),
        (wordless, "WordlessError: without words"),
        (unprintable, "ValueError: \\ud800xxx"),
        (endless, "more than 200 quotes"),
        (lambda _: ("abc",), "ValidationError"),
        (quoting(price=0.5), "ValidationError"),
        (quoting(price="0.5"), "ValidationError"),
        (quoting(quantity=10**30), "OverflowError"),
        (quoting(side="BUY"), "ValidationError"),
        (quoting(side=7), "ValidationError"),
        (quoting(instrument="other"), "no outcome of m"),
        (quoting(instrument=None), "ValidationError"),
    ],
)
def test_whatever_a_strategy_answers_it_harms_nobody_but_itself(bug: Wants, error: str) -> None:
    broken = Scripted(bug, "broken")
    sound = Scripted(lambda _: (quote(BUY, 45),), "sound")
    started = engine(seat(broken), seat(sound))
    told(started, *opening(forty_sixty(), at=T0))
    commands = cut(started, T0)
    assert [order.strategy for order in placed(commands)] == ["sound"]
    (halted,) = [one for one in commands if isinstance(one, StrategyHalted)]
    assert halted.strategy == "broken"
    assert error in halted.error
    assert len(halted.error) < 800
    assert halted.error.isprintable()


def test_a_side_told_by_its_number_is_the_side() -> None:
    numbered = Scripted(quoting(side=0), "s")
    (order,) = placed(cut(running(numbered), T0))
    assert order.side is BUY
