"""What a book's levels mean for an order of a given size; pure functions over levels."""

from collections.abc import Iterable

from polywire.core.model.instrument import Side
from polywire.core.units import Price, Quantity


def sweep(
    levels: Iterable[tuple[Price, Quantity]], side: Side, limit: Price, quantity: Quantity
) -> list[tuple[Price, Quantity]]:
    """The executions an order would get from levels (best first) without passing its limit."""
    taken: list[tuple[Price, Quantity]] = []
    left = quantity
    for price, size in levels:
        beyond = price > limit if side is Side.BUY else price < limit
        if beyond or left == 0:
            break
        part = Quantity(min(size, left))
        taken.append((price, part))
        left = Quantity(left - part)
    return taken


def crosses(side: Side, price: Price, touch: tuple[Price | None, Price | None]) -> bool:
    """Whether an order at a price would trade at once against this touch (bid, ask)."""
    bid, ask = touch
    if side is Side.BUY:
        return ask is not None and price >= ask
    return bid is not None and price <= bid
