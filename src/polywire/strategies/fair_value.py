"""What a book and its trades say an outcome is worth, in dollars a share (strategies.md 2)."""

from collections.abc import Sequence
from math import exp

from polywire.core.units import SCALE, Price, Quantity


def microprice(bid: float, bid_size: float, ask: float, ask_size: float) -> float:
    """Between the best prices, nearer to the side that has less; sizes must not both be 0."""
    return (bid * ask_size + ask * bid_size) / (bid_size + ask_size)


def near_size(levels: Sequence[tuple[Price, Quantity]], decay: float) -> float:
    """Shares of a side's levels, best first, each less by its distance from the best one.

    A level `decay` dollars away counts 1/e of its size. 0 where the side is empty.
    """
    return sum(
        size / SCALE * exp(-abs(price - levels[0][0]) / SCALE / decay) for price, size in levels
    )


def fair_value(micro: float, flow: float, bid: float, ask: float, tick: float) -> float:
    """The microprice moved half a tick per unit of flow, at most a tick beyond the touch."""
    return min(max(micro + 0.5 * flow * tick, bid - tick), ask + tick)
