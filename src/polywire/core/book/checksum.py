"""What the engine asks of a venue's book checksum; the venue package supplies the recipe."""

from collections.abc import Callable
from typing import Protocol

from polywire.core.model.instrument import Market
from polywire.core.model.market import Level
from polywire.core.units import Ns, Price


class Checksum(Protocol):
    """The venue's hash of one market's book, kept up to date level by level; pure."""

    def change(self, levels: tuple[Level, ...]) -> None:
        """Take in absolute sizes in primary prices, exactly those that changed in the book."""

    def set_tick(self, tick: Price) -> None:
        """The tick size that the venue hashes with from now on."""

    def digest(self, outcome: int, venue_ns: Ns, last_trade: Price | None) -> str:
        """The hash the venue would send for an outcome's view of the book at its own time."""


ChecksumFor = Callable[[Market], Checksum]
"""How the engine gets a checksum for a market that enters the watched set."""
