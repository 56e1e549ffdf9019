"""A synthetic venue of a few markets with a floor, and orders written in plain decimals."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

from polywire.exchange.books import MarketBook
from polywire.exchange.floor import Floor
from polywire.exchange.frames import Change, Frame
from polywire.exchange.listing import Listing
from polywire.exchange.settlement import SettlementPlan
from polywire.exchange.synthetic import Recipe, SyntheticFlow
from polywire.exchange.terms import NewOrder, OrderType, Placed

START = 1_791_000_000 * 10**9
MS = 10**6
SECOND = 10**9


def units(amount: str) -> int:
    return int(Decimal(amount) * 10**6)


@dataclass
class FloorMarket:
    """One market whose anonymous people stand still unless told to act."""

    settles: SettlementPlan = field(default_factory=SettlementPlan)
    now: int = START + SECOND
    numbers: Iterator[int] = field(default_factory=count)
    heard: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.flow = SyntheticFlow(Recipe(1, START, 1, 50.0))
        self.floor = Floor(self.flow, self.settles, 1)
        for _ in self.flow.step(START):
            pass
        self.listing: Listing = self.flow.catalogue.listings[0]
        self.book: MarketBook = self.flow.books[self.listing.condition_id]
        self.book.clear()
        for name in "abc":
            self.floor.listen(
                name, lambda event, name=name: self.heard.append(event | {"to": name})
            )

    def fund(self, name: str, dollars: str = "1000", yes: str = "0", no: str = "0") -> None:
        shares = dict(zip(self.listing.tokens, (units(yes), units(no)), strict=True))
        self.floor.fund(name, units(dollars), shares)

    def show(self, side: str, price: str, size: str) -> None:
        """Anonymous size on the book, in the first token's terms."""
        orders = self.flow._desks[self.listing.condition_id].orders
        orders._apply(Change(0, side == "bid", units(price), units(size)))

    def order(self, name: str, words: str, kind: str = "GTC", **more: object) -> NewOrder:
        """`words` are as in "buy 10 yes 0.52"; market buys say "buy $5 yes 0.52"."""
        verb, amount, outcome, price = words.split()
        if amount.startswith("$"):
            dollars = Decimal(amount[1:])
            shares = (dollars / Decimal(price)).quantize(Decimal("0.0001"), "ROUND_DOWN")
        else:
            shares = Decimal(amount)
            dollars = shares * Decimal(price)
        give, want = (dollars, shares) if verb == "buy" else (shares, dollars)
        return NewOrder(
            **{
                "id": f"0x{next(self.numbers):064x}",
                "owner": name,
                "maker": name,
                "token": self.listing.tokens[outcome == "no"],
                "buys": verb == "buy",
                "making": units(str(give)),
                "taking": units(str(want)),
                "order_type": OrderType(kind),
                "post_only": False,
                "expiration_s": 0,
            }
            | more
        )

    def place(self, name: str, words: str, kind: str = "GTC", **more: object) -> tuple[str, Placed]:
        order = self.order(name, words, kind, **more)
        return order.id, self.floor.place(order, self.now)

    def wait(self, milliseconds: int) -> None:
        self.now += milliseconds * MS
        self.floor.step(self.now)

    def has(self, name: str) -> tuple[int, int, int]:
        """Settled collateral and shares of both outcomes."""
        return (
            self.floor.balance(name, None),
            *(self.floor.balance(name, token) for token in self.listing.tokens),
        )

    def anonymous(self, *, lifts: bool, size: str) -> list[Frame]:
        return self.flow.trade(
            self.listing.condition_id, lifts=lifts, size=units(size), now=self.now
        )
