"""One trade with its taker and makers, and how REST and the user channel show it.

Source: polymarket.md 2.3, 4.3. Prices are those of each side's own token.
"""

from dataclasses import dataclass, field

from polywire.exchange.decimals import text
from polywire.exchange.listing import Listing
from polywire.exchange.tickets import MS, SECOND, Json
from polywire.exchange.wallets import Moves, Party

MATCHED, MINED, CONFIRMED = "MATCHED", "MINED", "CONFIRMED"
RETRYING, FAILED = "RETRYING", "FAILED"


@dataclass(frozen=True, slots=True)
class Side:
    """Who stands on one side of a trade, by which order."""

    order_id: str
    owner: str
    party: Party

    def fields(self, listing: Listing) -> Json:
        """What both ways of showing a side share."""
        party = self.party
        return {
            "asset_id": listing.tokens[party.index],
            "fee_rate_bps": "0",
            "maker_address": party.wallet,
            "outcome": listing.outcomes[party.index],
            "outcome_index": party.index,
            "owner": self.owner,
            "price": text(party.price),
            "side": "BUY" if party.buys else "SELL",
        }


@dataclass(slots=True)
class Deal:
    """A trade; the taker's party has the whole size and the mean price."""

    id: str
    transaction: str
    listing: Listing
    taker: Side
    makers: list[Side]
    moves: Moves
    matched_ns: int
    levels: list[tuple[int, int]]
    """Price and size of the taker's executions, best first."""
    status: str = MATCHED
    updated_ns: int = field(default=0)
    tries: int = 0

    @property
    def open(self) -> bool:
        """Whether its money and shares are still on their way."""
        return self.status in (MATCHED, RETRYING)

    def owners(self) -> list[str]:
        """Everybody whose orders took part, the taker first, each once."""
        return [*dict.fromkeys(side.owner for side in (self.taker, *self.makers))]

    def shown(self, owner: str) -> Json:
        """The trade as REST shows it to one of its sides."""
        listing = self.listing
        return {
            "id": self.id,
            "taker_order_id": self.taker.order_id,
            "market": listing.condition_id,
            **self.taker.fields(listing),
            "size": text(self.taker.party.size),
            "status": self.status,
            "match_time": str(self.matched_ns // SECOND),
            "last_update": str(self.updated_ns // SECOND),
            "bucket_index": 0,
            "transaction_hash": self.transaction,
            "trader_side": "TAKER" if owner == self.taker.owner else "MAKER",
            "maker_orders": [
                {
                    **side.fields(listing),
                    "order_id": side.order_id,
                    "matched_amount": text(side.party.size),
                }
                for side in self.makers
            ],
        }

    def event(self, owner: str) -> Json:
        """The trade as the user channel tells it."""
        return self.shown(owner) | {
            "event_type": "trade",
            "timestamp": str(self.updated_ns // MS),
            "trade_owner": self.taker.owner,
            "type": "TRADE",
        }


def mean_price(fills: list[tuple[int, int]]) -> int:
    """The mean of (price, size) by size, rounded down; what one price shows is that price."""
    return sum(price * size for price, size in fills) // max(1, sum(size for _, size in fills))
