"""The fills of a journal as rows: what was traded, for what, under which ids, and how it ended."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from polywire.core.ids import FillId, InstrumentId, OrderId, VenueOrderId
from polywire.core.ledger.dump import load
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import (
    FillSettled,
    ForeignFill,
    OrderFilled,
    OrderSigned,
    Settlement,
)
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Market
from polywire.core.model.market import InstrumentListed
from polywire.core.units import SECOND, Ns, format_micros
from polywire.journal.reader import read_account
from polywire.journal.snapshot import earliest

EVERY: Final = 10_000
"""Rows between two words of progress."""


class FillRow(Struct, frozen=True, kw_only=True):
    """One fill; amounts are decimal texts. What the journal no longer knows is empty.

    `strategy` is empty where the order is none of ours. `state`: final, pending or reversed.
    """

    time: str
    strategy: str
    market: str
    question: str
    outcome: str
    side: str
    price: str
    shares: str
    fee: str
    maker: bool
    state: str
    order_id: str
    venue_order_id: str
    fill_id: str
    instrument: str


class Fills:
    """Call `take` with each record; `rows` are then in the order in which fills were first told."""

    def __init__(self) -> None:
        self._fills: dict[FillId, OrderFilled | ForeignFill] = {}
        self._states: dict[FillId, Settlement] = {}
        self._orders: dict[OrderId, PlaceOrder] = {}
        self._ids: dict[OrderId, VenueOrderId] = {}
        self._markets: dict[InstrumentId, Market] = {}

    def restore(self, ledger: Ledger) -> None:
        """Know the orders and markets from before the journal's first row."""
        self._markets |= ledger.markets
        for order_id, order in ledger.orders.items():
            self._orders[order_id] = order.command
            if order.venue_id is not None:
                self._ids[order_id] = order.venue_id

    def take(self, record: object) -> None:
        """Take one record in; a fill that is told again is the same one."""
        match record:
            case PlaceOrder():
                self._orders[record.order_id] = record
            case OrderSigned():
                self._ids[record.order_id] = record.venue_order_id
            case InstrumentListed():
                for outcome in record.market.outcomes:
                    self._markets[outcome.instrument] = record.market
            case OrderFilled() | ForeignFill():
                self._fills.setdefault(record.fill_id, record)
            case FillSettled():
                self._states[record.fill_id] = record.settlement
            case _:
                pass

    def rows(self) -> Iterator[FillRow]:
        """A row a fill."""
        for fill in self._fills.values():
            yield self._row(fill)

    def _row(self, fill: OrderFilled | ForeignFill) -> FillRow:
        if isinstance(fill, ForeignFill):
            order_id, venue_order_id, order = OrderId(""), fill.venue_order_id, None
            instrument, side = fill.instrument, fill.side.name
        else:
            order_id = fill.order_id
            order = self._orders.get(order_id)
            venue_order_id = self._ids.get(order_id, VenueOrderId(""))
            instrument = order.instrument if order is not None else InstrumentId("")
            side = order.side.name if order is not None else ""
        market = self._markets.get(instrument)
        return FillRow(
            time=_time(fill.venue_ns or fill.recv_ns),
            strategy=order.strategy if order is not None else "",
            market=market.id if market is not None else "",
            question=market.question if market is not None else "",
            outcome=market.outcome_of(instrument).name if market else "",
            side=side,
            price=format_micros(fill.price),
            shares=format_micros(fill.quantity),
            fee=_fee(fill),
            maker=fill.maker,
            state=self._states.get(fill.fill_id, fill.settlement).value,
            order_id=order_id,
            venue_order_id=venue_order_id,
            fill_id=fill.fill_id,
            instrument=instrument,
        )


def _fee(fill: OrderFilled | ForeignFill) -> str:
    """Empty for what others paid as takers: the venue tells it of our own fills alone."""
    unknown = isinstance(fill, ForeignFill) and not fill.maker and not fill.fee
    return "" if unknown else format_micros(fill.fee)


def fills_of(journal: Path, progress: Callable[[int], None]) -> list[FillRow]:
    """Every fill of a journal; JournalError for one that is damaged or of another version."""
    fills = Fills()
    state = earliest(journal)
    if state is not None:
        ledger = Ledger()
        load(ledger, state)
        fills.restore(ledger)
    for number, (_, record) in enumerate(read_account(journal)):
        fills.take(record)
        if number % EVERY == 0:
            progress(number)
    return [*fills.rows()]


def _time(at: Ns) -> str:
    whole = datetime.fromtimestamp(at // SECOND, UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{at % SECOND // 1000:06d}Z"
