"""Anonymous orders on one synthetic market: sizes, levels, touch and trades; frames come out."""

from random import Random

from polywire.exchange import frames
from polywire.exchange.books import Ladder, MarketBook
from polywire.exchange.decimals import ONE, text, trade_text
from polywire.exchange.flow import Print, Trade
from polywire.exchange.frames import Change, Frame
from polywire.exchange.shape import (
    EDGES,
    FINE_TICK,
    Character,
    draw_size,
    fill,
    on_grid,
)

MS = 1_000_000
# Shares of all actions: in the recordings 2 to 7 % of changes move the best price and one frame
# in two hundred is a trade (more here, so that a short demonstration shows some).
TOUCH_SHARE = 0.04
TRADE_SHARE = 0.012
LATE_HASH_SHARE = 0.004


class OrderFlow:
    """Moves one book towards a fair price, with the noise of many small orders around it."""

    def __init__(self, book: MarketBook, character: Character, rng: Random) -> None:
        self.book = book
        self._character = character
        self._rng = rng
        self._spread = character.spread_ticks * book.tick

    def open(self, fair: float, now: int) -> None:
        """Fill an empty book around the fair price."""
        self._stamp(now)
        bid, ask = self._target(fair)
        for ladder, best, step in (
            (self.book.bids, bid, -self.book.tick),
            (self.book.asks, ask, self.book.tick),
        ):
            if best is not None:
                fill(self._rng, ladder, best, self._character, step=step)

    def act(self, fair: float, now: int) -> list[Frame]:
        """One ordinary action other than a trade; the frames it causes."""
        self._stamp(now)
        before = self.book.best(0)
        roll = self._rng.random()
        bid, ask = before
        empty = bid is None and ask is None
        mispriced = empty or not (bid or 0) <= fair * ONE <= (ONE if ask is None else ask)
        if mispriced or roll < TOUCH_SHARE:
            sent = self._retouch(fair)
        elif roll < TOUCH_SHARE + LATE_HASH_SHARE:
            sent = self._late_hash(now)
        else:
            sent = self._send([self._ordinary()])
        return sent + self._touched(before) + self._regrid()

    def due_trade(self) -> bool:
        """Whether the next action is a trade."""
        return self._rng.random() < TRADE_SHARE

    def draw_trade(self, fair: float) -> tuple[bool, int]:
        """Whether the first token is bought, and how many micro-shares."""
        rng = self._rng
        bid, ask = self.book.best(0)
        middle = ((bid or 0) + (ONE if ask is None else ask)) / 2
        lean = max(-0.4, min(0.4, (fair * ONE - middle) / max(1, self._spread)))
        shares = rng.lognormvariate(3.2, 1.4)
        size = round(shares * 100) * 10_000 if rng.random() < 0.7 else round(shares * ONE)
        return rng.random() < 0.5 + lean, max(ONE, size)

    def crossing(self, fair: float) -> tuple[bool, int] | None:
        """Whether an account order stands where the flow would quote: side to take and limit."""
        lines = self.book.lines
        if not lines:
            return None
        bid, ask = self._target(fair)
        lowest, highest = lines.best(bid=False), lines.best(bid=True)
        if bid is not None and lowest is not None and lowest <= bid:
            return True, bid
        if ask is not None and highest is not None and highest >= ask:
            return False, ask
        return None

    def draw_quote(self) -> int:
        """The size of an order at the touch, in micro-shares."""
        return draw_size(self._rng, self._character.size, 0)

    def trade(self, *, lifts: bool, size: int, now: int, limit: int | None = None) -> list[Trade]:
        """Take up to `size` from the asks (`lifts`) or bids; what was executed, book changed.

        One anonymous level always stays; a limit is the first token's price.
        """
        self._stamp(now)
        ladder = self.book.asks if lifts else self.book.bids
        index = self._rng.randrange(2)
        done: list[Trade] = []
        while size > 0 and self._takeable(ladder, lifts=lifts, limit=limit):
            price = ladder.at(0)
            taken = min(size, ladder.sizes[price])
            parts = self.book.take(taken, bid=not lifts, price=price)
            size -= taken
            own = price if index == 0 else ONE - price
            done.append(Trade(index, lifts == (index == 0), own, taken, tuple(parts)))
        if done:
            self.book.last_trade = trade_text(done[-1].price)
            self.book.last_side = done[-1].side
        return done

    def _takeable(self, ladder: Ladder, *, lifts: bool, limit: int | None) -> bool:
        """Whether anonymous people may trade with the best level of a side."""
        if not ladder:
            return False
        price = ladder.at(0)
        if limit is not None and ((price > limit) if lifts else (price < limit)):
            return False
        return len(ladder) > 1 or self.book.lines.holds(bid=not lifts, price=price)

    def after_trade(self, before: tuple[int | None, int | None], *, full: bool) -> list[Frame]:
        """The whole books a trade leaves behind, and the touch where it moved."""
        books = [frames.book(self.book, index, full=full) for index in (0, 1)]
        return books + self._touched(before) + self._regrid()

    def regrid(self, tick: int, now: int) -> list[Frame]:
        """Put the market on another grid; resting levels stay where they are."""
        self._stamp(now)
        old, self.book.tick = self.book.tick, tick
        self._spread = max(tick, min(self._spread, 5 * tick))
        return [
            frames.tick_size_change(self.book, index, old, self.book.timestamp) for index in (0, 1)
        ]

    def _stamp(self, now: int) -> None:
        self.book.stamp(now // MS)

    def _target(self, fair: float) -> tuple[int | None, int | None]:
        tick, middle, half = self.book.tick, fair * ONE, self._spread / 2
        bid = on_grid(middle - half, tick)
        ask = max(bid + tick, ONE - on_grid(ONE - middle - half, tick))
        return (
            bid if middle > tick else None,
            ask if middle < ONE - tick and ask <= ONE - tick else None,
        )

    def _retouch(self, fair: float) -> list[Frame]:
        bid, ask = self._target(fair)
        drops = [
            Change(0, True, price, 0)
            for price in reversed(self.book.bids.prices())
            if (bid is None or price > bid) and self.book.anonymous(bid=True, price=price)
        ] + [
            Change(0, False, price, 0)
            for price in reversed(self.book.asks.prices())
            if (ask is None or price < ask) and self.book.anonymous(bid=False, price=price)
        ]
        adds = [
            Change(0, is_bid, price, draw_size(self._rng, self._character.size, 0))
            for is_bid, price, ladder in (
                (True, bid, self.book.bids),
                (False, ask, self.book.asks),
            )
            if price is not None and price not in ladder.sizes
        ]
        if not drops and not adds:
            return self._send([self._flicker() or self._ordinary()])
        if self._rng.random() < 0.5:
            return self._send(drops + adds)
        return [frame for change in drops + adds for frame in self._send([change])]

    def _flicker(self) -> Change | None:
        """A small order inside the spread; the next retouch takes it away again."""
        bid, ask = self.book.best(0)
        if bid is None or ask is None or ask - bid <= self.book.tick:
            return None
        is_bid = self._rng.random() < 0.5
        price = on_grid(bid, self.book.tick) + self.book.tick if is_bid else ask - self.book.tick
        if not bid < price < ask:
            return None
        return Change(0, is_bid, price, draw_size(self._rng, self._character.size / 4, 0))

    def _ordinary(self) -> Change:
        """A resized, added or removed level that leaves the best price alone."""
        rng = self._rng
        is_bid = rng.random() < 0.5
        ladder = self.book.bids if is_bid else self.book.asks
        if len(ladder) < 2:
            is_bid, ladder = not is_bid, (self.book.asks if is_bid else self.book.bids)
        if not ladder:
            is_bid, ladder = not is_bid, (self.book.asks if is_bid else self.book.bids)
        count = len(ladder)
        assert count > 0, f"both sides of {self.book.market} are empty"
        roll = rng.random()
        if roll < (0.15 if count < self._character.depth else 0.05):
            return self._added(ladder, is_bid=is_bid)
        rank = min(count - 1, int(rng.expovariate(1) * (1 + count / 5)))
        price = ladder.at(rank)
        if roll > 0.92 and rank > 0 and count > 2:
            return Change(0, is_bid, price, 0)
        return Change(0, is_bid, price, draw_size(rng, self._character.size, rank))

    def _added(self, ladder: Ladder, *, is_bid: bool) -> Change:
        rng, tick = self._rng, self.book.tick
        away = tick * (1 + int(rng.expovariate(1) * (2 + len(ladder) / 2)))
        best = ladder.at(0)
        price = on_grid(best - away, tick) if is_bid else ONE - on_grid(ONE - best - away, tick)
        if (price > best) if is_bid else (price < best):
            price = best
        return Change(0, is_bid, price, draw_size(rng, self._character.size, away // tick))

    def _late_hash(self, now: int) -> list[Frame]:
        """Two changes of which the first is already hashed with the second.

        Recorded on 2026-07-27 at full seconds, when many orders expire: 20 groups of 1,620.
        """
        first, second = self._ordinary(), self._ordinary()
        first, second = self._apply(first), self._apply(second)
        early = self.book.timestamp
        sent = self._render([first], early)
        self._stamp(now + MS)
        return sent + self._render([second], self.book.timestamp)

    def _send(self, changes: list[Change]) -> list[Frame]:
        """Apply one matching step; its messages share one hash and the final best prices."""
        return self._render([self._apply(change) for change in changes], self.book.timestamp)

    def _render(self, changes: list[Change], timestamp: str) -> list[Frame]:
        proof = frames.proofs(self.book, timestamp)
        sent = []
        for change in changes:
            pair = [change, change.mirrored()]
            if self._rng.random() < 0.5:
                pair.reverse()
            sent.append(frames.price_change(self.book, pair, proof, timestamp))
        return sent

    def _apply(self, change: Change) -> Change:
        """Set the anonymous size of a level; the level as it is shown, account orders included."""
        size = self.book.lines.resize(change.size, bid=change.bid, price=change.price)
        self.book.put(index=change.index, bid=change.bid, price=change.price, size=size)
        return Change(change.index, change.bid, change.price, size)

    def _touched(self, before: tuple[int | None, int | None]) -> list[Frame]:
        if self.book.best(0) == before:
            return []
        return [frames.best_bid_ask(self.book, i, self.book.timestamp) for i in (0, 1)]

    def _regrid(self) -> list[Frame]:
        if self.book.tick <= FINE_TICK:
            return []
        bid, ask = self.book.best(0)
        middle = ((bid or 0) + (ONE if ask is None else ask)) // 2
        if EDGES[0] <= middle <= EDGES[1]:
            return []
        return self.regrid(FINE_TICK, (int(self.book.timestamp) - self.book.skew_ms) * MS)


def printed(book: MarketBook, trade: Trade, transaction: str) -> tuple[Frame, Print]:
    """The public print of one execution."""
    fields = {
        "asset_id": book.tokens[trade.index],
        "fee_rate_bps": "0",
        "price": text(trade.price),
        "side": trade.side,
        "size": text(trade.size),
        "timestamp": book.timestamp,
        "transaction_hash": transaction,
    }
    public = Print(
        fields["asset_id"],
        trade.side,
        fields["price"],
        fields["size"],
        int(book.timestamp),
        transaction,
    )
    return frames.last_trade(book, fields), public
