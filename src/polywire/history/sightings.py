"""What frames of the market channel show of their markets: assets, first grid, which hash recipe.

Read ahead of a backtest. Owns no price: only what a subscriber knew before the first frame.
"""

import re
from typing import Final, NamedTuple

import msgspec
from msgspec import Raw, Struct

from polywire.core.ids import FeedId, MarketId
from polywire.core.model.market import BookSnapshot
from polywire.core.units import Ns, Price
from polywire.history.terms import Given
from polywire.venues.polymarket.answers import UNREADABLE
from polywire.venues.polymarket.books import BookReader
from polywire.venues.polymarket.checksum import BookChecksum
from polywire.venues.polymarket.frames import BOOK, messages
from polywire.venues.polymarket.gamma import NOTHING

ASSET: Final = re.compile(rb'"asset_id":\s*"(\d+)"')
BOOK_MARK: Final = b'"bids"'


class Seen(NamedTuple):
    """One market as its frames show it."""

    market: MarketId
    assets: tuple[str, str]
    tick: Price | None
    neg_risk: bool
    hashed: bool = False
    """Whether its first book, if any, has a hash that is right by the recipe of today."""


class _Entry(Struct):
    asset_id: str = ""


class _Named(Struct):
    """As much of a message as says which assets belong to which market."""

    market: str = ""
    asset_id: str = ""
    price_changes: list[_Entry] | None = None
    bids: Raw = NOTHING


_decode = msgspec.json.Decoder(_Named).decode


class Sightings:
    """Call `see` with every frame, then `finish`; `first` says what a frame is the first to name.

    `hashed`: whether that is so of all markets with a book.
    """

    def __init__(self) -> None:
        self.first: dict[int, list[Seen]] = {}
        self.hashed = False
        self.markets: dict[MarketId, Seen] = {}
        self._assets: dict[MarketId, dict[str, None]] = {}
        self._carried: dict[str, dict[MarketId, int]] = {}
        self._known: dict[str, set[bytes]] = {}
        self._books: dict[MarketId, Raw] = {}
        self._booked: set[bytes] = set()

    def see(self, number: int, feed: str, frame: bytes) -> None:
        """Look at a frame of a connection; most name nothing new."""
        found = set(ASSET.findall(frame))
        known = self._known.setdefault(feed, set())
        booked = BOOK_MARK not in frame or found <= self._booked
        if found <= known and booked:
            return
        try:
            for message in messages(frame):
                self._name(number, feed, message)
        except UNREADABLE:
            return  # the session will count it
        known |= found
        if not booked:
            self._booked |= found

    def finish(self, given: Given) -> None:
        """Put together what was seen; a market of which one asset is known cannot be followed."""
        for market, assets in self._assets.items():
            known = given.markets.get(market)
            listed = [one.instrument for one in known.outcomes] if known is not None else [*assets]
            if len(listed) >= 2:
                first, second, *_ = listed  # more would be strays, known only later
                self.markets[market] = self._seen(market, (first, second), given)
        self.hashed = bool(self._books) and all(seen.hashed for seen in self.markets.values())
        for carried in self._carried.values():
            for market, number in carried.items():
                if market in self.markets:
                    self.first.setdefault(number, []).append(self.markets[market])

    def _name(self, number: int, feed: str, message: Raw) -> None:
        named = _decode(message)
        if not named.market:
            return
        market = MarketId(named.market)
        assets = [named.asset_id, *(entry.asset_id for entry in named.price_changes or ())]
        mine = self._assets.setdefault(market, {})
        mine |= dict.fromkeys(asset for asset in assets if asset)
        self._carried.setdefault(feed, {}).setdefault(market, number)
        if named.bids != NOTHING:
            self._books.setdefault(market, message)

    def _seen(self, market: MarketId, assets: tuple[str, str], given: Given) -> Seen:
        message = self._books.get(market)
        if message is None:
            return Seen(market, assets, None, neg_risk=False, hashed=True)
        try:
            book = BOOK.decode(message)
            index = assets.index(book.asset_id)
            reader = BookReader(FeedId(""))
            snapshot = reader.snapshot(book, (market, index, assets[1 - index]), Ns(0))
        except UNREADABLE:  # the session will count it, and the book is in doubt
            return Seen(market, assets, None, neg_risk=False)
        tick = snapshot.tick or None
        for neg_risk in (False, True):
            terms = given.market(market, assets, tick, neg_risk=neg_risk)
            if snapshot.hash and snapshot.hash == _digest(BookChecksum(terms), snapshot):
                return Seen(market, assets, tick, neg_risk, hashed=True)
        return Seen(market, assets, tick, neg_risk=False)


def _digest(checksum: BookChecksum, snapshot: BookSnapshot) -> str:
    checksum.change(tuple((0, price, size) for price, size in snapshot.bids))
    checksum.change(tuple((1, price, size) for price, size in snapshot.asks))
    if snapshot.tick:
        checksum.set_tick(snapshot.tick)
    return checksum.digest(snapshot.outcome, snapshot.venue_ns, snapshot.last_trade)
