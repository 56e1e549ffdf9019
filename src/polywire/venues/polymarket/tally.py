"""What has been told of the account's orders and fills, so that each is told once.

Channel and REST share one: whichever is first tells, the other repeats. It also holds a close back
for a minute while the venue shows more of the order matched than we know fills of: closed first,
the order would for a moment cost less than it can. Forgets the oldest; the ledger knows fills too.
"""

from typing import Final, TypeVar

import msgspec

from polywire.core.ids import FillId, VenueOrderId
from polywire.core.model.account import (
    AccountEvent,
    FillSettled,
    ForeignFill,
    OrderCancelled,
    OrderFilled,
    Settlement,
)
from polywire.core.model.command import PlaceOrder
from polywire.core.units import MINUTE, Ns, Quantity
from polywire.venues.polymarket.fills import DUST, Execution, Orders, Part, TradeNews

KEPT_MAX: Final = 50_000
"""Orders, and fills, that are remembered: more than rest or settle at any time."""
OWED_NS: Final = MINUTE
"""Fills that are shown for so long without being told are not to come: the figure was wrong."""
K = TypeVar("K")
V = TypeVar("V")


class Tally:
    """One account's; `contradictions` counts trades that were told both final and failed."""

    __slots__ = (
        "_closing",
        "_filled",
        "_matched",
        "_orders",
        "_resting",
        "_settled",
        "contradictions",
    )

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._settled: dict[tuple[str, VenueOrderId], tuple[Settlement, tuple[FillId, ...]]] = {}
        self._resting: dict[VenueOrderId, Quantity] = {}
        self._filled: dict[VenueOrderId, Quantity] = {}
        self._matched: dict[VenueOrderId, tuple[Quantity, Ns]] = {}
        self._closing: dict[VenueOrderId, OrderCancelled] = {}
        self.contradictions = 0

    def behind(self, now: Ns) -> tuple[VenueOrderId, ...]:
        """Orders of which the venue shows, not for long, more matched than it has told fills of."""
        return tuple(one for one, (_, since) in self._matched.items() if now < since + OWED_NS)

    def rests(self, venue_order_id: VenueOrderId, remaining: Quantity) -> bool:
        """Note what rests of an order, whether that is news; what is over (0) stays over."""
        before = self._resting.get(venue_order_id)
        if before == 0:
            return False
        _keep(self._resting, venue_order_id, remaining)
        return before != remaining

    def forget(self, venue_order_id: VenueOrderId) -> None:
        """Whatever the venue shows of the order next is news."""
        self._resting.pop(venue_order_id, None)

    def matched(
        self, venue_order_id: VenueOrderId, order: PlaceOrder, shares: Quantity, now: Ns
    ) -> None:
        """The venue shows so much of an order matched, in all; that alone is no fill."""
        shares = min(shares, order.quantity)
        if shares - self._known(venue_order_id, order) >= DUST:
            before, _ = self._matched.get(venue_order_id, (0, now))
            if shares > before:
                _keep(self._matched, venue_order_id, (shares, now))

    def closes(self, venue_order_id: VenueOrderId, event: OrderCancelled) -> list[AccountEvent]:
        """Nothing rests any more: told now, or once the fills are known that it shows."""
        if venue_order_id in self._matched:
            _keep(self._closing, venue_order_id, event)
            return []
        return [event]

    def overdue(self, now: Ns) -> list[AccountEvent]:
        """The closes that waited in vain; call it once all trades have been read."""
        behind = self.behind(now)
        over = [one for one in self._closing if one not in behind]
        for one in over:
            self._matched.pop(one, None)
        return [msgspec.structs.replace(self._closing.pop(one), recv_ns=now) for one in over]

    def executed(self, trade: TradeNews, execution: Execution, now: Ns) -> list[AccountEvent]:
        """Fills never told before, or what has become of those that were pending."""
        key = trade.id, execution.venue_order_id
        before = self._settled.get(key)
        settlement = trade.settlement
        if before is None:
            fill_ids = tuple(part.fill_id for part in execution.parts)
            _keep(self._settled, key, (settlement, fill_ids))
            told = _first_told(trade, execution, now)
            return told + self._caught_up(execution, now)
        known, fill_ids = before
        if known is not Settlement.PENDING or settlement is Settlement.PENDING:
            self.contradictions += {known, settlement} == {Settlement.FINAL, Settlement.REVERSED}
            return []
        _keep(self._settled, key, (settlement, fill_ids))
        return [FillSettled(now, fill_id, settlement) for fill_id in fill_ids]

    def _known(self, venue_order_id: VenueOrderId, order: PlaceOrder) -> Quantity:
        """Shares whose fills were told, by an earlier run too."""
        if venue_order_id not in self._filled:
            _keep(self._filled, venue_order_id, self._orders.filled(order.order_id))
        return self._filled[venue_order_id]

    def _caught_up(self, execution: Execution, now: Ns) -> list[AccountEvent]:
        """Count what no earlier run has; the close that waited for it, if none is missing now."""
        if execution.order is None:
            return []
        venue_order_id = execution.venue_order_id
        parts = execution.parts
        news = sum(one.quantity for one in parts if not self._orders.knows_fill(one.fill_id))
        filled = Quantity(self._known(venue_order_id, execution.order) + news)
        self._filled[venue_order_id] = filled
        shown, _ = self._matched.get(venue_order_id, (0, now))
        if shown - filled >= DUST:
            return []
        self._matched.pop(venue_order_id, None)
        closing = self._closing.pop(venue_order_id, None)
        return [msgspec.structs.replace(closing, recv_ns=now)] if closing is not None else []


def _first_told(trade: TradeNews, execution: Execution, now: Ns) -> list[AccountEvent]:
    """The fills, and how they ended if they have: an earlier run may know them as pending.

    What has failed unheard moved nothing, but it used its order up: that is a fill, undone.
    """
    settled: list[AccountEvent] = [
        FillSettled(now, part.fill_id, trade.settlement)
        for part in execution.parts
        if trade.settlement is not Settlement.PENDING
    ]
    if trade.settlement is Settlement.REVERSED and execution.order is None:
        return settled
    return [_fill(trade, execution, part, now) for part in execution.parts] + settled


def _fill(trade: TradeNews, execution: Execution, part: Part, now: Ns) -> OrderFilled | ForeignFill:
    if execution.order is None:
        return ForeignFill(
            recv_ns=now,
            venue_ns=trade.venue_ns,
            venue_order_id=execution.venue_order_id,
            fill_id=part.fill_id,
            instrument=execution.instrument,
            side=execution.side,
            price=part.price,
            quantity=part.quantity,
            fee=part.fee,
            maker=execution.maker,
            settlement=trade.settlement,
            fee_max=part.fee_max,
        )
    return OrderFilled(
        recv_ns=now,
        venue_ns=trade.venue_ns,
        order_id=execution.order.order_id,
        fill_id=part.fill_id,
        price=part.price,
        quantity=part.quantity,
        fee=part.fee,
        maker=execution.maker,
        settlement=trade.settlement,
    )


def _keep(memory: dict[K, V], key: K, value: V) -> None:
    """Remember a value, and forget the oldest if that is one too many."""
    memory[key] = value
    if len(memory) > KEPT_MAX:
        del memory[next(iter(memory))]
