"""What one `price_change` says of one market: both tokens' entries as one change of one book."""

from typing import Final

from polywire.core.model.market import Level, Proof
from polywire.core.units import ONE, Price, Quantity
from polywire.venues.polymarket.texts import Prices, Sizes
from polywire.venues.polymarket.wire import Entry

SIDES: Final = {"BUY": 0, "SELL": 1}

Slot = tuple[int, Price]


class Change:
    """Collects entries; the last word on a level wins, and the last proof of each outcome stands.

    Whether the venue hashes after each entry or after all of one message is not settled
    (polymarket.md 1.6); both readings agree on the last one.
    """

    __slots__ = ("_levels", "_prices", "_proofs", "_said", "_sizes")

    def __init__(self, prices: Prices, sizes: Sizes) -> None:
        self._prices = prices
        self._sizes = sizes
        self._levels: dict[Slot, Quantity] = {}
        self._said: tuple[dict[Slot, Quantity], dict[Slot, Quantity]] = ({}, {})
        self._proofs: dict[int, Proof] = {}

    def take(self, entry: Entry, outcome: int, hash_outside: str) -> None:
        """Take in one entry of an outcome; ValueError for text that is no level."""
        if entry.side not in SIDES:
            raise ValueError(f"expected BUY or SELL, found {entry.side!r}")
        slot = SIDES[entry.side] ^ outcome, self._prices.primary(entry.price, outcome)
        size = self._sizes[entry.size]
        self._levels[slot] = size
        self._said[outcome][slot] = size
        before = self._proofs.get(outcome)
        self._proofs[outcome] = Proof(
            outcome,
            entry.hash or hash_outside,
            self._prices.best(entry.best_bid, Price(0)),
            self._prices.best(entry.best_ask, ONE),
            entry.best_bid is not None and entry.best_ask is not None,
            before.entries + 1 if before else 1,
        )

    @property
    def levels(self) -> tuple[Level, ...]:
        """The changed levels in primary prices, each once, in the order they were first named."""
        return tuple((side, price, size) for (side, price), size in self._levels.items())

    @property
    def proofs(self) -> tuple[Proof, ...]:
        """One proof of each outcome that was named."""
        return tuple(self._proofs.values())

    @property
    def mismatches(self) -> int:
        """Levels on which the two tokens of one message disagree; one alone disagrees with none."""
        first, second = self._said
        if not first or not second:
            return 0
        return sum(first.get(slot) != second.get(slot) for slot in self._levels)
