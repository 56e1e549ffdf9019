"""Prices as log-odds, in which volatility is far steadier across levels (strategies.md 2)."""

from math import exp, log
from typing import Final

CERTAIN: Final = 0.999
"""Beyond this, and below its complement, log-odds say more of the tick than of the odds."""


def log_odds(price: float) -> float:
    """ln(p / (1 - p)) of a probability in dollars, kept within 0.001 .. 0.999 first."""
    kept = min(max(price, 1 - CERTAIN), CERTAIN)
    return log(kept / (1 - kept))


def probability(odds: float) -> float:
    """The probability that has these log-odds."""
    return 1 / (1 + exp(-odds))


def slope(price: float) -> float:
    """Dollars by which a price moves per unit of log-odds: p (1 - p)."""
    return price * (1 - price)
