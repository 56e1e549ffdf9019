"""Positions from a run's own records: when each was opened and left, by what, for how much."""

from collections.abc import Iterable

from msgspec import Struct

from polywire.core.ids import InstrumentId, OrderId
from polywire.core.model.account import OrderFilled
from polywire.core.model.command import ExitCause, ExitMoved, ExitStep, PlaceOrder
from polywire.core.model.event import Record
from polywire.core.model.instrument import Side
from polywire.core.units import Money, Quantity, cost, per_share, proceeds


class Trip(Struct, kw_only=True):
    """One position from its first share to its last; times in venue time, money in micros.

    `cause` is what left it: target, stop, trail or end; empty while nothing triggered. `seen` is
    the price that triggered, 0 where a resting order was filled. `paid` includes fees, `brought`
    does not.
    """

    market: str
    opened_ns: int
    bought: int = 0
    sold: int = 0
    paid: int = 0
    brought: int = 0
    sale_fees: int = 0
    taker_fees: int = 0
    maker_fees: int = 0
    cause: str = ""
    triggered_ns: int = 0
    seen: int = 0
    closed_ns: int = 0

    @property
    def closed(self) -> bool:
        """Whether every share was sold."""
        return self.bought > 0 and self.sold >= self.bought

    @property
    def won(self) -> bool:
        """Whether it brought more than was paid, after all fees."""
        return self.brought - self.sale_fees > self.paid

    @property
    def entry(self) -> int:
        """What a share cost, fees included."""
        return per_share(Money(self.paid), Quantity(self.bought))

    @property
    def exit(self) -> int:
        """What a share brought, before the fee; 0 before any was sold."""
        return per_share(Money(self.brought), Quantity(self.sold)) if self.sold else 0


def trips(records: Iterable[Record]) -> list[Trip]:
    """Every position of one strategy, in the order of opening; the last may be held still."""
    orders: dict[OrderId, PlaceOrder] = {}
    held: dict[InstrumentId, Trip] = {}
    found: list[Trip] = []
    for record in records:
        match record:
            case PlaceOrder():
                orders[record.order_id] = record
            case OrderFilled():
                order = orders[record.order_id]
                trip = held.get(order.instrument)
                if trip is None:
                    trip = held[order.instrument] = Trip(
                        market=order.market, opened_ns=record.venue_ns
                    )
                    found.append(trip)
                _fill(trip, order, record)
                if trip.closed:
                    del held[order.instrument]
            case ExitMoved(step=ExitStep.SELLING, instrument=instrument) if instrument in held:
                _trigger(held[instrument], record)
            case _:
                pass
    return found


def _trigger(trip: Trip, record: ExitMoved) -> None:
    """The first sale since the shares were bought says what left the position."""
    if record.cause is not None and not trip.triggered_ns:
        trip.cause, trip.seen, trip.triggered_ns = record.cause, record.price, record.at_ns


def _fill(trip: Trip, order: PlaceOrder, fill: OrderFilled) -> None:
    if fill.maker:
        trip.maker_fees += fill.fee
    else:
        trip.taker_fees += fill.fee
    if order.side is Side.BUY:
        trip.bought += fill.quantity
        trip.paid += cost(fill.price, fill.quantity) + fill.fee
        return
    trip.sold += fill.quantity
    trip.brought += proceeds(fill.price, fill.quantity)
    trip.sale_fees += fill.fee
    trip.closed_ns = fill.venue_ns
    if fill.maker and not trip.cause:
        trip.cause, trip.triggered_ns = ExitCause.TARGET, fill.venue_ns
