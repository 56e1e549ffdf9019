"""Where a maker quotes around a fair value: the practical form of Avellaneda and Stoikov.

Source: strategies.md 3.2. Any unit of price will do, dollars or log-odds.
"""


def skewed(fair: float, share: float, skew: float, volatility: float) -> float:
    """The practical reservation: `share` is the inventory as a part of its cap, -1 .. 1."""
    return fair - skew * volatility * share


def widened(least: float, risk: float, toxicity: float) -> float:
    """The practical half spread: its least, and what volatility and adverse fills add."""
    return least + max(0.0, risk) + max(0.0, toxicity)
