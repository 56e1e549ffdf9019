"""What the wire has proved of each market, kept naively and apart from the engine's books.

Two dictionaries of texts a token, the venue's hash recomputed with json: enough to say whether
an order was sent on evidence that was missing, stale or contradicted for too long.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from polywire.core.ids import FeedId, MarketId
from polywire.core.model.instrument import Market
from polywire.core.units import Ns, Price, parse_micros

Message = dict[str, Any]

SLACK_NS = 1_500_000_000
"""A sample every half second, and half a second for the engine to look."""
REST_NS = 2_000_000_000
"""How long a REST book is good enough for an exit."""
GRACE_NS = 2_000_000_000
"""How long the engine may wait for a late hash or trade price to agree."""


@dataclass(slots=True)
class TokenBook:
    """One token's levels as texts, the last hash sent for it, and the last that was right."""

    bids: dict[str, str] = field(default_factory=dict)
    asks: dict[str, str] = field(default_factory=dict)
    known: bool = False
    hash: str = ""
    time: str = ""
    agreed: str = ""
    whole_ms: int = 0
    level_ms: dict[tuple[str, str], int] = field(default_factory=dict)

    def change(self, side: str, price: str, size: str, at_ms: int) -> None:
        """Take in a level, unless something newer was said of it."""
        if at_ms < max(self.whole_ms, self.level_ms.get((side, price), 0)):
            return
        levels = self.bids if side == "BUY" else self.asks
        levels.pop(price, None)
        if size != "0":
            levels[price] = size
        self.level_ms[side, price] = at_ms

    def late(self, message: Message) -> None:
        """Take in a whole book of before, but for levels of which as new a thing was said."""
        at_ms = int(message["timestamp"])
        for side, held, name in (("BUY", self.bids, "bids"), ("SELL", self.asks, "asks")):
            told = {level["price"]: level["size"] for level in message[name]}
            for price in {**held, **told}:
                if at_ms > self.level_ms.get((side, price), self.whole_ms):
                    self.change(side, price, told.get(price, "0"), at_ms)


@dataclass(slots=True)
class MarketEvidence:
    """One market as the wire tells it."""

    market: Market
    tick: Price
    books: dict[str, TokenBook]
    last_trade: str = ""
    trade_ms: int = 0
    told_ms: int = 0
    rest_ms: int = 0
    heard_at: Ns = Ns(0)
    rest_at: Ns | None = None
    since_up: bool = False
    contradicted_at: Ns | None = None
    resolved: bool = False


class Evidence:
    """Hears every frame that reaches us and every REST reply; no other source."""

    def __init__(self, proof_age_ns_max: int) -> None:
        self.markets: dict[MarketId, MarketEvidence] = {}
        self._age_ns_max = proof_age_ns_max
        self._by_token: dict[str, MarketEvidence] = {}
        self._carriers: dict[MarketId, dict[FeedId, None]] = {}
        self._up: dict[FeedId, bool] = {}

    def listed(self, market: Market) -> None:
        """A market is watched from now on."""
        books = {str(outcome.instrument): TokenBook() for outcome in market.outcomes}
        seen = MarketEvidence(market, market.tick, books)
        known = self.markets.setdefault(market.id, seen)
        known.tick = market.tick
        self._by_token.update(dict.fromkeys(books, known))
        self._carriers.setdefault(market.id, {})

    def carried(self, market: MarketId, feed: FeedId) -> None:
        """A feed carries a market from now on."""
        self._carriers[market][feed] = None

    def up(self, feed: FeedId) -> None:
        """A socket is open."""
        self._up[feed] = True

    def down(self, feed: FeedId) -> None:
        """A socket is gone, and so is all that it alone proved."""
        self._up[feed] = False
        for market, carriers in self._carriers.items():
            if feed in carriers and not self._fed(market):
                self.markets[market].since_up = False

    def dropped(self, feed: FeedId) -> None:
        """A socket is not used again."""
        self.down(feed)
        for carriers in self._carriers.values():
            carriers.pop(feed, None)

    def frame(self, frame: bytes, now: Ns) -> None:
        """A frame arrived; one that is no JSON proves nothing."""
        try:
            read = json.loads(frame)
        except ValueError:
            return
        for message in read if isinstance(read, list) else [read]:
            self._message(message, now)

    def rest(self, body: bytes, now: Ns) -> None:
        """A reply of whole books arrived."""
        for message in json.loads(body):
            seen = self._by_token[message["asset_id"]]
            seen.rest_at = now
            at_ms = int(message["timestamp"])
            if at_ms >= seen.told_ms:
                seen.rest_ms = at_ms
                self._book(message, seen, now)
            else:
                self._late_book(message, seen, now)

    def resolved(self, market: MarketId) -> None:
        """A market has its answer."""
        self.markets[market].resolved = True

    def objection(self, market: MarketId, now: Ns, *, leaves: bool = False) -> str:
        """Why no order may be sent on this market now, as far as the wire tells; or empty.

        One that `leaves` a position may go out on a book that REST has just shown.
        """
        seen = self.markets.get(market)
        if seen is None or seen.resolved:
            return "is not listed, or resolved"
        if leaves and seen.rest_at is not None and now - seen.rest_at <= REST_NS:
            return ""
        if not (self._fed(market) and seen.since_up):
            return "was not heard of by any open socket"
        silent, wrong = now - seen.heard_at, now - (seen.contradicted_at or now)
        if silent > self._age_ns_max + SLACK_NS:
            return f"was last heard of {silent / 1e9:.1f} s ago"
        if wrong > GRACE_NS + SLACK_NS:
            return f"contradicts its hashes since {wrong / 1e9:.1f} s"
        return ""

    def sample(self, now: Ns) -> None:
        """Compare each market's books with the last hashes sent for them."""
        for seen in self.markets.values():
            self._compare(seen, now)

    def _compare(self, seen: MarketEvidence, now: Ns) -> None:
        if any(_agrees(seen, token) for token in seen.books):
            seen.contradicted_at = None
        elif seen.contradicted_at is None:
            seen.contradicted_at = now

    def _compare_again(self, seen: MarketEvidence, now: Ns) -> None:
        if seen.contradicted_at is not None:
            self._compare(seen, now)

    def _fed(self, market: MarketId) -> bool:
        return any(self._up.get(feed, False) for feed in self._carriers[market])

    def _message(self, message: Message, now: Ns) -> None:
        kind = message.get("event_type")
        seen = self._by_token.get(message.get("asset_id", ""))
        if kind == "price_change":
            self._changes(message, now)
        elif kind == "market_resolved" and message["market"] in self.markets:
            if message["winning_asset_id"]:  # a half each names no winner; the catalogue tells
                self.resolved(message["market"])
        elif seen is None:
            return
        elif kind == "book":
            twins = len(self._carriers[seen.market.id]) > 1
            if twins and int(message["timestamp"]) < seen.told_ms:
                self._late_book(message, seen, now)
                return  # another socket has told more already
            seen.rest_ms = 0
            self._book(message, seen, now)
        elif kind == "last_trade_price":
            self._trade(message, seen, now)
        elif kind == "tick_size_change":
            self._compare(seen, now)
            seen.tick = Price(parse_micros(message["new_tick_size"]))

    def _trade(self, message: Message, seen: MarketEvidence, now: Ns) -> None:
        """A price that the next hash will know; one older than what is known says nothing."""
        self._compare(seen, now)
        if int(message["timestamp"]) >= seen.trade_ms:
            seen.trade_ms = int(message["timestamp"])
            seen.last_trade = _trade_text(message["price"])
        self._compare_again(seen, now)

    def _late_book(self, message: Message, seen: MarketEvidence, now: Ns) -> None:
        """A trade that we missed is news, and so are levels of which nothing newer was said."""
        at_ms = int(message["timestamp"])
        seen.books[message["asset_id"]].late(message)
        if "last_trade_price" in message and at_ms >= seen.trade_ms:
            seen.last_trade, seen.trade_ms = message["last_trade_price"], at_ms
        self._compare_again(seen, now)

    def _book(self, message: Message, seen: MarketEvidence, now: Ns) -> None:
        book = seen.books[message["asset_id"]]
        book.bids = {level["price"]: level["size"] for level in message["bids"]}
        book.asks = {level["price"]: level["size"] for level in message["asks"]}
        book.known = True
        book.whole_ms = int(message["timestamp"])
        book.level_ms.clear()
        book.hash, book.time = message["hash"], message["timestamp"]
        if "last_trade_price" in message:
            seen.last_trade, seen.trade_ms = message["last_trade_price"], int(message["timestamp"])
        if message.get("tick_size"):
            seen.tick = Price(parse_micros(message["tick_size"]))
        self._heard(seen, message, now)

    def _changes(self, message: Message, now: Ns) -> None:
        for change in message["price_changes"]:
            seen = self._by_token.get(change["asset_id"])
            if seen is None or int(message["timestamp"]) < seen.rest_ms:
                continue
            book = seen.books[change["asset_id"]]
            at_ms = int(message["timestamp"])
            book.change(change["side"], change["price"], change["size"], at_ms)
            if int(message["timestamp"]) >= int(book.time or 0):  # a late one's state has passed
                book.hash, book.time = change["hash"], message["timestamp"]
            self._heard(seen, message, now)

    def _heard(self, seen: MarketEvidence, message: Message, now: Ns) -> None:
        seen.told_ms = max(seen.told_ms, int(message["timestamp"]))
        seen.heard_at = now
        seen.since_up = True
        self._compare_again(seen, now)


def same_book(rest: str, bids: Iterable[tuple[int, int]], asks: Iterable[tuple[int, int]]) -> bool:
    """Whether the venue's own answer for a token has exactly these levels, in micros."""
    message = json.loads(rest)
    return _levels(message["bids"]) == dict(bids) and _levels(message["asks"]) == dict(asks)


def _levels(levels: list[dict[str, str]]) -> dict[int, int]:
    return {
        int(Decimal(level["price"]).scaleb(6)): int(Decimal(level["size"]).scaleb(6))
        for level in levels
    }


def _agrees(seen: MarketEvidence, token: str) -> bool:
    """Whether a token's book gives the hash sent for it, now or when it was last compared."""
    book = seen.books[token]
    if book.known and book.agreed != book.hash and _hash(seen, token) == book.hash:
        book.agreed = book.hash
    return book.known and book.agreed == book.hash


def _hash(seen: MarketEvidence, token: str) -> str:
    book = seen.books[token]
    whole = {
        "market": seen.market.id,
        "asset_id": token,
        "timestamp": book.time,
        "hash": "",
        "bids": _wire(book.bids, best_last=1),
        "asks": _wire(book.asks, best_last=-1),
        "min_order_size": str(seen.market.size_min // 1_000_000),
        "tick_size": str(Decimal(seen.tick).scaleb(-6).normalize()),
        "neg_risk": seen.market.neg_risk,
        "last_trade_price": seen.last_trade,
    }
    text = json.dumps(whole, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _wire(levels: dict[str, str], *, best_last: int) -> list[dict[str, str]]:
    prices = sorted(levels, key=lambda price: best_last * Decimal(price))
    return [{"price": price, "size": levels[price]} for price in prices]


def _trade_text(price: str) -> str:
    whole, _, fraction = price.partition(".")
    return f"{whole}.{fraction:0<3}"
