"""Every frame of the market channel to events: the complete path, for all shapes and all faults.

Counts what it ignores. Knows nothing of sockets; the usual frame takes market_ws.py's short cut.
"""

from collections.abc import Callable, Iterator
from typing import Final

import msgspec
from msgspec.json import Decoder

from polywire.core.errors import DecodeError
from polywire.core.ids import MarketId
from polywire.core.model.instrument import Side
from polywire.core.model.market import (
    BookDelta,
    MarketEvent,
    MarketResolved,
    Proof,
    PublicTrade,
    TickSizeChanged,
)
from polywire.core.units import ONE, Money, Ns, Price
from polywire.venues.polymarket import wire
from polywire.venues.polymarket.answers import UNREADABLE
from polywire.venues.polymarket.assets import Assets
from polywire.venues.polymarket.books import BookReader
from polywire.venues.polymarket.changes import SIDES, Change
from polywire.venues.polymarket.stats import Stats, count
from polywire.venues.polymarket.texts import price_between

ANNOUNCEMENTS_MAX: Final = 10_000

Reading = Iterator[MarketEvent]


class FrameReader:
    """Reads frames for the assets carried; `announced` collects the ids of new markets."""

    __slots__ = ("_assets", "_books", "_read", "_stats", "announced")

    def __init__(self, books: BookReader, assets: Assets, stats: Stats) -> None:
        self._books = books
        self._assets = assets
        self._stats = stats
        self.announced: dict[MarketId, None] = {}
        self._read: dict[str, Callable[[msgspec.Raw, Ns], Reading]] = {
            "book": self._book,
            "price_change": self._price_change,
            "last_trade_price": self._trade,
            "tick_size_change": self._tick_size,
            "best_bid_ask": self._touch,
            "new_market": self._new_market,
            "market_resolved": self._resolved,
        }

    def events(self, frame: bytes, now: Ns) -> list[MarketEvent]:
        """The events of one frame in its order; DecodeError if any part of it cannot be read."""
        try:
            return [event for message in messages(frame) for event in self._events(message, now)]
        except UNREADABLE as error:
            raise DecodeError(f"a frame of {len(frame)} bytes: {error}") from error

    def _events(self, message: msgspec.Raw, now: Ns) -> Reading:
        kind = wire.decode_kind(message).event_type
        read = self._read.get(kind)
        if read is None:
            count(self._stats.unknown, kind)
            return iter(())
        count(self._stats.other_messages, kind)
        return read(message, now)

    def _book(self, message: msgspec.Raw, now: Ns) -> Reading:
        book = BOOK.decode(message)
        asset = self._assets.by_id.get(book.asset_id)
        if asset is None:
            self._stats.unwatched += 1
            return
        yield self._books.snapshot(book, asset, now)

    def _price_change(self, message: msgspec.Raw, now: Ns) -> Reading:
        frame = PRICE_CHANGE.decode(message)
        at = wire.venue_ns(frame.timestamp)
        changes: dict[MarketId, Change] = {}
        for entry in (frame.price_changes or []) + (frame.changes or []):
            self._stats.other_entries += 1
            asset = self._assets.by_id.get(entry.asset_id or frame.asset_id)
            if asset is None:
                self._stats.unwatched += 1
                continue
            if asset[0] not in changes:
                changes[asset[0]] = Change(self._books.prices, self._books.sizes)
            changes[asset[0]].take(entry, asset[1], frame.hash or "")
        for market, change in changes.items():
            self._stats.pair_mismatches += change.mismatches
            yield BookDelta(now, at, market, change.levels, change.proofs, self._books.feed, now)

    def _trade(self, message: msgspec.Raw, now: Ns) -> Reading:
        trade = TRADE.decode(message)
        asset = self._assets.by_id.get(trade.asset_id)
        if asset is None:
            self._stats.unwatched += 1
            return
        if not (trade.price and trade.size and trade.side in SIDES):
            self._stats.empty += 1
            return
        market, outcome, _ = asset
        yield PublicTrade(
            recv_ns=now,
            venue_ns=wire.venue_ns(trade.timestamp),
            market=market,
            outcome=outcome,
            side=Side(SIDES[trade.side]),
            price=price_between(trade.price),
            size=self._books.sizes[trade.size],
            feed=self._books.feed,
        )

    def _tick_size(self, message: msgspec.Raw, now: Ns) -> Reading:
        change = TICK_SIZE.decode(message)
        asset = self._assets.by_id.get(change.asset_id)
        if asset is None:
            self._stats.unwatched += 1
        elif not change.new_tick_size:
            self._stats.empty += 1
        else:
            tick = self._books.prices.primary(change.new_tick_size, 0)
            yield TickSizeChanged(now, wire.venue_ns(change.timestamp), asset[0], tick)

    def _touch(self, message: msgspec.Raw, now: Ns) -> Reading:
        touch = TOUCH.decode(message)
        asset = self._assets.by_id.get(touch.asset_id)
        if asset is None:
            self._stats.unwatched += 1
            return
        if touch.best_bid is None or touch.best_ask is None:
            self._stats.empty += 1
            return
        market, outcome, _ = asset
        best = self._books.prices.best
        proof = Proof(outcome, "", best(touch.best_bid, Price(0)), best(touch.best_ask, ONE))
        at = wire.venue_ns(touch.timestamp)
        yield BookDelta(now, at, market, (), (proof,), self._books.feed, now)

    def _new_market(self, message: msgspec.Raw, _now: Ns) -> Reading:
        new = NEW_MARKET.decode(message)
        market = MarketId(new.condition_id or new.market)
        if market and len(self.announced) < ANNOUNCEMENTS_MAX:
            self.announced[market] = None
        return iter(())

    def _resolved(self, message: msgspec.Raw, now: Ns) -> Reading:
        answer = RESOLVED.decode(message)
        market = MarketId(answer.market)
        winner = self._assets.by_id.get(answer.winning_asset_id or "")
        if market not in self._assets.markets:
            self._stats.unwatched += 1
        elif winner is None or winner[0] != market:
            self._stats.empty += 1  # no winner named; REST decides
        else:
            payouts = (Money(0), Money(ONE)) if winner[1] else (Money(ONE), Money(0))
            yield MarketResolved(now, wire.venue_ns(answer.timestamp), market, payouts)


def messages(frame: bytes) -> list[msgspec.Raw]:
    """The messages of a frame, which holds one or an array of them."""
    if len(frame) > wire.FRAME_BYTES_MAX:
        raise ValueError(f"expected at most {wire.FRAME_BYTES_MAX} bytes")
    if frame.lstrip()[:1] == b"[":
        return wire.decode_list(frame)
    return [msgspec.Raw(frame)]


BOOK: Final = Decoder(wire.Book)
PRICE_CHANGE: Final = Decoder(wire.PriceChange)
TRADE: Final = Decoder(wire.Trade)
TICK_SIZE: Final = Decoder(wire.TickSize)
TOUCH: Final = Decoder(wire.Touch)
NEW_MARKET: Final = Decoder(wire.NewMarket)
RESOLVED: Final = Decoder(wire.Resolved)
