"""The strategies there are by their `kind`: what each is told, and how it is made.

A kind that is `module:Class` is somebody's own (strategies.own).
"""

from typing import Final, assert_never, get_args

from polywire.core.ids import StrategyId
from polywire.core.model.conversion import Conversion
from polywire.core.parameters import StrategyParameters
from polywire.core.strategy import Strategy
from polywire.strategies.holder import HolderParameters, PositionHolder
from polywire.strategies.maker_parameters import MakerParameters
from polywire.strategies.market_maker import MarketMaker
from polywire.strategies.outcome_sum import OutcomeSum
from polywire.strategies.own import NAMED, OwnParameters, parameters_of
from polywire.strategies.sum_parameters import OutcomeSumParameters
from polywire.strategies.touch_quoter import TouchQuoter, TouchQuoterParameters

Declared = TouchQuoterParameters | HolderParameters | MakerParameters | OutcomeSumParameters
Parameters = Declared | OwnParameters

KINDS: Final[dict[str, type[Declared]]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(Declared)
}


def told_of(kind: str) -> type[StrategyParameters] | None:
    """What a strategy of a kind is told; None for no kind, ConfigError for an own one unfit."""
    return parameters_of(kind) if NAMED.fullmatch(kind) else KINDS.get(kind)


def strategy_of(name: StrategyId, parameters: Parameters) -> Strategy:
    """The strategy that is told these parameters."""
    match parameters:
        case TouchQuoterParameters():
            return TouchQuoter(name, parameters)
        case HolderParameters():
            return PositionHolder(name, parameters)
        case MakerParameters():
            return MarketMaker(name, parameters)
        case OutcomeSumParameters():
            return OutcomeSum(name, parameters)
        case OwnParameters():
            return parameters.strategy(name)
        case _:
            assert_never(parameters)


def needs_of(parameters: Parameters) -> frozenset[Conversion]:
    """What has to be executed beside orders."""
    return parameters.needs if isinstance(parameters, OutcomeSumParameters) else frozenset()
