"""Streams as a recording without hashes has them: changes with the best prices after each.

Some best prices are wrong, some changes come late by the venue's clock or two at once, one of two
feeds goes and comes back.
"""

from tests.unit.modes.recorded_market import CENT, FEED, MS, START

from polywire.core.model.instrument import Side
from polywire.core.model.market import (
    BookDelta,
    BookSnapshot,
    FeedCarries,
    FeedDown,
    FeedUp,
    InstrumentListed,
    Proof,
    PublicTrade,
    TickSizeChanged,
)
from polywire.history.terms import assumed

MILLION = 1_000_000
OTHER = "g"


class Market:
    """One book as two plain dictionaries."""

    def __init__(self, number, chance):
        self.terms = assumed(f"m{number}", (str(number) * 8, str(number + 5) * 8))
        self.mid = chance.randrange(30, 70) if number < 3 else 8
        self.feed = FEED if number < 4 else OTHER
        self.sides = ({}, {})
        self.begin(chance)

    def begin(self, chance):
        for side, sign in ((0, -1), (1, 1)):
            prices = [(self.mid + sign * away) * CENT for away in (2, 3, 4, 6)]
            self.sides[side].clear()
            self.sides[side].update((price, chance.randrange(5, 80) * MILLION) for price in prices)

    def snapshot(self, now):
        bids, asks = sorted(self.sides[0].items()), sorted(self.sides[1].items(), reverse=True)
        return BookSnapshot(now, now, self.terms.id, 0, tuple(bids), tuple(asks), "", self.feed)

    def touch(self, outcome):
        bid, ask = max(self.sides[0], default=None), min(self.sides[1], default=None)
        if not outcome:
            return bid, ask
        return (
            None if ask is None else MILLION - ask,
            None if bid is None else MILLION - bid,
        )

    def change(self, now, chance):
        """One level, sometimes two, never across the book; a few tell a wrong best price."""
        levels = tuple(self.level(chance) for _ in range(1 + (chance.random() < 0.02)))
        outcome = chance.randrange(2)
        bid, ask = self.touch(outcome)
        if chance.random() < 0.006:
            bid = CENT
        proof = Proof(outcome, "", bid, ask)
        late = chance.choice((0,) * 250 + (20_000,)) * MS
        return BookDelta(now, now - late, self.terms.id, levels, (proof,), self.feed, now)

    def level(self, chance):
        side = chance.randrange(2)
        own, other = self.sides[side], self.sides[1 - side]
        edge = (min(other, default=99 * CENT) if not side else max(other, default=CENT)) // CENT
        price = chance.randrange(max(1, edge - 7), edge) if not side else None
        price = price or chance.randrange(min(98, edge + 1), min(99, edge + 8) + 1)
        size = chance.choice((0, 0, chance.randrange(1, 90))) * MILLION
        own.pop(price * CENT, None)
        if size:
            own[price * CENT] = size
        return side, price * CENT, size


def opening(markets):
    for feed in (FEED, OTHER):
        yield FeedUp(START, feed)
    for market in markets:
        yield InstrumentListed(START, market.terms)
    for feed in (FEED, OTHER):
        carried = tuple(market.terms.id for market in markets if market.feed == feed)
        yield FeedCarries(START, feed, carried)
    for market in markets:
        yield market.snapshot(START)


def told(chance, count):
    """So many events, in bursts."""
    markets = [Market(number, chance) for number in range(1, 5)]
    yield from opening(markets)
    now = START
    for _ in range(count):
        now += chance.choice((0, 0, 1, 3, 10, 40, chance.choice((5, 300, 2_500)))) * MS
        market = chance.choice(markets)
        draw = chance.random()
        if draw < 0.01:
            market.begin(chance)
            yield market.snapshot(now)
        elif draw < 0.03:
            side = chance.choice((Side.BUY, Side.SELL))
            price = market.touch(0)[side is Side.BUY] or 50 * CENT
            size = chance.randrange(1, 60) * MILLION
            yield PublicTrade(now, now, market.terms.id, 0, side, price, size, market.feed)
        elif draw < 0.032:
            yield FeedDown(now, FEED, "gone")
            now += 400 * MS
            yield FeedUp(now, FEED)
            for each in markets:
                if each.feed == FEED:
                    yield each.snapshot(now)
        elif draw < 0.033:
            yield TickSizeChanged(now, now, market.terms.id, chance.choice((1_000, 10_000)))
        else:
            yield market.change(now, chance)
