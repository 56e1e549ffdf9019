"""An engine whose one seat has an exit plan and holds 10 shares at 40 cents; numbers in cents."""

from msgspec import structs
from tests.unit.core.building import (
    ASK,
    BID,
    BUY,
    CENT,
    MS,
    SECOND,
    SHARE,
    NaiveVenue,
    Scripted,
    cut,
    engine,
    fill,
    micros,
    opening,
    placed,
    quote,
    seat,
    told,
)

from polywire.core.engine.engine import Command, Engine
from polywire.core.execution.exits import ExitPlan, ExitStyle
from polywire.core.ids import InstrumentId, OrderId, StrategyId
from polywire.core.model.account import OrderAccepted, OrderCancelled
from polywire.core.model.command import ExitMoved
from polywire.core.model.event import Event
from polywire.core.model.intent import Quote, TimeInForce
from polywire.core.risk.limits import Limits
from polywire.core.units import Ns, Price
from polywire.core.view import MarketView

T0 = 100 * SECOND
KEY = (StrategyId("s"), InstrumentId("m-yes"))

WATCH = ExitPlan(
    style=ExitStyle.WATCH,
    target=Price(10 * CENT),
    stop=Price(10 * CENT),
    trail=None,
    before_end_ns=None,
    confirm_ns=0,
    slack=Price(2 * CENT),
    floor=Price(5 * CENT),
    attempts_max=3,
    rest_ns=60 * SECOND,
)
RESTING = structs.replace(WATCH, style=ExitStyle.RESTING)


class Held:
    """The engine, its venue's book, and what it said at each cut."""

    def __init__(self, plan: ExitPlan, limits: Limits | None = None, shares: int = 10) -> None:
        self.now = T0
        self.venue = NaiveVenue()
        self.venue.put(micros([(BID, 39, 100), (ASK, 40, 100)]))
        self.shares = shares
        self.strategy = Scripted(self._wants)
        self.seat = seat(self.strategy, dwell=SECOND)
        self.seat.exits = plan
        self.engine: Engine = engine(self.seat, **({"limits": limits} if limits else {}))
        self.wants_more = True
        self.until = Ns(0)
        self.tell(*opening(self.venue, at=T0))
        (buy,) = placed(self.cut())
        self.tell(fill("f0", buy.order_id, 40, shares))
        self.wants_more = False

    def _wants(self, _: MarketView) -> tuple[Quote, ...]:
        if not self.wants_more:
            return ()
        wish = quote(BUY, 40, self.shares)
        if self.until:
            wish = structs.replace(wish, time_in_force=TimeInForce.GTD, until=self.until)
        return (wish,)

    def tell(self, *events: Event) -> None:
        told(self.engine, *events)

    def cut(self, later: int = 10 * MS) -> list[Command]:
        self.now += later
        return cut(self.engine, self.now)

    def by_rest(self, *bids: tuple[int, int]) -> None:
        """The same, but only REST shows it."""
        self.book(*bids, feed="rest")

    def book(self, *bids: tuple[int, int], ask: int = 0, feed: str = "ws") -> None:
        """Show these bids and one ask."""
        self.now += MS
        self.venue.bids.clear()
        self.venue.asks.clear()
        best = max((cents for cents, _ in bids), default=1)
        levels = [(BID, cents, shares) for cents, shares in bids]
        self.venue.put(micros([*levels, (ASK, ask or best + 1, 100)]))
        self.tell(self.venue.snapshot(self.now, feed=feed))

    def accept(self, order_id: str) -> None:
        self.tell(OrderAccepted(Ns(self.now), OrderId(order_id)))

    def gone(self, order_id: str) -> None:
        self.tell(OrderCancelled(Ns(self.now), OrderId(order_id), "gone"))

    @property
    def exit(self) -> ExitMoved:
        """What the ledger remembers."""
        return self.engine.ledger.exits[KEY]


def sale(commands: list[Command]) -> list[tuple[int, int, str]]:
    """Price in cents, shares and time in force of each order."""
    return [(o.price // CENT, o.quantity // SHARE, str(o.time_in_force)) for o in placed(commands)]


def steps(commands: list[Command]) -> list[tuple[str, int]]:
    """The exits that were told: step and attempts."""
    return [(str(one.step), one.attempts) for one in commands if isinstance(one, ExitMoved)]
