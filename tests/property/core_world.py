"""A reckless strategy, a capricious venue and a checker that sees only the wire, for the engine.

A program is a list of (kind, number, number); the same program always gives the same history.
"""

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

from msgspec import structs
from tests.unit.core.building import (
    BUY,
    CENT,
    DOLLAR,
    LOOSE,
    MS,
    SECOND,
    SELL,
    SHARE,
    WS,
    NaiveVenue,
    Scripted,
    engine,
    forty_sixty,
    market,
    opening,
    seat,
)

from polywire.core.engine.engine import Command, Engine
from polywire.core.ids import FillId, MarketId
from polywire.core.model.account import (
    FillSettled,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderUnknown,
    Settlement,
)
from polywire.core.model.command import CancelOrder, PlaceOrder
from polywire.core.model.control import Cut, Operation, OperatorCommand
from polywire.core.model.event import Event, Record
from polywire.core.model.instrument import FeeSchedule
from polywire.core.model.intent import Quote
from polywire.core.model.market import (
    FeedDown,
    FeedUp,
    GapOpened,
    InstrumentListed,
    MarketResolved,
)
from polywire.core.risk.gate import Approved
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.core.view import MarketView

Program = list[tuple[str, int, int]]

KINDS = (
    *("cut",) * 12,
    *("fill",) * 5,
    *("accept",) * 4,
    *("cancelled",) * 8,
    *("book",) * 4,
    *("up",) * 2,
    *("resume",) * 4,
    "rejected",
    "unknown",
    "settle",
    "gap",
    "down",
    "halt",
    "resolve",
)
NAMES = ("a", "b")
CASH = 40
T0 = 100 * SECOND
LIMITS = structs.replace(
    LOOSE,
    order_size_max=Quantity(20 * SHARE),
    position_max=Quantity(30 * SHARE),
    group_exposure_max=Money(25 * DOLLAR),
    total_exposure_max=Money(30 * DOLLAR),
    orders_per_minute=25,
)
BUDGET = 20
DWELL = 50 * MS
RATE = Fraction(5, 100)


def reckless(salt: int) -> Scripted:
    """Wants nonsense, the same nonsense for the same view: too much, crossed, off the grid."""

    def wants(view: MarketView) -> tuple[Quote, ...]:
        seed = view.now // (70 * MS) + salt * 7 + sum(view.market.id.encode())
        quotes = []
        for number in range(seed % 5):
            dice = (seed * 2_654_435_761 + number * 40_503) >> 7
            outcome = view.market.outcomes[dice % 2]
            quotes.append(
                Quote(
                    outcome.instrument,
                    BUY if dice % 3 else SELL,
                    Price((dice % 101) * CENT + (dice % 11 == 0)),
                    Quantity((4 + dice % 9 if dice % 8 else dice % 23) * SHARE),
                    post_only=bool(dice % 4),
                )
            )
        return tuple(quotes)

    return Scripted(wants, f"s{salt}")


@dataclass
class Seen:
    """An order as the wire shows it."""

    order: PlaceOrder
    placed_at: int
    left: int
    live: bool = False
    cancel_sent: bool = False

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

    def said(self, command: Command, now: int) -> None:
        """The engine sent this."""
        if isinstance(command, CancelOrder):
            seen = self.open[command.order_id]
            assert not seen.cancel_sent, "a cancel is sent once"
            seen.cancel_sent = True
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
        self.no_slot_is_taken(order)
        self.no_match_with_ourselves(order)
        seen = Seen(order, now, order.quantity)
        self.ids.add(order.order_id)
        self.open[order.order_id] = seen
        self.orders[order.order_id] = order
        self.times = [at for at in self.times if now - at < 60 * SECOND] + [now]
        assert len(self.times) <= 25
        self.worst_case(order)

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
            case FillSettled(settlement=Settlement.REVERSED):
                self.undone(event)
            case OperatorCommand():
                self.halted = event.operation is Operation.HALT
            case GapOpened():
                self.dark.add(event.market)
            case FeedDown():
                self.dark.update(NAMES)
            case MarketResolved() if event.market not in self.resolved:
                self.resolved[event.market] = event.payouts
                self.pay(event.market)
            case _:
                pass

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

    def undone(self, event: FillSettled) -> None:
        known = self.fills.get(event.fill_id)
        if known is not None and known.settlement is Settlement.PENDING:
            self.move(known, -1)
            self.fills[event.fill_id] = structs.replace(known, settlement=Settlement.REVERSED)

    def pay(self, market_id: str) -> None:
        for (strategy, instrument), held in list(self.held.items()):
            if instrument.startswith(f"{market_id}-") and held > 0:
                worth = self.resolved[market_id][instrument.endswith("-no")]
                self.cash += floor(Fraction(worth * held, 10**6))
                self.held[strategy, instrument] = 0


class World:
    """Runs a program; `rows` is the journal it would leave, `marks` where each event ended."""

    def __init__(self) -> None:
        self.engine: Engine = engine(
            *(seat(reckless(salt), budget=BUDGET, patience=0, dwell=DWELL) for salt in range(3)),
            limits=LIMITS,
        )
        self.venues: dict[str, NaiveVenue] = {name: forty_sixty(name) for name in NAMES}
        self.wire = Wire()
        self.rows: list[Record] = []
        self.now = T0
        self.fills = 0
        for event in opening(*self.venues.values(), cash=CASH, at=T0):
            if isinstance(event, InstrumentListed):
                event = InstrumentListed(  # noqa: PLW2901 - the same listing, with fees
                    event.recv_ns, market(event.market.id, fees=FeeSchedule(50_000, 1, 0))
                )
            self.tell(event)

    def run(self, program: Program) -> "World":
        """Each step in turn, and a last cut."""
        for kind, first, second in program:
            self.step(kind, first, second)
        self.step("cut", 100, 0)
        return self

    def tell(self, event: Event) -> None:
        """One event in; its answer is held against the wire."""
        self.rows.append(event)
        self.wire.heard(event)
        answer = self.engine.handle(event)
        assert isinstance(event, Cut) or not answer
        for command in answer:
            self.wire.said(command, self.now)
            self.rows.append(command.order if isinstance(command, Approved) else command)

    def step(self, kind: str, first: int, second: int) -> None:
        """Turn a step into an event, if it makes sense now."""
        at = Ns(self.now)
        name = NAMES[first % 2]
        match kind:
            case "cut":
                self.now += first * MS
                self.tell(Cut(Ns(self.now)))
            case "book":
                venue = self.venues[name]
                venue.bids = {(38 + second % 4) * CENT: 100 * SHARE}
                self.tell(venue.snapshot(self.now))
                self.wire.dark.discard(name)
                if not self.up:
                    self.wire.dark.add(name)
            case "resolve" if first % 9 == 0:
                pays = (Money(DOLLAR), Money(0)) if second % 2 else (Money(0), Money(DOLLAR))
                self.tell(MarketResolved(at, at, MarketId(name), pays))
            case "settle" if self.wire.fills:
                names = list(self.wire.fills)
                settlement = Settlement.REVERSED if second % 3 else Settlement.FINAL
                if self.may_settle(names[first % len(names)]):
                    self.tell(FillSettled(at, FillId(names[first % len(names)]), settlement))
            case _:
                if kind in ("accept", "rejected", "unknown", "cancelled", "fill"):
                    self.answer(kind, first, second)
                else:
                    self.interrupt(kind, at, name)

    def interrupt(self, kind: str, at: Ns, name: str) -> None:
        """Something goes wrong, or right again."""
        match kind:
            case "gap":
                self.tell(GapOpened(at, MarketId(name), WS, "lost"))
            case "down":
                self.tell(FeedDown(at, WS, "closed"))
            case "up":
                self.tell(FeedUp(at, WS))
            case "halt" | "resume":
                self.tell(OperatorCommand(at, Operation(kind), "by hand"))
            case _:
                pass

    @property
    def up(self) -> bool:
        """Whether the feed is connected."""
        states = [row for row in self.rows if isinstance(row, FeedUp | FeedDown)]
        return isinstance(states[-1], FeedUp)

    def may_settle(self, fill_id: str) -> bool:
        """An undone buy whose shares were sold or paid out is another test's business."""
        event = self.wire.fills[fill_id]
        order = self.wire.orders[event.order_id]
        return order.market not in self.wire.resolved and order.side is BUY

    def answer(self, kind: str, first: int, second: int) -> None:
        """What the venue says of one of the open orders."""
        seen = list(self.wire.open.values())
        if not seen:
            return
        one = seen[first % len(seen)]
        at, order = Ns(self.now), one.order
        match kind:
            case "accept":
                self.tell(OrderAccepted(at, order.order_id))
            case "rejected" if not one.live:
                self.tell(OrderRejected(at, order.order_id, "no"))
            case "unknown":
                self.tell(OrderUnknown(at, order.order_id, "time-out"))
            case "cancelled":
                self.tell(OrderCancelled(at, order.order_id, "asked"))
            case "fill" if order.market not in self.wire.resolved:
                self.fill(one, first, second)
            case _:
                pass

    def fill(self, one: Seen, first: int, second: int) -> None:
        """Part or all of an order at its limit; sometimes told twice, sometimes not yet final."""
        part = max(1, one.left * (1 + second % 4) // 4)
        self.fills += 1
        fee = 0
        if not one.order.post_only:
            p = Fraction(one.order.price, 10**6)
            fee = floor(Fraction(part, 10**6) * RATE * p * (1 - p) * 10**5) * 10
        event = OrderFilled(
            Ns(self.now),
            Ns(self.now),
            one.order.order_id,
            FillId(f"f{self.fills}"),
            one.order.price,
            Quantity(part),
            Money(fee),
            one.order.post_only,
            Settlement.PENDING if second % 3 == 0 else Settlement.FINAL,
        )
        self.tell(event)
        if first % 3 == 0:
            self.tell(event)
