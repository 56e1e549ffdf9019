"""From MATCHED to CONFIRMED or FAILED: when each trade gets there, and what wallets then have.

Until a trade is mined its money and shares are on their way; a failed one leaves no trace of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from polywire.exchange.deals import CONFIRMED, FAILED, MINED, RETRYING, Deal
from polywire.exchange.flow import Schedule
from polywire.exchange.frames import Frame
from polywire.exchange.tickets import MS
from polywire.exchange.wallets import Wallets

TRIES_MAX = 3
"""How often a trade whose wallets cannot pay waits for what is on its way to them."""


@dataclass(frozen=True, slots=True)
class SettlementPlan:
    """How trades settle; shares are of all trades, times are virtual."""

    mined_ms: int = 2_000
    confirmed_ms: int = 4_000
    """After MINED."""
    fail_share: float = 0.0
    retry_share: float = 0.0
    """Trades that are RETRYING once before they are mined."""
    taker_delay_ms: int = 0
    """How long a marketable order is held before it trades (polymarket.md 4.8)."""
    spend_unmined: bool = True
    """Whether what a matched trade brings may be spent before it is mined."""


class Settlement:
    """Carries trades through their states and says so."""

    def __init__(
        self,
        plan: SettlementPlan,
        rng: Random,
        wallets: Wallets,
        schedule: Schedule,
        told: Callable[[Deal], None],
    ) -> None:
        self.plan = plan
        self._rng = rng
        self._wallets = wallets
        self._schedule = schedule
        self._told = told
        self._fails: set[str] = set()

    def begin(self, deal: Deal) -> None:
        """Take in a trade that has just been matched."""
        self._wallets.hold(deal.moves)
        fate = self._rng.random()
        deal.updated_ns = deal.matched_ns
        if fate < self.plan.fail_share:
            self._fails.add(deal.id)
        retries = self.plan.fail_share <= fate < self.plan.fail_share + self.plan.retry_share
        self._told(deal)
        self._later(deal, deal.matched_ns, self._retry if retries else self.mine)

    def mine(self, deal: Deal, now_ns: int) -> None:
        """Carry a trade out, or undo it where it fails or cannot be paid."""
        if not deal.open:
            return
        lacking = self._wallets.lacking(deal.moves)
        waits = deal.tries < TRIES_MAX and any(self._wallets.coming[at] > 0 for at in lacking)
        if deal.id in self._fails or (lacking and not waits):
            self._wallets.hold(deal.moves, -1)
            self._move(deal, FAILED, now_ns)
        elif lacking:
            deal.tries += 1
            self._retry(deal, now_ns)
        else:
            self._wallets.settle(deal.moves)
            self._move(deal, MINED, now_ns)
            confirmed_ns = now_ns + self.plan.confirmed_ms * MS
            self._at(confirmed_ns, lambda at: self._move(deal, CONFIRMED, at))

    def _retry(self, deal: Deal, now_ns: int) -> None:
        if deal.open:
            self._move(deal, RETRYING, now_ns)
            self._later(deal, now_ns, self.mine)

    def _later(self, deal: Deal, now_ns: int, step: Callable[[Deal, int], None]) -> None:
        self._at(now_ns + self.plan.mined_ms * MS, lambda at: step(deal, at))

    def _move(self, deal: Deal, status: str, now_ns: int) -> None:
        deal.status, deal.updated_ns = status, now_ns
        self._told(deal)

    def _at(self, at_ns: int, action: Callable[[int], None]) -> None:
        def acted(now_ns: int) -> list[Frame]:
            action(now_ns)
            return []

        self._schedule.push(at_ns, acted)
