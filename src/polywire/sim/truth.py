"""What the simulated world asks of its venue, which is right by definition."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from polywire.core.ids import MarketId
from polywire.core.model.instrument import Market
from polywire.core.units import Money
from polywire.sim.line import FirstBook, WireFrame


class Truth(FirstBook, Protocol):
    """The synthetic venue: books that are right by definition, and frames that tell of them."""

    def next_ns(self) -> int | None:
        """When something happens next."""

    def step(self, until_ns: int, /) -> Iterator[Sequence[WireFrame]]:
        """Let everything up to a time happen; what is sent because of it."""

    def rest(self, asset: str) -> str | None:
        """The REST answer for a token's book."""

    def market(self, market: MarketId) -> Market:
        """A market's terms as they are now."""

    def payouts(self, market: MarketId) -> tuple[Money, Money] | None:
        """What its outcomes pay, once it is resolved."""
