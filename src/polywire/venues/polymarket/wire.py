"""The shapes of market-channel frames as the venue sends them; nothing of ours.

Keys we do not read are not named and so are ignored. Numbers stay text here.
"""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from polywire.core.units import MILLISECOND, Ns

FRAME_BYTES_MAX: Final = 4 * 1024 * 1024
PONG: Final = b"PONG"
PING: Final = b"PING"
INVALID_OPERATION: Final = b"INVALID OPERATION"

Milliseconds = Annotated[int, Meta(ge=0, le=9_000_000_000_000)]
"""Up to the year 2255, so that nanoseconds fit into 64 bits."""
Stamp = msgspec.Raw
"""A time as it stands in a frame: text of milliseconds, rarely a number, sometimes empty."""
NO_TIME: Final = msgspec.Raw(b"null")


class PairEntry(Struct, gc=False):
    """One half of a change in today's usual form; anything else is not a `Pair`."""

    asset_id: str
    price: str
    size: str
    side: Literal["BUY", "SELL"]
    hash: str
    best_bid: str
    best_ask: str


class Pair(Struct, gc=False):
    """A `price_change` of exactly two entries: nearly every frame there is."""

    price_changes: tuple[PairEntry, PairEntry]
    timestamp: Milliseconds
    event_type: Literal["price_change"]


class Kind(Struct, gc=False):
    """What a message says it is."""

    event_type: str = ""


class LevelText(Struct, gc=False):
    """One level of a book."""

    price: str
    size: str


class Book(Struct, gc=False):
    """The whole book of one asset; REST sends the same shape without `event_type`."""

    asset_id: str
    timestamp: Stamp = NO_TIME
    hash: str | None = None
    bids: list[LevelText] | None = None
    asks: list[LevelText] | None = None
    tick_size: str | None = None
    last_trade_price: str | None = None


class UsualBook(Book, gc=False, kw_only=True):
    """A book alone in its frame, as the channel sends it after a trade."""

    event_type: Literal["book"]


class Entry(Struct, gc=False):
    """One changed level of one asset; before September 2025 the asset stood outside."""

    price: str
    size: str
    side: str
    asset_id: str = ""
    hash: str | None = None
    best_bid: str | None = None
    best_ask: str | None = None


class PriceChange(Struct, gc=False):
    """Changed levels; `changes` with the asset and hash outside is the form before 2025-09-15."""

    price_changes: list[Entry] | None = None
    timestamp: Stamp = NO_TIME
    changes: list[Entry] | None = None
    asset_id: str = ""
    hash: str | None = None


class Trade(Struct, gc=False):
    """One execution; `side` is the taker's."""

    asset_id: str
    price: str = ""
    size: str = ""
    side: str = ""
    timestamp: Stamp = NO_TIME


class TickSize(Struct, gc=False):
    """A market moved to another grid; told for each of its assets."""

    asset_id: str
    new_tick_size: str = ""
    timestamp: Stamp = NO_TIME


class Touch(Struct, gc=False):
    """Best prices of one asset."""

    asset_id: str
    best_bid: str | None = None
    best_ask: str | None = None
    timestamp: Stamp = NO_TIME


class UsualTouch(Struct, gc=False):
    """Best prices with both sides told, in today's form; anything else is a `Touch`."""

    asset_id: str
    best_bid: str
    best_ask: str
    timestamp: Milliseconds


class NewMarket(Struct, gc=False):
    """A market was listed somewhere on the venue."""

    market: str = ""
    condition_id: str = ""


class Resolved(Struct, gc=False):
    """A market has its answer, if `winning_asset_id` says which."""

    market: str
    winning_asset_id: str | None = None
    timestamp: Stamp = NO_TIME


decode_pair = msgspec.json.Decoder(Pair, strict=False).decode
decode_touch = msgspec.json.Decoder(UsualTouch, strict=False).decode
decode_book = msgspec.json.Decoder(UsualBook).decode
decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
decode_kind = msgspec.json.Decoder(Kind).decode
decode_milliseconds = msgspec.json.Decoder(Milliseconds, strict=False).decode


def venue_ns(stamp: Stamp) -> Ns:
    """Nanoseconds of a frame's time; 0 where it tells none."""
    if bytes(stamp) in {b"null", b'""'}:
        return Ns(0)
    return Ns(decode_milliseconds(stamp) * MILLISECOND)
