"""What markets that are listed together could cost us at worst, exclusive outcomes included.

Reads a ledger and changes nothing; sums by market, strategy and venue are the ledger's own.
"""

from collections.abc import Iterator
from typing import NamedTuple

from polywire.core.ids import InstrumentId
from polywire.core.ledger.ledger import Ledger
from polywire.core.ledger.position import Fill
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Market, Side
from polywire.core.units import Money, Quantity, cost, proceeds


class Chance(NamedTuple):
    """What may yet happen to one instrument: money and shares that would come, or go if below 0."""

    instrument: InstrumentId
    cash: int
    shares: int


def group_exposure(ledger: Ledger, market: Market, order: PlaceOrder, spends: Money) -> Money:
    """What a market's group could cost with one more order, which spends so much if it buys.

    Where the group is not exclusive, that is what all its positions cost and all open buys could.

    Of exclusive markets at most one resolves Yes, so there is one case for each of them, and the
    one that none does. In each case a share pays a dollar or nothing, which is set against what
    was paid for all; and whatever is open (the rest of an order) or could be undone (a pending
    fill) happens where it costs us, and does not where it gains. The dearest case counts:
    Yes of several loses all that they cost, No of several loses but one.
    """
    if market.group is None or not market.group_exclusive:
        together = [market.id] if market.group is None else list(ledger.groups[market.group])
        return Money(sum(ledger.exposures.get(each, 0) for each in together) + spends)
    new = [_of_order(order, spends, order.quantity)]
    worths = [
        tuple(_worth(ledger, one, winner, new) for winner in (0, 1))
        for one in ledger.groups[market.group].values()
    ]
    none_wins = sum(no for _, no in worths)
    return Money(-none_wins - min(0, *(yes - no for yes, no in worths)))


def _worth(ledger: Ledger, market: Market, winner: int, new: list[Chance]) -> int:
    """What is held of a market is worth less what it cost, at worst, where one outcome wins."""
    worth = 0
    for index, outcome in enumerate(market.outcomes):
        pays = index == winner
        for strategy in ledger.strategy_exposures:
            position = ledger.position(strategy, outcome.instrument)
            worth += position.held * pays - position.paid
        for chance in (*_chances(ledger, outcome.instrument), *new):
            if chance.instrument == outcome.instrument:
                worth += min(0, chance.cash + chance.shares * pays)
    return worth


def _chances(ledger: Ledger, instrument: InstrumentId) -> Iterator[Chance]:
    for order in ledger.open_on(instrument):
        yield _of_order(order.command, order.reserved, order.remaining)
    for strategy in ledger.strategy_exposures:
        holding = ledger.holdings.get((strategy, instrument))
        for fill in holding.pending if holding is not None else ():
            yield _undone(instrument, fill)


def _of_order(command: PlaceOrder, spends: Money, shares: Quantity) -> Chance:
    if command.side is Side.BUY:
        return Chance(command.instrument, -spends, shares)
    return Chance(command.instrument, proceeds(command.price, shares), -shares)


def _undone(instrument: InstrumentId, fill: Fill) -> Chance:
    if fill.side is Side.BUY:
        return Chance(instrument, cost(fill.price, fill.quantity) + fill.fee, -fill.quantity)
    return Chance(instrument, fill.fee - proceeds(fill.price, fill.quantity), fill.quantity)
