"""Public frames that account orders cause: levels, prints, books and touches, in their order."""

from polywire.exchange import frames
from polywire.exchange.books import MarketBook
from polywire.exchange.deals import Deal
from polywire.exchange.flow import Trade
from polywire.exchange.frames import Change, Frame
from polywire.exchange.synthetic import SyntheticFlow
from polywire.exchange.tickets import Ticket

Touch = tuple[int | None, int | None]


class Bulletin:
    """Keeps frames until somebody takes them."""

    def __init__(self) -> None:
        self._frames: list[Frame] = []

    def take(self) -> list[Frame]:
        """Everything not yet taken."""
        taken, self._frames = self._frames, []
        return taken

    def show_level(self, book: MarketBook, ticket: Ticket, before: Touch) -> None:
        """Tell the level an order came to or left."""
        size = book.ladder(bid=ticket.is_bid).sizes.get(ticket.book_price, 0)
        change = Change(0, ticket.is_bid, ticket.book_price, size)
        proof = frames.proofs(book, book.timestamp)
        pair = [change, change.mirrored()]
        self._frames.append(frames.price_change(book, pair, proof, book.timestamp))
        self._show_touch(book, before)

    def show_trade(self, flow: SyntheticFlow, deal: Deal, before: Touch) -> None:
        """Print an account's executions, then the books they leave behind."""
        book, party = flow.books[deal.listing.condition_id], deal.taker.party
        trades = [Trade(party.index, party.buys, price, size) for price, size in deal.levels]
        told = [flow.publish(deal.listing, one, deal.transaction)[0] for one in trades]
        self._frames += flow.in_order(book.market, told, deal.matched_ns)
        self._frames += [frames.book(book, index) for index in (0, 1)]
        self._show_touch(book, before)

    def _show_touch(self, book: MarketBook, before: Touch) -> None:
        if book.best(0) != before:
            self._frames += [frames.best_bid_ask(book, i, book.timestamp) for i in (0, 1)]
