"""How the simulated venue treats orders beyond its rules: whom it lets wait, when it is away.

Taker delay and restarts: polymarket.md 4.8 and 4.6 (425).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from polywire.core.ids import MarketId
from polywire.core.model.command import PlaceOrder
from polywire.core.units import SECOND, Ns
from polywire.sim.queue import BACK, QueueModel

POST_ONLY_NS: Final = 120 * SECOND
"""After a restart the venue takes nothing but post-only orders for so long."""
AWAY: Final = "425: the matching engine is restarting"
POST_ONLY: Final = "post-only mode: only post-only orders and cancels are allowed"


@dataclass(frozen=True, slots=True)
class Conduct:
    """The queue that resting orders stand in, delays of takers, times of restarts, settlement.

    `deep`: whether books show what stands behind their best prices; where not, an empty level says
    nothing of who is ahead there. `takers_wait_ns` by market, where it is not `taker_wait_ns`;
    `away`: from, and up to but not including: nothing is matched, and cancels and questions are not
    answered. Fills are final `settle_ns` after; `undoes` is asked then whether one is undone.
    """

    queue: QueueModel = BACK
    deep: bool = True
    taker_wait_ns: Ns = Ns(0)
    takers_wait_ns: Mapping[MarketId, Ns] = field(default_factory=dict)
    away: tuple[tuple[Ns, Ns], ...] = ()
    settle_ns: Ns = Ns(0)
    undoes: Callable[[Ns], bool] = lambda _: False

    def wait_ns(self, market: MarketId) -> Ns:
        """How long an order that would trade at once waits before it is looked at again."""
        return self.takers_wait_ns.get(market, self.taker_wait_ns)

    def is_away(self, at: Ns) -> bool:
        """Whether the venue answers nobody."""
        return any(since <= at < until for since, until in self.away)

    def refusal(self, order: PlaceOrder, at: Ns) -> str:
        """Why no order, or none like this, is taken now; or empty."""
        if self.is_away(at):
            return AWAY
        back = any(until <= at < until + POST_ONLY_NS for _, until in self.away)
        return POST_ONLY if back and not order.post_only else ""


USUAL: Final = Conduct()
"""As on paper: the back of the queue, no waits, no restarts, every fill final at once."""
