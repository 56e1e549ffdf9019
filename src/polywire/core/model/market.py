"""Market events: what a venue's public data says. Levels are absolute; a size of 0 removes one.

A binary market has one book, kept in its primary outcome (index 0): a bid for the other outcome
at p is an ask here at 1 - p. Sessions translate; the engine never sees a mirrored level.
"""

from typing import Final

from msgspec import Struct

from polywire.core.ids import FeedId, MarketId
from polywire.core.model.instrument import Market, Side
from polywire.core.units import Money, Ns, Price, Quantity

REST: Final = FeedId("rest")
"""The feed of books that were asked for; every other feed is a connection."""

Level = tuple[int, Price, Quantity]
"""Book side (0 bid, 1 ask), price and absolute size in the primary outcome."""


class Fact(Struct, frozen=True, gc=False, array_like=True, tag=True):
    """Base of all events that carry a receive time; array-like so that a journal row is small."""

    recv_ns: Ns


class Proof(Struct, frozen=True, gc=False, array_like=True):
    """What the venue says of one outcome's book after a change: its checksum and its touch.

    `best_bid` and `best_ask` are in that outcome's own prices; None is an empty side. `touch`
    says whether the venue sent a touch at all; `hash` is empty where it sent none. `entries`
    counts the venue's messages that this proof stands for (more than one after a merge).
    """

    outcome: int
    hash: str
    best_bid: Price | None
    best_ask: Price | None
    touch: bool = True
    entries: int = 1


class InstrumentListed(Fact, frozen=True):
    """A market entered the watched set, or its terms changed."""

    market: Market


class InstrumentRetired(Fact, frozen=True):
    """A market is watched only for what we still have in it: sales go on, nothing is bought.

    Listing it again takes this back.
    """

    market: MarketId


class InstrumentDropped(Fact, frozen=True):
    """A market left the watched set; its book is forgotten."""

    market: MarketId


class BookSnapshot(Fact, frozen=True):
    """The whole book of one outcome, replacing what was known, in the primary outcome's prices.

    Levels are best last. `last_trade` is the market's last trade price as the venue tells it with
    the book (None: not told; 0: no trade yet); `tick` is 0 where it was not told.
    """

    venue_ns: Ns
    market: MarketId
    outcome: int
    bids: tuple[tuple[Price, Quantity], ...]
    asks: tuple[tuple[Price, Quantity], ...]
    hash: str
    feed: FeedId
    last_trade: Price | None = None
    tick: Price = Price(0)


class BookDelta(Fact, frozen=True):
    """Changed levels of one market, both outcomes as one, with the venue's proofs after them.

    `recv_ns` is when the last of `frames` merged frames came, `first_ns` when the first did.
    """

    venue_ns: Ns
    market: MarketId
    levels: tuple[Level, ...]
    proofs: tuple[Proof, ...]
    feed: FeedId
    first_ns: Ns
    frames: int = 1


class PublicTrade(Fact, frozen=True):
    """A print between others; `side` is the taker's, `price` in the traded outcome."""

    venue_ns: Ns
    market: MarketId
    outcome: int
    side: Side
    price: Price
    size: Quantity
    feed: FeedId


class TickSizeChanged(Fact, frozen=True):
    """New orders must use the new grid; orders on the old one rest on."""

    venue_ns: Ns
    market: MarketId
    tick: Price


class MarketResolved(Fact, frozen=True):
    """The question has an answer: what each outcome pays per share."""

    venue_ns: Ns
    market: MarketId
    payouts: tuple[Money, Money]


class FeedUp(Fact, frozen=True):
    """The first data of a connection came; it proves no book."""

    feed: FeedId


class FeedDown(Fact, frozen=True):
    """A feed lost its connection; the books of its markets are no longer fed by it."""

    feed: FeedId
    cause: str


class GapOpened(Fact, frozen=True):
    """Something of this market's book was lost or cannot be trusted until it is proven again."""

    market: MarketId
    feed: FeedId
    cause: str


class FeedBehind(Fact, frozen=True):
    """A feed has not told of a market what its twin told a while ago."""

    feed: FeedId
    market: MarketId


class FeedCarries(Fact, frozen=True):
    """Which markets a feed carries from now on; replaces what it carried before."""

    feed: FeedId
    markets: tuple[MarketId, ...]


MarketEvent = (
    BookDelta
    | BookSnapshot
    | PublicTrade
    | TickSizeChanged
    | MarketResolved
    | InstrumentListed
    | InstrumentDropped
    | InstrumentRetired
    | FeedUp
    | FeedDown
    | FeedBehind
    | FeedCarries
    | GapOpened
)
