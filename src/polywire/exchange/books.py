"""One naive book per market: a set of ladders seen from both tokens, and its true hash.

Owns levels, their wire texts and the hash. Knows who stands in line (lines.py), nothing of accounts
or sockets.
"""

import hashlib
from bisect import bisect_left

from polywire.exchange.decimals import ONE, text
from polywire.exchange.lines import Lines, Part

Texts = tuple[list[str], list[str]]


class Ladder:
    """One side in the first token's prices, with the wire texts of both tokens kept rendered.

    A bid ladder ascending and its mirror, the other token's asks descending, have the same order,
    so one sorted list serves both views. Rendering a whole book then costs one join.
    """

    __slots__ = ("_keys", "_mirrored", "_own", "_sign", "notional", "sizes")

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._keys: list[int] = []
        self._own: list[str] = []
        self._mirrored: list[str] = []
        self.sizes: dict[int, int] = {}
        self.notional = 0

    def put(self, price: int, size: int) -> None:
        """Set the whole size at a price; zero removes the level."""
        key = price * self._sign
        at = bisect_left(self._keys, key)
        before = self.sizes.get(price, 0)
        self.notional += (size - before) * (price if self._sign > 0 else ONE - price)
        if size == 0:
            if before:
                del self.sizes[price], self._keys[at], self._own[at], self._mirrored[at]
            return
        own = f'{{"price":"{text(price)}","size":"{text(size)}"}}'
        mirrored = f'{{"price":"{text(ONE - price)}","size":"{text(size)}"}}'
        self.sizes[price] = size
        if before:
            self._own[at], self._mirrored[at] = own, mirrored
        else:
            self._keys.insert(at, key)
            self._own.insert(at, own)
            self._mirrored.insert(at, mirrored)

    def prices(self) -> list[int]:
        """Prices as the wire orders them, best last."""
        return [key * self._sign for key in self._keys]

    def best(self) -> int | None:
        """The best price, or None where the side is empty."""
        return self._keys[-1] * self._sign if self._keys else None

    def at(self, rank: int) -> int:
        """The price `rank` places behind the best; rank 0 is the best."""
        return self._keys[-1 - rank] * self._sign

    def __len__(self) -> int:
        return len(self._keys)

    def rendered(self, *, mirrored: bool) -> str:
        """The levels as JSON text in wire order."""
        return ",".join(self._mirrored if mirrored else self._own)


class MarketBook:
    """The book of one market; every price going in is the first token's."""

    __slots__ = (
        "_stamped_ms", "asks", "bids", "last_side", "last_trade", "lines", "market", "min_size",
        "neg_risk", "skew_ms", "tick", "timestamp", "tokens",
    )  # fmt: skip

    def __init__(self, market: str, tokens: tuple[str, str], *, tick: int, neg_risk: bool) -> None:
        self.market = market
        self.tokens = tokens
        self.tick = tick
        self.neg_risk = neg_risk
        self.min_size = "5"
        self.last_trade = ""
        self.last_side = ""
        self.timestamp = "0"
        self.skew_ms = 0
        self.bids = Ladder(1)
        self.asks = Ladder(-1)
        self.lines = Lines()
        self._stamped_ms = 0

    def stamp(self, now_ms: int) -> None:
        """Set the time of the next change; it never steps back in one market."""
        self._stamped_ms = max(self._stamped_ms, now_ms)
        self.timestamp = str(self._stamped_ms + self.skew_ms)

    @property
    def opened(self) -> bool:
        """Whether the market has begun to trade."""
        return self.timestamp != "0"

    def ladder(self, *, bid: bool) -> Ladder:
        """One side."""
        return self.bids if bid else self.asks

    def anonymous(self, *, bid: bool, price: int) -> int:
        """The size at a price that belongs to no account order; the first token's price."""
        shown = self.ladder(bid=bid).sizes.get(price, 0)
        return shown - self.lines.owned(bid=bid, price=price)

    def join(self, order: str, *, bid: bool, price: int, size: int) -> None:
        """Let an account order rest, behind all that is there; the first token's price."""
        ladder = self.ladder(bid=bid)
        ahead = ladder.sizes.get(price, 0)
        self.lines.join(order, bid=bid, price=price, ahead=ahead, size=size)
        ladder.put(price, ahead + size)

    def leave(self, order: str, *, bid: bool, price: int) -> None:
        """Take an account order out."""
        ladder = self.ladder(bid=bid)
        gone = self.lines.leave(order, bid=bid, price=price)
        ladder.put(price, ladder.sizes[price] - gone)

    def take(self, size: int, *, bid: bool, price: int) -> list[Part]:
        """Execute at a level; from whom it was taken, first come first served."""
        ladder = self.ladder(bid=bid)
        ladder.put(price, ladder.sizes[price] - size)
        return self.lines.take(size, bid=bid, price=price)

    def put(self, *, index: int, bid: bool, price: int, size: int) -> None:
        """Set a level as seen from token `index`."""
        if index == 0:
            (self.bids if bid else self.asks).put(price, size)
        else:
            (self.asks if bid else self.bids).put(ONE - price, size)

    def clear(self) -> None:
        """Empty both sides."""
        self.bids = Ladder(1)
        self.asks = Ladder(-1)
        self.lines = Lines()

    def best(self, index: int) -> tuple[int | None, int | None]:
        """Best bid and ask of a token; None is an empty side."""
        bid, ask = self.bids.best(), self.asks.best()
        if index == 0:
            return bid, ask
        return (None if ask is None else ONE - ask), (None if bid is None else ONE - bid)

    def touch(self, index: int) -> tuple[str, str]:
        """Best bid and ask as `price_change` writes them: "0" and "1" for empty sides."""
        bid, ask = self.best(index)
        return text(bid or 0), text(ONE if ask is None else ask)

    def levels(self, index: int) -> tuple[str, str]:
        """Bids and asks of a token as JSON texts without the brackets."""
        if index == 0:
            return self.bids.rendered(mirrored=False), self.asks.rendered(mirrored=False)
        return self.asks.rendered(mirrored=True), self.bids.rendered(mirrored=True)

    def rest(self, index: int) -> str:
        """The `/book` answer of a token, hashed with the time of its last change."""
        return self._whole(index, self.hash(index, self.timestamp), self.timestamp)

    def hash(self, index: int, timestamp: str) -> str:
        """SHA-1 of the whole book at `timestamp`, hash left empty."""
        whole = self._whole(index, "", timestamp)
        return hashlib.sha1(whole.encode(), usedforsecurity=False).hexdigest()

    def _whole(self, index: int, digest: str, timestamp: str) -> str:
        bids, asks = self.levels(index)
        return (
            f'{{"market":"{self.market}","asset_id":"{self.tokens[index]}",'
            f'"timestamp":"{timestamp}","hash":"{digest}","bids":[{bids}],"asks":[{asks}],'
            f'"min_order_size":"{self.min_size}","tick_size":"{text(self.tick)}",'
            f'"neg_risk":{"true" if self.neg_risk else "false"},'
            f'"last_trade_price":"{self.last_trade}"}}'
        )
