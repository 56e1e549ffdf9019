"""The venue's hash of a book (polymarket.md 1.6), kept up to date level by level.

Both outcomes' views are kept at once: a Yes bid is a No ask, and Yes bids ascending are No asks
descending, so one ordered pass over a side serves both. Levels stay rendered; only what changed
is rendered and joined again.
"""

from bisect import bisect_left
from functools import lru_cache
from hashlib import sha1
from typing import Final

from polywire.core.model.instrument import Market
from polywire.core.model.market import Level
from polywire.core.units import SCALE, Ns, Price, Quantity, format_micros, milliseconds
from polywire.venues.polymarket.texts import canonical

LAST_TRADE_DECIMALS: Final = 3


class RenderedSide:
    """One side of the book as both outcomes see it, in wire order: worst level first."""

    __slots__ = ("_joined", "_keys", "_sign", "_views")

    def __init__(self, sign: int) -> None:
        self._sign = sign  # 1: ascending in primary prices, -1: descending
        self._keys: list[int] = []
        self._views: tuple[list[str], list[str]] = ([], [])
        self._joined: list[str | None] = [None, None]

    def put(self, price: Price, size: Quantity) -> None:
        """Set the absolute size at a primary price; 0 removes the level, and may find none."""
        key = price * self._sign
        keys, (primary, complement) = self._keys, self._views
        at = bisect_left(keys, key)
        found = at < len(keys) and keys[at] == key
        if not size:
            if found:
                del keys[at], primary[at], complement[at]
        else:
            head, complement_head = heads(price)
            text = canonical(size)
            if found:
                primary[at] = f'{head}{text}"}}'
                complement[at] = f'{complement_head}{text}"}}'
            else:
                keys.insert(at, key)
                primary.insert(at, f'{head}{text}"}}')
                complement.insert(at, f'{complement_head}{text}"}}')
        self._joined = [None, None]

    def text(self, outcome: int) -> str:
        """The levels as an outcome's JSON shows them, without brackets."""
        joined = self._joined[outcome]
        if joined is None:
            joined = self._joined[outcome] = ",".join(self._views[outcome])
        return joined


class BookChecksum:
    """The hash of one market's book; fulfils core.book.checksum.Checksum."""

    __slots__ = ("_asks", "_bids", "_head", "_market", "_tail")

    def __init__(self, market: Market) -> None:
        self._market = market
        self._bids = RenderedSide(1)
        self._asks = RenderedSide(-1)
        self._head = tuple(
            f'{{"market":"{market.id}","asset_id":"{outcome.instrument}","timestamp":"'
            for outcome in market.outcomes
        )
        self.set_tick(market.tick)

    def set_tick(self, tick: Price) -> None:
        """The grid the venue now writes into its hash."""
        market = self._market
        neg_risk = "true" if market.neg_risk else "false"
        self._tail = (
            f'],"min_order_size":"{canonical(market.size_min)}","tick_size":"{canonical(tick)}",'
            f'"neg_risk":{neg_risk},"last_trade_price":"'
        )

    def change(self, levels: tuple[Level, ...]) -> None:
        """Take in absolute sizes in primary prices, exactly those that changed in the book."""
        for side, price, size in levels:
            (self._asks if side else self._bids).put(price, size)

    def digest(self, outcome: int, venue_ns: Ns, last_trade: Price | None) -> str:
        """The hash the venue would send for an outcome's view of the book at its own time."""
        bids, asks = (self._asks, self._bids) if outcome else (self._bids, self._asks)
        text = (
            f'{self._head[outcome]}{milliseconds(venue_ns)}","hash":"","bids":['
            f'{bids.text(outcome)}],"asks":[{asks.text(outcome)}{self._tail}'
            f'{trade_text(last_trade or Price(0))}"}}'
        )
        return sha1(text.encode(), usedforsecurity=False).hexdigest()


@lru_cache(maxsize=20_000)
def heads(price: Price) -> tuple[str, str]:
    """A level's text up to its size, for the primary outcome and for its complement."""
    return (
        f'{{"price":"{format_micros(price)}","size":"',
        f'{{"price":"{format_micros(SCALE - price)}","size":"',
    )


@lru_cache(maxsize=20_000)
def trade_text(price: Price) -> str:
    """A last trade price as the venue hashes it: at least three decimals, none for no trade."""
    if not price:
        return ""
    whole, _, fraction = format_micros(price).partition(".")
    return f"{whole}.{fraction.ljust(LAST_TRADE_DECIMALS, '0')}"
