"""The public market channel of Polymarket as a pure session (polymarket.md section 1).

Owns one socket's life and the short cut for the usual frame; frames.py reads all others.
"""

import re
from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from polywire.core.ids import FeedId, MarketId
from polywire.core.model.control import ReconnectorMoved
from polywire.core.model.event import Event
from polywire.core.model.instrument import Market
from polywire.core.model.market import (
    BookDelta,
    BookSnapshot,
    FeedCarries,
    FeedDown,
    FeedUp,
    GapOpened,
    Proof,
)
from polywire.core.units import MILLISECOND, SECOND, Ns
from polywire.venues.polymarket import wire
from polywire.venues.polymarket.assets import Asset, Assets, pair
from polywire.venues.polymarket.books import BookReader
from polywire.venues.polymarket.frames import FrameReader
from polywire.venues.polymarket.stats import Stats, count
from polywire.venues.polymarket.wire import decode_book, decode_pair, decode_touch
from polywire.venues.reconnector import Backoff, Random, Reconnector
from polywire.venues.session import Connection, ConnectionState, Heartbeat

PING_NS: Final = 10 * SECOND
SILENCE_NS_MAX: Final = 15 * SECOND
PONG_NS_MAX: Final = 30 * SECOND
BARE_BYTES_MAX: Final = 64
IDS: Final = re.compile(rb"0x[0-9a-f]{64}|\d{60,78}")
TOUCH_HEAD: Final = b'{"event_type":"best_bid_ask",'
BOOK_MARK: Final = b'"bids":['
NOT_USUAL: Final = (msgspec.MsgspecError, KeyError, ValueError, RecursionError)


class MarketSession:
    """One socket of the market channel, carrying both assets of each of its markets."""

    __slots__ = (
        "_assets",
        "_books",
        "_by_id",
        "_connection",
        "_frames",
        "_known_prices",
        "_outbox",
        "_sizes",
        "feed",
        "stats",
        "told",
    )

    def __init__(
        self,
        feed: FeedId,
        random: Random,
    ) -> None:
        self.feed = feed
        self.stats = Stats()
        heartbeat = Heartbeat(PING_NS, SILENCE_NS_MAX, PONG_NS_MAX)
        self._connection = Connection(heartbeat, Reconnector(Backoff(), random))
        self.told: dict[MarketId, Ns] = {}
        """Since when this socket has told a whole book of each market."""
        self._outbox: list[bytes] = []
        self._assets = Assets()
        self._books = BookReader(feed)
        self._frames = FrameReader(self._books, self._assets, self.stats)
        self._by_id: dict[str, Asset] = {}
        """What the short cuts may read: nothing until the first data was told as `FeedUp`."""
        self._known_prices = self._books.prices.known
        self._sizes = self._books.sizes

    @property
    def state(self) -> ConnectionState:
        """Where the connection stands."""
        return self._connection.state

    @property
    def attempt(self) -> int:
        """Failures in a row; 0 once data comes."""
        return self._connection.reconnector.failures

    @property
    def cause(self) -> str:
        """Why the last connection ended, or the last attempt failed."""
        return self._connection.reconnector.cause

    @property
    def reconnector(self) -> Reconnector:
        """When it is tried again."""
        return self._connection.reconnector

    @property
    def wants_drop(self) -> str:
        """Why the shell should drop the socket now; empty while it should not."""
        return self._connection.wants_drop

    @property
    def heard_at(self) -> Ns:
        """When data last came on this socket; 0 before any, and pongs do not count."""
        return self._connection.heard_at

    @property
    def markets(self) -> tuple[MarketId, ...]:
        """What this session carries."""
        return tuple(self._assets.markets)

    @property
    def untold(self) -> int:
        """How many of its markets this socket has told no whole book of."""
        return sum(market not in self.told for market in self._assets.markets)

    def connecting(self, now: Ns) -> list[Event]:
        """The shell starts an attempt."""
        self._connection.trying()
        return self.reconnector.moved(self.feed, now)

    def connected(self, now: Ns) -> None:
        """The socket is open; one frame with every asset waits in the outbox."""
        self._connection.opened(now)
        assets = list(self._assets.by_id)
        if assets:
            self._connection.asked(now)
        self._outbox = [first_frame(assets)]

    def dropped(self, now: Ns, cause: str) -> list[Event]:
        """The socket is gone, or an attempt failed; `FeedDown` if `FeedUp` had been told."""
        self._outbox = []
        self._by_id = {}
        self.told.clear()
        was_up = self._connection.closed(now, cause)
        down: list[Event] = [FeedDown(now, self.feed, cause)] if was_up else []
        return down + self.reconnector.moved(self.feed, now)

    def ended(self, now: Ns, cause: str) -> list[Event]:
        """This feed is over for good: another has taken its place, or it was not good enough."""
        was_up = self._connection.up and self._connection.heard_at > 0
        self.reconnector.succeeded(now)  # nothing more is to be tried under this name
        down: list[Event] = [FeedDown(now, self.feed, cause)] if was_up else []
        return [*down, FeedCarries(now, self.feed, ()), *self.reconnector.moved(self.feed, now)]

    def repeated(self, now: Ns) -> list[Event]:
        """A frame came that a twin had brought before: heard, and no news."""
        self.stats.repeated += 1
        return self._heard(now)

    def unproven(self, now: Ns, cause: str) -> list[Event]:
        """A socket that should have replaced this one told too little; try that less often."""
        self.reconnector.failed(now, cause)
        return self.reconnector.moved(self.feed, now)

    def resume(self, last: ReconnectorMoved, now: Ns) -> list[Event]:
        """Take up where an earlier run stopped trying; told again, for the run after this one."""
        self.reconnector.resume(last, now)
        return self.reconnector.moved(self.feed, now)

    def retry_at(self) -> Ns:
        """When the next attempt is due."""
        return self.reconnector.retry_at

    def outbox(self) -> list[bytes]:
        """Take the frames to send, oldest first."""
        frames, self._outbox = self._outbox, []
        return frames

    def wakeup(self) -> Ns | None:
        """When to call `on_time`; None while there is no connection to watch."""
        return self._connection.wakeup()

    def on_time(self, now: Ns) -> list[Event]:
        """Ping, notice silence or data that never came, or want to be dropped."""
        if self._connection.poll(now):
            self._outbox.append(wire.PING)
        return self.reconnector.moved(self.feed, now)

    def subscribe(self, markets: Iterable[Market], now: Ns) -> list[Event]:
        """Carry these markets too; while not connected they just join the next first frame."""
        new = self._assets.add(markets)
        if new and self._connection.up:
            self._outbox.append(operation_frame("subscribe", new))
            self._connection.asked(now)
        return [FeedCarries(now, self.feed, self.markets)]

    def unsubscribe(self, market_ids: Iterable[MarketId], now: Ns) -> list[Event]:
        """Carry these markets no more."""
        market_ids = tuple(market_ids)
        gone = self._assets.remove(market_ids)
        for market in market_ids:
            self.told.pop(market, None)
        if gone and self._connection.up:
            self._outbox.append(operation_frame("unsubscribe", gone))
        return [FeedCarries(now, self.feed, self.markets)]

    def resubscribe(self, market: MarketId) -> None:
        """Leave a market and carry it anew, so that its books come again; if it is carried."""
        carried = self._assets.markets.get(market)
        if carried is not None and self._connection.up:
            assets = list(pair(carried))
            self.told.pop(market, None)
            self._outbox.append(operation_frame("unsubscribe", assets))
            self._outbox.append(operation_frame("subscribe", assets))

    def take_announcements(self) -> tuple[MarketId, ...]:
        """The ids of markets the venue listed since the last call, each once."""
        announced = tuple(self._frames.announced)
        self._frames.announced.clear()
        return announced

    def receive(self, frame: bytes, now: Ns) -> list[Event]:
        """Turn one frame into events, or raise DecodeError.

        A change of two entries that mirror each other is read here, its second entry compared as
        text and not parsed; whatever differs in any way goes the complete path.
        """
        try:
            message = decode_pair(frame)
            first, second = message.price_changes
            market, outcome, other = self._by_id[first.asset_id]
            prices = self._known_prices
            price, mirror, mirror_text = prices[first.price]
            bid, bid_mirror, bid_text = prices[first.best_bid]
            ask, ask_mirror, ask_text = prices[first.best_ask]
            size = self._sizes[first.size]
        except NOT_USUAL:
            return self._receive_any(frame, now)
        if (
            second.asset_id != other
            or second.price != mirror_text
            or second.size != first.size
            or second.side == first.side
            or second.best_bid != ask_text
            or second.best_ask != bid_text
        ):
            return self._receive_any(frame, now)
        self._connection.heard_at = now
        self.stats.pairs += 1
        opposite = 1 - outcome
        level = (
            outcome if first.side == "BUY" else opposite,
            mirror if outcome else price,
            size,
        )
        proofs = (
            Proof(outcome, first.hash, bid, ask),
            Proof(opposite, second.hash, ask_mirror, bid_mirror),
        )
        at: Ns = message.timestamp * MILLISECOND  # type: ignore[assignment]  # Ns() costs 60 ns
        return [BookDelta(now, at, market, (level,), proofs, self.feed, now, 1)]

    def _receive_any(self, frame: bytes, now: Ns) -> list[Event]:
        """The complete path: bare texts, first data, and everything frames.py reads."""
        self.stats.other_frames += 1
        usual: BookDelta | BookSnapshot | None = None
        if frame.startswith(TOUCH_HEAD):
            usual = self._receive_touch(frame, now)
        elif BOOK_MARK in frame:
            usual = self._receive_book(frame, now)
        if usual is not None:
            self._connection.heard_at = now
            return [usual]
        bare = frame.strip() if len(frame) <= BARE_BYTES_MAX else b""
        if bare == wire.PONG:
            self.stats.pongs += 1
            self._connection.ponged(now)
            return []
        if bare == wire.INVALID_OPERATION:
            self.stats.invalid_operations += 1
            return []
        events: list[Event] = [*self._frames.events(frame, now)]
        for event in events:
            if isinstance(event, BookSnapshot):
                self.told.setdefault(event.market, now)
        return [*self._heard(now), *events]

    def _heard(self, now: Ns) -> list[Event]:
        """Data came, by the complete path; what the first of a connection means."""
        if self._connection.heard_at:
            self._connection.heard_at = now
            return []
        self._connection.heard_first(now)
        self._by_id = self._assets.by_id
        return [FeedUp(now, self.feed), *self.reconnector.moved(self.feed, now)]

    def _receive_touch(self, frame: bytes, now: Ns) -> BookDelta | None:
        """A `best_bid_ask` of two known prices, the most frequent frame after changes."""
        try:
            told = decode_touch(frame)
            market, outcome, _ = self._by_id[told.asset_id]
            bid = self._known_prices[told.best_bid][0]
            ask = self._known_prices[told.best_ask][0]
        except NOT_USUAL:
            return None
        count(self.stats.other_messages, "best_bid_ask")
        at = Ns(told.timestamp * MILLISECOND)
        return BookDelta(now, at, market, (), (Proof(outcome, "", bid, ask),), self.feed, now)

    def _receive_book(self, frame: bytes, now: Ns) -> BookSnapshot | None:
        """A carried book alone in its frame: its kind needs no reading of its own."""
        try:
            book = decode_book(frame)
            snapshot = self._books.snapshot(book, self._by_id[book.asset_id], now)
        except NOT_USUAL:
            return None
        count(self.stats.other_messages, "book")
        self.told.setdefault(snapshot.market, now)
        return snapshot

    def on_undecodable(self, frame: bytes, now: Ns) -> list[Event]:
        """Count a frame that raised DecodeError; a gap for each book it may have changed.

        Those are the carried markets it names; all of them where it names no market at all.
        """
        self.stats.undecodable += 1
        ids = {match.decode() for match in IDS.findall(frame[: wire.FRAME_BYTES_MAX])}
        by_id = self._assets.by_id
        named = {by_id[found][0] for found in ids if found in by_id} | ids
        return [
            GapOpened(now, market, self.feed, "undecodable frame")
            for market in self._assets.markets
            if market in named or not ids
        ]


def first_frame(assets: list[str]) -> bytes:
    """The frame that opens a subscription; it is valid only once on a socket."""
    return msgspec.json.encode(
        {
            "type": "market",
            "assets_ids": assets,
            "custom_feature_enabled": True,
            "initial_dump": True,
        }
    )


def operation_frame(operation: Literal["subscribe", "unsubscribe"], assets: list[str]) -> bytes:
    """A later change of what the socket carries."""
    frame: dict[str, object] = {"operation": operation, "assets_ids": assets}
    if operation == "subscribe":
        frame["custom_feature_enabled"] = True
    return msgspec.json.encode(frame)
