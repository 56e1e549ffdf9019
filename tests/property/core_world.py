"""A reckless strategy and a capricious venue for the engine, watched by core_wire.

A program is a list of (kind, number, number); the same program always gives the same history.
"""

from fractions import Fraction
from math import floor

from msgspec import structs
from tests.property.core_wire import BUDGET, CASH, NAMES, RATE, Seen, Wire
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

from polywire.core.engine.engine import Engine
from polywire.core.engine.roster import Seat
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
    *("add",) * 4,
    "retire",
    "sell-out",
)
T0 = 100 * SECOND
LIMITS = structs.replace(
    LOOSE,
    order_size_max=Quantity(20 * SHARE),
    position_max=Quantity(30 * SHARE),
    group_exposure_max=Money(25 * DOLLAR),
    total_exposure_max=Money(30 * DOLLAR),
    orders_per_minute=25,
)
DWELL = 50 * MS


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


def reckless_seat(salt: int) -> Seat:
    return seat(reckless(salt), budget=BUDGET, patience=0, dwell=DWELL)


class World:
    """Runs a program; `rows` is the journal it would leave, `marks` where each event ended."""

    def __init__(self) -> None:
        self.engine: Engine = engine(*map(reckless_seat, range(3)), limits=LIMITS)
        self.engine.roster.seat_from = lambda name: reckless_seat(int(name[1:]))
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
                    self.interrupt(kind, at, name, f"s{second % 3}")

    def interrupt(self, kind: str, at: Ns, name: str, strategy: str) -> None:
        """Something goes wrong, or right again."""
        match kind:
            case "gap":
                self.tell(GapOpened(at, MarketId(name), WS, "lost"))
            case "down":
                self.tell(FeedDown(at, WS, "closed"))
            case "up":
                self.tell(FeedUp(at, WS))
            case "add" | "retire" | "sell-out":
                asked = OperatorCommand(at, Operation(kind), "", "me", strategy)
                self.tell(asked)
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
