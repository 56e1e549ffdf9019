"""What alerts call things: questions and outcomes in place of the venue's numbers."""

import re
from textwrap import shorten
from typing import Final

from polywire.core.ids import InstrumentId, MarketId, OrderId
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import OrderFilled
from polywire.core.model.command import PlaceOrder
from polywire.core.model.event import Record
from polywire.core.model.instrument import Market
from polywire.core.model.market import InstrumentListed

QUESTION_MAX: Final = 60
ORDERS_MAX: Final = 20_000
"""Orders that a fill may still come for; older ones are called by their number."""
ADDRESS: Final = re.compile(r"\b0x([0-9a-fA-F]{4})[0-9a-fA-F]{32,}([0-9a-fA-F]{4})\b")
"""Whole wallets and orders of the venue do not go into anybody's chat."""


class Names:
    """Remembers what was listed, placed and filled; `involved` are the markets we traded in."""

    def __init__(self) -> None:
        self.involved: dict[MarketId, None] = {}
        self.markets: dict[MarketId, Market] = {}
        self._by_instrument: dict[InstrumentId, Market] = {}
        self._orders: dict[OrderId, PlaceOrder] = {}

    def restore(self, ledger: Ledger) -> None:
        """Know what a ledger knows."""
        for market in ledger.markets.values():
            self._list(market)
        for order_id, order in ledger.open_orders.items():
            self._orders[order_id] = order.command
        for (_, instrument), holding in ledger.holdings.items():
            if holding.now.held and instrument in self._by_instrument:
                self.involved[self._by_instrument[instrument].id] = None

    def take(self, record: Record) -> None:
        """Learn from one record."""
        match record:
            case InstrumentListed():
                self._list(record.market)
            case PlaceOrder():
                self._orders[record.order_id] = record
                if len(self._orders) > ORDERS_MAX:
                    del self._orders[next(iter(self._orders))]
            case OrderFilled() if record.order_id in self._orders:
                self.involved[self._orders[record.order_id].market] = None
            case _:
                pass

    def market(self, market: MarketId) -> str:
        """A market by its question."""
        known = self.markets.get(market)
        return f"market {market[:10]}" if known is None else repr(_short(known.question))

    def outcome(self, instrument: InstrumentId) -> str:
        """An instrument by its outcome and question."""
        known = self._by_instrument.get(instrument)
        if known is None:
            return f"instrument {instrument[:10]}"
        name = known.outcomes[known.outcome_index(instrument)].name
        return f"{name} of {_short(known.question)!r}"

    def order(self, order_id: OrderId) -> str:
        """An order by what it was to do, and for whom."""
        placed = self._orders.get(order_id)
        if placed is None:
            return f"order {order_id}"
        side = placed.side.name.lower()
        return f"{side} of {self.outcome(placed.instrument)} ({placed.strategy})"

    def _list(self, market: Market) -> None:
        self.markets[market.id] = market
        for one in market.outcomes:
            self._by_instrument[one.instrument] = market


def without_addresses(text: str) -> str:
    """A text with no more than the ends of wallets and of the venue's order numbers."""
    return ADDRESS.sub(r"0x\1...\2", text)


def _short(question: str) -> str:
    return shorten(question, QUESTION_MAX, placeholder=" ...")
