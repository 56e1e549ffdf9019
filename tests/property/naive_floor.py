"""A naive floor: one list of orders, sorted anew for each trade, prices as fractions; no books.

Shares no code with the exchange. Also the checker of what must add up in its wallets.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

MILLION = 10**6
STRANGER = "stranger"


@dataclass
class Resting:
    """Somebody's order; `price` is what a Yes costs at it."""

    who: str
    name: str
    bid: bool
    price: Fraction
    size: int
    buys: bool = True
    index: int = 0


@dataclass
class Wish:
    """What an account asks for; `price` is its own outcome's."""

    who: str
    name: str
    buys: bool
    index: int
    price: Fraction
    size: int
    kind: str = "GTC"
    dollars: int = 0
    post_only: bool = False

    @property
    def bid(self) -> bool:
        return self.buys == (self.index == 0)

    @property
    def yes(self) -> Fraction:
        return self.price if self.index == 0 else 1 - self.price


@dataclass
class NaiveFloor:
    """Everybody's orders in the order of arrival, and what accounts have."""

    fee_rate: Fraction
    resting: list[Resting] = field(default_factory=list)
    cash: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    shares: defaultdict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))

    def facing(self, *, bid: bool, limit: Fraction | None = None) -> list[Resting]:
        """Who would trade with a bid, or with an ask, the best first, then the earliest."""
        others = [order for order in self.resting if order.bid != bid]
        if limit is not None:
            others = [o for o in others if (o.price <= limit if bid else o.price >= limit)]
        return sorted(others, key=lambda order: order.price if bid else -order.price)

    def place(self, wish: Wish) -> bool:
        """Whether the order is taken; then it has traded, and rests if it may."""
        found = self.facing(bid=wish.bid, limit=wish.yes)
        levels = self._levels(wish, found)
        if found and (wish.post_only or (wish.buys and self._spends(wish) < MILLION)):
            return False
        got = sum(size for _, size, _ in levels)
        if wish.kind == "FAK" and not found:
            return False
        if wish.kind == "FOK" and not (levels and levels[-1][2]):
            return False
        for price, size, _ in levels:
            own = price if wish.index == 0 else 1 - price
            self._move(wish.who, wish.buys, wish.index, own, size)
            self.cash[wish.who] -= ceil(self.fee_rate * own * (1 - own) * size / 10) * 10
            self._take(price, size, bid=not wish.bid)
        if wish.kind == "GTC" and got < wish.size:
            left = wish.size - got
            self.resting.append(
                Resting(wish.who, wish.name, wish.bid, wish.yes, left, wish.buys, wish.index)
            )
        return True

    def cancel(self, name: str) -> bool:
        """Whether it rested."""
        found = [order for order in self.resting if order.name == name]
        self.resting = [order for order in self.resting if order.name != name]
        return bool(found)

    def crowd(self, price: Fraction, size: int, *, bid: bool) -> None:
        """Strangers now have so much at a price: newcomers are last, and the last leave first."""
        there = [
            order
            for order in self.resting
            if (order.who, order.bid, order.price) == (STRANGER, bid, price)
        ]
        more = size - sum(order.size for order in there)
        if more > 0:
            self.resting.append(Resting(STRANGER, "", bid, price, more))
        for order in reversed(there):
            gone = min(order.size, max(0, -more))
            order.size -= gone
            more += gone
        self._forget_empty()

    def rush(self, size: int, *, lifts: bool) -> None:
        """A stranger takes up to a size; a last level on which no account stands is left alone."""
        while size > 0:
            facing = self.facing(bid=lifts)
            prices = {order.price for order in facing}
            level = [order for order in facing if order.price == facing[0].price]
            if not facing or (len(prices) == 1 and all(o.who == STRANGER for o in level)):
                return
            taken = min(size, sum(order.size for order in level))
            self._take(facing[0].price, taken, bid=not lifts)
            size -= taken

    def levels(self, *, bid: bool) -> dict[int, int]:
        """Whole sizes by price in micros."""
        shown: defaultdict[int, int] = defaultdict(int)
        for order in self.resting:
            if order.bid == bid:
                shown[int(order.price * MILLION)] += order.size
        return dict(shown)

    def _spends(self, wish: Wish) -> int:
        return wish.dollars or ceil(wish.price * wish.size)

    def _levels(self, wish: Wish, found: list[Resting]) -> list[tuple[Fraction, int, bool]]:
        """Price, size and whether nothing more is wanted, level by level."""
        left, dollars, made = wish.size, wish.dollars, []
        for price in dict.fromkeys(order.price for order in found):
            own = price if wish.index == 0 else 1 - price
            wanted = floor(dollars / own) if wish.dollars else left
            size = min(wanted, sum(order.size for order in found if order.price == price))
            made.append((price, size, size == wanted))
            left -= size
            dollars -= ceil(size * own)
            if size == wanted:
                break
        return [(price, size, last) for price, size, last in made if size]

    def _take(self, price: Fraction, size: int, *, bid: bool) -> None:
        for order in self.resting:
            if (order.bid, order.price) == (bid, price):
                part = min(size, order.size)
                order.size -= part
                size -= part
                if order.who != STRANGER and part:
                    own = price if order.index == 0 else 1 - price
                    self._move(order.who, order.buys, order.index, own, part)
        self._forget_empty()

    def _move(self, who: str, buys: bool, index: int, own: Fraction, size: int) -> None:
        self.shares[who, index] += size if buys else -size
        self.cash[who] += -ceil(own * size) if buys else floor(own * size)

    def _forget_empty(self) -> None:
        self.resting = [order for order in self.resting if order.size]


def amiss(
    settled: Mapping[tuple[str, str], int], funded: int, markets: Iterable[tuple[str, str, str]]
) -> list[str]:
    """What does not add up: dollars altogether, and both outcomes and the sets of each market."""
    found = []
    dollars = sum(amount for (_, asset), amount in settled.items() if asset == "")
    if dollars != funded:
        found.append(f"{dollars} micros where {funded} were funded")
    for condition, *tokens in markets:
        sides = [
            sum(amount for (_, asset), amount in settled.items() if asset == token)
            for token in tokens
        ]
        kept = settled.get((f"sets {condition}", ""), 0)
        if not sides[0] == sides[1] == kept:
            found.append(f"{condition}: shares {sides}, full sets {kept}")
    owing = {place: amount for place, amount in settled.items() if amount < 0}
    return found + [f"{place} owes {amount}" for place, amount in owing.items() if place[1] != ""]
