"""Shown depth that our own fills have already used up, so that no share is taken twice.

The books we see know nothing of our simulated fills: what we took is still shown. It stays taken
until the venue shows less there; only what a level grows by is new.
"""

from collections.abc import Iterator

from polywire.core.book.measures import sweep
from polywire.core.book.order_book import OrderBook
from polywire.core.model.instrument import Side
from polywire.core.units import Price, Quantity

Place = tuple[Side, Price]


class TakenDepth:
    """What we took of one market's shown levels, in primary prices."""

    __slots__ = ("_taken",)

    def __init__(self) -> None:
        self._taken: dict[Place, Quantity] = {}

    def __bool__(self) -> bool:
        return bool(self._taken)

    def follow(self, book: OrderBook) -> None:
        """The book changed: of a level nothing more can be taken than it still shows."""
        for (side, price), taken in tuple(self._taken.items()):
            shown = book.size_at(0, side, price)
            if shown < taken:
                self._set(side, price, shown)

    def fills(self, book: OrderBook, side: Side, limit: Price, quantity: Quantity) -> bool:
        """Whether `take` would take all of a quantity."""
        executions = sweep(self._left(book, side.opposite), side, limit, quantity)
        return sum(part for _, part in executions) == quantity

    def take(
        self, book: OrderBook, side: Side, limit: Price, quantity: Quantity
    ) -> list[tuple[Price, Quantity]]:
        """Take up to a quantity for an order on `side` from the other side, not past its limit."""
        executions = sweep(self._left(book, side.opposite), side, limit, quantity)
        for price, part in executions:
            level = (side.opposite, price)
            self._taken[level] = Quantity(self._taken.get(level, 0) + part)
        return executions

    def _left(self, book: OrderBook, side: Side) -> Iterator[tuple[Price, Quantity]]:
        for price, shown in book.levels(0, side):
            left = shown - self._taken.get((side, price), 0)
            if left > 0:
                yield price, Quantity(left)

    def _set(self, side: Side, price: Price, size: Quantity) -> None:
        if size:
            self._taken[side, price] = size
        else:
            del self._taken[side, price]
