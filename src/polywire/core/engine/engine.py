"""The pure heart: events in, commands out, only at a cut, the same for the same events.

Owns the order in which state changes and decisions are made; books, ledger, rules and
reconciliation are its parts. It reads no clock, does no I/O and never waits.
"""

import traceback
from dataclasses import dataclass
from typing import assert_never

from polywire.core.book.checksum import ChecksumFor
from polywire.core.engine.roster import Roster, Seat
from polywire.core.engine.standing import Standing
from polywire.core.engine.watch import BookWatch, Tracked
from polywire.core.execution.reconcile import reconcile
from polywire.core.ids import MarketId, OrderId, RunId, order_id
from polywire.core.ledger.ledger import Ledger
from polywire.core.ledger.order import Order
from polywire.core.model.account import (
    AccountEvent,
    AccountReported,
    FillSettled,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderUnknown,
)
from polywire.core.model.command import (
    CancelOrder,
    GapClosed,
    OrderRefused,
    PlaceOrder,
    ProveBook,
    StrategyHalted,
    TimeInForce,
)
from polywire.core.model.control import Cut, Operation, OperatorCommand, RunStarted
from polywire.core.model.event import Event, Record
from polywire.core.model.intent import Quote
from polywire.core.model.market import (
    BookDelta,
    BookSnapshot,
    FeedCarries,
    FeedDown,
    FeedUp,
    GapOpened,
    InstrumentListed,
    MarketResolved,
    PublicTrade,
    TickSizeChanged,
)
from polywire.core.risk.gate import Approved, review
from polywire.core.risk.limits import Limits
from polywire.core.strategy import Wake
from polywire.core.units import SECOND, Ns
from polywire.core.view import MarketView

Command = Approved | CancelOrder | ProveBook | OrderRefused | StrategyHalted | GapClosed

ASK_ALL_NS = SECOND
"""Every strategy is asked about every market at least this often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineParameters:
    """What an engine is built with; `audit_ns` is the age at which a book's proof is renewed."""

    limits: Limits
    audit_ns: int
    verify: bool = True


class Engine:
    """`handle` is the whole contract: facts return nothing, a `Cut` returns commands."""

    def __init__(
        self, parameters: EngineParameters, roster: Roster, checksum_for: ChecksumFor
    ) -> None:
        self.ledger = Ledger()
        self.watch = BookWatch(checksum_for, parameters.audit_ns, verify=parameters.verify)
        self.roster = roster
        self.standing = Standing(parameters.limits, self.ledger, self.watch, roster)
        self.now = Ns(0)
        self._run = RunId("")
        self._orders = 0
        self._asked_all_ns = Ns(0)
        self._touched: dict[MarketId, None] = {}

    def handle(self, event: Event) -> list[Command]:
        """Take one event in; the order of calls is the only order there is."""
        match event:
            case BookDelta():
                self.watch.delta(event)
            case Cut():
                return self._cut(event.now)
            case BookSnapshot():
                self.watch.snapshot(event)
            case PublicTrade():
                self.watch.trade(event)
            case FeedUp() | FeedDown() | FeedCarries():
                self.watch.feed(event)
            case TickSizeChanged():
                self.watch.tick(event)
            case GapOpened():
                self.watch.gap(event)
            case InstrumentListed() | MarketResolved():
                self._terms(event)
            case RunStarted() | OperatorCommand():
                self._control(event)
            case _:
                self._account(event)
        return []

    def recover(self, record: Record, recorded_ns: Ns) -> None:
        """Take in one account row of an earlier run, without deciding or sending anything."""
        match record:
            case PlaceOrder():
                self.ledger.sent(record, recorded_ns)
            case CancelOrder():
                self.ledger.cancelling(record)
            case InstrumentListed() | MarketResolved():
                self._terms(record)
            case RunStarted():
                self.ledger.start(record.cash)
            case OrderAccepted() | OrderRejected() | OrderUnknown() | OrderCancelled():
                self.ledger.apply_order(record)
            case OrderFilled():
                self.ledger.apply_fill(record)
            case FillSettled():
                self.ledger.apply_settlement(record)
            case _:
                pass  # market rows, reports and what was only told change no account

    def _terms(self, event: InstrumentListed | MarketResolved) -> None:
        if isinstance(event, InstrumentListed):
            self.watch.list_market(event.market)
            self.ledger.list_market(event.market)
            self.roster.list_market(event.market)
            return
        self.ledger.resolve(event)
        self.watch.resolve(event)
        self._touched[event.market] = None

    def _control(self, event: RunStarted | OperatorCommand) -> None:
        if isinstance(event, RunStarted):
            self._run = event.run
            self.ledger.start(event.cash)
            return
        self.standing.halted = event.reason if event.operation is Operation.HALT else ""

    def _account(self, event: AccountEvent) -> None:
        match event:
            case OrderAccepted() | OrderRejected() | OrderUnknown() | OrderCancelled():
                self.ledger.apply_order(event)
                self._touch(event.order_id, rejected=isinstance(event, OrderRejected))
            case OrderFilled():
                if self.ledger.apply_fill(event):
                    self._touch(event.order_id, rejected=False)
            case FillSettled():
                self.ledger.apply_settlement(event)
            case AccountReported():
                difference = self.ledger.difference(event)
                if difference:
                    self.standing.halted = f"reconciliation: {difference}"
            case _:
                assert_never(event)

    def _touch(self, order_id: OrderId, *, rejected: bool) -> None:
        order = self.ledger.orders.get(order_id)
        if order is None:
            return
        command = order.command
        self._touched[command.market] = None
        seat = self.roster.seats.get(command.strategy)
        if seat is not None and rejected:
            seat.rejected_ns[command.instrument, command.side] = self.now

    def _cut(self, now: Ns) -> list[Command]:
        assert now >= self.now, f"a cut at {now} after one at {self.now}"
        self.now = now
        commands: list[Command] = list(self.watch.cut(now))
        self.standing.cut(now)
        if self.standing.halted:
            self._cancel_all(commands)
        elif self._run:
            for market in self._due(now):
                self._ask_about(market, commands)
        self.watch.changed.clear()
        self._touched.clear()
        return commands

    def _due(self, now: Ns) -> list[Tracked]:
        """The markets to ask strategies about: all once a second, else those with news."""
        if now - self._asked_all_ns >= ASK_ALL_NS:
            self._asked_all_ns = now
            self._touched = dict.fromkeys(self.watch.books)
            return list(self.watch.books.values())
        due = dict(self.watch.changed)
        for market in self._touched:
            tracked = self.watch.books.get(market)
            if tracked is not None:
                due[market] = tracked
        return list(due.values())

    def _ask_about(self, tracked: Tracked, commands: list[Command]) -> None:
        distrust = self.standing.distrust_of(tracked)
        touch = tracked.book.touch(0)
        news = (
            touch != tracked.seen_touch
            or distrust != tracked.seen_distrust
            or tracked.market.id in self._touched
        )
        if distrust and not tracked.seen_distrust:
            tracked.distrusted_ns = self.now
        tracked.seen_touch, tracked.seen_distrust = touch, distrust
        for seat in self.roster.following(tracked.market.id):
            if news or seat.strategy.wake is Wake.BOOK:
                self._ask(seat, tracked, commands)

    def _ask(self, seat: Seat, tracked: Tracked, commands: list[Command]) -> None:
        wanted: tuple[Quote, ...] = ()
        if not tracked.resolved:
            distrust = tracked.seen_distrust
            if distrust and self.now - tracked.distrusted_ns <= seat.patience_ns:
                return
            if not distrust:
                view = MarketView(
                    tracked.market, tracked.book, self.ledger, seat.strategy.name, now=self.now
                )
                try:
                    wanted = seat.strategy.quotes(view)
                except Exception:  # noqa: BLE001 - the one place: a strategy's bug halts only it
                    self._halt(seat, traceback.format_exc(limit=-5), commands)
                    return
        self._pursue(seat, tracked, wanted, commands)

    def _pursue(
        self, seat: Seat, tracked: Tracked, wanted: tuple[Quote, ...], commands: list[Command]
    ) -> None:
        mine = [
            order
            for outcome in tracked.market.outcomes
            for order in self.ledger.open_on(outcome.instrument)
            if order.command.strategy == seat.strategy.name
        ]
        if not mine and not wanted:
            return
        cancels, places = reconcile(wanted, mine, self.now, seat.dwell_ns)
        for cancel in cancels:
            self.ledger.cancelling(cancel)
            commands.append(cancel)
        for quote in places:
            self._place(seat, tracked, quote, commands)

    def _place(self, seat: Seat, tracked: Tracked, quote: Quote, commands: list[Command]) -> None:
        slot = (quote.instrument, quote.side)
        rejected_ns = seat.rejected_ns.get(slot)
        if rejected_ns is not None and self.now - rejected_ns < seat.dwell_ns:
            return
        order = PlaceOrder(
            order_id(self._run, self._orders + 1),
            seat.strategy.name,
            tracked.market.id,
            quote.instrument,
            quote.side,
            quote.price,
            quote.quantity,
            TimeInForce.GTC,
            quote.post_only,
        )
        verdict = review(order, self.standing)
        if isinstance(verdict, Approved):
            self._orders += 1
            self.ledger.sent(order, self.now)
            self.standing.recent_orders.append(self.now)
            seat.refused.pop(slot, None)
            commands.append(verdict)
        elif seat.refused.get(slot) != verdict.rule:
            seat.refused[slot] = verdict.rule
            commands.append(verdict)

    def _halt(self, seat: Seat, error: str, commands: list[Command]) -> None:
        seat.halted = error
        commands.append(StrategyHalted(seat.strategy.name, error))
        for order in list(self.ledger.open_orders.values()):
            if order.command.strategy == seat.strategy.name:
                self._cancel(order, "strategy halted", commands)

    def _cancel_all(self, commands: list[Command]) -> None:
        for order in list(self.ledger.open_orders.values()):
            self._cancel(order, self.standing.halted, commands)

    def _cancel(self, order: Order, reason: str, commands: list[Command]) -> None:
        if not order.cancelling:
            cancel = CancelOrder(order.command.order_id, reason)
            self.ledger.cancelling(cancel)
            commands.append(cancel)
