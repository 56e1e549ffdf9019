"""How much of the market a journal keeps. Pure; account history is always kept."""

from collections.abc import Callable
from enum import StrEnum

from polywire.core.ids import MarketId
from polywire.core.model.market import BookDelta, BookSnapshot
from polywire.core.units import Price
from polywire.journal.record import Entry


class Capture(StrEnum):
    """`full` can be audited; `touch` keeps the changes of a best price; `none` no market row."""

    FULL = "full"
    TOUCH = "touch"
    NONE = "none"


class TouchFilter:
    """Remembers the touch the venue last proved for each outcome."""

    def __init__(self) -> None:
        self._touches: dict[tuple[MarketId, int], tuple[Price | None, Price | None]] = {}

    def keeps(self, entry: Entry) -> bool:
        """False only for a change whose proofs all show the touch that is already known."""
        if isinstance(entry, BookDelta):
            return self._moves(entry)
        if isinstance(entry, BookSnapshot):
            # A snapshot says no touch in words, so the next change is kept, whatever it says.
            self._touches.pop((entry.market, 0), None)
            self._touches.pop((entry.market, 1), None)
        return True

    def _moves(self, delta: BookDelta) -> bool:
        moved = not delta.proofs
        for proof in delta.proofs:
            key = (delta.market, proof.outcome)
            touch = (proof.best_bid, proof.best_ask)
            if not proof.touch:
                moved = True
            elif self._touches.get(key) != touch:
                self._touches[key] = touch
                moved = True
        return moved


def market_filter(capture: Capture) -> Callable[[Entry], bool]:
    """Says of a market row whether it is kept."""
    match capture:
        case Capture.FULL:
            return lambda _: True
        case Capture.TOUCH:
            return TouchFilter().keeps
        case Capture.NONE:
            return lambda _: False
