"""What alerts call things: questions and outcomes in place of the venue's numbers."""

import re
from textwrap import shorten
from typing import Final

from msgspec import Struct

from polywire.core.ids import InstrumentId, MarketId, OrderId
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import OrderFilled
from polywire.core.model.command import PlaceOrder
from polywire.core.model.event import Record
from polywire.core.model.instrument import Market, Outcome
from polywire.core.model.market import InstrumentListed
from polywire.observe.status import NUMBER

QUESTION_MAX: Final = 60
MARKETS_MAX: Final = 10_000
"""Listed last; older ones are called by their number."""
ORDERS_MAX: Final = 20_000
"""Orders that a fill may still come for; older ones are called by their number."""
ADDRESS: Final = re.compile(r"\b0x([0-9a-fA-F]{4})[0-9a-fA-F]{32,}([0-9a-fA-F]{4})\b")
"""Whole wallets and orders of the venue do not go into anybody's chat."""


class Listed(Struct, frozen=True):
    """The words of a market that are told."""

    id: MarketId
    question: str
    outcomes: tuple[Outcome, Outcome]


class Names:
    """Remembers what was listed, placed and filled; `involved` are the markets we traded in."""

    def __init__(self) -> None:
        self.involved: dict[MarketId, None] = {}
        self._markets: dict[MarketId, Listed] = {}
        self._by_instrument: dict[InstrumentId, Listed] = {}
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
        known = self._markets.get(market)
        return f"market {market[:10]}" if known is None else repr(known.question)

    def outcomes(self, market: MarketId) -> tuple[str, ...]:
        """What a market's outcomes are called; none of one that is not known."""
        known = self._markets.get(market)
        return () if known is None else tuple(one.name for one in known.outcomes)

    def outcome(self, instrument: InstrumentId) -> str:
        """An instrument by its outcome and question."""
        known = self._by_instrument.get(instrument)
        if known is None:
            return f"instrument {instrument[:10]}"
        name = next(one.name for one in known.outcomes if one.instrument == instrument)
        return f"{name} of {known.question!r}"

    def order(self, order_id: OrderId) -> str:
        """An order by what it was to do, and for whom."""
        placed = self._orders.get(order_id)
        if placed is None:
            return f"order {order_id}"
        side = placed.side.name.lower()
        return f"{side} of {self.outcome(placed.instrument)} ({placed.strategy})"

    def in_words(self, text: str) -> str:
        """A text with outcome and question in place of the venue's numbers."""
        return NUMBER.sub(lambda found: self.outcome(InstrumentId(found.group())), text)

    def _list(self, market: Market) -> None:
        self._forget(market.id)
        question = shorten(market.question, QUESTION_MAX, placeholder=" ...")
        listed = Listed(market.id, question, market.outcomes)
        self._markets[market.id] = listed
        for one in listed.outcomes:
            self._by_instrument[one.instrument] = listed
        if len(self._markets) > MARKETS_MAX:
            self._forget(next(iter(self._markets)))

    def _forget(self, market: MarketId) -> None:
        before = self._markets.pop(market, None)
        if before is not None:
            for one in before.outcomes:
                self._by_instrument.pop(one.instrument, None)


def without_addresses(text: str) -> str:
    """A text with no more than the ends of wallets and of the venue's order numbers."""
    return ADDRESS.sub(r"0x\1...\2", text)
