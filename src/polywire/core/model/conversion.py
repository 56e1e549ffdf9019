"""Shares that become others, or dollars, without a trade: what a venue's contracts do.

No edge executes these yet; a run refuses a strategy that needs one (polymarket.md 8.6).
"""

from enum import StrEnum

from polywire.core.ids import MarketId, StrategyId
from polywire.core.model.command import Decision
from polywire.core.units import Quantity


class Conversion(StrEnum):
    """Split: a dollar into a share of each outcome; merge: back. Redeem: a resolved share's payout.

    Convert: No of some markets of an exclusive group into Yes of the others, and dollars.
    """

    SPLIT = "split"
    MERGE = "merge"
    REDEEM = "redeem"
    CONVERT = "convert"


class ConvertShares(Decision, frozen=True):
    """Convert so many shares of one market."""

    strategy: StrategyId
    market: MarketId
    conversion: Conversion
    quantity: Quantity
