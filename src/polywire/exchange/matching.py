"""What an order would get from a book, best price first; nothing moves until it is executed.

Book prices are the first token's. Who stands where at a price is the book's (lines.py).
"""

from dataclasses import dataclass, field

from polywire.exchange.books import MarketBook
from polywire.exchange.decimals import ONE
from polywire.exchange.tickets import Ticket


@dataclass(slots=True)
class Plan:
    """Levels an order takes, as (book price, size), and whether that is all it wants."""

    fills: list[tuple[int, int]] = field(default_factory=list)
    complete: bool = False


def plan(book: MarketBook, ticket: Ticket) -> Plan:
    """The levels within the order's limit, until its shares or its dollars are used up."""
    made = Plan()
    ladder, limit = book.ladder(bid=not ticket.is_bid), ticket.book_price
    left, dollars = ticket.left, ticket.order.making
    for price in reversed(ladder.prices()):
        if (price > limit) if ticket.is_bid else (price < limit):
            break
        own = price if ticket.index == 0 else ONE - price
        wanted = dollars * ONE // own if ticket.spends else left
        size = min(wanted, ladder.sizes[price])
        if size:
            made.fills.append((price, size))
        left -= size
        dollars -= -(-size * own // ONE)
        if size == wanted:
            made.complete = True
            break
    return made
