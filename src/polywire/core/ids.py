"""Typed identifiers: plain text at run time, distinct to the type checker."""

from typing import NewType

VenueId = NewType("VenueId", str)
MarketId = NewType("MarketId", str)
InstrumentId = NewType("InstrumentId", str)
GroupId = NewType("GroupId", str)
FeedId = NewType("FeedId", str)
StrategyId = NewType("StrategyId", str)
RunId = NewType("RunId", str)
OrderId = NewType("OrderId", str)
VenueOrderId = NewType("VenueOrderId", str)
"""What a venue calls one of its orders; on Polymarket the order's hash, 0x and 64 hex digits."""
FillId = NewType("FillId", str)


def order_id(run: RunId, count: int) -> OrderId:
    """The id of the run's nth order; unique across runs because run ids are."""
    return OrderId(f"{run}-{count}")
