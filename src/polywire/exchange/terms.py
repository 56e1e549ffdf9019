"""What the door of the exchange hands to its floor, and what it gets back; amounts in base units.

Base units are millionths of a dollar and of a share. Knows neither HTTP nor keys.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class OrderType(StrEnum):
    """How long an order works (polymarket.md 4.4)."""

    GTC = "GTC"
    GTD = "GTD"
    FOK = "FOK"
    FAK = "FAK"


class PlacedStatus(StrEnum):
    """What became of an order at once."""

    LIVE = "live"
    MATCHED = "matched"
    DELAYED = "delayed"
    UNMATCHED = "unmatched"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order whose signature and sender are proven; `id` is its hash, `owner` an API key.

    `making` is what the wallet `maker` gives, `taking` what it wants at least. `expiration_s` is in
    seconds since the epoch, 0 for none.
    """

    id: str
    owner: str
    maker: str
    token: str
    buys: bool
    making: int
    taking: int
    order_type: OrderType
    post_only: bool
    expiration_s: int


@dataclass(frozen=True, slots=True)
class Placed:
    """An accepted order: what it gave and got at once, by which trades."""

    status: PlacedStatus
    made: int = 0
    taken: int = 0
    trades: tuple[str, ...] = ()


@dataclass(slots=True)
class Cancelled:
    """The answer to every kind of cancel: ids that rest no more, why others were not touched."""

    canceled: list[str] = field(default_factory=list)
    not_canceled: dict[str, str] = field(default_factory=dict)
