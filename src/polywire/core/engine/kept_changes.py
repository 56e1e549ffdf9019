"""Changes told while a book is in doubt, which bring a whole book that comes late up to date.

On a lively market a book by REST, or one twin's, is older than what the other twin has told by
then; were it dropped for that, a wrong book could not be mended before the market rests.
"""

from typing import Final

from msgspec import structs

from polywire.core.model.market import BookDelta, BookSnapshot
from polywire.core.units import Ns

KEPT_MAX: Final = 1_000


class KeptChanges:
    """`keep` each change of a doubted book in the order in which it is applied; else `clear`."""

    __slots__ = ("_changes", "_since_ns")

    def __init__(self) -> None:
        self._changes: list[BookDelta] = []
        self._since_ns = Ns(0)

    def keep(self, change: BookDelta, known_ns: Ns) -> None:
        """Remember a change of a book that is known up to a time of the venue's."""
        if len(self._changes) >= KEPT_MAX:
            self._changes.clear()
        if not self._changes:
            self._since_ns = known_ns
        self._changes.append(change)

    def clear(self) -> None:
        """Nothing speaks against the book."""
        self._changes.clear()

    def onto(self, late: BookSnapshot) -> BookSnapshot | None:
        """A late book with all that was told of its time and later; it tells of no trade.

        None where some of what was told since may not have been kept.
        """
        if not self._changes or late.venue_ns < self._since_ns:
            return None
        sides = (dict(late.bids), dict(late.asks))
        newest = late.venue_ns
        for change in self._changes:
            if change.venue_ns >= late.venue_ns:  # it may not hold all of its own millisecond
                newest = max(newest, change.venue_ns)
                for side, price, size in change.levels:
                    sides[side][price] = size
        bids, asks = (
            tuple((price, size) for price, size in held.items() if size) for held in sides
        )
        return structs.replace(late, venue_ns=newest, bids=bids, asks=asks, last_trade=None)
