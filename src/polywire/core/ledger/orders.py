"""Our orders, found by their ids, by what the venue calls them, and by instrument while open.

Keeps the indexes together; what moves an order, and what it costs, is the ledger's.
"""

from collections.abc import Callable, Iterable, Iterator

from polywire.core.ids import FillId, InstrumentId, OrderId, StrategyId, VenueOrderId
from polywire.core.ledger.order import Order


class Orders:
    """`known`: open ones and those closed of late; `closed`: in the order in which they closed."""

    def __init__(self) -> None:
        self.known: dict[OrderId, Order] = {}
        self.open: dict[OrderId, Order] = {}
        self.closed: dict[OrderId, None] = {}
        self.by_venue: dict[VenueOrderId, OrderId] = {}
        self._open_on: dict[InstrumentId, dict[OrderId, Order]] = {}

    def add(self, order: Order) -> None:
        """Know one more, in whatever state it is."""
        command = order.command
        assert command.order_id not in self.known, f"order {command.order_id} exists"
        self.known[command.order_id] = order
        if order.venue_id is not None:
            self.by_venue[order.venue_id] = command.order_id
        self._open_on.setdefault(command.instrument, {})
        if order.is_open:
            self.reopen(order)
        else:
            self.closed[command.order_id] = None

    def close(self, order: Order) -> None:
        """It is open no more."""
        order_id = order.command.order_id
        del self.open[order_id]
        del self._open_on[order.command.instrument][order_id]
        self.closed[order_id] = None

    def reopen(self, order: Order) -> None:
        """It is open, as the youngest."""
        order_id = order.command.order_id
        self.closed.pop(order_id, None)
        self.open[order_id] = self._open_on[order.command.instrument][order_id] = order

    def withdraw(self, order_id: OrderId) -> Order:
        """It was never sent."""
        order = self.known.pop(order_id)
        del self.open[order_id]
        del self._open_on[order.command.instrument][order_id]
        return order

    def forget(self, kept: int, is_pending: Callable[[FillId], bool]) -> list[FillId]:
        """Let go of the one that closed first, where too many have, and say what had filled it."""
        if len(self.closed) <= kept:
            return []
        order_id = next(iter(self.closed))
        del self.closed[order_id]
        order = self.known[order_id]
        if any(map(is_pending, order.fills)):
            self.closed[order_id] = None  # its turn comes again
            return []
        del self.known[order_id]
        if order.venue_id is not None:
            del self.by_venue[order.venue_id]
        return order.fills

    def drop(self, instrument: InstrumentId) -> None:
        """Forget that there ever was one."""
        assert not self._open_on.pop(instrument, None), f"an order on {instrument} is open"

    def on(self, instrument: InstrumentId) -> Iterable[Order]:
        """The open ones of an instrument, oldest first."""
        return self._open_on.get(instrument, {}).values()

    def of(self, strategy: StrategyId | None, instrument: InstrumentId) -> Iterator[Order]:
        """The open ones of one strategy, or of all."""
        for order in self.on(instrument):
            if strategy is None or order.command.strategy == strategy:
                yield order

    def had(self, instrument: InstrumentId) -> bool:
        """Whether there ever was one."""
        return instrument in self._open_on

    def instruments(self) -> Iterator[InstrumentId]:
        """Where any is open."""
        return (instrument for instrument, orders in self._open_on.items() if orders)
