"""The market maker beside a symmetric one-tick quoter, on the same seeded markets.

Once where nobody knows the fair value, once where some who take do. What is printed is what a
synthetic market of our own making pays, and no promise for any other.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from math import sqrt
from statistics import mean, stdev
from typing import Final

from msgspec import Struct

from polywire.bench.maker_baseline import OneTick
from polywire.bench.result import Figure, Result, Target, figure, result, yardstick
from polywire.core.ids import StrategyId
from polywire.core.units import SCALE, Price, Quantity
from polywire.modes.made_market import MARKET
from polywire.modes.making import Outcome, Run
from polywire.modes.workers import mortal
from polywire.strategies.maker_parameters import MakerParameters
from polywire.strategies.market_maker import MarketMaker
from polywire.strategies.markouts import HORIZONS_NS, Sum

SIZE, CAP = Quantity(10 * SCALE), Quantity(60 * SCALE)
PARAMETERS: Final = MakerParameters(size=SIZE, cap=CAP, price_min=Price(50_000))
NAME: Final = StrategyId("maker")
COMMANDS_MAX: Final = 20.0
Z: Final = 1.96
"""Standard errors to either side of a mean that hold 95 in a hundred."""


class Trial(Struct, frozen=True, kw_only=True):
    """One seed with one kind of flow; the maker's markouts at 1, 5 and 30 s."""

    seed: int
    maker: Outcome
    one_tick: Outcome
    markouts: tuple[Sum, ...]


def run(
    seeds: Sequence[int], minutes: int, workers: int, progress: Callable[[], None] = lambda: None
) -> list[Result]:
    """A result for each kind of flow; `progress` hears of each pair of runs."""
    return [
        _result(informed, minutes, list(_trials(seeds, minutes, workers, progress, informed)))
        for informed in (False, True)
    ]


def trial(seed: int, *, minutes: int, informed: bool) -> Trial:
    """Both strategies on one market."""
    maker = MarketMaker(NAME, PARAMETERS)
    runs = [
        Run(seed, strategy, informed=informed) for strategy in (maker, OneTick(NAME, SIZE, CAP))
    ]
    for one in runs:
        one.run(60 * minutes)
    markouts = maker.senses[MARKET.id].markouts.sums
    return Trial(seed=seed, maker=runs[0].outcome, one_tick=runs[1].outcome, markouts=markouts)


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The mean, and how far to either side of it the true one lies, 95 times in a hundred."""
    return mean(values), Z * stdev(values) / sqrt(len(values))


def _trials(
    seeds: Sequence[int], minutes: int, workers: int, progress: Callable[[], None], informed: bool
) -> Iterator[Trial]:
    one = partial(trial, minutes=minutes, informed=informed)
    with ProcessPoolExecutor(workers, initializer=mortal) as pool:
        for done in pool.map(one, seeds):
            progress()
            yield done


def _result(informed: bool, minutes: int, trials: list[Trial]) -> Result:
    makers, others = [one.maker for one in trials], [one.one_tick for one in trials]
    gains = [one.maker.profit - one.one_tick.profit for one in trials]
    fills, commands = (sum(getattr(one, what) for one in makers) for what in ("fills", "commands"))
    figures = [
        *_profits("maker's profit", [one.profit for one in makers]),
        *(
            yardstick(each.name, each.value, each.unit)
            for each in _profits("one-tick quoter's profit", [one.profit for one in others])
        ),
        *_means("maker's profit less the quoter's", gains),
        figure("maker's fills", fills / len(trials), "a run"),
        yardstick("quoter's fills", mean(one.fills for one in others), "a run"),
        figure("commands a fill", commands / max(1, fills), "", Target("at most", COMMANDS_MAX)),
        figure(
            "most shares that could be held",
            max(one.shares_most for one in makers),
            "shares",
            Target("at most", CAP / SCALE),
        ),
        *_markouts(trials),
        figure("runs halted", sum(bool(one.halted) for one in makers), "", Target("at most", 0)),
    ]
    flow = "some who take know the fair value" if informed else "nobody knows the fair value"
    return result(
        "maker, informed flow" if informed else "maker, uninformed flow",
        f"{len(trials)} seeds of {minutes} min; {flow}",
        figures,
        [
            "± holds the mean of all seeds 95 times in a hundred; no fees, no rewards",
            "a synthetic market of our own: it compares two strategies and foretells nothing",
        ],
    )


def _profits(name: str, values: Sequence[float]) -> Iterator[Figure]:
    """What was earned, and at what risk."""
    yield from _means(name, values)
    yield figure(f"{name}, standard deviation", stdev(values), "$ a run")
    yield figure(f"{name}, worst run", min(values), "$")


def _means(name: str, values: Sequence[float]) -> Iterator[Figure]:
    middle, half = interval(values)
    yield figure(f"{name}, mean", middle, "$ a run")
    yield figure(f"{name}, ±", half, "$ a run")


def _markouts(trials: list[Trial]) -> Iterator[Figure]:
    for index, horizon_ns in enumerate(HORIZONS_NS):
        sums = [one.markouts[index] for one in trials]
        count, total = sum(one.count for one in sums), sum(one.total for one in sums)
        yield figure(
            f"mid less price after {horizon_ns // 10**9} s", 100 * total / max(1, count), "cents"
        )
