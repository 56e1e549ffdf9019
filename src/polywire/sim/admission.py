"""Why the simulated venue refuses an order, in the words the real one uses (polymarket.md 4.6)."""

from collections.abc import Iterable
from typing import Protocol

from polywire.core.book.measures import crosses
from polywire.core.book.order_book import OrderBook
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import TimeInForce
from polywire.core.units import ONE, SECOND, Money, Ns, Quantity, cost, format_micros
from polywire.sim.account import Account
from polywire.sim.queue import Resting

MARKETABLE_BUY_MIN = Money(1_000_000)
RESTS_NS_MIN = 120 * SECOND
NO_BOOK = "No orderbook exists for the requested token id"
UNPROVEN = "the book has no proof; the simulated venue matches nothing against it"


class Shown(Protocol):
    """What the venue reads of one market; the engine's own tracked book fulfils it."""

    @property
    def market(self) -> Market:
        """The terms in force."""

    @property
    def book(self) -> OrderBook:
        """Read-only here."""


def breach_of_terms(order: PlaceOrder, market: Market, now: Ns) -> str:
    """The market's own rules: grid, minimum, size decimals, end; empty where none is broken."""
    where = f"order {order.order_id} is invalid."
    if order.price % market.tick or not market.tick <= order.price <= ONE - market.tick:
        price, tick = format_micros(order.price), format_micros(market.tick)
        return f"{where} Price ({price}) breaks minimum tick size rule: {tick}"
    if order.quantity < market.size_min:
        size, least = format_micros(order.quantity), format_micros(market.size_min)
        return f"{where} Size ({size}) lower than the minimum: {least}"
    if (order.time_in_force is TimeInForce.GTD) != (order.until >= now + RESTS_NS_MIN):
        return "invalid expiration"
    return "Invalid order payload" if order.quantity % market.lot else ""


def refusal(order: PlaceOrder, shown: Shown, account: Account, resting: Iterable[Resting]) -> str:
    """Why a well-formed order is refused as things stand, or empty."""
    marketable = is_marketable(order, shown)
    if marketable and order.post_only:
        return f"order {order.order_id} crosses the book"
    spent = cost(order.price, order.quantity)
    if marketable and order.side is Side.BUY and spent < MARKETABLE_BUY_MIN:
        dollars = format_micros(spent)
        return f"invalid amount for a marketable BUY order (${dollars}), min size: $1"
    fees = _fees(order, shown.market) if marketable else Money(0)
    return account.shortage(order, Money(spent + fees), resting)


def is_marketable(order: PlaceOrder, shown: Shown) -> bool:
    """Whether the order would trade at once against the shown book."""
    touch = shown.book.touch(shown.market.outcome_index(order.instrument))
    return crosses(order.side, order.price, touch)


def _fees(order: PlaceOrder, market: Market) -> Money:
    if order.side is Side.SELL:
        return Money(0)
    return market.fees.taker_fee(order.price, Quantity(order.quantity))
