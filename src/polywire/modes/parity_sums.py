"""What orders and fills come to, however they came about: sums, and which they were."""

from collections import Counter

from msgspec import Struct, structs

from polywire.core.ids import FillId, InstrumentId, MarketId, OrderId, StrategyId
from polywire.core.model.account import OrderFilled
from polywire.core.model.command import PlaceOrder
from polywire.core.model.event import Record
from polywire.core.model.instrument import Market, Side
from polywire.core.model.market import InstrumentListed
from polywire.core.units import Money, Ns, Price, Quantity, cost, proceeds


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


Alike = tuple[str, StrategyId, InstrumentId, str, Price, Quantity]


class Line(Struct, frozen=True, kw_only=True):
    """So many orders or fills (`what`) that are alike in all but their time."""

    what: str
    strategy: StrategyId
    instrument: InstrumentId
    side: str
    price: Price
    shares: Quantity
    times: int


class Difference(Struct, frozen=True, kw_only=True):
    """What one cause changes: the sums, and which orders and fills there are more and less."""

    sums: Sums
    added: list[Line]
    missing: list[Line]


class Counted:
    """Fulfils backtest.Records: sums up orders and fills, each once.

    `lines` counts those alike. `by_schedule` is what the fills would have paid by their markets'
    schedules, makers nothing.
    """

    def __init__(self) -> None:
        self.markets: dict[MarketId, Market] = {}
        self.sums = Sums()
        self.by_schedule = Money(0)
        self.lines: Counter[Alike] = Counter()
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
                self._note("order", record, record.price, record.quantity)
            case OrderFilled() if record.order_id in self._orders:
                if record.fill_id not in self._fills:
                    self._fills[record.fill_id] = None
                    self._fill(self._orders[record.order_id], record)
            case _:
                pass

    def less(self, before: "Counted") -> Difference:
        """What there is more and less than before."""
        return Difference(
            sums=self.sums - before.sums,
            added=_lines(self.lines - before.lines),
            missing=_lines(before.lines - self.lines),
        )

    def _note(self, what: str, order: PlaceOrder, price: Price, shares: Quantity) -> None:
        alike = what, order.strategy, order.instrument, order.side.name, price, shares
        self.lines[alike] += 1

    def _fill(self, order: PlaceOrder, fill: OrderFilled) -> None:
        price, shares = fill.price, fill.quantity
        self._note("fill", order, price, shares)
        bought = order.side is Side.BUY
        moved = Money(-cost(price, shares)) if bought else proceeds(price, shares)
        self.sums += Sums(fills=1, shares=shares, fees=fill.fee, cash=Money(moved - fill.fee))
        if not fill.maker:
            fee = self.markets[order.market].fees.taker_fee(price, shares)
            self.by_schedule = Money(self.by_schedule + fee)


def _lines(found: Counter[Alike]) -> list[Line]:
    return [
        Line(
            what=what, strategy=strategy, instrument=instrument, side=side, price=price,
            shares=shares, times=times,
        )
        for (what, strategy, instrument, side, price, shares), times in sorted(found.items())
    ]  # fmt: skip
