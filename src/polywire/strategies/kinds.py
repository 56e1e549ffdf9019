"""The strategies there are by their `kind`: what each is told, and how it is made."""

from typing import Final, assert_never

from polywire.core.ids import StrategyId
from polywire.core.strategy import Strategy
from polywire.strategies.holder import HolderParameters, PositionHolder
from polywire.strategies.touch_quoter import TouchQuoter, TouchQuoterParameters

Parameters = TouchQuoterParameters | HolderParameters

KINDS: Final[dict[str, type[Parameters]]] = {
    str(kind.__struct_config__.tag): kind for kind in (TouchQuoterParameters, HolderParameters)
}


def strategy_of(name: StrategyId, parameters: Parameters) -> Strategy:
    """The strategy that is told these parameters."""
    match parameters:
        case TouchQuoterParameters():
            return TouchQuoter(name, parameters)
        case HolderParameters():
            return PositionHolder(name, parameters)
        case _:
            assert_never(parameters)
