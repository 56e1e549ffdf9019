"""Whether the venue's hashes are believed: not while books that REST confirms never have them.

A venue may change how it hashes. Then its books are proved by REST alone, and somebody is told.
"""

from polywire.core.ids import MarketId
from polywire.core.units import SECOND, Ns

MARKETS_MIN = 3
"""So many markets speak for all of them, if no hash has agreed meanwhile."""
TIMES_MIN = 3
"""One market speaks for itself after so many times without a hash of its own that agreed."""
PAUSE_NS = 60 * SECOND
"""How long a disbelief lasts at least; it doubles each time."""


class Belief:
    """Which markets' hashes count. `doubts` says whether an agreeing one is worth telling."""

    __slots__ = (
        "_alone",
        "_pause_until_ns",
        "_refuted",
        "_times",
        "broken",
        "disbelieved",
        "doubts",
    )

    def __init__(self) -> None:
        self.broken = False
        self.doubts = False
        self.disbelieved: set[MarketId] = set()
        self._alone: dict[MarketId, int] = {}
        self._refuted: set[MarketId] = set()
        self._times = 0
        self._pause_until_ns = Ns(0)

    def believes(self, market: MarketId) -> bool:
        """Whether hashes of this market's book count."""
        return not self.broken and market not in self.disbelieved

    def refute(self, market: MarketId, now: Ns) -> bool:
        """A book that REST confirms lacks its hash; whether this changed what is believed."""
        if not self.believes(market):
            return False
        self.doubts = True
        self._refuted.add(market)
        self._alone[market] = self._alone.get(market, 0) + 1
        everywhere = len(self._refuted) >= MARKETS_MIN
        if not everywhere and self._alone[market] < TIMES_MIN:
            return False
        self.broken = everywhere
        self.disbelieved |= self._refuted if everywhere else {market}
        self._times += 1
        self._pause_until_ns = Ns(now + (PAUSE_NS << min(self._times - 1, 8)))
        return True

    def agree(self, market: MarketId) -> None:
        """A believed hash has agreed, so there is a recipe that still holds."""
        self._refuted.clear()
        self._alone.pop(market, None)
        self.doubts = bool(self._alone)

    def forget(self, market: MarketId) -> None:
        """It is watched no more; listed again, it begins anew."""
        self.disbelieved.discard(market)
        self._refuted.discard(market)
        self._alone.pop(market, None)

    def restore(self, now: Ns) -> bool:
        """A disbelieved hash came true; whether all are believed again from here on."""
        if now < self._pause_until_ns or not self.disbelieved:
            return False
        self.broken = False
        self.disbelieved.clear()
        self._refuted.clear()
        self._alone.clear()
        self.doubts = False
        return True
