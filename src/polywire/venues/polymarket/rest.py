"""Whole books by REST, many a call or one: requests, and replies as the socket's own events."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from polywire.core.errors import DecodeError
from polywire.core.ids import FeedId
from polywire.core.model.instrument import Market
from polywire.core.model.market import REST, BookSnapshot
from polywire.core.units import Ns
from polywire.venues.polymarket import wire
from polywire.venues.polymarket.answers import UNREADABLE
from polywire.venues.polymarket.assets import Assets
from polywire.venues.polymarket.books import BookReader

BOOKS_MAX: Final = 500
"""Assets in one request; a market has two."""


def books_body(markets: Sequence[Market], outcomes: Sequence[int] = (0, 1)) -> bytes:
    """The body of `POST /books` that asks for these outcomes' books, at most 500 in all."""
    tokens = [market.outcomes[outcome].instrument for market in markets for outcome in outcomes]
    assert len(tokens) <= BOOKS_MAX, f"{len(tokens)} assets"
    return msgspec.json.encode([{"token_id": token} for token in tokens])


def book_query(market: Market) -> str:
    """Path and query of `GET /book` for a market's first outcome; the other's is its mirror."""
    return f"/book?token_id={market.outcomes[0].instrument}"


def decode_book(body: bytes, market: Market, now: Ns, feed: FeedId) -> list[BookSnapshot]:
    """The one book in a reply to `GET /book`, as decode_books has it."""
    return _snapshots(lambda: [BOOK.decode(body)], [market], now, feed)


def decode_books(
    body: bytes, markets: Sequence[Market], now: Ns, feed: FeedId = REST
) -> list[BookSnapshot]:
    """The books of these markets in the reply's order; what was not asked for is left out.

    The venue leaves out assets it does not know. Raises DecodeError if any book cannot be read.
    """
    return _snapshots(lambda: BOOKS.decode(body), markets, now, feed)


def _snapshots(
    decode: Callable[[], list[wire.Book]], markets: Sequence[Market], now: Ns, feed: FeedId
) -> list[BookSnapshot]:
    assets = Assets()
    assets.add(markets)
    reader = BookReader(feed)
    try:
        return [
            reader.snapshot(book, assets.by_id[book.asset_id], now)
            for book in decode()
            if book.asset_id in assets.by_id
        ]
    except UNREADABLE as error:
        raise DecodeError(f"expected whole books: {error}") from error


BOOK: Final = msgspec.json.Decoder(wire.Book)
BOOKS: Final = msgspec.json.Decoder(list[wire.Book])
