"""One account's orders, fills and balances as events, whether the channel or REST told of them.

Reads a whole frame before anything of it counts; of a page, each order and trade by itself: what
cannot be read changes nothing, and does not keep the others from counting.
Owns no socket and sends no request (polymarket.md 2 and 4.3).
"""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from polywire.core.errors import DecodeError
from polywire.core.ids import InstrumentId, VenueOrderId
from polywire.core.model.account import (
    AccountEvent,
    ForeignOrder,
    OrderAccepted,
    OrderCancelled,
    OrderMissing,
    Settlement,
)
from polywire.core.units import Ns, Quantity
from polywire.venues.polymarket import user_wire as wire
from polywire.venues.polymarket.answers import UNREADABLE
from polywire.venues.polymarket.fills import Orders, TradeNews, trade_news
from polywire.venues.polymarket.frames import messages
from polywire.venues.polymarket.order_news import REASON_MAX, OrderNews, order_news
from polywire.venues.polymarket.orders import SignatureType
from polywire.venues.polymarket.stats import Stats, count
from polywire.venues.polymarket.tally import Tally

NOT_FOUND: Final = "order not found"
RESERVED_BITS: Final = (2**64 - 1) << 40
T = TypeVar("T")


class OrdersPage(Struct, frozen=True):
    """One page of open orders: what is news of them, and what rests of each; "" ends the pages.

    `unreadable` names those that could not be read, and says why.
    """

    events: list[AccountEvent]
    resting: tuple[tuple[VenueOrderId, Quantity], ...]
    next_cursor: str
    unreadable: tuple[str, ...]


class TradesPage(Struct, frozen=True):
    """One page of trades: what is news of them, and when the last was matched; "" ends the pages.

    `matched_ns` is 0 where no trade says when; `pending_ns` when the first was matched that could
    still be undone, None where none could. `unreadable` as for orders.
    """

    events: list[AccountEvent]
    matched_ns: Ns
    pending_ns: Ns | None
    next_cursor: str
    unreadable: tuple[str, ...]


class Balance(Struct, frozen=True):
    """What an account has of one asset, and what each contract may take of it, in micros."""

    held: int
    allowances: dict[str, int]


class AccountReader:
    """Turns what the venue tells of one account into events, each once, whoever tells it first."""

    __slots__ = ("_api_key", "_orders", "inexact", "stats", "tally")

    def __init__(self, api_key: str, orders: Orders) -> None:
        self._api_key = api_key
        self._orders = orders
        self.stats = Stats()
        self.tally = Tally(orders)
        self.inexact = 0
        """Takers' trades that named no maker, booked at the trade's own price."""

    def frame(self, frame: bytes, now: Ns) -> list[AccountEvent]:
        """The events of one frame of the user channel; DecodeError if any of it cannot be read."""
        try:
            wire.refuse_doubles(frame)
            news = [self._read(message) for message in messages(frame)]
        except UNREADABLE as error:
            raise DecodeError(f"a user frame of {len(frame)} bytes: {error}") from error
        return [event for each in news if each is not None for event in self._tell(each, now)]

    def orders_page(self, body: bytes, now: Ns) -> OrdersPage:
        """A reply to `GET /data/orders`; that an order rests as before is no news."""
        page = _page(body, "orders")
        news, unreadable = _each(
            page.data, "order", lambda one: order_news(wire.read(one, wire.Order), self._orders)
        )
        resting = tuple((each.venue_order_id, each.remaining) for each in news if each.remaining)
        events = [event for each in news for event in self._tell_order(each, now)]
        return OrdersPage(events, resting, wire.cursor(page.next_cursor), unreadable)

    def trades_page(self, body: bytes, now: Ns) -> TradesPage:
        """A reply to `GET /data/trades`."""
        page = _page(body, "trades")
        news, unreadable = _each(
            page.data,
            "trade",
            lambda one: trade_news(wire.read(one, wire.Trade), self._api_key, self._orders),
        )
        events = [event for each in news for event in self._tell_trade(each, now)]
        matched_ns = max((each.venue_ns for each in news), default=Ns(0))
        unsettled = [each.venue_ns for each in news if each.settlement is Settlement.PENDING]
        pending_ns = min(filter(None, unsettled), default=None)
        return TradesPage(events, matched_ns, pending_ns, wire.cursor(page.next_cursor), unreadable)

    def order_reply(
        self, status: int, body: bytes, asked: VenueOrderId, now: Ns
    ) -> list[AccountEvent]:
        """A reply to `GET /data/order/{id}` for an order of ours; told even if it is no news.

        DecodeError for all but that order, or the venue's own words that it knows none.
        """
        order = self._orders.known(asked)
        assert order is not None, f"order {asked} is none of ours"
        try:
            if status == HTTPStatus.NOT_FOUND:
                reason = wire.read(body, wire.ErrorReply).error
                if reason.lower() != NOT_FOUND:
                    raise ValueError(f"found {reason[:REASON_MAX]!r}")
                self.tally.forget(asked)
                return [OrderMissing(now, order.order_id, reason)]
            if status != HTTPStatus.OK:
                raise ValueError(f"found status {status}")
            news = order_news(wire.read(body, wire.Order), self._orders)
        except UNREADABLE as error:
            raise DecodeError(f"expected order {asked}: {error}") from error
        if news.venue_order_id != asked:
            raise DecodeError(f"expected order {asked}, found {news.venue_order_id}")
        self.tally.forget(asked)
        return self._tell_order(news, now)

    def _read(self, message: msgspec.Raw) -> OrderNews | TradeNews | None:
        """What a message says; None for kinds we do not know."""
        kind = wire.decode_kind(message).event_type
        if kind == "order":
            return order_news(wire.decode_order(message), self._orders)
        if kind == "trade":
            return trade_news(wire.decode_trade(message), self._api_key, self._orders)
        count(self.stats.unknown, kind)
        return None

    def _tell(self, news: OrderNews | TradeNews, now: Ns) -> list[AccountEvent]:
        if isinstance(news, TradeNews):
            count(self.stats.other_messages, "trade")
            return self._tell_trade(news, now)
        count(self.stats.other_messages, "order")
        return self._tell_order(news, now)

    def _tell_trade(self, news: TradeNews, now: Ns) -> list[AccountEvent]:
        self.inexact += sum(not each.exact for each in news.executions)
        return [event for each in news.executions for event in self.tally.executed(news, each, now)]

    def _tell_order(self, news: OrderNews, now: Ns) -> list[AccountEvent]:
        venue_order_id, order = news.venue_order_id, news.order
        if order is None:
            if not self.tally.rests(venue_order_id, news.remaining):
                return []
            terms = news.instrument, news.side, news.price, news.remaining
            return [ForeignOrder(now, venue_order_id, *terms)]
        self.tally.matched(venue_order_id, order, news.matched, now)
        if news.closed and self.tally.rests(venue_order_id, Quantity(0)):
            closed = OrderCancelled(now, order.order_id, news.closed)
            return self.tally.closes(venue_order_id, closed)
        if news.accepted and self.tally.rests(venue_order_id, order.quantity):
            return [OrderAccepted(now, order.order_id)]
        return []


def asset_type(asset: InstrumentId | None) -> str:
    """Under what the venue keeps a balance, that of the collateral for None (4.3).

    Ids of Protocol V2 are known by bits that they leave empty (5.4).
    """
    if asset is None:
        return "COLLATERAL"
    return "CONDITIONAL" if int(asset) & RESERVED_BITS else "CONDITIONAL-V2"


def balance_path(asset: InstrumentId | None, kind: SignatureType) -> str:
    """What asks for a balance of a wallet of this kind: path and query (4.3)."""
    token = "" if asset is None else f"&token_id={asset}"
    return f"/balance-allowance?asset_type={asset_type(asset)}{token}&signature_type={int(kind)}"


def read_balance(body: bytes) -> Balance:
    """The reply to that; DecodeError if it is none."""
    try:
        reply = wire.read(body, wire.BalanceReply)
        held = wire.base_units(reply.balance)
        allowances = {spender: int(amount) for spender, amount in reply.allowances.items()}
    except UNREADABLE as error:
        raise DecodeError(f"expected a balance: {error}") from error
    return Balance(held, allowances)


def _page(body: bytes, of: str) -> wire.PageReply:
    try:
        return wire.read_page(body)
    except UNREADABLE as error:
        raise DecodeError(f"expected a page of {of}: {error}") from error


def _each(
    entries: Sequence[msgspec.Raw], kind: str, read: Callable[[bytes], T]
) -> tuple[list[T], tuple[str, ...]]:
    """What each entry says; which of them cannot be read, by name, and why."""
    found: list[T] = []
    unreadable: list[str] = []
    for entry in entries:
        try:
            found.append(read(bytes(entry)))
        except UNREADABLE as error:
            unreadable.append(f"{kind} {_name(entry)}: {str(error)[:REASON_MAX]}")
    return found, tuple(unreadable)


def _name(entry: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(entry, type=wire.Named).id
    except UNREADABLE:
        return "without an id"
