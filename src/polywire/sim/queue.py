"""When a resting order of ours fills: the stated, pessimistic rule; pure arithmetic over orders.

Public books have no order ids, so our place is a guess and this one never flatters: the whole
level that was shown when we came is ahead of us, and only public trades at our price shorten it;
whoever cancels is taken to have stood behind us. Prices and sides here are the primary outcome's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Market, Side
from polywire.core.units import Ns, Price, Quantity, complement


@dataclass(slots=True)
class Resting:
    """One of our orders at the venue. `ahead` is None until a proven book showed its level.

    `told_ns` is when the last execution of it will have been told.
    """

    command: PlaceOrder
    side: Side
    price: Price
    remaining: Quantity
    ahead: Quantity | None = None
    told_ns: Ns = Ns(0)

    def reaches(self, bid: Price | None, ask: Price | None) -> bool:
        """Whether its price meets the best price of the other side."""
        if self.side is Side.BUY:
            return ask is not None and self.price >= ask
        return bid is not None and self.price <= bid


def primary(market: Market, order: PlaceOrder) -> tuple[Side, Price]:
    """An order as it stands in the one book: a bid for the second outcome at p asks 1 - p here."""
    if market.outcome_index(order.instrument) == 0:
        return order.side, order.price
    return order.side.opposite, complement(order.price)


def by_priority(orders: Iterable[Resting], side: Side) -> list[Resting]:
    """Our orders on one side, best price first, equal prices in order of arrival."""
    mine = [order for order in orders if order.side is side]
    return sorted(mine, key=lambda order: order.price, reverse=side is Side.BUY)


def by_print(
    orders: Iterable[Resting], taker: Side, price: Price, size: Quantity
) -> Iterator[tuple[Resting, Quantity]]:
    """What one public trade fills of ours, in all never more than its size.

    A trade through an order's price has swept all that was ahead of it; a trade at its price
    first uses up the queue ahead. What went to our better orders is no longer there for others.
    """
    left = size
    for order in by_priority(orders, taker.opposite):
        beyond = price > order.price if order.side is Side.BUY else price < order.price
        if beyond or left == 0:
            return
        if order.ahead is None:
            continue
        passed = Quantity(min(order.ahead, left)) if price == order.price else Quantity(0)
        order.ahead = Quantity(order.ahead - passed) if price == order.price else Quantity(0)
        part = Quantity(min(order.remaining, left - passed))
        left = Quantity(left - part)
        if part:
            yield order, part
