"""What the venue has told of fills that the ledger does not hold, so that it counts once.

A restart has trades told again. The fills of orders that are forgotten, and of others' orders, are
remembered by their ids for a day; what was matched before those counts as told.
"""

from itertools import takewhile

from polywire.core.ids import FillId
from polywire.core.model.account import FillSettled, ForeignFill, Settlement
from polywire.core.units import DAY, HOUR, MINUTE, Ns

KEPT_NS = DAY + HOUR
"""How long a fill is remembered by its id."""

AHEAD_NS = MINUTE
"""By how much the venue's clock may be ahead of ours."""

EARLY_KEPT = 1_000
"""Settlements remembered that came before their fills."""


class Told:
    """`fills`: since when each is remembered, oldest first. `early`: settlements without a fill.

    `since_ns`: what was matched before is booked, or in the balances that the journal began with.
    """

    def __init__(self) -> None:
        self.fills: dict[FillId, Ns] = {}
        self.early: dict[FillId, Settlement] = {}
        self.since_ns = Ns(0)

    def precedes(self, event: ForeignFill) -> bool:
        """Whether it was matched before all that is remembered."""
        return 0 < event.venue_ns < self.since_ns

    def outdated(self, now: Ns) -> list[FillId]:
        """Let go of fills that were told long ago."""
        before = now - KEPT_NS
        gone = list(takewhile(lambda fill_id: self.fills[fill_id] < before, self.fills))
        for fill_id in gone:
            self.since_ns = max(self.since_ns, Ns(self.fills.pop(fill_id) + AHEAD_NS))
        return gone

    def wait(self, event: FillSettled) -> None:
        """Remember how a fill ended of which nobody has told yet."""
        if event.settlement is not Settlement.PENDING:
            self.early[event.fill_id] = event.settlement
        if len(self.early) > EARLY_KEPT:
            del self.early[next(iter(self.early))]
