"""Sales into the bids: how much of what is held may leave now, and how far down.

What sells out, flattens and unwinds asks here; exits have prices of their own (engine.guard).
"""

from typing import Final

from polywire.core.book.measures import sweep
from polywire.core.engine.standing import Standing
from polywire.core.engine.tracked import Tracked
from polywire.core.execution.exits import sellable
from polywire.core.ids import InstrumentId
from polywire.core.ledger.ledger import Key
from polywire.core.model.instrument import Side
from polywire.core.model.intent import Quote, TimeInForce
from polywire.core.units import Price, Quantity, ceil_to

TOO_FEW: Final = "too few shares for an order"
PENDING: Final = "its purchase is not final yet"


def at_once(
    instrument: InstrumentId, side: Side, price: Price, shares: Quantity, layer: int = 0
) -> Quote:
    """An order that takes what it can and rests nowhere."""
    return Quote(
        instrument,
        side,
        price,
        shares,
        post_only=False,
        time_in_force=TimeInForce.IOC,
        layer=layer,
    )


def into_bids(
    standing: Standing,
    tracked: Tracked,
    key: Key,
    shares: Quantity,
    *,
    least: Price = Price(0),
    rest: Quantity = Quantity(0),
) -> Quote | str:
    """A sale of as many of the shares as may leave now and bids take; else what is in the way.

    For no less than `least`, nor further below the best bid than any order may go. What is left of
    the shares is nothing, or `rest` at least.
    """
    market = tracked.market
    index = market.outcome_index(key[1])
    bid, _ = tracked.book.touch(index)
    most = min(shares, standing.free(*key), standing.limits.order_size_max)
    if not sellable(Quantity(most), market):
        return PENDING if standing.unsellable(*key) and sellable(shares, market) else TOO_FEW
    if bid is None:
        return "nobody bids"
    lowest = max(least, bid - standing.limits.price_through_max, market.tick)
    limit = Price(ceil_to(lowest, market.tick))
    bids = tracked.book.levels(index, Side.BUY)
    taken = sum(part for _, part in sweep(bids, Side.SELL, limit, Quantity(most)))
    size = sellable(Quantity(taken if taken == shares else min(taken, shares - rest)), market)
    return at_once(key[1], Side.SELL, limit, size) if size else "the bids take too few shares"
