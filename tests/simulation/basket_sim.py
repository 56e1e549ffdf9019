"""A small world around one group strategy: books that move, a venue with faults, crashes.

The witness knows only what crossed the wire and what the venue executed; it shares no code with
the ledger. Everything of a seed is drawn from it.
"""

import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from itertools import count

from msgspec import structs
from tests.simulation.basket_witness import Witness
from tests.unit.core.building import (
    CENT,
    DOLLAR,
    LOOSE,
    MS,
    SECOND,
    SHARE,
    WS,
    NaiveChecksum,
    NaiveVenue,
    market,
)

from polywire.core.engine.desk import Command
from polywire.core.engine.engine import Engine, EngineParameters
from polywire.core.engine.roster import Roster, Seat
from polywire.core.ids import MarketId, RunId, StrategyId, VenueOrderId
from polywire.core.model.account import AccountEvent, OrderRejected, OrderSigned
from polywire.core.model.basket import Basket
from polywire.core.model.command import CancelOrder, LookUpOrder
from polywire.core.model.control import Cut, RunStarted
from polywire.core.model.event import Event, History, Record
from polywire.core.model.instrument import FeeSchedule, Market, Side
from polywire.core.model.intent import Quote
from polywire.core.model.market import FeedCarries, FeedUp, InstrumentListed
from polywire.core.risk.gate import Approved
from polywire.core.strategy import Wake
from polywire.core.units import DAY, Money, Ns, Price, Quantity
from polywire.core.view import GroupView, MarketView
from polywire.sim.conduct import Conduct
from polywire.sim.errands import Errands
from polywire.sim.faults import AccountFaults, Fault, Weather
from polywire.sim.latency import ConstantLatency, DrawnLatency
from polywire.sim.venue import SimVenue
from polywire.strategies.outcome_sum import OutcomeSum
from polywire.strategies.sum_parameters import OutcomeSumParameters

T0 = 100 * DAY
FAULTS_NS = 8 * SECOND
CALM_NS = 28 * SECOND
STILL_NS = 12 * SECOND
"""After the faults, until nothing new is begun and no book moves."""
TICK_NS = 100 * MS
GONE_NS = 4 * SECOND
CASH = 5_000 * DOLLAR
RATES = {
    Fault.LATE_WORD: 0.2,
    Fault.REPEATED_WORD: 0.1,
    Fault.LOST_WORD: 0.08,
    Fault.LOST_ORDER: 0.04,
    Fault.LATE_ORDER: 0.03,
    Fault.LOST_CANCEL: 0.05,
    Fault.LOST_ANSWER: 0.2,
    Fault.LATE_ANSWER: 0.2,
    Fault.LOST_NEWS: 0.03,
    Fault.UNDONE: 0.06,
}


class Ending(OutcomeSum):
    """Begins nothing once the world falls still."""

    def basket(self, view: GroupView) -> Basket | None:
        return super().basket(view) if view.now < T0 + FAULTS_NS + STILL_NS else None


class Quoting:
    """Another strategy: bids with the best, and offers what that brought, until all is still."""

    name = StrategyId("q")
    wake = Wake.TOUCH

    def follows(self, _market: Market) -> bool:
        return True

    def quotes(self, view: MarketView) -> tuple[Quote, ...]:
        yes = view.market.outcomes[0].instrument
        (bid, ask), held = view.touch(0), view.held(0)
        wanted = []
        if bid is not None and held < 60 * SHARE:
            wanted.append(Quote(yes, Side.BUY, bid, Quantity(10 * SHARE)))
        if ask is not None and held >= 5 * SHARE:
            wanted.append(Quote(yes, Side.SELL, ask, Quantity(5 * SHARE)))
        return tuple(wanted) if view.now < T0 + FAULTS_NS + STILL_NS else ()


class Sim:
    """Run it once; `broken` is what the witness saw, `ended` where the basket stands."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.now = T0
        self.size = self.chance.choice((2, 3, 4))
        self.venues = [NaiveVenue(f"m{at}") for at in range(self.size)]
        self.terms = [self._market(at) for at in range(self.size)]
        self.rows: list[Record] = []
        self.lives = self.committed = 0
        self.sells = self.chance.random() < 0.7
        self.refuses = self.chance.choice((0, 0, 0.1, 0.3))
        self.quoted = self.chance.random() < 0.5
        self.limits = structs.replace(
            LOOSE,
            price_through_max=self.chance.choice((1, 3, 100)) * CENT,
            orders_per_minute=self.chance.choice((10, 30, 10_000)),
            order_size_max=self.chance.choice((12, 40, 1_000)) * SHARE,
        )
        self._pushes = count()
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        calm = Ns(T0 + FAULTS_NS)
        rates = {fault: rate * self.chance.choice((0, 1, 1, 3)) for fault, rate in RATES.items()}
        self.weather = Weather(self.chance, rates, calm)
        usual = ConstantLatency(Ns(self.chance.choice((5, 60, 200)) * MS), Ns(20 * MS))
        self.venue = SimVenue(
            {}, lambda _: False, DrawnLatency(self.chance, usual, slow_every=20), Money(CASH),
            Conduct(
                settle_ns=Ns(self.chance.choice((0, 1, 3)) * SECOND),
                undoes=partial(self.weather.strikes, Fault.UNDONE),
            ),
        )  # fmt: skip
        self.errands = Errands(self.venue, self.weather, self._later, self._tell)
        self.witness = Witness([str(each.outcomes[0].instrument) for each in self.terms], GONE_NS)

    @property
    def broken(self) -> list[str]:
        return self.witness.broken

    def run(self) -> "Sim":
        self._live()
        crashes = self.chance.choice((0, 0, 1, 2))
        for at in sorted(self.chance.randrange(FAULTS_NS) for _ in range(crashes)):
            self._push(T0 + at, self._crash)
        for after in (1, 8, 14):
            self._push(T0 + FAULTS_NS + after * SECOND, self._retell)
        self._push(self.now, self._tick)
        while self._heap and self._heap[0][0] <= T0 + FAULTS_NS + CALM_NS:
            at, _, happen = heapq.heappop(self._heap)
            self.now = max(self.now, at)
            happen()
            self._follow()
        ledger = self.engine.ledger
        held: Counter[str] = Counter()
        for key, one in ledger.holdings.items():
            held[key[1]] += one.now.held
        self.witness.conclude(ledger.cash - CASH, held, "the ledger")
        account = self.venue.account
        self.witness.conclude(account.cash - CASH, dict(account.shares), "the venue")
        self.witness.ended(self.venue.trades(Ns(self.now)))
        return self

    def _market(self, at: int) -> Market:
        return market(
            f"m{at}", group="g", group_exclusive=True, group_size=self.size, neg_risk=True,
            version="v1", end_ns=Ns(T0 + 5 * DAY),
            fees=FeeSchedule(self.chance.choice((0, 0, 40_000)), 1, 0),
        )  # fmt: skip

    def _live(self) -> None:
        """An engine, the first or another one with what the last had written down."""
        self.lives += 1
        strategy = Ending(
            StrategyId("s"),
            OutcomeSumParameters(
                sets_max=Quantity(100 * SHARE), capital_max=Money(60 * DOLLAR),
                margin=Price(CENT // 2), daily_min=0, wait=2 * SECOND,
            ),
        )  # fmt: skip
        own = Seat(strategy, Money(CASH), patience_ns=SECOND, dwell_ns=SECOND)
        seats = [own] + [Seat(Quoting(), Money(CASH), SECOND, 2 * SECOND)] * self.quoted
        parameters = EngineParameters(
            limits=self.limits, audit_ns=10**15, gone_ns=GONE_NS, sell_pending=self.sells
        )
        self.engine = Engine(parameters, Roster(seats), NaiveChecksum)
        for row in self.rows:
            self.engine.recover(row)
        tracked = self.engine.watch.books
        distrust = self.engine.standing.distrust_of
        self.venue.attach(tracked, lambda each: not distrust(tracked[each]))
        self.words = AccountFaults(self.weather)
        self._alarm: int | None = None
        now = Ns(self.now)
        cash = Money(CASH if self.lives == 1 else 0)
        self._put(RunStarted(now, RunId(f"r{self.lives}"), "", "", cash))
        for terms in self.terms:
            self._put(InstrumentListed(now, terms))
        self._put(FeedCarries(now, WS, tuple(MarketId(each.name) for each in self.venues)))
        self._put(FeedUp(now, WS))
        for place in range(self.size):
            self._move_book(place)
        self.committed = len(self.rows)
        if self.lives > 1:
            self._retell()

    def _crash(self) -> None:
        """The process ends between what it decides and what it sends, and what it heard last."""
        commands = self._decide()
        for command in commands[: self.chance.randrange(len(commands) + 1)]:
            self._send(command)
        lost = self.chance.randrange(len(self.rows) - self.committed + 1)
        del self.rows[len(self.rows) - lost :]
        self._live()

    def _tick(self) -> None:
        if self.now < T0 + FAULTS_NS + STILL_NS:
            for place in range(self.size):
                if self.chance.random() < 0.2:
                    self._move_book(place)
        self._cut()
        self._push(self.now + TICK_NS * (1 if self.now < T0 + FAULTS_NS else 4), self._tick)

    def _move_book(self, place: int) -> None:
        """Another book of Yes around an even share of a dollar, sometimes cheap, sometimes thin."""
        chance, name = self.chance, self.venues[place].name
        mid = 100 // self.size + chance.choice((-4, -2, -1, 0, 0, 1, 2, 4))
        venue = self.venues[place] = NaiveVenue(name)
        wide = chance.choice((1, 1, 2, 3))
        venue.put(
            (side, (mid + (step + wide if side else -step)) * CENT, shares * SHARE // 2)
            for side in (0, 1)
            for step in range(chance.choice((1, 2, 3)))
            for shares in [chance.choice((3, 11, 30, 61, 200))]
        )
        self._put(venue.snapshot(self.now))

    def _put(self, event: Event) -> None:
        if isinstance(event, History):
            self.rows.append(event)
        self.witness.heard(event, self.now)
        self.engine.handle(event)
        self.venue.observe(event)

    def _decide(self) -> list[Command]:
        commands = self.engine.handle(Cut(Ns(self.now)))
        self.witness.cut(commands, self.now)
        for command in commands:
            self.rows.append(command.order if isinstance(command, Approved) else command)
            if isinstance(command, Approved):
                order_id = command.order.order_id
                self._put(OrderSigned(Ns(self.now), order_id, VenueOrderId(f"0x{order_id}")))
        if any(isinstance(one, Approved | CancelOrder | LookUpOrder) for one in commands):
            self.committed = len(self.rows)
        return commands

    def _cut(self) -> None:
        for command in self._decide():
            self._send(command)

    def _send(self, command: Command) -> None:
        now = Ns(self.now)
        if isinstance(command, Approved) and self._is_refused():
            self._tell([OrderRejected(Ns(now + 30 * MS), command.order.order_id, "no")])
        elif isinstance(command, Approved):
            self.errands.place(command.order.order_id, partial(self.venue.place, command), now)
        elif isinstance(command, CancelOrder | LookUpOrder):
            self.errands.run(command, now)

    def _is_refused(self) -> bool:
        return self.now < T0 + FAULTS_NS and self.chance.random() < self.refuses

    def _retell(self) -> None:
        """All fills there were are read again; what was lost on the way is known from here on."""
        for event in self.venue.trades(Ns(self.now)):
            self._put(event)

    def _follow(self) -> None:
        due = self.venue.wakeup()
        if due is not None and (self._alarm is None or due < self._alarm):
            self._alarm = due
            self._push(due, partial(self._hear, self.engine))

    def _hear(self, engine: Engine) -> None:
        if engine is self.engine:
            self._alarm = None
            for event in self.venue.due(Ns(self.now)):
                self._tell(self.words.tell(event, Ns(self.now)))

    def _tell(self, events: Iterable[AccountEvent]) -> None:
        for event in events:
            self._push(event.recv_ns, partial(self._told, self.engine, event))

    def _told(self, engine: Engine, event: AccountEvent) -> None:
        if engine is self.engine:
            self._put(event)
            if self.chance.random() < 0.3:
                self._cut()

    def _later(self, at: Ns, happen: Callable[[Ns], None]) -> None:
        self._push(at, lambda: happen(Ns(self.now)))

    def _push(self, at: int, happen: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (at, next(self._pushes), happen))
