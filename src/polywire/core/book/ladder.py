"""One side of a book: sizes by price, with the prices that have any kept in order.

A dictionary of integer prices fits every tick grid, so a change of tick needs no rebuilding
(docs/adr/0001-ladder.md has the measurement against a list indexed by tick).
"""

from bisect import bisect_left, insort
from collections.abc import Iterable

from polywire.core.units import Price, Quantity


class Ladder:
    """Sizes by price; `prices` is ascending and holds exactly the prices with a size."""

    __slots__ = ("prices", "sizes")

    def __init__(self) -> None:
        self.sizes: dict[Price, Quantity] = {}
        self.prices: list[Price] = []

    def put(self, price: Price, size: Quantity) -> None:
        """Set the absolute size at a price; 0 removes the level, and removing none is no error."""
        if size:
            if price not in self.sizes:
                insort(self.prices, price)
            self.sizes[price] = size
        elif self.sizes.pop(price, 0):
            del self.prices[bisect_left(self.prices, price)]

    def replace(self, levels: Iterable[tuple[Price, Quantity]]) -> list[tuple[Price, Quantity]]:
        """Hold these levels and no others; what had to change for it, removed ones with size 0."""
        wanted = {price: size for price, size in levels if size}
        held = self.sizes
        if wanted == held:  # the usual case: the changes told it before
            return []
        changed = [(price, size) for price, size in wanted.items() if held.get(price) != size]
        changed += [(price, Quantity(0)) for price in held if price not in wanted]
        for price, size in changed:
            self.put(price, size)
        return changed
