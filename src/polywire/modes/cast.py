"""Who trades in a simulated world, and who comes and goes."""

import random
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from polywire.core.engine.roster import Roster, Seat
from polywire.core.execution.exits import ExitPlan
from polywire.core.ids import StrategyId
from polywire.core.model.control import Operation
from polywire.core.strategy import Strategy
from polywire.core.units import SECOND, Money, Ns, Price, Quantity
from polywire.sim.reckless import Grasping, Raising, Reckless
from polywire.sim.world import Scene
from polywire.strategies.holder import OUTCOMES, HolderParameters, PositionHolder
from polywire.strategies.maker_parameters import MakerParameters
from polywire.strategies.market_maker import MarketMaker
from polywire.strategies.touch_quoter import TouchQuoter, TouchQuoterParameters

LATE = StrategyId("late")
"""Whom a person adds while the run goes on; without exits."""
GRASPING = StrategyId("grasping")
MAKER = MakerParameters(
    size=Quantity(6_000_000),
    cap=Quantity(30_000_000),
    price_min=Price(30_000),
    warm_up=2 * SECOND,
    event_pause=3 * SECOND,
    reduce_before=30 * SECOND,
    halt_before=5 * SECOND,
)


def late() -> tuple[Strategy, Money]:
    """Who comes late, and its budget."""
    parameters = TouchQuoterParameters(
        size=Quantity(7_000_000), cap=Quantity(21_000_000), price_min=Price(40_000)
    )
    return TouchQuoter(LATE, parameters), Money(40_000_000)


def regulars(start: Ns, chance: random.Random) -> list[tuple[Strategy, Money]]:
    """Who trades in most worlds, and its budget."""
    raises_at = Ns(start + chance.randrange(120) * SECOND)
    quoter = TouchQuoter(
        StrategyId("quoter"),
        TouchQuoterParameters(
            size=Quantity(10_000_000), cap=Quantity(40_000_000), price_min=Price(30_000)
        ),
    )
    holder = PositionHolder(
        StrategyId("holder"),
        HolderParameters(
            shares=Quantity(chance.choice((7, 15, 30)) * 1_000_000),
            outcome=OUTCOMES[chance.randrange(2)],
            price_min=Price(50_000),
            price_max=Price(900_000),
            spread_max=Price(50_000),
        ),
    )
    return [
        (quoter, Money(70_000_000)),
        (Reckless(StrategyId("reckless")), Money(60_000_000)),
        (Raising(StrategyId("raising"), raises_at), Money(20_000_000)),
        (holder, Money(60_000_000)),
        late(),
    ]


def cast(first: list[tuple[Strategy, Money]], seed: int) -> list[tuple[Strategy, Money]]:
    """Those of a world, for some seeds with a maker, or with who buys sets; these have no exits.

    Sets are bought where nobody of ours quotes at the touch: it would be trading with oneself.
    """
    if seed % 2:
        return [*first, (MarketMaker(StrategyId("maker"), MAKER), Money(40_000_000))]
    if seed % 4 == 2:
        there = [one for one in first if one[0].name not in ("quoter", "reckless")]
        return [*there, (Grasping(GRASPING), Money(40_000_000))]
    return first


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
