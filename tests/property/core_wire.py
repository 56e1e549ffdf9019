"""A checker of the engine that sees only what crosses the wire."""

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

from msgspec import structs
from tests.unit.core.building import (
    BUY,
    CENT,
    DOLLAR,
    SECOND,
    SELL,
    SHARE,
)

from polywire.core.engine.engine import Command
from polywire.core.model.account import (
    FillSettled,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    Settlement,
)
from polywire.core.model.command import CancelOrder, PlaceOrder
from polywire.core.model.control import Operation, OperatorCommand
from polywire.core.model.event import Event
from polywire.core.model.intent import TimeInForce
from polywire.core.model.market import (
    FeedDown,
    GapOpened,
    MarketResolved,
)
from polywire.core.risk.gate import Approved
from polywire.core.units import Money

NAMES = ("a", "b")
CASH = 40
BUDGET = 20
RATE = Fraction(5, 100)


@dataclass
class Seen:
    """An order as the wire shows it."""

    order: PlaceOrder
    placed_at: int
    left: int
    live: bool = False
    cancel_sent: bool = False
    cancel_at: int = 0
    cancel_pause: int = 2 * SECOND

    @property
    def cost(self) -> int:
        """What the rest could take from cash, fee included."""
        if self.order.side is SELL:
            return 0
        p, shares = Fraction(self.order.price, 10**6), Fraction(self.left, 10**6)
        fee = Fraction(0) if self.order.post_only else shares * RATE * p * (1 - p)
        return ceil(p * shares * 10**6) + ceil(fee * 10**5) * 10


@dataclass
class Wire:
    """Knows what crossed the wire and assumes the worst about what is unanswered."""

    cash: int = CASH * DOLLAR
    held: Counter[tuple[str, str]] = field(default_factory=Counter)
    open: dict[str, Seen] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    fills: dict[str, OrderFilled] = field(default_factory=dict)
    orders: dict[str, PlaceOrder] = field(default_factory=dict)
    times: list[int] = field(default_factory=list)
    dark: set[str] = field(default_factory=set)
    resolved: dict[str, tuple[Money, Money]] = field(default_factory=dict)
    halted: bool = False
    left: dict[str, Operation] = field(default_factory=dict)

    def said(self, command: Command, now: int) -> None:
        """The engine sent this."""
        if isinstance(command, CancelOrder):
            seen = self.open[command.order_id]
            if seen.cancel_sent:
                assert now - seen.cancel_at >= seen.cancel_pause, "a cancel is sent again too soon"
                seen.cancel_pause *= 2
            seen.cancel_sent, seen.cancel_at = True, now
        elif isinstance(command, Approved):
            self.placing(command.order, now)

    def placing(self, order: PlaceOrder, now: int) -> None:
        """Hold the order against everything that is known."""
        assert order.order_id not in self.ids, "an id is used once"
        assert not self.halted
        assert order.market not in self.dark, "an order on a book without proof"
        assert order.market not in self.resolved
        assert order.price % CENT == 0
        assert CENT <= order.price <= 99 * CENT
        assert 5 * SHARE <= order.quantity <= 20 * SHARE
        self.is_allowed(order)
        self.no_slot_is_taken(order)
        self.no_match_with_ourselves(order)
        seen = Seen(order, now, order.quantity)
        self.ids.add(order.order_id)
        self.open[order.order_id] = seen
        self.orders[order.order_id] = order
        self.times = [at for at in self.times if now - at < 60 * SECOND] + [now]
        assert len(self.times) <= 25 or self.is_allowed(order)
        self.worst_case(order)

    def is_allowed(self, order: PlaceOrder) -> bool:
        """Nothing is placed for who is retired, but for sales at once of who is sold out."""
        ended = self.left.get(order.strategy)
        assert ended is not Operation.RETIRE
        sells = order.side is SELL and order.time_in_force is TimeInForce.IOC
        assert ended is None or sells
        return ended is not None

    def worst_case(self, order: PlaceOrder) -> None:
        """If everything open fills: shares, cash and each strategy's own stock."""
        mine = [seen for seen in self.open.values() if seen.order.instrument == order.instrument]
        if order.side is BUY:
            could = sum(seen.left for seen in mine if seen.order.side is BUY)
            assert self.together(order.instrument) + could <= 30 * SHARE
            assert sum(seen.cost for seen in self.open.values()) <= self.cash
            strategy = [s for s in self.open.values() if s.order.strategy == order.strategy]
            assert sum(seen.cost for seen in strategy) <= BUDGET * DOLLAR
            return
        sales = [seen for seen in mine if seen.order.side is SELL]
        own = [seen for seen in sales if seen.order.strategy == order.strategy]
        assert sum(seen.left for seen in sales) <= self.together(order.instrument)
        assert sum(seen.left for seen in own) <= self.held[order.strategy, order.instrument]

    def together(self, instrument: str) -> int:
        return sum(held for (_, name), held in self.held.items() if name == instrument)

    def no_slot_is_taken(self, order: PlaceOrder) -> None:
        for seen in self.open.values():
            same = (
                seen.order.strategy == order.strategy
                and seen.order.instrument == order.instrument
                and seen.order.side is order.side
            )
            assert not (same and seen.cancel_sent), "beside an unanswered cancel"

    def no_match_with_ourselves(self, order: PlaceOrder) -> None:
        for seen in self.open.values():
            other = seen.order
            if other.market != order.market:
                continue
            if other.instrument == order.instrument and other.side is not order.side:
                buy, sale = (order, other) if order.side is BUY else (other, order)
                assert buy.price < sale.price
            if other.instrument != order.instrument and other.side is order.side:
                both = order.price + other.price
                assert both < DOLLAR if order.side is BUY else both > DOLLAR

    def heard(self, event: Event) -> None:
        """The venue or an operator said this."""
        match event:
            case OrderRejected() | OrderCancelled():
                self.open.pop(event.order_id, None)
            case OrderAccepted() if event.order_id in self.open:
                self.open[event.order_id].live = True
            case OrderFilled() if event.fill_id not in self.fills:
                self.filled(event)
            case FillSettled():
                self.settled(event)
            case OperatorCommand():
                self.asked(event.operation, event.subject)
            case GapOpened():
                self.dark.add(event.market)
            case FeedDown():
                self.dark.update(NAMES)
            case MarketResolved() if event.market not in self.resolved:
                self.resolved[event.market] = event.payouts
                self.pay(event.market)
            case _:
                pass

    def asked(self, operation: Operation, strategy: str) -> None:
        """Somebody halted or resumed all, or had a strategy come or go."""
        match operation:
            case Operation.ADD:
                self.left.pop(strategy, None)
            case Operation.RETIRE:
                self.left.setdefault(strategy, operation)
            case Operation.SELL_OUT:
                self.left[strategy] = operation
            case _:
                self.halted = operation is Operation.HALT

    def filled(self, event: OrderFilled) -> None:
        self.fills[event.fill_id] = event
        order = self.orders[event.order_id]
        self.move(event, 1)
        seen = self.open.get(event.order_id)
        if seen is not None:
            seen.left -= event.quantity
            if seen.left <= 0:
                del self.open[order.order_id]

    def move(self, event: OrderFilled, sign: int) -> None:
        order = self.orders[event.order_id]
        exact = Fraction(event.price * event.quantity, 10**6)
        buys = order.side is BUY
        self.cash += sign * ((-ceil(exact) if buys else floor(exact)) - event.fee)
        self.held[order.strategy, order.instrument] += sign * (1 if buys else -1) * event.quantity

    def settled(self, event: FillSettled) -> None:
        """The first word on a pending fill stands: a final one is never undone."""
        known = self.fills.get(event.fill_id)
        if known is not None and known.settlement is Settlement.PENDING:
            if event.settlement is Settlement.REVERSED:
                self.move(known, -1)
            self.fills[event.fill_id] = structs.replace(known, settlement=event.settlement)

    def pay(self, market_id: str) -> None:
        for (strategy, instrument), held in list(self.held.items()):
            if instrument.startswith(f"{market_id}-"):
                worth = self.resolved[market_id][instrument.endswith("-no")]
                self.cash += floor(Fraction(worth * held, 10**6))
                self.held[strategy, instrument] = 0
