"""Makes trades of what a book gave: who stood on which side, at which price, and what it moves."""

import uuid

from polywire.exchange.books import MarketBook
from polywire.exchange.deals import Deal, Side, mean_price
from polywire.exchange.decimals import ONE, trade_text
from polywire.exchange.flow import Trade
from polywire.exchange.founding import digest
from polywire.exchange.listing import Listing
from polywire.exchange.matching import Plan
from polywire.exchange.register import Register
from polywire.exchange.tickets import MATCHED, Ticket
from polywire.exchange.wallets import ANONYMOUS, Party, fee, moves

STRANGER = str(uuid.UUID(int=0, version=4))
"""The owner of everybody without an account."""


class Executions:
    """Numbers trades and books them into the orders that took part."""

    def __init__(self, register: Register, seed: int) -> None:
        self._register = register
        self._seed = seed
        self._made = 0

    def of(self, ticket: Ticket, found: Plan, book: MarketBook, now_ns: int) -> Deal:
        """Carry out an order's plan on the book; one trade, however many levels."""
        transaction = self._next()
        levels, makers = [], []
        for price, size in found.fills:
            levels.append((ticket.own(price), size))
            for order_id, part in book.take(size, bid=not ticket.is_bid, price=price):
                makers.append(self._maker(order_id, ticket.is_bid, price, part))
        book.last_trade = trade_text(levels[-1][0])
        book.last_side = "BUY" if ticket.order.buys else "SELL"
        wallet, buys = ticket.order.maker, ticket.order.buys
        parties = [Party(wallet, ticket.index, buys, size, price) for price, size in levels]
        paid = sum(fee(ticket.listing.fee, price, size) for price, size in levels)
        whole = Party(
            wallet, ticket.index, buys, sum(size for _, size in levels), mean_price(levels)
        )
        taker = Side(ticket.id, ticket.order.owner, whole)
        change = moves(ticket.listing, [*parties, *(m.party for m in makers)], {wallet: paid})
        deal = Deal(self._id(), transaction, ticket.listing, taker, makers, change, now_ns, levels)
        self._fill(deal)
        return deal

    def anonymous(
        self, listing: Listing, trade: Trade, transaction: str, now_ns: int
    ) -> Deal | None:
        """The trade of anonymous people with account orders at one price, if there were any."""
        lifts = trade.buys == (trade.index == 0)
        price = trade.price if trade.index == 0 else ONE - trade.price
        makers = [
            self._maker(order_id, lifts, price, part)
            for order_id, part in trade.parts
            if order_id is not None
        ]
        if not makers:
            return None
        self._next()
        size = sum(side.party.size for side in makers)
        party = Party(ANONYMOUS, trade.index, trade.buys, size, trade.price)
        taker = Side(self._stranger("taker"), STRANGER, party)
        change = moves(listing, [party, *(side.party for side in makers)], {})
        levels = [(trade.price, size)]
        deal = Deal(self._id(), transaction, listing, taker, makers, change, now_ns, levels)
        self._fill(deal)
        return deal

    def _maker(self, order_id: str | None, lifts: bool, price: int, size: int) -> Side:
        """Who gave: an account order, or a stranger, every second one on the other token."""
        ticket = self._register.tickets.get(order_id or "")
        if ticket is not None:
            order = ticket.order
            party = Party(order.maker, ticket.index, order.buys, size, ticket.price)
            return Side(ticket.id, order.owner, party)
        index = self._made % 2
        own = price if index == 0 else ONE - price
        party = Party(ANONYMOUS, index, lifts == (index == 1), size, own)
        return Side(self._stranger(f"maker {price}"), STRANGER, party)

    def _fill(self, deal: Deal) -> None:
        """Book a trade into the account orders that took part."""
        for side in (deal.taker, *deal.makers):
            ticket = self._register.tickets.get(side.order_id)
            if ticket is not None:
                ticket.filled += side.party.size
                ticket.trades.append(deal.id)
                if ticket.left == 0:
                    ticket.status = MATCHED

    def _next(self) -> str:
        self._made += 1
        return "0x" + self._digest("account transaction").hex()

    def _id(self) -> str:
        return str(uuid.UUID(bytes=self._digest("trade")[:16], version=4))

    def _stranger(self, role: str) -> str:
        return "0x" + self._digest(f"stranger {role}").hex()

    def _digest(self, what: str) -> bytes:
        return digest(self._seed, what, self._made)
