"""What the venue has told of fills that the ledger does not hold, so that it counts once.

A restart has all trades told again since its oldest open order, and of a day at least: so long
the fills of orders that are forgotten, and of others' orders, are remembered by their ids alone.
"""

from collections.abc import Iterable
from itertools import takewhile

from polywire.core.ids import FillId
from polywire.core.model.account import FillSettled, ForeignFill, Settlement
from polywire.core.units import DAY, HOUR, Ns

KEPT_NS = DAY + HOUR
"""How long a fill is remembered at least: longer than a restart asks back without open orders."""

EARLY_KEPT = 1_000
"""Settlements remembered that came before their fills."""


class Told:
    """`fills`: since when each is remembered, oldest first. `early`: settlements without a fill.

    `began_ns`: when the journal's first run started; 0 before that.
    """

    def __init__(self) -> None:
        self.fills: dict[FillId, Ns] = {}
        self.early: dict[FillId, Settlement] = {}
        self.began_ns = Ns(0)

    def precedes(self, event: ForeignFill) -> bool:
        """Whether it was matched before the journal began: then balances have it already."""
        return 0 < event.venue_ns < self.began_ns

    def outdated(self, now: Ns, sent: Iterable[Ns]) -> list[FillId]:
        """Let go of fills that no restart asks for; open orders were sent at these times."""
        before = Ns(now - KEPT_NS)
        if next(iter(self.fills.values()), before) >= before:
            return []
        before = min((before, *sent))
        gone = list(takewhile(lambda fill_id: self.fills[fill_id] < before, self.fills))
        for fill_id in gone:
            del self.fills[fill_id]
        return gone

    def wait(self, event: FillSettled) -> None:
        """Remember how a fill ended of which nobody has told yet."""
        if event.settlement is not Settlement.PENDING:
            self.early[event.fill_id] = event.settlement
        if len(self.early) > EARLY_KEPT:
            del self.early[next(iter(self.early))]
