"""The loop around the engine: drain the inbox, journal, decide at a cut, commit, then send.

It is the only place where the order journal -> engine -> barrier -> venue is written down.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, assert_never

import structlog

from polywire.core.engine.desk import Command
from polywire.core.engine.engine import Engine
from polywire.core.errors import JournalError
from polywire.core.model.account import AccountEvent
from polywire.core.model.basket import BasketMoved, BasketStep
from polywire.core.model.breaker import BreakerCause, BreakerMoved
from polywire.core.model.command import (
    CancelOrder,
    DayOpened,
    ExitMoved,
    LookUpOrder,
    OrderRefused,
    StrategyHalted,
)
from polywire.core.model.control import ControlEvent, Cut, StoodStill
from polywire.core.model.event import Event, Record
from polywire.core.model.healing import (
    ChecksumsJudged,
    FeedOrder,
    GapClosed,
    GapStarted,
    ProveBook,
    ReplaceSocket,
    Resubscribe,
)
from polywire.core.model.market import BookDelta, BookSnapshot
from polywire.core.model.reckoning import Correction, DifferenceFound, PositionHandedOver
from polywire.core.risk.gate import Approved
from polywire.core.units import MILLISECOND, SECOND, Ns, format_micros
from polywire.net.clock import Clock
from polywire.observe.counts import next_count_ns
from polywire.observe.latency import Latencies
from polywire.runtime.inbox import Inbox

CUT_EVERY_NS = 100 * MILLISECOND
STILL_NS = SECOND
"""Without a decision for so long, the process was stopped, had no processor, or slept."""
COMMIT_EVERY_NS = 5 * MILLISECOND
"""So little waits for a commit that an order hardly waits for what came before it."""

log = structlog.get_logger()


class Records(Protocol):
    """Where every event and command is written before it matters; a journal, or nothing."""

    def append(self, record: Record, recv_ns: Ns) -> int:
        """Take a record and number it."""

    def barrier(self) -> None:
        """Return once everything taken is committed."""


OrderCommand = Approved | CancelOrder | LookUpOrder
PutFact = Callable[[AccountEvent | ControlEvent], None]


class OrderEdge(Protocol):
    """Who executes orders: a simulated venue, or a real one."""

    def sign(self, approved: Approved, now: Ns, /) -> AccountEvent | None:
        """What the journal must know of an order before it leaves; a refusal if it will not."""

    def send(self, commands: Sequence[OrderCommand], now: Ns) -> None:
        """Let all that a cut asked for leave; it is journalled."""

    def observe(self, event: Event) -> None:
        """See a market event after the engine has."""

    def due(self, now: Ns, /) -> list[AccountEvent]:
        """What became of our orders since the last time."""

    def wakeup(self) -> Ns | None:
        """When `due` will next have something, if that is known."""


class FeedEdge(Protocol):
    """Who asks the venue for books by REST, and mends the feeds."""

    def ask(self, command: FeedOrder) -> None:
        """Do it soon; what comes of it are events."""


class EngineLoop:
    """Owns the rhythm: a cut whenever the inbox has run empty, and at least every 100 ms.

    `count`, if set, is asked once a minute, more often in the first, for what is to be journalled.
    `refused` counts what the gate refused, by rule.
    What ends it before `stop` is kept in `failure`: a JournalError, or a bug; cancels for all open
    orders are sent before.
    """

    def __init__(
        self, engine: Engine, records: Records, clock: Clock, orders: OrderEdge, feeds: FeedEdge,
        *, merge: bool = True,
    ) -> None:  # fmt: skip
        self.engine = engine
        self.inbox = Inbox(merge=merge)
        self.latencies = Latencies()
        self.count: Callable[[Ns], Iterable[ControlEvent]] | None = None
        self._count_ns = self._began_ns = Ns(0)
        self.events = 0
        self.cuts = 0
        self.refused: Counter[str] = Counter()
        self.failure: BaseException | None = None
        self.stopped = asyncio.Event()
        self._records = records
        self._clock = clock
        self._orders = orders
        self._feeds = feeds
        self._loop = asyncio.get_running_loop()
        self._woken = False
        self._timer: asyncio.TimerHandle | None = None
        self._armed_ns = Ns(0)
        self._committed_ns = Ns(0)
        self._cut_wall_ns: Ns | None = None

    def start(self) -> None:
        """Begin to cut by time; facts put before wait for the first cut."""
        self._wake()

    def stop(self) -> None:
        """Make no more cuts; what waits stays unhandled."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        self.stopped.set()

    def put(self, events: Iterable[Event]) -> None:
        """Take in market facts, to be decided upon as soon as the present read is over."""
        put = self.inbox.put
        for event in events:
            put(event)
        if not self._woken:
            self._wake()

    def put_fact(self, event: AccountEvent | ControlEvent) -> None:
        """Take in an account or control fact, ahead of waiting market facts."""
        self.inbox.put_fact(event)
        self._wake()

    def _wake(self) -> None:
        if not self._woken and not self.stopped.is_set():
            self._woken = True
            self._loop.call_soon(self._run)

    def _run(self) -> None:
        self._woken = False
        if self.stopped.is_set():
            return
        try:
            self._drain()
            while self.inbox:
                self._drain()
        except JournalError as error:
            self._fail(error)
            return
        except BaseException as error:
            self._fail(error)
            raise
        self._arm()

    def _fail(self, error: BaseException) -> None:
        """Trade no more; a cancel needs no approval and, this once, no journal."""
        self.failure = error
        self.stop()
        now = self._clock.now()
        open_orders = tuple(self.engine.ledger.open_orders)
        self._orders.send([CancelOrder(one, "engine failed") for one in open_orders], now)

    def _arm(self) -> None:
        """One timer, for the next time cut or for what the simulated venue owes us earlier."""
        at = Ns(self._clock.now() + CUT_EVERY_NS)
        due = self._orders.wakeup()
        if due is not None and due < at:
            at = due
        if self._timer is not None and self._armed_ns <= at:
            return  # an early cut does no harm; arming anew at each read costs more
        if self._timer is not None:
            self._timer.cancel()
        self._armed_ns = at
        wait_s = self._clock.wait_s(at - self._clock.now())
        self._timer = self._loop.call_later(wait_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._wake()

    def _drain(self) -> None:
        now = self._clock.now()
        self._notice_standstill(now)
        for fact in self._orders.due(now):
            self.inbox.put_fact(fact)
        if now >= self.latencies.minute_ends_ns:
            self._turn_minute(now)
        if now >= self._count_ns:
            self._count(now)
        taken = self.inbox.drain()
        oldest_ns = now
        newest: BookDelta | None = None
        for event in taken:
            self._take(event)
            if type(event) is BookDelta:
                newest = event
                if event.first_ns < oldest_ns:
                    oldest_ns = event.first_ns
            elif type(event) is BookSnapshot and event.recv_ns < oldest_ns:
                oldest_ns = event.recv_ns
        cut = Cut(self._clock.now())
        self._records.append(cut, cut.now)
        commands = self.engine.handle(cut)
        self.cuts += 1
        self._cut_wall_ns = self._clock.wall()
        decided_ns = self._clock.now()
        if taken:
            self.latencies.stages["receive_to_decision"].add(decided_ns - oldest_ns)
        if newest is not None:
            self.latencies.came(newest.venue_ns, newest.recv_ns)
        self._carry_out(commands, cut.now, decided_ns)

    def _notice_standstill(self, now: Ns) -> None:
        """By the wall clock, which alone goes on while the machine sleeps."""
        if self._cut_wall_ns is None:
            return
        passed_ns = self._clock.wall() - self._cut_wall_ns
        if passed_ns >= STILL_NS:
            reason = f"{passed_ns / SECOND:.1f} s without a decision"
            log.warning("stood_still", reason=reason)
            self.inbox.put_fact(StoodStill(now, Ns(now - passed_ns)))

    def _count(self, now: Ns) -> None:
        if self.count is not None:
            for counted in self.count(now):
                self.inbox.put_fact(counted)
        self._began_ns = self._began_ns or now
        self._count_ns = next_count_ns(self._began_ns, now)

    def _turn_minute(self, now: Ns) -> None:
        for alert in self.latencies.turn(now):
            log.warning("alert_raised", reason=alert.text)
            self.inbox.put_fact(alert)

    def _take(self, event: Event) -> None:
        self._records.append(event, event.recv_ns)
        self.engine.handle(event)
        self._orders.observe(event)
        self.events += 1

    def _carry_out(self, commands: list[Command], now: Ns, decided_ns: Ns) -> None:
        leaving: list[OrderCommand] = []
        for command in commands:
            if isinstance(command, Approved):
                self._records.append(command.order, now)
                signed = self._orders.sign(command, now)
                if signed is not None:
                    self._take(signed)
            else:
                self._records.append(command, now)
            if isinstance(command, OrderCommand):
                leaving.append(command)
        if leaving or now - self._committed_ns >= COMMIT_EVERY_NS:
            self._records.barrier()
            self._committed_ns = now
        if leaving:
            self.latencies.stages["decision_to_committed"].add(self._clock.now() - decided_ns)
            self._orders.send(leaving, now)
        for command in commands:
            self._tell(command)

    def _tell(self, command: Command) -> None:
        match command:
            case ProveBook() | Resubscribe() | ReplaceSocket():
                self._feeds.ask(command)
            case Correction(unexplained=True):
                log.warning("money_came_in", reason=f"${format_micros(command.cash)}")
            case OrderRefused():
                self.refused[command.rule] += 1
            case (
                Approved()
                | CancelOrder()
                | LookUpOrder()
                | StrategyHalted()
                | DayOpened()
                | ExitMoved()
                | GapStarted()
                | GapClosed()
                | DifferenceFound()
                | Correction()
                | PositionHandedOver()
            ):
                pass  # sent, or told and not asked: the journal has them
            case BasketMoved():
                _tell_basket(command)
            case BreakerMoved(cause=BreakerCause.RUN):
                pass  # whoever ends the run says so
            case BreakerMoved():
                _tell_breaker(command)
            case ChecksumsJudged(believed=True):
                log.warning("checksums_believed")
            case ChecksumsJudged():
                log.critical("checksums_disbelieved", reason=f"{command.books} books refute them")
            case _:
                assert_never(command)


def _tell_basket(moved: BasketMoved) -> None:
    if moved.step is BasketStep.FLAGGED:
        log.warning("basket_flagged", strategy=moved.strategy, reason=moved.reason)


def _tell_breaker(moved: BreakerMoved) -> None:
    if moved.open:
        log.warning("breaker_opened", reason=moved.reason)
    else:
        log.info("breaker_closed", reason=f"{moved.cause}: {moved.reason}")
