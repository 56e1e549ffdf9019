"""A book, its venue and its evidence, joined the way the watch joins them."""

from msgspec import structs
from tests.unit.core.building import (
    CENT,
    SECOND,
    NaiveChecksum,
    forty_sixty,
    market,
)

from polywire.core.book.belief import Belief
from polywire.core.book.integrity import BookIntegrity, Tally
from polywire.core.book.order_book import OrderBook
from polywire.core.ids import MarketId
from polywire.core.model.market import BookDelta, BookSnapshot
from polywire.core.units import Ns, Price

T0 = 10 * SECOND
GRACE_NS = 2 * SECOND


class Rig:
    """A venue, our book of it and the evidence, joined the way the watch joins them."""

    def __init__(self) -> None:
        self.venue = forty_sixty()
        self.book = OrderBook(MarketId("m"))
        self.integrity = BookIntegrity(NaiveChecksum(market()), Belief(), MarketId("m"))
        self.tally = self.integrity.tally

    def snapshot(self, event: BookSnapshot) -> None:
        self.integrity.take_snapshot(self.book, event, self.book.replace(event))

    def delta(self, event: BookDelta) -> None:
        self.book.apply(event)
        self.integrity.take_delta(self.book, event)

    def trade(self, at: int, cents: int) -> None:
        self.book.last_trade = Price(cents * CENT)
        self.integrity.recheck(self.book, Ns(at))

    def told(self, **changed: int) -> None:
        """Only these counts are not zero."""
        assert self.tally == Tally(**changed)


def yes_only(event: BookDelta) -> BookDelta:
    return structs.replace(event, proofs=event.proofs[:1])
