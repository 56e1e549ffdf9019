"""The limits that guard money, and one pure function per rule: a reason to refuse, or None.

No limit has a default here: whoever composes the configuration says each number.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct

from polywire.core.book.measures import crosses
from polywire.core.ids import InstrumentId, StrategyId
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.command import OrderRefused, PlaceOrder
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import UNTIL_NS_MIN, TimeInForce
from polywire.core.units import (
    ONE,
    SECOND,
    Money,
    Ns,
    Price,
    Quantity,
    complement,
    cost,
    dollars,
    format_micros,
    whole_cost,
)

MARKETABLE_BUY_MIN = Money(1_000_000)
"""The venue refuses marketable buys under a dollar (polymarket.md 4.4)."""


class Limits(Struct, frozen=True, kw_only=True):
    """What no strategy may exceed, together; shares and dollars in micros."""

    order_size_max: Quantity
    position_max: Quantity
    price_through_max: Price
    market_exposure_max: Money
    group_exposure_max: Money
    venue_exposure_max: Money
    total_exposure_max: Money
    loss_max: Money
    orders_per_minute: int
    proof_age_ns_max: int


class RiskState(Protocol):
    """What the rules may read; nothing of it can be changed through here."""

    @property
    def ledger(self) -> Ledger:
        """Orders, positions and cash."""

    @property
    def limits(self) -> Limits:
        """The limits in force."""

    @property
    def now(self) -> Ns:
        """The time of the cut."""

    @property
    def halted(self) -> str:
        """Why nothing may be placed, or empty."""

    @property
    def barred(self) -> str:
        """Why nothing may be bought, or empty."""

    @property
    def loss(self) -> Money:
        """Money lost since the start of the UTC day, at executable prices."""

    @property
    def recent_orders(self) -> Sequence[Ns]:
        """When orders of the last minute were approved, oldest first."""

    def market(self, order: PlaceOrder) -> Market | None:
        """The order's market, if it is tradable."""

    def distrust(self, order: PlaceOrder) -> str:
        """Why the order's book may not be traded on, or empty."""

    def touch(self, order: PlaceOrder) -> tuple[Price | None, Price | None]:
        """Best bid and ask of the order's instrument."""

    def strategy_budget(self, order: PlaceOrder) -> Money:
        """The most the order's strategy may have at stake."""

    def spent(self, strategy: StrategyId) -> str:
        """Why a strategy may buy nothing more today, or empty."""

    def unsellable(self, strategy: StrategyId, instrument: InstrumentId) -> Quantity:
        """Shares whose purchase could still be undone, where those may not be sold."""

    def leaves(self, order: PlaceOrder) -> bool:
        """Whether it is a sale of an exit, a basket or `flatten`, which has bounds of its own."""

    def group_exposure(self, order: PlaceOrder, spends: Money) -> Money:
        """What all markets listed together with the order's could cost, it included."""


def breaker(order: PlaceOrder, state: RiskState) -> str | None:
    """Nothing is placed while trading is halted, and nothing bought while that is barred."""
    return state.halted or (state.barred if order.side is Side.BUY else "") or None


def book_proven(order: PlaceOrder, state: RiskState) -> str | None:
    """Nothing is placed on a book without fresh proof."""
    return state.distrust(order) or None


def tradable(order: PlaceOrder, state: RiskState) -> str | None:
    """The instrument is listed and its market not resolved."""
    market = state.market(order)
    if market is None or order.instrument not in [each.instrument for each in market.outcomes]:
        return f"{order.instrument} is not tradable"
    return None


def price_on_grid(order: PlaceOrder, state: RiskState) -> str | None:
    """The price lies in [tick, 1 - tick] and on the current grid."""
    market = _listed(order, state)
    if not market.tick <= order.price <= ONE - market.tick or order.price % market.tick:
        return f"price {format_micros(order.price)} is off the {format_micros(market.tick)} grid"
    return None


def price_collar(order: PlaceOrder, state: RiskState) -> str | None:
    """No price goes further through the touch than it may; what rests away from it is free to."""
    bid, ask = state.touch(order)
    best = ask if order.side is Side.BUY else bid
    if best is None or state.leaves(order):
        return None
    through = order.price - best if order.side is Side.BUY else best - order.price
    if through > state.limits.price_through_max:
        return f"price {format_micros(order.price)} is through {format_micros(best)} by too much"
    return None


def order_size(order: PlaceOrder, state: RiskState) -> str | None:
    """The size is on the lot, not under the venue's minimum, not over our maximum."""
    market = _listed(order, state)
    if order.quantity < max(1, market.size_min) or order.quantity % market.lot:
        size, least = format_micros(order.quantity), format_micros(market.size_min)
        return f"size {size} is under the minimum of {least} or off the lot"
    if order.quantity > state.limits.order_size_max:
        return f"size {format_micros(order.quantity)} is over order_size_max"
    if order.side is Side.BUY and crosses(order.side, order.price, state.touch(order)):
        spent = cost(order.price, order.quantity)
        if spent < MARKETABLE_BUY_MIN:
            return f"a marketable buy of ${format_micros(spent)} is under $1"
    return None


def time_in_force(order: PlaceOrder, state: RiskState) -> str | None:
    """GTD orders, and no others, say when they end; what takes at once is not post-only."""
    kind = order.time_in_force
    if order.post_only and not kind.rests:
        return f"{kind} orders cannot be post-only"
    if kind is not TimeInForce.GTD:
        return f"{kind} orders do not end by themselves" if order.until else None
    if order.until < state.now + UNTIL_NS_MIN or order.until % SECOND:
        return "a GTD order ends 125 s from now at the soonest, at a whole second"
    return None


def cost_at_once(order: PlaceOrder, state: RiskState) -> str | None:
    """A buy that may not rest costs a dollar at least, and what the venue's step wants of it."""
    if order.side is Side.SELL or order.time_in_force.rests:
        return None
    market = _listed(order, state)
    spent = cost(order.price, order.quantity)
    if spent < MARKETABLE_BUY_MIN:
        return f"a buy at once of ${format_micros(spent)} is under $1"
    step = whole_cost(order.price, market.cost_step, market.lot)
    if order.quantity % step:
        return (
            f"a buy at once costs a multiple of ${format_micros(market.cost_step)}, "
            f"which at {format_micros(order.price)} takes one of {format_micros(step)} shares"
        )
    return None


def position_worst_case(order: PlaceOrder, state: RiskState) -> str | None:
    """Held shares plus every open buy stay under the limit; no strategy sells what it lacks."""
    ledger = state.ledger
    held = ledger.held(order.instrument)
    if order.side is Side.SELL:
        own = ledger.position(order.strategy, order.instrument).held
        free = min(
            held - ledger.could_sell(order.instrument),
            own - ledger.could_sell(order.instrument, order.strategy),
        ) - state.unsellable(order.strategy, order.instrument)
        return None if order.quantity <= free else f"only {format_micros(free)} shares are free"
    worst = held + ledger.could_buy(order.instrument) + order.quantity
    if worst > state.limits.position_max:
        return f"position could reach {format_micros(worst)} shares, over position_max"
    return None


def market_exposure(order: PlaceOrder, state: RiskState) -> str | None:
    """What one market could cost us, both outcomes together, stays under its limit."""
    market = _listed(order, state)
    worst = state.ledger.exposures.get(market.id, 0) + _spends(order, market)
    if order.side is Side.BUY and worst > state.limits.market_exposure_max:
        return f"market exposure could reach ${format_micros(worst)}"
    return None


def group_exposure(order: PlaceOrder, state: RiskState) -> str | None:
    """What the market's group could cost us stays under its limit; exclusive ones by worst case."""
    if order.side is Side.SELL:
        return None
    worst = state.group_exposure(order, _spends(order, _listed(order, state)))
    if worst > state.limits.group_exposure_max:
        return f"group exposure could reach ${format_micros(worst)}"
    return None


def venue_exposure(order: PlaceOrder, state: RiskState) -> str | None:
    """What everything on one venue could cost us stays under its limit."""
    market = _listed(order, state)
    worst = state.ledger.venue_exposures.get(market.venue, 0) + _spends(order, market)
    if order.side is Side.BUY and worst > state.limits.venue_exposure_max:
        return f"exposure on {market.venue} could reach ${format_micros(worst)}"
    return None


def total_exposure(order: PlaceOrder, state: RiskState) -> str | None:
    """What everything could cost us stays under its limit."""
    market = _listed(order, state)
    worst = state.ledger.exposure + _spends(order, market)
    if order.side is Side.BUY and worst > state.limits.total_exposure_max:
        return f"total exposure could reach ${format_micros(worst)}"
    return None


def strategy_budget(order: PlaceOrder, state: RiskState) -> str | None:
    """What a strategy could cost us stays inside its own budget."""
    market = _listed(order, state)
    worst = state.ledger.strategy_exposures.get(order.strategy, 0) + _spends(order, market)
    if order.side is Side.BUY and worst > state.strategy_budget(order):
        return f"{order.strategy} could have ${format_micros(worst)} at stake, over its budget"
    return None


def cash_worst_case(order: PlaceOrder, state: RiskState) -> str | None:
    """Free cash covers a buy with its fee; a sale brings cash."""
    market = _listed(order, state)
    free = state.ledger.free_cash
    need = _spends(order, market)
    if order.side is Side.SELL or need <= free:
        return None
    return f"needs ${format_micros(need)}, ${format_micros(free)} is free"


def daily_loss(order: PlaceOrder, state: RiskState) -> str | None:
    """After the day's loss limit, only sales are approved."""
    if order.side is Side.BUY and state.loss >= state.limits.loss_max:
        return f"lost {dollars(state.loss)} today"
    return None


def strategy_loss(order: PlaceOrder, state: RiskState) -> str | None:
    """After a strategy's own loss limit of the day, only its sales are approved."""
    return state.spent(order.strategy) or None if order.side is Side.BUY else None


def order_rate(order: PlaceOrder, state: RiskState) -> str | None:
    """Orders of the last minute, by all strategies; sales that leave positions wait for none."""
    recent = len(state.recent_orders)
    if recent < state.limits.orders_per_minute or state.leaves(order):
        return None
    return f"{recent} orders in a minute"


def self_trade(order: PlaceOrder, state: RiskState) -> str | None:
    """No order that could match one of our own, on its instrument or through the complement."""
    market = _listed(order, state)
    other = market.complement_of(order.instrument)
    for mine in state.ledger.open_on(order.instrument):
        if mine.command.side is not order.side and _meet(order, mine.command.price):
            return f"would trade with our own {mine.command.order_id}"
    for mine in state.ledger.open_on(other):
        if mine.command.side is order.side and _meet(order, complement(mine.command.price)):
            return f"would trade with our own {mine.command.order_id} through the complement"
    return None


RULES: tuple[Callable[[PlaceOrder, RiskState], str | None], ...] = (
    breaker,
    tradable,
    book_proven,
    price_on_grid,
    price_collar,
    order_size,
    time_in_force,
    cost_at_once,
    position_worst_case,
    market_exposure,
    group_exposure,
    venue_exposure,
    total_exposure,
    strategy_budget,
    cash_worst_case,
    daily_loss,
    strategy_loss,
    order_rate,
    self_trade,
)


def refusal(order: PlaceOrder, state: RiskState) -> OrderRefused | None:
    """The first rule that is against it, for who only wants to know."""
    for rule in RULES:
        reason = rule(order, state)
        if reason is not None:
            return OrderRefused(
                order.strategy,
                order.instrument,
                order.side,
                order.price,
                order.quantity,
                rule.__name__,
                reason,
            )
    return None


def _listed(order: PlaceOrder, state: RiskState) -> Market:
    market = state.market(order)
    assert market is not None, "the tradable rule comes first"
    return market


def _spends(order: PlaceOrder, market: Market) -> Money:
    if order.side is Side.SELL:
        return Money(0)
    fees = Money(0) if order.post_only else market.fees.taker_fee(order.price, order.quantity)
    return Money(cost(order.price, order.quantity) + fees)


def _meet(order: PlaceOrder, price: Price) -> bool:
    return order.price >= price if order.side is Side.BUY else order.price <= price
