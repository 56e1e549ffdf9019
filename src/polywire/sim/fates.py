"""What became of each order at the simulated venue, so that it can be told again."""

from collections.abc import Iterator

from msgspec import structs

from polywire.core.ids import OrderId
from polywire.core.model.account import FillSettled, OrderCancelled, OrderFilled
from polywire.core.units import Ns

Fate = OrderFilled | FillSettled | OrderCancelled
KEPT = 10_000
"""Orders of which it is remembered what became of them."""


class Fates:
    """By order, in the order in which things happened."""

    def __init__(self) -> None:
        self._by_order: dict[OrderId, list[Fate]] = {}

    def __contains__(self, order_id: OrderId) -> bool:
        """Whether the order ever reached the book."""
        return order_id in self._by_order

    def __iter__(self) -> Iterator[OrderId]:
        """Every order that did."""
        return iter(self._by_order)

    def begin(self, order_id: OrderId) -> None:
        """An order is on the book."""
        self._by_order[order_id] = []
        if len(self._by_order) > KEPT:
            del self._by_order[next(iter(self._by_order))]

    def note(self, order_id: OrderId, event: Fate) -> None:
        """Something became of it."""
        self._by_order.setdefault(order_id, []).append(event)

    def again(self, order_id: OrderId, at: Ns) -> list[Fate]:
        """All of that, as told now."""
        return [structs.replace(event, recv_ns=at) for event in self._by_order[order_id]]

    def trades(self, at: Ns) -> list[Fate]:
        """Every fill there was and what became of it, as told now."""
        told = [event for order_id in self for event in self.again(order_id, at)]
        return [event for event in told if not isinstance(event, OrderCancelled)]
