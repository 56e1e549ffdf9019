"""When a resting order of ours fills: queue models and their arithmetic over our orders.

Public books have no order ids, so our place in a level is a guess: of one order `FRONT` fills too
much and `BACK` too little; what many earn may lie outside both. Whatever the model, a trade through
our price has swept what was ahead. Prices and sides here are the primary outcome's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from polywire.core.book.order_book import OrderBook
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Market, Side
from polywire.core.units import Money, Ns, Price, Quantity, complement, share_of


class QueueModel(Protocol):
    """What stands ahead of an order of ours in its level."""

    def joins(self, shown: Quantity | None, /) -> Quantity | None:
        """What is ahead of an order that comes to rest where so much is shown; None: not known."""

    def cancelled(self, ahead: Quantity, shown: Quantity, gone: Quantity, /) -> Quantity:
        """What is ahead after others took `gone` of the `shown` back without a trade."""


class Front:
    """Optimistic: nobody is ahead of us; every trade at our price is ours first."""

    def joins(self, _shown: Quantity | None, /) -> Quantity:
        """See QueueModel."""
        return Quantity(0)

    def cancelled(self, ahead: Quantity, _shown: Quantity, _gone: Quantity, /) -> Quantity:
        """See QueueModel."""
        return ahead


class Back:
    """Pessimistic: all that is shown is ahead, and whoever cancels stood behind us."""

    def joins(self, shown: Quantity | None, /) -> Quantity | None:
        """See QueueModel."""
        return shown

    def cancelled(self, ahead: Quantity, _shown: Quantity, _gone: Quantity, /) -> Quantity:
        """See QueueModel."""
        return ahead


class Proportional:
    """Between: all that is shown is ahead, and who cancels stood anywhere, each share alike."""

    def joins(self, shown: Quantity | None, /) -> Quantity | None:
        """See QueueModel."""
        return shown

    def cancelled(self, ahead: Quantity, shown: Quantity, gone: Quantity, /) -> Quantity:
        """See QueueModel."""
        if ahead >= shown:
            return Quantity(min(ahead, shown - gone))
        return Quantity(ahead - share_of(Money(gone), ahead, shown))


FRONT: Final = Front()
BACK: Final = Back()
PROPORTIONAL: Final = Proportional()


@dataclass(slots=True)
class Resting:
    """One of our orders at the venue. `ahead` is None until a proven book showed its level.

    `since_ns` is the venue's time of the book it joined: it shows all trades until then.
    `told_ns` is when the last execution of it will have been told. `shown` is what its level last
    showed, `printed` what trades there have taken that the level may not have shown yet.
    """

    command: PlaceOrder
    side: Side
    price: Price
    remaining: Quantity
    ahead: Quantity | None = None
    since_ns: Ns = Ns(0)
    told_ns: Ns = Ns(0)
    shown: Quantity = Quantity(0)
    printed: Quantity = Quantity(0)

    def join(self, queue: QueueModel, book: OrderBook, *, deep: bool) -> None:
        """Stand in the queue of its level, as far as the book shows it."""
        shown = self._level(book, deep=deep)
        self.ahead, self.since_ns = queue.joins(shown), book.venue_ns
        self.shown, self.printed = shown or Quantity(0), Quantity(0)

    def follow(self, queue: QueueModel, book: OrderBook, *, deep: bool, proven: bool) -> None:
        """Its level changed: what no trade took was cancelled, on a book with proof."""
        shown = self._level(book, deep=deep)
        if shown is None:
            return
        fell = max(0, self.shown - shown)
        traded = min(fell, self.printed)
        if proven and self.ahead and fell > traded:
            before = Quantity(self.shown - traded)
            self.ahead = queue.cancelled(self.ahead, before, Quantity(fell - traded))
        self.printed = Quantity(self.printed - traded)
        self.shown = shown

    def _level(self, book: OrderBook, *, deep: bool) -> Quantity | None:
        shown = book.size_at(0, self.side, self.price)
        return shown if shown or deep else None

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


def to_fill(
    orders: Iterable[Resting], queue: QueueModel, book: OrderBook, *, deep: bool, proven: bool
) -> list[Resting]:
    """Let orders of ours see their levels of a changed book; those that it may fill, if proven."""
    bid, ask = book.touch(0)
    found: list[Resting] = []
    for one in orders:
        one.follow(queue, book, deep=deep, proven=proven)
        if one.ahead is None or one.reaches(bid, ask):
            found.append(one)
    return found if proven else []


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
        if price == order.price:
            order.printed = Quantity(order.printed + size)
        passed = Quantity(min(order.ahead, left)) if price == order.price else Quantity(0)
        order.ahead = Quantity(order.ahead - passed) if price == order.price else Quantity(0)
        part = Quantity(min(order.remaining, left - passed))
        left = Quantity(left - part)
        if part:
            yield order, part
