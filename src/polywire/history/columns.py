"""A recording's events as columns: level changes in arrays, everything else between them as it is.

What is a row is a change of one level with the best prices after it, as the book then has them,
without a hash, and no older than what came before: many such can be taken in together. Where
columns are kept is column_file.py's.
"""

from array import array
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, cast

from polywire.core.book.order_book import OrderBook
from polywire.core.ids import FeedId, MarketId
from polywire.core.model.event import Event
from polywire.core.model.market import (
    BookDelta,
    BookSnapshot,
    InstrumentDropped,
    Proof,
)
from polywire.core.units import Ns, Price, Quantity

ROWS_MAX: Final = 1 << 16
"""Rows, or other events, of one stretch: what is in memory at a time, and what `H` can count."""
TYPES: Final = "iqqHqH"

Spot = tuple[int, Price]
"""Book side and price."""


class Columns(NamedTuple):
    """Changes of one market, in order of receipt; `place` is their number in the stretch.

    `spot` and `proof` count into those of the market's `Rows`.
    """

    place: "array[int]"
    recv_ns: "array[int]"
    venue_ns: "array[int]"
    spot: "array[int]"
    size: "array[int]"
    proof: "array[int]"


class Rows(NamedTuple):
    """A market's changes, its one feed, and what they say again and again: kept once, by number."""

    market: MarketId
    feed: FeedId
    spots: list[Spot]
    proofs: list[Proof]
    columns: Columns

    def event(self, row: int) -> BookDelta:
        """A row as the event it was."""
        return self.merged(row, row + 1)

    def merged(self, begin: int, end: int) -> BookDelta:
        """The last of some rows, with what all of them changed: of each level its last size."""
        columns, last = self.columns, end - 1
        sizes = dict(zip(columns.spot[begin:end], columns.size[begin:end], strict=True))
        levels = tuple([(*self.spots[spot], Quantity(size)) for spot, size in sizes.items()])
        proofs = (self.proofs[columns.proof[last]],)
        now, venue_ns = Ns(columns.recv_ns[last]), Ns(columns.venue_ns[last])
        return BookDelta(now, venue_ns, self.market, levels, proofs, self.feed, now)

    def events(self) -> Iterator[BookDelta]:
        """All of them; `event` of each would take twice as long."""
        market, feed, spots, _, columns = self
        proofs = [(proof,) for proof in self.proofs]
        told = cast("Iterator[tuple[int, Ns, Ns, int, Quantity, int]]", zip(*columns, strict=True))
        for _, now, venue_ns, spot, size, proof in told:
            side, price = spots[spot]
            yield BookDelta(now, venue_ns, market, ((side, price, size),), proofs[proof], feed, now)


class Stretch(NamedTuple):
    """A part of a recording: when each row came and, by number, whose it is.

    `others` stand before the row with their number.
    """

    recv_ns: "array[int]"
    number: "array[int]"
    rows: list[Rows]
    others: list[tuple[int, Event]]

    def events(self) -> Iterator[Event]:
        """All as events, in order."""
        told = [rows.events() for rows in self.rows]
        begin = 0
        for at, event in self.others:
            for number in self.number[begin:at]:
                yield next(told[number])
            begin = at
            yield event
        for number in self.number[begin:]:
            yield next(told[number])


def stretches(events: Iterable[Event]) -> Iterator[Stretch]:
    """Events as columns; all of them, in their order."""
    told, filled = _Books(), _Filling()
    for event in events:
        told.take(event)
        if isinstance(event, BookDelta) and told.is_row(event):
            filled.append(event)
        else:
            filled.others.append((len(filled.recv_ns), event))
        if max(len(filled.recv_ns), len(filled.others)) >= ROWS_MAX:
            yield filled.stretch()
            filled = _Filling()
    yield filled.stretch()


class _Market:
    """Rows of one market as they come."""

    def __init__(self, number: int, feed: FeedId) -> None:
        self.number = number
        self.feed = feed
        self.spots: dict[Spot, int] = {}
        self.proofs: dict[Proof, int] = {}
        self.columns = Columns(*(array(code) for code in TYPES))


class _Filling:
    """A stretch as its events come."""

    def __init__(self) -> None:
        self.recv_ns = array("q")
        self.others: list[tuple[int, Event]] = []
        self._number = array("H")
        self._markets: dict[MarketId, _Market] = {}

    def append(self, event: BookDelta) -> None:
        """Add a row."""
        market = self._markets.get(event.market)
        if market is None:
            market = self._markets[event.market] = _Market(len(self._markets), event.feed)
        ((side, price, size),), (proof,) = event.levels, event.proofs
        spot = market.spots.setdefault((side, price), len(market.spots))
        proved = market.proofs.setdefault(proof, len(market.proofs))
        values = len(self.recv_ns), event.recv_ns, event.venue_ns, spot, size, proved
        for column, value in zip(market.columns, values, strict=True):
            column.append(value)
        self.recv_ns.append(event.recv_ns)
        self._number.append(market.number)

    def stretch(self) -> Stretch:
        """What came."""
        rows = [
            Rows(market, one.feed, [*one.spots], [*one.proofs], one.columns)
            for market, one in self._markets.items()
        ]
        return Stretch(self.recv_ns, self._number, rows, self.others)


class _Books:
    """The books as the recording tells them, and who tells of each."""

    def __init__(self) -> None:
        self._books: dict[MarketId, OrderBook] = {}
        self._feeds: dict[MarketId, FeedId] = {}
        self._mixed: dict[MarketId, None] = {}

    def take(self, event: Event) -> None:
        """Have the books as they are after it."""
        match event:
            case BookDelta():
                self._note(event.market, event.feed)
                if event.market in self._books:
                    self._books[event.market].apply(event)
            case BookSnapshot():
                self._note(event.market, event.feed)
                book = self._books.setdefault(event.market, OrderBook(event.market))
                book.replace(event)
            case InstrumentDropped():
                self._books.pop(event.market, None)
            case _:
                pass

    def is_row(self, event: BookDelta) -> bool:
        """Whether all there is to know of a change just taken fits into a row."""
        book = self._books.get(event.market)
        if book is None or event.market in self._mixed:
            return False
        if len(event.levels) != 1 or len(event.proofs) != 1 or event.frames != 1:
            return False
        (proof,) = event.proofs
        usual = proof == Proof(proof.outcome, "", proof.best_bid, proof.best_ask)
        agrees = book.touch(proof.outcome) == (proof.best_bid, proof.best_ask)
        timely = event.venue_ns == book.venue_ns and event.first_ns == event.recv_ns
        return usual and agrees and timely

    def _note(self, market: MarketId, feed: FeedId) -> None:
        """What two feeds tell of one market may be late, which only an engine can judge."""
        if self._feeds.setdefault(market, feed) != feed:
            self._mixed[market] = None
