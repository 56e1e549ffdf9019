"""The end of a simulated world: the weather is fine, the venue still, and everybody must agree."""

from collections.abc import Mapping
from typing import Protocol

from polywire.core.ids import MarketId
from polywire.core.units import Money
from polywire.sim.checkers import Promises
from polywire.sim.trader import Trader


class Answers(Protocol):
    """Who knows what a market pays."""

    def payouts(self, market: MarketId) -> tuple[Money, Money] | None:
        """What its outcomes pay, once it is resolved."""


def conclude(
    promises: Promises,
    trader: Trader,
    truth: Answers,
    right: Mapping[MarketId, bool],
    *,
    quiet: bool,
) -> None:
    """Add to what is broken; `right` says of each fed market if its book is the venue's."""
    broken = promises.broken
    halted = trader.engine.standing.halted
    if halted.startswith("reconciliation"):
        broken.append(halted)
    if not quiet:
        broken.append("something is still under way between us and the venue")
    open_orders = [order_id for order_id, mine in promises.orders.items() if mine.open]
    if open_orders or trader.engine.ledger.open_orders:
        broken.append(f"after the halt {open_orders} are still open")
    unknown = [order_id for order_id in trader.venue.known if order_id not in promises.orders]
    if unknown or trader.venue.resting():
        broken.append(f"the venue has orders that nobody sent {unknown}, or that still rest")
    for market in promises.evidence.markets:
        payouts = truth.payouts(market)
        if payouts is not None:
            promises.settle(market, payouts)
        elif market in right and trader.doubt(market):
            broken.append(f"the book of {market} is still {trader.doubt(market)}")
    broken += [
        f"the book of {market} differs from the venue's" for market in right if not right[market]
    ]
    promises.compare("the ledger", trader.engine.ledger.cash, trader.held())
    account = trader.venue.account
    promises.compare("the simulated venue", account.cash, dict(account.shares))
