"""Which public trades were seen already: a print that is told twice is one trade."""

from typing import Final

from polywire.core.model.market import PublicTrade

KEPT: Final = 10_000


class Prints:
    """Remembers the latest prints."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: dict[tuple[object, ...], None] = {}

    def is_new(self, trade: PublicTrade) -> bool:
        """Whether this trade was not seen before; it is from now on."""
        key = (trade.market, trade.venue_ns, trade.outcome, trade.side, trade.price, trade.size)
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > KEPT:
            del self._seen[next(iter(self._seen))]
        return True
