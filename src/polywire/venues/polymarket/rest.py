"""Bodies and replies of `POST /books`: whole books by REST, the same events as from the socket."""

from collections.abc import Sequence
from typing import Final

import msgspec

from polywire.core.errors import DecodeError
from polywire.core.model.instrument import Market
from polywire.core.model.market import REST, BookSnapshot
from polywire.core.units import Ns
from polywire.venues.polymarket import wire
from polywire.venues.polymarket.assets import Assets
from polywire.venues.polymarket.books import BookReader

BOOKS_MAX: Final = 500
"""Assets in one request; a market has two."""


def books_body(markets: Sequence[Market]) -> bytes:
    """The body that asks for both books of at most 250 markets."""
    tokens = [outcome.instrument for market in markets for outcome in market.outcomes]
    assert len(tokens) <= BOOKS_MAX, f"{len(tokens)} assets"
    return msgspec.json.encode([{"token_id": token} for token in tokens])


def decode_books(body: bytes, markets: Sequence[Market], now: Ns) -> list[BookSnapshot]:
    """The books of these markets in the reply's order; what was not asked for is left out.

    The venue leaves out assets it does not know. Raises DecodeError if any book cannot be read.
    """
    assets = Assets()
    assets.add(markets)
    reader = BookReader(REST)
    try:
        return [
            reader.snapshot(book, assets.by_id[book.asset_id], now)
            for book in BOOKS.decode(body)
            if book.asset_id in assets.by_id
        ]
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise DecodeError(f"expected an array of books: {error}") from error


BOOKS: Final = msgspec.json.Decoder(list[wire.Book])
