"""A book without our own orders: what we rest must not tell us what others think."""

from collections.abc import Iterator

from polywire.core.ledger.order import OrderState
from polywire.core.model.instrument import Side
from polywire.core.units import Price, Quantity, complement
from polywire.core.view import MarketView


def others(view: MarketView, side: Side) -> Iterator[tuple[Price, Quantity]]:
    """Levels of the first outcome, best first, less what this strategy is known to rest there.

    A level smaller than that does not hold it yet; where the book shows none of ours, none does.
    """
    mine = _resting(view, side) if view.shows_ours else {}
    for price, size in view.levels(0, side):
        ours = mine.get(price, 0)
        if size != ours:
            yield price, Quantity(size - ours if size > ours else size)


def _resting(view: MarketView, side: Side) -> dict[Price, int]:
    resting: dict[Price, int] = {}
    for outcome in (0, 1):
        for order in view.open_orders(outcome):
            command, first = order.command, outcome == 0
            if order.state is OrderState.LIVE and (command.side is side) is first:
                price = command.price if first else complement(command.price)
                resting[price] = resting.get(price, 0) + order.remaining
    return resting
