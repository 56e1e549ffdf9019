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
FillId = NewType("FillId", str)


def order_id(run: RunId, count: int) -> OrderId:
    """The id of the run's nth order; unique across runs because run ids are."""
    return OrderId(f"{run}-{count}")
