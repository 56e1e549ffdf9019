"""An engine with one group strategy on a group of markets, and a venue that says what it is told.

The group has markets a, b and c; Yes of each is 29 at 30 cents unless a test says otherwise.
"""

from collections.abc import Iterable

from tests.unit.core.building import (
    CENT,
    DOLLAR,
    LOOSE,
    MS,
    RUN,
    SECOND,
    SHARE,
    WS,
    NaiveVenue,
    cut,
    engine,
    market,
    micros,
    placed,
    seat,
    told,
)

from polywire.core.engine.desk import Command
from polywire.core.engine.engine import Engine
from polywire.core.engine.roster import Seat
from polywire.core.ids import FillId, GroupId, InstrumentId, MarketId, StrategyId
from polywire.core.model.account import (
    FillSettled,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderUnknown,
    Settlement,
)
from polywire.core.model.basket import Basket, BasketMoved, Leg
from polywire.core.model.command import PlaceOrder
from polywire.core.model.control import RunStarted
from polywire.core.model.event import Event
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import Quote
from polywire.core.model.market import FeedCarries, FeedUp, InstrumentListed
from polywire.core.risk.limits import Limits
from polywire.core.strategy import Wake
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.core.view import GroupView, MarketView

G = GroupId("g")
NAMES = ("a", "b", "c")
KEY = (StrategyId("s"), G)
T0 = 100 * SECOND


def basket(sets: int = 20, limit: int = 30, most: int = 32, names: Iterable[str] = NAMES) -> Basket:
    """So many sets of Yes at a limit in cents; two cents may be given away."""
    legs = tuple(
        Leg(MarketId(name), InstrumentId(f"{name}-yes"), Price(limit * CENT), Price(most * CENT))
        for name in names
    )
    return Basket(
        group=G, legs=legs, sets=Quantity(sets * SHARE), give=Price(2 * CENT),
        patience_ns=2 * SECOND, spends=Money(sets * 900_000), pays=Money(sets * DOLLAR),
        left_ns=10, daily=10,
    )  # fmt: skip


class Wanting:
    """A group strategy that wants one basket as long as a test leaves it there."""

    def __init__(self, wants: Basket | None = None) -> None:
        self.name = StrategyId("s")
        self.wake = Wake.TOUCH
        self.wants = wants
        self.views: list[list[str]] = []
        self.raises = False

    def follows(self, market: Market) -> bool:
        return market.group is not None

    def quotes(self, _view: MarketView) -> tuple[Quote, ...]:
        return ()

    def basket(self, view: GroupView) -> Basket | None:
        assert not self.raises, "a bug"
        self.views.append([str(one.market.id) for one in view.markets])
        return self.wants


class Bench:
    """`cut` lets time pass and says what came back; words of the venue go in by order."""

    def __init__(
        self,
        wants: Basket | None = None,
        limits: Limits = LOOSE,
        *others: Seat,
        sells_pending: bool = True,
    ) -> None:
        self.strategy = Wanting(basket() if wants is None else wants)
        self.now = T0
        self.fills = 0
        self.venues = {name: NaiveVenue(name) for name in NAMES}
        for venue in self.venues.values():
            venue.put(micros([(0, 29, 100), (1, 30, 100)]))
        self.limits = limits
        self.others = others
        self.sells_pending = sells_pending
        self.engine = self.fresh()
        self.tell(RunStarted(Ns(T0), RUN, "build", "configuration", Money(1_000 * DOLLAR)))
        self.open()

    def fresh(self) -> Engine:
        own = seat(self.strategy)  # type: ignore[arg-type]
        return engine(own, *self.others, limits=self.limits, sells_pending=self.sells_pending)

    def open(self) -> None:
        """List the markets with their books."""
        at = Ns(self.now)
        for name in NAMES:
            listed = market(name, group="g", group_exclusive=True, neg_risk=True, group_size=3)
            self.tell(InstrumentListed(at, listed))
        self.tell(FeedCarries(at, WS, tuple(MarketId(name) for name in NAMES)), FeedUp(at, WS))
        for venue in self.venues.values():
            self.tell(venue.snapshot(self.now))

    def tell(self, *events: Event) -> None:
        told(self.engine, *events)

    def book(self, name: str, bids: list[tuple[int, int]], asks: list[tuple[int, int]]) -> None:
        """Another book of Yes, in cents and shares."""
        self.now += MS
        venue = self.venues[name] = NaiveVenue(name)
        venue.put(micros([(0, *one) for one in bids] + [(1, *one) for one in asks]))
        self.tell(venue.snapshot(self.now))

    def cut(self, after: int = 100 * MS) -> list[Command]:
        self.now += after
        return cut(self.engine, self.now)

    def filled(
        self, order: PlaceOrder, shares: int, settlement: Settlement = Settlement.FINAL
    ) -> str:
        """So many shares of an order at its price."""
        self.fills += 1
        name = f"f{self.fills}"
        self.tell(
            OrderFilled(
                Ns(self.now), Ns(self.now), order.order_id, FillId(name), order.price,
                Quantity(shares * SHARE), Money(0), False, settlement,
            )
        )  # fmt: skip
        return name

    def gone(self, order: PlaceOrder) -> None:
        self.tell(OrderCancelled(Ns(self.now), order.order_id, "killed"))

    def done(self, order: PlaceOrder, shares: int) -> None:
        """It took so many shares, and the rest is cancelled."""
        self.tell(OrderAccepted(Ns(self.now), order.order_id))
        if shares:
            self.filled(order, shares)
        if shares * SHARE < order.quantity:
            self.gone(order)

    def refuse(self, order: PlaceOrder) -> None:
        self.tell(OrderRejected(Ns(self.now), order.order_id, "no"))

    def lose(self, order: PlaceOrder) -> None:
        self.tell(OrderUnknown(Ns(self.now), order.order_id, "time-out"))

    def undo(self, fill: str) -> None:
        self.tell(FillSettled(Ns(self.now), FillId(fill), Settlement.REVERSED))

    @property
    def moved(self) -> BasketMoved:
        return self.engine.ledger.baskets[KEY]

    @property
    def held(self) -> list[int]:
        """Shares of each leg."""
        ledger = self.engine.ledger
        return [
            ledger.position(KEY[0], InstrumentId(f"{name}-yes")).held // SHARE for name in NAMES
        ]


def orders(commands: Iterable[Command]) -> list[tuple[str, str, int, int]]:
    """What leaves: instrument, side, cents, shares."""
    return [
        (
            str(order.instrument), "buy" if order.side is Side.BUY else "sell",
            order.price // CENT, order.quantity // SHARE,
        )
        for order in placed(commands)
    ]  # fmt: skip


def steps(commands: Iterable[Command]) -> list[str]:
    """What was told of baskets."""
    return [one.step.value for one in commands if isinstance(one, BasketMoved)]
