"""What a trade means for our orders: by role, at exact prices, with the fee (polymarket.md 2.4).

Pure: reads one trade and remembers nothing. What has been told before is tally.py's.
"""

from collections.abc import Iterable
from itertools import count, takewhile
from typing import Final, Protocol

from msgspec import Struct, structs

from polywire.core.ids import FillId, InstrumentId, OrderId, VenueOrderId
from polywire.core.model.account import Settlement
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import FeeSchedule, Market, Side
from polywire.core.units import Money, Ns, Price, Quantity, complement, cost
from polywire.venues.polymarket import user_wire as wire
from polywire.venues.polymarket.assets import pair
from polywire.venues.polymarket.listing import NO_FEES

SETTLEMENTS: Final = {
    "MATCHED": Settlement.PENDING,
    "MATCHED_NOT_BROADCASTED": Settlement.PENDING,
    "MINED": Settlement.PENDING,
    "RETRYING": Settlement.PENDING,
    "CONFIRMED": Settlement.FINAL,
    "FAILED": Settlement.REVERSED,
}


FEES_MAX: Final = FeeSchedule(rate_micros=100_000, exponent=1, rebate_micros=0)
"""More than any category takes (polymarket.md 4.10)."""

DUST: Final = 10_000
"""Shares by which sums of the venue's figures may differ: less than the smallest step of a size."""


class Orders(Protocol):
    """Our orders as the ledger has them."""

    def known(self, venue_order_id: VenueOrderId) -> PlaceOrder | None:
        """The order with this hash; None if we never signed it."""

    def market(self, instrument: InstrumentId) -> Market | None:
        """The terms of a market, if we know them; we do where we have placed an order."""

    def filled(self, order_id: OrderId) -> Quantity:
        """Shares of an order that are booked already."""

    def knows_fill(self, fill_id: FillId) -> bool:
        """Whether this fill was booked, for one of our orders or for another."""


class Part(Struct, frozen=True):
    """Shares of one execution at one price; `fee_max` instead of a fee that nobody knows."""

    fill_id: FillId
    price: Price
    quantity: Quantity
    fee: Money
    fee_max: Money = Money(0)


class Execution(Struct, frozen=True, kw_only=True):
    """What one trade did to one order of the account, in that order's own terms.

    `order` is None where we did not place it. One part for each price,
    cheapest first. `exact` is False where no maker was told: the price may be a mean.
    """

    venue_order_id: VenueOrderId
    order: PlaceOrder | None
    instrument: InstrumentId
    side: Side
    parts: tuple[Part, ...]
    maker: bool
    exact: bool

    @property
    def quantity(self) -> Quantity:
        """All its shares."""
        return Quantity(sum(part.quantity for part in self.parts))


class TradeNews(Struct, frozen=True):
    """How far a trade is settled, and what it did to each order of the account."""

    id: str
    settlement: Settlement
    venue_ns: Ns
    executions: tuple[Execution, ...]


def trade_news(trade: wire.Trade, api_key: str, orders: Orders) -> TradeNews:
    """What a trade says; ValueError if it cannot be so. The key is that of the account."""
    settlement = SETTLEMENTS.get(wire.bare(trade.status))
    if settlement is None:
        raise ValueError(f"expected the status of a trade, found {trade.status!r}")
    at = wire.moment(trade.match_time) or wire.moment(trade.matchtime)
    return TradeNews(trade.id, settlement, at, tuple(_executions(trade, api_key, orders)))


def _executions(trade: wire.Trade, api_key: str, orders: Orders) -> list[Execution]:
    """A resting order is the account's if its owner is our key, or if we signed it."""
    found: list[Execution] = []
    if _takes(trade, api_key, orders):
        found.append(_taken(trade, orders))
    resting: dict[VenueOrderId, list[wire.MakerOrder]] = {}
    for entry in trade.maker_orders or ():
        venue_order_id = VenueOrderId(entry.order_id.lower())
        if entry.owner == api_key or orders.known(venue_order_id) is not None:
            resting.setdefault(venue_order_id, []).append(entry)
    for entries in resting.values():
        own = _own(entries[0].order_id, entries[0].asset_id, entries[0].side, orders)
        levels = _levels(entries, own)
        if levels:
            found.append(_execution(trade.id, own, levels, maker=True))
    return [_as_booked(trade.id, each, orders) for each in found]


def _as_booked(trade: str, told: Execution, orders: Orders) -> Execution:
    """The execution by the ids that it was booked by, when the trade told more or less of makers.

    Who knows a fill by its id books nothing of it again, so one part may have all the shares.
    """
    first, whole = told.parts[0], _fill_id(trade, told.venue_order_id)
    if len(told.parts) > 1 and orders.knows_fill(whole):
        known = [whole]
    elif len(told.parts) == 1:
        numbered = (_fill_id(trade, told.venue_order_id, number) for number in count(1))
        known = list(takewhile(orders.knows_fill, numbered))
    else:
        known = []
    if not known:
        return told
    parts = [Part(each, first.price, Quantity(0), Money(0)) for each in known]
    parts[0] = structs.replace(first, fill_id=known[0], quantity=told.quantity)
    return structs.replace(told, parts=tuple(parts))


def _fill_id(trade: str, venue_order_id: VenueOrderId, number: int = 0) -> FillId:
    """The fill of an order in a trade, or the numbered part of it that had a price of its own."""
    return FillId(f"{trade}:{venue_order_id}" + (f":{number}" if number else ""))


def _takes(trade: wire.Trade, api_key: str, orders: Orders) -> bool:
    """Whether the top level is ours; where no role is told, if it is our order under our key."""
    if trade.trader_side:
        return trade.trader_side == "TAKER"
    known = orders.known(VenueOrderId(trade.taker_order_id.lower())) is not None
    return known and api_key in (trade.owner, trade.trade_owner)


class _Own(Struct, frozen=True):
    """One order of the account, and its market if we know it."""

    venue_order_id: VenueOrderId
    order: PlaceOrder | None
    instrument: InstrumentId
    side: Side
    market: Market | None

    def price(self, text: str, asset: str) -> Price:
        """A price told for either token, as this order's own; never worse than its limit."""
        if self.market is not None and asset not in pair(self.market):
            raise ValueError(f"expected a token of order {self.venue_order_id}, found {asset}")
        told = wire.price(text)
        price = told if asset == self.instrument else complement(told)
        if self.order is not None:
            limit = self.order.price
            if price > limit if self.side is Side.BUY else price < limit:
                raise ValueError(f"order {self.venue_order_id} cannot have traded at {text}")
        return price


def _own(venue_order_id: str, asset: str, side: str | None, orders: Orders) -> _Own:
    known = wire.venue_order_id(venue_order_id)
    order = orders.known(known)
    if order is None:
        instrument = InstrumentId(wire.token(asset))
        return _Own(known, None, instrument, wire.side(side), orders.market(instrument))
    ours = order.side if asset == order.instrument else order.side.opposite
    if side and wire.side(side) is not ours:
        raise ValueError(f"expected {ours.name} of order {known}, found {side}")
    market = orders.market(order.instrument)
    assert market is not None, f"order {known} is placed"
    return _Own(known, order, order.instrument, order.side, market)


def _taken(trade: wire.Trade, orders: Orders) -> Execution:
    """The taker's side: at the makers' prices, or at the trade's own where it names no maker."""
    own = _own(trade.taker_order_id, trade.asset_id, trade.side, orders)
    size = wire.quantity(trade.size)
    if not size:
        raise ValueError(f"expected the shares of trade {trade.id}, found {trade.size!r}")
    levels = _levels(trade.maker_orders or (), own)
    exact = bool(levels)
    if not exact:
        levels = {own.price(trade.price, trade.asset_id): size}
    made = sum(levels.values())
    if abs(made - size) >= DUST:
        raise ValueError(f"trade {trade.id} of {trade.size} shares, but its makers gave {made}")
    return _execution(trade.id, own, levels, maker=False, exact=exact)


def _levels(entries: Iterable[wire.MakerOrder], own: _Own) -> dict[Price, Quantity]:
    """Shares by the order's own price."""
    levels: dict[Price, Quantity] = {}
    for entry in entries:
        size = wire.quantity(entry.matched_amount)
        if size:
            price = own.price(entry.price, entry.asset_id)
            levels[price] = Quantity(levels.get(price, 0) + size)
    return levels


def _execution(
    trade: str, own: _Own, levels: dict[Price, Quantity], *, maker: bool, exact: bool = True
) -> Execution:
    """The levels as parts; only takers pay a fee."""
    if own.order is not None and not _affordable(own.order, levels):
        raise ValueError(f"order {own.venue_order_id} cannot have given so much in trade {trade}")
    fees, at_most = (own.market.fees, NO_FEES) if own.market is not None else (NO_FEES, FEES_MAX)
    if maker:
        fees = at_most = NO_FEES
    parts = tuple(
        Part(
            _fill_id(trade, own.venue_order_id, number if len(levels) > 1 else 0),
            price,
            levels[price],
            fees.taker_fee(price, levels[price]),
            at_most.taker_fee(price, levels[price]),
        )
        for number, price in enumerate(sorted(levels), 1)
    )
    return Execution(
        venue_order_id=own.venue_order_id,
        order=own.order,
        instrument=own.instrument,
        side=own.side,
        parts=parts,
        maker=maker,
        exact=exact,
    )


def _affordable(order: PlaceOrder, levels: dict[Price, Quantity]) -> bool:
    """Whether an order can have given this: what it signed away bounds dollars, or shares."""
    if order.side is Side.SELL:
        return sum(levels.values()) <= order.quantity
    rounded = len(levels)
    spent = sum(cost(price, size) for price, size in levels.items())
    return spent <= cost(order.price, order.quantity) + rounded
