"""Cancels of every kind: what is asked, and what the reply proves (polymarket.md 4.5)."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import Struct

from polywire.core.ids import InstrumentId, MarketId, VenueOrderId
from polywire.venues.polymarket.answers import UNREADABLE

CANCELS_MAX: Final = 1_000


class Request(Struct, frozen=True):
    """What is sent: the path without a query, and exactly these bytes."""

    method: str
    path: str
    body: bytes


class CancelReply(Struct, frozen=True):
    """Orders of which nothing rests any more, and why the venue did not cancel the others.

    An id in neither is as unknown as before; "not found" proves nothing either.
    """

    cancelled: tuple[VenueOrderId, ...]
    refused: dict[VenueOrderId, str]


def cancel_one(order: VenueOrderId) -> Request:
    """Cancel one order."""
    return Request("DELETE", "/order", b'{"orderID":"%b"}' % order.encode())


def cancel_many(orders: Sequence[VenueOrderId]) -> Request:
    """Cancel 1 to 1,000 orders."""
    assert 0 < len(orders) <= CANCELS_MAX, len(orders)
    return Request("DELETE", "/orders", msgspec.json.encode(orders))


def cancel_market(market: MarketId, token: InstrumentId | None = None) -> Request:
    """Cancel all orders of these credentials on a market, or on one of its outcomes."""
    asset = {} if token is None else {"asset_id": token}
    body = msgspec.json.encode({"market": market, **asset})
    return Request("DELETE", "/cancel-market-orders", body)


def cancel_all() -> Request:
    """Cancel all orders of these credentials, also those of others who use them."""
    return Request("DELETE", "/cancel-all", b"")


def cancel_reply(status: int, body: bytes) -> CancelReply | None:
    """What a reply to any cancel proves; None is nothing, and the cancel may be asked again."""
    if status != HTTPStatus.OK:
        return None
    try:
        wire = REPLY.decode(body)
    except UNREADABLE:
        return None
    refused = {VenueOrderId(order.lower()): why for order, why in wire.not_canceled.items()}
    cancelled = tuple(VenueOrderId(order.lower()) for order in wire.canceled)
    if refused.keys() & set(cancelled):
        return None  # it says both, so it says nothing
    return CancelReply(cancelled, refused)


class _Reply(Struct):
    canceled: list[str]
    not_canceled: dict[str, str] = {}


REPLY: Final = msgspec.json.Decoder(_Reply)
