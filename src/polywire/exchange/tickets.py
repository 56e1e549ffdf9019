"""One account order on the floor, and how REST and the user channel show it.

Source: polymarket.md 2.2, 4.3.
Prices and sizes are micros of the order's own token unless they say "book".
"""

from dataclasses import dataclass, field

from polywire.exchange.decimals import ONE, text
from polywire.exchange.listing import Listing
from polywire.exchange.terms import NewOrder, OrderType
from polywire.exchange.wallets import COLLATERAL

MS = 1_000_000
SECOND = 1_000_000_000
Json = dict[str, object]
LIVE, MATCHED, DELAYED, CANCELED = "LIVE", "MATCHED", "DELAYED", "CANCELED"
MARKET_TYPES = (OrderType.FOK, OrderType.FAK)


@dataclass(slots=True)
class Ticket:
    """An order: what was asked, what it got, where it stands."""

    order: NewOrder
    listing: Listing
    index: int
    price: int
    size: int
    placed_ns: int
    filled: int = 0
    status: str = LIVE
    trades: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The order hash."""
        return self.order.id

    @property
    def is_bid(self) -> bool:
        """Whether it rests among the first token's bids."""
        return self.order.buys == (self.index == 0)

    @property
    def book_price(self) -> int:
        """Its limit as the first token's price."""
        return self.own(self.price)

    def own(self, price: int) -> int:
        """A book price in the order's own token."""
        return price if self.index == 0 else ONE - price

    @property
    def is_open(self) -> bool:
        """Whether it may still trade."""
        return self.status in (LIVE, DELAYED)

    @property
    def takes(self) -> bool:
        """Whether it never rests."""
        return self.order.order_type in MARKET_TYPES

    @property
    def spends(self) -> bool:
        """Whether it spends all its dollars for as many shares as they buy (polymarket.md 4.4).

        Recorded in 2026: a FOK BUY of $1.20 gave 1.199999 and got 2.181817, more than it asked for.
        """
        return self.takes and self.order.buys

    @property
    def left(self) -> int:
        """Shares that may still trade."""
        return max(0, self.size - self.filled)

    @property
    def asset(self) -> str:
        """What it gives."""
        return COLLATERAL if self.order.buys else self.order.token

    @property
    def reserve(self) -> int:
        """How much of that it holds back while it is open."""
        if not self.is_open:
            return 0
        if self.spends:
            return self.order.making
        return -(-self.left * self.price // ONE) if self.order.buys else self.left

    def shown(self) -> Json:
        """The order as REST shows it."""
        order = self.order
        return {
            "id": order.id,
            "status": self.status,
            "owner": order.owner,
            "maker_address": order.maker,
            "market": self.listing.condition_id,
            "asset_id": order.token,
            "side": "BUY" if order.buys else "SELL",
            "original_size": text(self.size),
            "size_matched": text(self.filled),
            "price": text(self.price),
            "outcome": self.listing.outcomes[self.index],
            "expiration": str(order.expiration_s),
            "order_type": order.order_type.value,
            "associate_trades": [*self.trades],
            "created_at": self.placed_ns // SECOND,
        }

    def event(self, kind: str, now_ns: int) -> Json:
        """The order as the user channel tells it: PLACEMENT, UPDATE or CANCELLATION."""
        return self.shown() | {
            "associate_trades": [*self.trades] or None,
            "created_at": str(self.placed_ns // SECOND),
            "event_type": "order",
            "order_owner": self.order.owner,
            "timestamp": str(now_ns // MS),
            "type": kind,
        }
