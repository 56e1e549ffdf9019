"""Where a venue's services are; each is a base address of its own."""

from msgspec import Struct


class Endpoints(Struct, frozen=True):
    """Base addresses without a trailing slash; those of channels are whole addresses.

    `user_ws` may be empty where nothing is traded. `geoblock` is a whole address.
    """

    clob: str
    market_ws: str
    gamma: str
    data: str
    user_ws: str = ""
    geoblock: str = "https://polymarket.com/api/geoblock"


POLYMARKET = Endpoints(
    clob="https://clob.polymarket.com",
    market_ws="wss://ws-subscriptions-clob.polymarket.com/ws/market",
    gamma="https://gamma-api.polymarket.com",
    data="https://data-api.polymarket.com",
    user_ws="wss://ws-subscriptions-clob.polymarket.com/ws/user",
)
"""The live venue (polymarket.md section 0.3)."""
