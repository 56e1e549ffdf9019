"""Who is there in a simulated world besides its first strategies, and who comes and goes."""

import random
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from polywire.core.engine.roster import Roster, Seat
from polywire.core.execution.exits import ExitPlan
from polywire.core.ids import StrategyId
from polywire.core.model.control import Operation
from polywire.core.strategy import Strategy
from polywire.core.units import SECOND, Money, Ns, Price, Quantity
from polywire.sim.world import Scene
from polywire.strategies.touch_quoter import TouchQuoter, TouchQuoterParameters

LATE = StrategyId("late")
"""Whom a person adds while the run goes on; without exits."""


def late() -> tuple[Strategy, Money]:
    """Who comes late, and its budget."""
    parameters = TouchQuoterParameters(
        size=Quantity(7_000_000), cap=Quantity(21_000_000), price_min=Price(40_000)
    )
    return TouchQuoter(LATE, parameters), Money(40_000_000)


def roster(
    strategies: Iterable[tuple[Strategy, Money]],
    plans: Mapping[StrategyId, ExitPlan],
    left: Collection[StrategyId],
) -> Roster:
    """Who is in the file: not who was retired; who may be added is known by name."""

    def seat(strategy: Strategy, budget: Money) -> Seat:
        plan = plans.get(strategy.name)
        return Seat(strategy, budget, patience_ns=SECOND, dwell_ns=SECOND, exits=plan)

    known = {str(strategy.name): (strategy, budget) for strategy, budget in strategies}
    there = [one for name, one in known.items() if name not in left]
    return Roster((seat(*one) for one in there), lambda name: seat(*known[name]))


def with_turnover(scene: Scene, seed: int) -> Scene:
    """A scene in which, for some seeds, strategies come and go until the weather is calm."""
    if seed % 3 != 1:
        return scene
    comings = _turnover(seed, scene.start, scene.calm - scene.start)
    return replace(scene, asked=(*scene.asked, *comings))


def _turnover(seed: int, start: Ns, span: int) -> Iterator[tuple[Ns, Operation, str]]:
    """One comes, may go and come back; one of the others goes, sold out or not."""
    chance = random.Random(seed)
    ends = (Operation.RETIRE, Operation.SELL_OUT)
    first, second, third = sorted(Ns(start + chance.randrange(span)) for _ in range(3))
    yield first, Operation.ADD, LATE
    if chance.randrange(2):
        yield second, chance.choice(ends), LATE
        yield third, Operation.ADD, LATE
    names = ("quoter", "reckless", "raising", "holder")
    yield Ns(start + chance.randrange(span)), chance.choice(ends), chance.choice(names)
