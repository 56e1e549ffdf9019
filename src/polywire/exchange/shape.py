"""Shapes of synthetic books, drawn to match recorded ones: depth, sizes, ticks and pace."""

import math
from dataclasses import dataclass
from random import Random

from polywire.exchange.books import Ladder
from polywire.exchange.decimals import ONE

# Levels per side in 22 recorded books: tenth percentile 5, median 30, ninetieth 124, largest 136.
DEPTH_MEDIAN = 30
DEPTH_SIGMA = 1.1
DEPTH_MAX = 136
DEEP = 35
TICKS = ((10_000, 62), (1_000, 32), (5_000, 2), (2_500, 2), (100, 2))
EDGES = (40_000, 960_000)
"""A market on a cent grid gets the finer one when its price leaves this band."""
FINE_TICK = 1_000


@dataclass(frozen=True, slots=True)
class Character:
    """What one market is like for as long as it lives."""

    depth: int
    spread_ticks: int
    pace: float
    volatility: float
    size: float


def draw_depth(rng: Random) -> int:
    """Levels a side."""
    depth = round(DEPTH_MEDIAN * math.exp(rng.gauss(0, DEPTH_SIGMA)))
    return max(3, min(DEPTH_MAX, depth))


def draw_tick(rng: Random, depth: int) -> int:
    """A tick in micros; cents and tenths of cents are usual, deep books need the finer one."""
    tick = rng.choices([tick for tick, _ in TICKS], [weight for _, weight in TICKS])[0]
    return min(tick, FINE_TICK) if depth > DEEP else tick


def draw_character(rng: Random, depth: int, tick: int, *, lively: bool = False) -> Character:
    """Spread, relative pace and volatility of a market; `lively` ones are busy."""
    ticks = max(1, 10_000 // tick)
    return Character(
        depth=depth,
        spread_ticks=max(1, round(rng.choice((0.1, 0.5, 1, 1, 2, 3)) * ticks)),
        pace=rng.lognormvariate(0, 1.1) * (4 if lively else 1),
        volatility=0.35 if lively else rng.lognormvariate(-3.2, 0.6),
        size=rng.lognormvariate(5.5, 0.8),
    )


def draw_size(rng: Random, typical: float, rank: int) -> int:
    """A level's size in micros, two decimals; levels far from the touch are larger."""
    shares = typical * (1 + rank / 4) * rng.lognormvariate(0, 1)
    if rng.random() < 0.4:
        shares = max(5.0, round(shares / 10) * 10)
    return max(5_000_000, round(shares * 100) * 10_000)


def on_grid(price: float, tick: int) -> int:
    """The grid price at or below, inside the allowed range."""
    return min(ONE - tick, max(tick, int(price // tick) * tick))


def fill(rng: Random, ladder: Ladder, best: int, character: Character, *, step: int) -> None:
    """Grow a ladder from its best price outwards; `step` is the tick, negative for bids."""
    price, tick = best, abs(step)
    room = (best if step < 0 else ONE - best) / tick
    wide = max(0.0, room / character.depth - 1)
    for rank in range(character.depth):
        if not tick <= price <= ONE - tick:
            return
        ladder.put(price, draw_size(rng, character.size, rank))
        # Levels lie densely at the touch and sparsely far away, within the room there is.
        gap = 1 + int(rng.expovariate(1) * wide * min(1.5, 0.1 + 2 * rank / character.depth) * 0.6)
        price += step * gap
