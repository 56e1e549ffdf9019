"""Which public trades were seen already: a print that a second feed tells is no second trade."""

from typing import Final

from polywire.core.ids import FeedId
from polywire.core.model.market import PublicTrade

KEPT: Final = 10_000


class Prints:
    """Remembers the latest prints."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: dict[tuple[object, ...], dict[FeedId, int]] = {}

    def is_new(self, trade: PublicTrade) -> bool:
        """Whether no feed has told so many of its kind before; equal ones of one feed are many."""
        key = (trade.market, trade.venue_ns, trade.outcome, trade.side, trade.price, trade.size)
        told = self._seen.setdefault(key, {})
        most = max(told.values(), default=0)
        told[trade.feed] = told.get(trade.feed, 0) + 1
        if len(self._seen) > KEPT:
            del self._seen[next(iter(self._seen))]
        return told[trade.feed] > most
