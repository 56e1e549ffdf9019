"""How many shares stand before each order of ours, estimated: what rested there when it came, less
what has traded at its price since, and never more than others show there now.

Public books have no order ids, so cancels before us are not seen: the true place is no worse.
"""

from dataclasses import dataclass

from polywire.core.engine.engine import Engine
from polywire.core.ids import MarketId, OrderId
from polywire.core.model.account import OrderAccepted
from polywire.core.model.instrument import Side
from polywire.core.model.market import PublicTrade
from polywire.core.units import Price, Quantity, complement
from polywire.journal.record import Entry


@dataclass(slots=True)
class Place:
    """Where one order stands, in prices of its market's first outcome."""

    market: MarketId
    side: Side
    price: Price
    before: Quantity


class Places:
    """One for each order that rests."""

    def __init__(self) -> None:
        self._known: dict[OrderId, Place] = {}

    def take(self, record: Entry, engine: Engine) -> None:
        """Take the next record in; those of neither orders nor trades are passed over."""
        match record:
            case OrderAccepted():
                self._stand(record.order_id, engine)
            case PublicTrade():
                self._trade(record)
            case _:
                pass

    def ahead(self, order_id: OrderId, others: Quantity) -> Quantity | None:
        """Shares before it of those that others show at its price; None where nobody knows."""
        place = self._known.get(order_id)
        return min(place.before, others) if place is not None else None

    def _stand(self, order_id: OrderId, engine: Engine) -> None:
        order = engine.ledger.orders.get(order_id)
        if order is None or order_id in self._known:
            return
        command = order.command
        tracked = engine.watch.books.get(command.market)
        if tracked is None:
            return
        index = tracked.market.outcome_index(command.instrument)
        side = command.side.opposite if index else command.side
        price = complement(command.price) if index else command.price
        shown = tracked.book.size_at(0, side, price)  # ours among them or not yet: nobody says
        self._known[order_id] = Place(command.market, side, price, shown)
        for gone in [one for one in self._known if one not in engine.ledger.open_orders]:
            del self._known[gone]

    def _trade(self, trade: PublicTrade) -> None:
        """Who takes hits the side that rests: a buyer the asks, a seller the bids."""
        side = trade.side if trade.outcome else trade.side.opposite
        price = complement(trade.price) if trade.outcome else trade.price
        for place in self._known.values():
            if place.market == trade.market and place.side is side and place.price == price:
                place.before = Quantity(max(0, place.before - trade.size))
