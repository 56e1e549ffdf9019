"""Asks again what was not answered: lost cancels, and what became of orders without a proven fate.

Cancels may be repeated; an order never is. Owns only when something was looked up last.
"""

from msgspec import Struct

from polywire.core.ids import OrderId
from polywire.core.ledger.ledger import Ledger
from polywire.core.ledger.order import Order, OrderState
from polywire.core.model.command import CancelOrder, LookUpOrder
from polywire.core.units import MILLISECOND, SECOND, Ns

LOOK_NS = 100 * MILLISECOND
SILENT_NS = 5 * SECOND
"""How long an order may be sent without any answer before it is looked up."""
CANCEL_NS = 2 * SECOND
LOOK_UP_NS = SECOND
PAUSE_NS_MAX = 30 * SECOND
"""Pauses double up to this: a venue that does not answer is not to be hammered."""


class Asked(Struct):
    """How often an order was looked up, and when last."""

    times: int = 0
    at_ns: Ns = Ns(0)


class Reminders:
    """Call `cut` at each cut, before strategies are asked."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._asked: dict[OrderId, Asked] = {}
        self._next_ns = Ns(0)

    def start(self) -> None:
        """A run begins: what was sent before it has been heard of by nobody."""
        for order in self._ledger.open_orders.values():
            if order.state is OrderState.SENT:
                self._ledger.doubt(order)

    def cut(self, now: Ns) -> list[CancelOrder | LookUpOrder]:
        """The cancels and questions that are due, in the order in which the orders were sent."""
        ledger = self._ledger
        if now < self._next_ns and not ledger.doubts:
            return []
        self._next_ns = Ns(now + LOOK_NS)
        ledger.doubts.clear()
        asked: list[CancelOrder | LookUpOrder] = []
        before, self._asked = self._asked, {}
        for order in ledger.open_orders.values():
            order_id = order.command.order_id
            reason = _cancel_reason(order, now)
            if reason:
                cancel = CancelOrder(order_id, reason)
                ledger.cancelling(cancel, now)
                asked.append(cancel)
            if _unproven(order, now):
                last = self._asked[order_id] = before.get(order_id) or Asked()
                if not last.times or now - last.at_ns >= _pause_ns(LOOK_UP_NS, last.times):
                    last.times, last.at_ns = last.times + 1, now
                    asked.append(LookUpOrder(order_id, order.venue_id))
        return asked


def _cancel_reason(order: Order, now: Ns) -> str:
    """Why an order is to be cancelled, or to be cancelled again; or empty."""
    if not order.cancelling:
        return "showed up late" if order.stray else ""
    unanswered = now - order.cancel_ns >= _pause_ns(CANCEL_NS, order.cancels)
    return "unanswered" if unanswered else ""


def _unproven(order: Order, now: Ns) -> bool:
    """Whether nobody knows where an order stands."""
    if order.state is OrderState.SENT and now - order.sent_ns >= SILENT_NS:
        return True
    return order.doubted or order.state is OrderState.UNKNOWN or order.cancels > 1


def _pause_ns(first_ns: int, times: int) -> int:
    """The pause after so many askings."""
    return min(first_ns << (times - 1), PAUSE_NS_MAX) if times < 8 else PAUSE_NS_MAX
