"""Short ways to write markets, events and engines for tests of the core, and a naive checksum."""

import json
from collections.abc import Callable, Iterable

from msgspec import structs

from polywire.core.engine.engine import Command, Engine, EngineParameters
from polywire.core.engine.roster import Roster, Seat
from polywire.core.ids import (
    FeedId,
    FillId,
    GroupId,
    InstrumentId,
    MarketId,
    OrderId,
    RunId,
    StrategyId,
    VenueId,
)
from polywire.core.model.account import OrderFilled, Settlement
from polywire.core.model.breaker import BreakerMoved
from polywire.core.model.command import CancelOrder, DayOpened, PlaceOrder, TimeInForce
from polywire.core.model.control import Cut, RunStarted
from polywire.core.model.event import Event
from polywire.core.model.instrument import FeeSchedule, Market, Outcome, Side
from polywire.core.model.intent import Quote
from polywire.core.model.market import (
    BookDelta,
    BookSnapshot,
    FeedCarries,
    FeedUp,
    InstrumentListed,
    Level,
    Proof,
)
from polywire.core.risk.gate import Approved
from polywire.core.risk.limits import Limits
from polywire.core.strategy import Wake
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.core.view import Footing, MarketView

BUY, SELL = Side.BUY, Side.SELL
BID, ASK = 0, 1
CENT = 10_000
SHARE = 1_000_000
DOLLAR = 1_000_000
MS = 1_000_000
SECOND = 1_000_000_000
WS = FeedId("ws")
REST = FeedId("rest")
RUN = RunId("run")

Levels = dict[int, int]
"""Cents to shares."""


def market(name: str = "m", **terms: object) -> Market:
    """A market `m` with outcomes `m-yes` and `m-no` on a one-cent grid, without fees."""
    settled: dict[str, object] = {
        "id": MarketId(name),
        "venue": VenueId("venue"),
        "catalogue_id": name,
        "question": f"Will {name}?",
        "slug": name,
        "outcomes": (
            Outcome(InstrumentId(f"{name}-yes"), "Yes"),
            Outcome(InstrumentId(f"{name}-no"), "No"),
        ),
        "tick": Price(CENT),
        "lot": Quantity(CENT),
        "size_min": Quantity(5 * SHARE),
        "fees": FeeSchedule(0, 1, 0),
        "neg_risk": False,
        "version": "2",
        "end_ns": Ns(0),
    }
    if "group" in terms:
        terms["group"] = GroupId(str(terms["group"]))
    return Market(**(settled | terms))  # type: ignore[arg-type]


YES, NO = InstrumentId("m-yes"), InstrumentId("m-no")


def place(
    order_id: str = "o1",
    side: Side = BUY,
    cents: int = 50,
    shares: int = 10,
    *,
    instrument: str = "m-yes",
    strategy: str = "s",
) -> PlaceOrder:
    """A post-only order; its market is what stands before the dash of the instrument."""
    return PlaceOrder(
        OrderId(order_id),
        StrategyId(strategy),
        MarketId(instrument.rpartition("-")[0]),
        InstrumentId(instrument),
        side,
        Price(cents * CENT),
        Quantity(shares * SHARE),
        TimeInForce.GTC,
        post_only=True,
    )


def taking(order: PlaceOrder) -> PlaceOrder:
    """The same order, free to trade at once."""
    return structs.replace(order, post_only=False)


def fill(
    fill_id: str,
    order_id: str = "o1",
    cents: int = 50,
    shares: int = 10,
    *,
    fee: int = 0,
    settlement: Settlement = Settlement.FINAL,
) -> OrderFilled:
    """One execution, as a maker unless a fee was paid."""
    return OrderFilled(
        Ns(0),
        Ns(0),
        OrderId(order_id),
        FillId(fill_id),
        Price(cents * CENT),
        Quantity(shares * SHARE),
        Money(fee),
        fee == 0,
        settlement,
    )


def ladder(levels: Levels) -> tuple[tuple[Price, Quantity], ...]:
    """Levels in micros, in the order they were written."""
    return tuple((Price(c * CENT), Quantity(s * SHARE)) for c, s in levels.items())


class NaiveVenue:
    """What a venue knows of one market: levels in plain dictionaries, hashed as text."""

    def __init__(self, name: str = "m") -> None:
        self.name = name
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self.last_trade: int | None = None
        self.tick = CENT

    def put(self, levels: Iterable[tuple[int, int, int]]) -> None:
        """Set absolute sizes: (0 bid or 1 ask, price, size) in micros."""
        for side, price, size in levels:
            book = self.asks if side else self.bids
            book[price] = size
            if size == 0:
                del book[price]

    def hash(self, outcome: int, venue_ns: int) -> str:
        """Whatever the book is, written out; two books never share it."""
        sides = [sorted(self.bids.items()), sorted(self.asks.items())]
        return json.dumps([outcome, venue_ns, self.last_trade, self.tick, sides])

    def touch(self, outcome: int) -> tuple[Price | None, Price | None]:
        """Best bid and ask in an outcome's own prices."""
        bid, ask = max(self.bids, default=None), min(self.asks, default=None)
        if outcome:
            bid, ask = (
                None if ask is None else 1_000_000 - ask,
                None if bid is None else 1_000_000 - bid,
            )
        return (
            None if bid is None else Price(bid),
            None if ask is None else Price(ask),
        )

    def proof(self, outcome: int, venue_ns: int, *, entries: int = 1) -> Proof:
        """What this venue would say of an outcome now."""
        bid, ask = self.touch(outcome)
        return Proof(outcome, self.hash(outcome, venue_ns), bid, ask, entries=entries)

    def snapshot(
        self,
        at: int,
        *,
        venue_ns: int | None = None,
        outcome: int = 0,
        feed: str = "ws",
        tick: int = 0,
    ) -> BookSnapshot:
        """This book as an event."""
        venue_ns = at if venue_ns is None else venue_ns
        return BookSnapshot(
            Ns(at),
            Ns(venue_ns),
            MarketId(self.name),
            outcome,
            tuple(sorted((Price(p), Quantity(s)) for p, s in self.bids.items())),
            tuple(sorted(((Price(p), Quantity(s)) for p, s in self.asks.items()), reverse=True)),
            self.hash(outcome, venue_ns),
            FeedId(feed),
            None if self.last_trade is None else Price(self.last_trade),
            Price(tick),
        )

    def delta(
        self, at: int, *levels: tuple[int, int, int], venue_ns: int | None = None
    ) -> BookDelta:
        """Change this book, in cents and shares, and say so with both outcomes' proofs."""
        self.put(micros(levels))
        venue_ns = at if venue_ns is None else venue_ns
        proofs = (self.proof(0, venue_ns), self.proof(1, venue_ns))
        return delta(at, *levels, proofs=proofs, venue_ns=venue_ns, name=self.name)


def micros(levels: Iterable[tuple[int, int, int]]) -> tuple[Level, ...]:
    """Changed levels from cents and shares."""
    return tuple((side, Price(c * CENT), Quantity(s * SHARE)) for side, c, s in levels)


def delta(
    at: int,
    *levels: tuple[int, int, int],
    proofs: tuple[Proof, ...] = (),
    venue_ns: int | None = None,
    frames: int = 1,
    name: str = "m",
) -> BookDelta:
    """Changed levels in cents and shares, with whatever proofs one likes."""
    return BookDelta(
        Ns(at),
        Ns(at if venue_ns is None else venue_ns),
        MarketId(name),
        micros(levels),
        proofs,
        WS,
        Ns(at),
        frames,
    )


class NaiveChecksum:
    """Fulfils core.book.checksum.Checksum with a NaiveVenue's own idea of a hash."""

    def __init__(self, market: Market) -> None:
        self._known = NaiveVenue(market.id)
        self._known.tick = market.tick

    def change(self, levels: tuple[Level, ...]) -> None:
        """Set absolute sizes."""
        for side, price, size in levels:
            book = self._known.asks if side else self._known.bids
            book.pop(price, None)
            if size:
                book[price] = size

    def set_tick(self, tick: Price) -> None:
        """Hash with this tick from now on."""
        self._known.tick = tick

    def digest(self, outcome: int, venue_ns: Ns, last_trade: Price | None) -> str:
        """What the naive venue would say of the same book."""
        self._known.last_trade = last_trade
        return self._known.hash(outcome, venue_ns)


USUAL = Footing(sells_pending=True, shows_ours=True)
LOOSE = Limits(
    order_size_max=Quantity(1_000 * SHARE),
    position_max=Quantity(10_000 * SHARE),
    price_through_max=Price(1_000_000),
    market_exposure_max=Money(100_000 * DOLLAR),
    group_exposure_max=Money(100_000 * DOLLAR),
    venue_exposure_max=Money(100_000 * DOLLAR),
    total_exposure_max=Money(100_000 * DOLLAR),
    loss_max=Money(100_000 * DOLLAR),
    orders_per_minute=1_000_000,
    proof_age_ns_max=60 * SECOND,
)

Wants = Callable[[MarketView], tuple[Quote, ...]]


class Scripted:
    """A strategy that wants whatever its function says, and remembers when it was asked."""

    def __init__(self, wants: Wants, name: str = "s", wake: Wake = Wake.TOUCH) -> None:
        self.name = StrategyId(name)
        self.wake = wake
        self.asked: list[int] = []
        self.wants = wants

    def follows(self, market: Market) -> bool:
        """Everything that is not a placeholder."""
        return not market.placeholder

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:
        """Ask the script."""
        self.asked.append(view.now)
        return self.wants(view)


def quote(side: Side = BUY, cents: int = 50, shares: int = 10, instrument: str = "m-yes") -> Quote:
    """A post-only quote."""
    return Quote(InstrumentId(instrument), side, Price(cents * CENT), Quantity(shares * SHARE))


def seat(strategy: Scripted, budget: int = 1_000_000, patience: int = 0, dwell: int = 0) -> Seat:
    """A seat with a budget in dollars; patience and dwell in nanoseconds."""
    return Seat(strategy, Money(budget * DOLLAR), patience, dwell)


def engine(
    *seats: Seat,
    limits: Limits = LOOSE,
    audit_ns: int = 3_600 * SECOND,
    sells_pending: bool = True,
) -> Engine:
    """An engine that has been told nothing yet."""
    parameters = EngineParameters(
        limits=limits, audit_ns=audit_ns, sell_pending=sells_pending, audit_twin_ns=audit_ns
    )
    return Engine(parameters, Roster(seats), NaiveChecksum)


def told(engine: Engine, *events: Event) -> list[Command]:
    """Hand over events; what came back, which only cuts may cause."""
    commands: list[Command] = []
    for event in events:
        answer = engine.handle(event)
        assert isinstance(event, Cut) or not answer, f"{event} was answered with {answer}"
        commands.extend(answer)
    return commands


def cut(engine: Engine, at: int) -> list[Command]:
    """Let the engine decide; that a day began or the breaker moved is left out."""
    said = engine.handle(Cut(Ns(at)))
    return [command for command in said if not isinstance(command, DayOpened | BreakerMoved)]


def opening(*venues: NaiveVenue, cash: int = 1_000, at: int = 1) -> list[Event]:
    """A run begins: cash in dollars, markets listed, one feed up that carries them, books told."""
    names = tuple(MarketId(venue.name) for venue in venues)
    return [
        RunStarted(Ns(at), RUN, "build", "configuration", Money(cash * DOLLAR)),
        *(InstrumentListed(Ns(at), market(venue.name)) for venue in venues),
        FeedCarries(Ns(at), WS, names),
        FeedUp(Ns(at), WS),
        *(venue.snapshot(at) for venue in venues),
    ]


def forty_sixty(name: str = "m") -> NaiveVenue:
    """A venue whose market is 40 at 60 cents, 100 shares on each side."""
    venue = NaiveVenue(name)
    venue.put(micros([(BID, 40, 100), (ASK, 60, 100)]))
    return venue


def placed(commands: Iterable[Command]) -> list[PlaceOrder]:
    """The orders that were let through."""
    return [command.order for command in commands if isinstance(command, Approved)]


def cancelled(commands: Iterable[Command]) -> list[str]:
    """The ids of the orders to be cancelled."""
    return [command.order_id for command in commands if isinstance(command, CancelOrder)]
