"""What orders and fills come to, however they came about: sums that can be compared."""

from msgspec import Struct, structs

from polywire.core.ids import FillId, MarketId, OrderId
from polywire.core.model.account import OrderFilled
from polywire.core.model.command import PlaceOrder
from polywire.core.model.event import Record
from polywire.core.model.instrument import Market, Side
from polywire.core.model.market import InstrumentListed
from polywire.core.units import Money, Ns, Quantity, cost, proceeds


class Sums(Struct, frozen=True, kw_only=True):
    """Orders and fills by number, the rest in micros; `cash` is what it grew by, fees paid."""

    orders: int = 0
    fills: int = 0
    shares: Quantity = Quantity(0)
    fees: Money = Money(0)
    cash: Money = Money(0)

    def __add__(self, other: "Sums") -> "Sums":
        mine, theirs = structs.asdict(self), structs.asdict(other)
        return Sums(**{name: mine[name] + theirs[name] for name in mine})

    def __sub__(self, other: "Sums") -> "Sums":
        mine, theirs = structs.asdict(self), structs.asdict(other)
        return Sums(**{name: mine[name] - theirs[name] for name in mine})


class Counted:
    """Fulfils backtest.Records: sums up orders and fills, each once.

    `by_schedule` is what the fills would have paid by their markets' schedules, makers nothing.
    """

    def __init__(self) -> None:
        self.markets: dict[MarketId, Market] = {}
        self.sums = Sums()
        self.by_schedule = Money(0)
        self._orders: dict[OrderId, PlaceOrder] = {}
        self._fills: dict[FillId, None] = {}

    def append(self, record: Record, _recv_ns: Ns, /) -> None:
        """See backtest.Records."""
        match record:
            case InstrumentListed():
                self.markets[record.market.id] = record.market
            case PlaceOrder():
                self._orders[record.order_id] = record
                self.sums += Sums(orders=1)
            case OrderFilled() if record.order_id in self._orders:
                if record.fill_id not in self._fills:
                    self._fills[record.fill_id] = None
                    self._fill(self._orders[record.order_id], record)
            case _:
                pass

    def _fill(self, order: PlaceOrder, fill: OrderFilled) -> None:
        price, shares = fill.price, fill.quantity
        bought = order.side is Side.BUY
        moved = Money(-cost(price, shares)) if bought else proceeds(price, shares)
        self.sums += Sums(fills=1, shares=shares, fees=fill.fee, cash=Money(moved - fill.fee))
        if not fill.maker:
            fee = self.markets[order.market].fees.taker_fee(price, shares)
            self.by_schedule = Money(self.by_schedule + fee)
