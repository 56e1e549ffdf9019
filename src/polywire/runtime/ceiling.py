"""The last stop before the wire, should the engine be the problem: orders and dollars a minute.

Shares no code with the risk rules; counts what is handed to the executor, whatever came of it.
"""

from collections import deque

import structlog

from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Side
from polywire.core.units import MINUTE, Money, Ns, cost

log = structlog.get_logger()


class Ceiling:
    """At most so many orders and so many dollars of buys in any minute; over it for good.

    Dollars are those of buys that may trade at once: what is post-only spends nothing yet. Over
    them nothing is bought; over the orders nothing at all is sent.
    """

    def __init__(self, *, orders: int, dollars: Money) -> None:
        self.hit = ""
        """Why nothing is sent any more, or nothing bought; or empty."""
        self._orders = orders
        self._dollars = dollars
        self._sells = True
        self._recent: deque[tuple[Ns, int]] = deque()
        self._spent = 0

    def refusal(self, order: PlaceOrder, now: Ns) -> str:
        """Why an order is not sent, or empty."""
        if self.hit and not (self._sells and order.side is Side.SELL):
            return self.hit
        while self._recent and now - self._recent[0][0] >= MINUTE:
            self._spent -= self._recent.popleft()[1]
        takes = order.side is Side.BUY and not order.post_only
        spends = cost(order.price, order.quantity) if takes else 0
        if len(self._recent) >= self._orders:
            self._sells = False
            return self._end(f"{self._orders} orders a minute: nothing is placed")
        if self._spent + spends > self._dollars:
            return self._end(f"${self._dollars // 1_000_000} a minute: nothing is bought")
        self._recent.append((now, spends))
        self._spent += spends
        return ""

    def _end(self, what: str) -> str:
        self.hit = f"over the ceiling of {what} until the next start"
        log.critical("ceiling_hit", reason=self.hit)
        return self.hit
