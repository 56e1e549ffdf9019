"""How much to put into a binary contract, given what one believes (strategies.md 6).

Fractions of the capital, not shares; limits, depth and minimum sizes come after.
"""

from math import log1p


def kelly(chance: float, cost: float) -> float:
    """The fraction of the capital that grows it fastest; 0 where the belief is not worth the cost.

    `cost` is what a share costs with its fee, in dollars between 0 and 1; `chance` that it pays
    one. Bet a quarter of it at most: the chance is an estimate.
    """
    _check(chance, cost)
    return max(0.0, (chance - cost) / (1 - cost))


def cautious(chance: float, error: float, deviations: float) -> float:
    """A chance less so many standard errors of its estimate, never under 0."""
    return max(0.0, chance - deviations * error)


def growth(chance: float, cost: float, fraction: float) -> float:
    """The expected growth of the logarithm of the capital, with a fraction under 1 of it at stake.

    Source: strategies.md 6, p ln(1 + f (1 - c) / c) + (1 - p) ln(1 - f).
    """
    _check(chance, cost)
    assert 0 <= fraction < 1, fraction
    return chance * log1p(fraction * (1 - cost) / cost) + (1 - chance) * log1p(-fraction)


def _check(chance: float, cost: float) -> None:
    assert 0 <= chance <= 1, chance
    assert 0 < cost < 1, cost
