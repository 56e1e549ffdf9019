"""A position with exits, a capricious venue, watched by the twin (tests.property.exit_twin).

A program is a list of (kind, number, number); the same program always gives the same history.
"""

from fractions import Fraction

from msgspec import structs
from tests.property.exit_twin import END, Twin, plan
from tests.unit.core.building import (
    ASK,
    BID,
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
    market,
    micros,
    opening,
    quote,
    seat,
)

from polywire.core.engine.engine import Engine
from polywire.core.execution.exits import ExitStyle
from polywire.core.ids import FillId, MarketId, OrderId, RunId
from polywire.core.model.account import (
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderUnknown,
    Settlement,
)
from polywire.core.model.command import CancelOrder, PlaceOrder
from polywire.core.model.control import Cut, RunStarted
from polywire.core.model.event import Event, Record
from polywire.core.model.intent import Quote
from polywire.core.model.market import (
    GapOpened,
    InstrumentListed,
    MarketResolved,
    TickSizeChanged,
)
from polywire.core.risk.gate import Approved
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.core.view import MarketView

Program = list[tuple[str, int, int]]
KINDS = (
    *("cut",) * 16,
    *("book",) * 8,
    *("fill",) * 12,
    *("accept",) * 6,
    *("cancelled",) * 8,
    *("want",) * 2,
    "rejected",
    "unknown",
    "gap",
    "tick",
    "minimum",
    "restart",
    "resolve",
)
M = MarketId("m")


class World:
    """Runs a program; `rows` is the journal it would leave."""

    def __init__(
        self, style: ExitStyle, before_end_ns: int | None = None, *, grown: bool = False
    ) -> None:
        self.plan = plan(style, before_end_ns, grown=grown)
        self.twin = Twin(style, before_end_ns, grown)
        self.venue = NaiveVenue()
        self.venue.put(micros([(BID, 39, 100), (ASK, 40, 100)]))
        self.rows: list[Record] = []
        self.now = 100 * SECOND
        self.tick, self.size_min = CENT, 5 * SHARE
        self.wants, self.lives, self.fills = True, 0, 0
        self.proven = self.resolved = False
        self.cancelling: set[str] = set()
        self.engine: Engine
        self.live()

    def live(self) -> None:
        """Start, or recover from the rows so far."""
        self.lives += 1
        place = seat(Scripted(self.quotes), patience=100 * MS, dwell=300 * MS)
        place.exits = self.plan
        limits = structs.replace(LOOSE, order_size_max=Quantity(12 * SHARE))
        self.engine = engine(place, limits=limits)
        for row in self.rows:
            self.engine.recover(row)
        self.twin.since = None
        for event in opening(self.venue, cash=0 if self.rows else 1_000, at=self.now):
            if isinstance(event, RunStarted):
                event = structs.replace(event, run=RunId(f"r{self.lives}"))  # noqa: PLW2901
            if isinstance(event, InstrumentListed):
                event = InstrumentListed(Ns(self.now), self.terms())  # noqa: PLW2901
            self.tell(event)
        self.proven = True

    def terms(self) -> object:
        return market(tick=Price(self.tick), size_min=Quantity(self.size_min), end_ns=Ns(END))

    def quotes(self, _: MarketView) -> tuple[Quote, ...]:
        ask = min(self.venue.asks, default=0)
        if not self.wants or self.twin.held > 15 * SHARE or not ask:
            return (quote(SELL, 50, 7),)  # which the exits never let pass
        buy = Quote(market().outcomes[0].instrument, BUY, Price(ask), Quantity(8 * SHARE), False)
        return (buy, quote(SELL, 50, 7))

    def tell(self, event: Event) -> None:
        self.rows.append(event)
        said = self.engine.handle(event)
        for command in said:
            if isinstance(command, Approved):
                assert self.proven
                assert not self.resolved
                self.twin.placing(command.order, self.tick, self.size_min)
                self.rows.append(command.order)
            else:
                if isinstance(command, CancelOrder):
                    self.cancelling.add(command.order_id)
                self.rows.append(command)

    def run(self, program: Program) -> "World":
        for kind, first, second in program:
            self.step(kind, first, second)
        return self

    def cut(self, later: int) -> None:
        self.now += later
        if self.proven and not self.resolved:
            self.twin.look(self.venue, self.size_min, self.now)
        else:
            self.twin.since = None
        self.tell(Cut(Ns(self.now)))

    def step(self, kind: str, first: int, second: int) -> None:
        at = Ns(self.now)
        match kind:
            case "cut":
                self.cut(first * MS)
            case "book":
                self.show((first % 70 + 2, 1 + second % 9), (max(1, first % 70 - second % 5), 40))
            case "want":
                self.wants = bool(first % 3)
            case "gap":
                self.proven = False
                self.tell(GapOpened(at, M, WS, "lost"))
            case "tick":
                self.tick = 1_000 if self.tick == CENT else CENT
                self.venue.tick = self.tick
                self.tell(TickSizeChanged(at, at, M, Price(self.tick)))
                self.proven = False
            case "minimum":
                self.size_min = (5, 6, 9)[first % 3] * SHARE
                self.tell(InstrumentListed(at, self.terms()))  # type: ignore[arg-type]
            case "restart" if not self.resolved:
                self.live()
            case "resolve" if first % 20 == 0 and not self.resolved:
                self.resolved = True
                self.tell(MarketResolved(at, at, M, (Money(DOLLAR), Money(0))))
                self.twin.held, self.twin.paid = 0, Fraction(0)  # and no look follows
            case _:
                self.answer(kind, first, second)

    def show(self, *bids: tuple[int, int]) -> None:
        """Bids in cents and shares, an ask over them, all proven."""
        self.now += MS
        self.venue.bids.clear()
        self.venue.asks.clear()
        top = max(cents for cents, _ in bids)
        self.venue.put(micros([*((BID, c, s) for c, s in bids), (ASK, top + 1, 100)]))
        self.tell(self.venue.snapshot(self.now))
        self.proven = True

    def answer(self, kind: str, first: int, second: int) -> None:
        """What the venue says of one of the open orders."""
        waiting = list(self.twin.open.values())
        if not waiting or self.resolved:
            return
        order = waiting[first % len(waiting)]
        at, order_id = Ns(self.now), OrderId(order.order_id)
        match kind:
            case "accept":
                self.tell(OrderAccepted(at, order_id))
            case "unknown":
                self.tell(OrderUnknown(at, order_id, "no reply"))
            case "cancelled" if order_id in self.cancelling or order.time_in_force == "IOC":
                self.twin.open.pop(order_id)
                self.tell(OrderCancelled(at, order_id, "asked"))
            case "rejected" if self.twin.left[order_id] == order.quantity:
                self.twin.open.pop(order_id)
                # A venue that accepted it would cancel it; both end it.
                self.tell(OrderCancelled(at, order_id, "ended"))
                self.tell(OrderRejected(at, order_id, "no"))
            case "fill":
                self.fill(order, 1 + second % (self.twin.left[order_id] // SHARE or 1))
            case _:
                pass

    def fill(self, order: PlaceOrder, shares: int) -> None:
        size = min(shares * SHARE, self.twin.left[order.order_id])
        self.fills += 1
        fill_id = FillId(f"f{self.fills}")
        at, price = Ns(self.now), order.price
        self.twin.filled(order.order_id, price, size)
        self.tell(
            OrderFilled(
                at, at, order.order_id, fill_id, price, Quantity(size), Money(0), True,
                Settlement.FINAL,
            )
        )  # fmt: skip

    def honest(self) -> None:
        """A crash through the stop, and a venue that answers everything at once."""
        self.wants = False
        if self.resolved:
            return
        for _ in range(80):
            self.show((4, 1_000))
            self.cut(100 * MS)
            for order in list(self.twin.open.values()):
                if order.side is SELL and order.time_in_force == "IOC":
                    self.fill(order, 10**6)
                else:
                    self.tell(OrderAccepted(Ns(self.now), order.order_id))
                    if order.order_id in self.cancelling:
                        self.twin.open.pop(order.order_id)
                        self.tell(OrderCancelled(Ns(self.now), order.order_id, "asked"))

    def settle(self) -> None:
        """Every order ends, what became of the last sales is known, and time passes."""
        self.wants = False
        self.show((39, 100))
        self.cut(0)
        for order_id in list(self.twin.open):
            self.twin.open.pop(order_id)
            self.tell(OrderCancelled(Ns(self.now), OrderId(order_id), "ended"))
        self.step("gap", 0, 0)  # what had not been confirmed begins anew, as after a restart
        self.cut(SECOND)  # beyond every dwell time

    def later(self, program: Program) -> list[tuple[int, str, int, int]]:
        """What is sold from now on: when, how, at what price, how much; some fills, some ends."""
        sold = []
        for _, first, second in program:
            before = len(self.rows)
            self.show((first % 70 + 2, 1 + second % 9), (max(1, first % 70 - second % 5), 40))
            self.cut(first * MS)
            sold += [
                (self.now, str(row.time_in_force), row.price, row.quantity)
                for row in self.rows[before:]
                if isinstance(row, PlaceOrder) and row.side is SELL
            ]
            for order in list(self.twin.open.values()):
                if second % 2 or order.time_in_force == "GTC":
                    self.twin.open.pop(order.order_id)
                    self.tell(OrderCancelled(Ns(self.now), OrderId(order.order_id), "ended"))
                else:
                    self.fill(order, 1 + second % 9)
        return sold
