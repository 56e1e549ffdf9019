"""A recording's events as columns: level changes in arrays, everything else between them as it is.

What is a row is a change of one level with the best prices after it, as the book then has them, and
no hash: many such can be taken in together. Where columns are kept is column_file.py's.
"""

from array import array
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from polywire.core.book.order_book import AHEAD_NS_MAX, OrderBook
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
"""Rows, or other events, of one stretch: what is in memory at a time."""
NONE: Final = -1
"""An empty side, where a price would be."""
TYPES: Final = "qqHbiqbii"


class Rows(NamedTuple):
    """Changes by column, in order of receipt; prices as events have them, `market` by number."""

    recv_ns: "array[int]"
    venue_ns: "array[int]"
    market: "array[int]"
    side: "array[int]"
    price: "array[int]"
    size: "array[int]"
    outcome: "array[int]"
    bid: "array[int]"
    ask: "array[int]"


def no_rows() -> Rows:
    """Columns to fill."""
    return Rows(*(array(code) for code in TYPES))


class Stretch(NamedTuple):
    """A part of a recording: `others` stand before the row with their number.

    `markets` are those of the recording so far, each with the one feed that tells of it.
    """

    markets: list[tuple[MarketId, FeedId]]
    rows: Rows
    others: list[tuple[int, Event]]

    def event(self, row: int) -> BookDelta:
        """A row as the event it was."""
        rows = self.rows
        now = Ns(rows.recv_ns[row])
        market, feed = self.markets[rows.market[row]]
        bid, ask = rows.bid[row], rows.ask[row]
        proof = Proof(
            rows.outcome[row],
            "",
            None if bid == NONE else Price(bid),
            None if ask == NONE else Price(ask),
        )
        level = rows.side[row], Price(rows.price[row]), Quantity(rows.size[row])
        return BookDelta(now, Ns(rows.venue_ns[row]), market, (level,), (proof,), feed, now)

    def parts(self) -> Iterator[Event | range]:
        """Rows, by their numbers, and other events, in order."""
        begin = 0
        for at, event in self.others:
            if at > begin:
                yield range(begin, at)
            begin = at
            yield event
        if begin < len(self.rows.recv_ns):
            yield range(begin, len(self.rows.recv_ns))

    def events(self) -> Iterator[Event]:
        """All as events."""
        for part in self.parts():
            if isinstance(part, range):
                yield from map(self.event, part)
            else:
                yield part


def stretches(events: Iterable[Event]) -> Iterator[Stretch]:
    """Events as columns; all of them, in their order."""
    told = _Books()
    filled = Stretch([], no_rows(), [])
    for event in events:
        told.take(event)
        if isinstance(event, BookDelta) and told.is_row(event):
            _append(filled.rows, event, told.number(event))
        else:
            filled.others.append((len(filled.rows.recv_ns), event))
        if max(len(filled.rows.recv_ns), len(filled.others)) >= ROWS_MAX:
            yield Stretch(told.markets(), filled.rows, filled.others)
            filled = Stretch([], no_rows(), [])
    yield Stretch(told.markets(), filled.rows, filled.others)


def _append(rows: Rows, event: BookDelta, market: int) -> None:
    (level,), (proof,) = event.levels, event.proofs
    bid, ask = proof.best_bid, proof.best_ask
    values = (
        event.recv_ns, event.venue_ns, market, *level,
        proof.outcome, NONE if bid is None else bid, NONE if ask is None else ask,
    )  # fmt: skip
    for column, value in zip(rows, values, strict=True):
        column.append(value)


class _Books:
    """The books as the recording tells them, and who tells of each."""

    def __init__(self) -> None:
        self._books: dict[MarketId, OrderBook] = {}
        self._feeds: dict[MarketId, FeedId] = {}
        self._mixed: dict[MarketId, None] = {}
        self._numbers: dict[MarketId, int] = {}

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
        timely = event.venue_ns <= event.recv_ns + AHEAD_NS_MAX and event.first_ns == event.recv_ns
        return usual and agrees and timely

    def number(self, event: BookDelta) -> int:
        """Its market's."""
        return self._numbers[event.market]

    def markets(self) -> list[tuple[MarketId, FeedId]]:
        """All so far, by number."""
        return list(self._feeds.items())

    def _note(self, market: MarketId, feed: FeedId) -> None:
        """What two feeds tell of one market may be late, which only an engine can judge."""
        if self._feeds.setdefault(market, feed) != feed:
            self._mixed[market] = None
        self._numbers.setdefault(market, len(self._numbers))
