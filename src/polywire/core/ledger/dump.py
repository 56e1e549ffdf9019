"""A ledger as bytes and back, so that recovery need not read all history."""

import msgspec
from msgspec import Struct

from polywire.core.errors import JournalError
from polywire.core.ids import FillId, InstrumentId, MarketId, StrategyId
from polywire.core.ledger.ledger import Ledger
from polywire.core.ledger.order import Order
from polywire.core.ledger.position import Holding, Position
from polywire.core.model.account import ForeignFill, ForeignOrder, Settlement
from polywire.core.model.basket import BasketMoved
from polywire.core.model.breaker import BreakerMoved
from polywire.core.model.command import DayOpened, ExitMoved, Mark
from polywire.core.model.instrument import Market
from polywire.core.units import Money, Ns, Quantity


class State(Struct, frozen=True, array_like=True):
    """What cannot be derived; orders are those not forgotten, oldest first.

    Markets are all that are known: an order behind the dump may be the first on its market.
    """

    cash: Money
    cash_start: Money
    strangers: int
    day: int
    day_traded: Money
    markets: list[Market]
    orders: list[Order]
    holdings: list[tuple[StrategyId, InstrumentId, Holding]]
    fills: dict[FillId, tuple[StrategyId, InstrumentId]]
    early: dict[FillId, Settlement]
    payouts: dict[MarketId, tuple[Money, Money]]
    exits: list[ExitMoved] = []
    foreign: list[ForeignOrder] = []
    foreign_orders: int = 0
    foreign_fills: int = 0
    foreign_shares: dict[InstrumentId, Quantity] = {}
    foreign_cash: Money = Money(0)
    booked: int = 0
    tripped: list[BreakerMoved] = []
    unredeemed: dict[InstrumentId, Money] = {}
    told: dict[FillId, Ns] = {}
    foreign_pending: list[ForeignFill] = []
    archive: dict[StrategyId, Position] = {}
    told_since_ns: Ns = Ns(0)
    day_results: tuple[tuple[StrategyId, Money], ...] = ()
    baskets: list[BasketMoved] = []
    foreign_unsure: Money = Money(0)
    day_marks: tuple[Mark, ...] = ()


def dump(ledger: Ledger) -> bytes:
    """Everything that `load` needs to continue as if nothing had happened."""
    markets = {market.id: market for market in ledger.markets.values()}
    return msgspec.msgpack.encode(
        State(
            ledger.cash,
            ledger.cash_start,
            ledger.strangers,
            ledger.opened.day,
            ledger.opened.traded,
            list(markets.values()),
            list(ledger.orders.values()),
            [(*key, holding) for key, holding in ledger.holdings.items()],
            ledger.fills,
            ledger.early,
            ledger.payouts,
            list(ledger.exits.values()),
            list(ledger.foreign.resting.values()),
            ledger.foreign.orders,
            ledger.foreign.fills,
            ledger.foreign.shares,
            ledger.foreign.cash,
            ledger.booked,
            list(ledger.tripped.values()),
            ledger.unredeemed,
            ledger.told.fills,
            list(ledger.foreign.pending.values()),
            ledger.archive.made,
            ledger.told.since_ns,
            ledger.opened.results,
            list(ledger.baskets.values()),
            ledger.foreign.unsure,
            ledger.opened.marks,
        )
    )


def load(ledger: Ledger, state: bytes) -> None:
    """Fill an empty ledger; raises JournalError for bytes that `dump` did not write."""
    assert not ledger.orders, "only an empty ledger can be loaded"
    try:
        read = msgspec.msgpack.decode(state, type=State)
    except msgspec.MsgspecError as error:
        raise JournalError(f"the ledger snapshot cannot be read: {error}") from error
    for market in read.markets:
        ledger.list_market(market)
    for order in read.orders:
        ledger.restore_order(order)
    for strategy, instrument, holding in read.holdings:
        ledger.restore_holding((strategy, instrument), holding)
    ledger.fills.update(read.fills)
    ledger.early.update(read.early)
    ledger.payouts.update(read.payouts)
    ledger.unredeemed.update(read.unredeemed)
    for moved in read.exits:
        ledger.move_exit(moved)
    for basket in read.baskets:
        ledger.baskets.move(basket)
    for tripped in read.tripped:
        ledger.tripped[tripped.cause] = tripped
    ledger.told.fills.update(read.told)
    ledger.told.since_ns = read.told_since_ns
    ledger.archive.made.update(read.archive)
    for foreign in read.foreign:
        ledger.foreign.take(foreign)
    ledger.foreign.pending.update({each.fill_id: each for each in read.foreign_pending})
    ledger.foreign.orders, ledger.foreign.fills = read.foreign_orders, read.foreign_fills
    ledger.foreign.shares.update(read.foreign_shares)
    ledger.foreign.unsure = read.foreign_unsure
    ledger.foreign.cash, ledger.booked = read.foreign_cash, read.booked
    ledger.cash, ledger.cash_start = read.cash, read.cash_start
    ledger.strangers = read.strangers
    ledger.opened = DayOpened(read.day, read.day_traded, read.day_results, read.day_marks)
