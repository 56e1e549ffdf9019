"""Where a maker quotes around a fair value: Avellaneda and Stoikov, and the practical form.

Sources: strategies.md 3.1 and 3.2. Any unit of price will do, dollars or log-odds.
"""

from dataclasses import dataclass
from math import log


@dataclass(frozen=True, slots=True)
class Aversion:
    """What a classical maker minds: risk aversion, variance till the horizon, intensity slope.

    `variance` is that of the price over the whole horizon: sigma^2 (T - t).
    """

    gamma: float
    variance: float
    slope: float


def reservation(fair: float, inventory: float, aversion: Aversion) -> float:
    """The price at which a maker with an inventory does not care: s - q gamma sigma^2 (T - t)."""
    return fair - inventory * aversion.gamma * aversion.variance


def half_spread(aversion: Aversion) -> float:
    """gamma sigma^2 (T - t) / 2 + ln(1 + gamma / k) / gamma, in the classical form."""
    gamma = aversion.gamma
    return gamma * aversion.variance / 2 + log(1 + gamma / aversion.slope) / gamma


def skewed(fair: float, share: float, skew: float, volatility: float) -> float:
    """The practical reservation: `share` is the inventory as a part of its cap, -1 .. 1."""
    return fair - skew * volatility * share


def widened(least: float, risk: float, toxicity: float) -> float:
    """The practical half spread: its least, and what volatility and adverse fills add."""
    return least + max(0.0, risk) + max(0.0, toxicity)
