"""The pure heart: events in, commands out, only at a cut, the same for the same events.

Owns the order in which state changes and decisions are made; books, ledger, rules and
reconciliation are its parts. It reads no clock, does no I/O and never waits.
"""

from collections import Counter
from dataclasses import dataclass
from typing import assert_never

from polywire.core.book.checksum import ChecksumFor
from polywire.core.engine.accountant import Accountant, Reconciling
from polywire.core.engine.asking import hear_fill, hear_trade
from polywire.core.engine.desk import Command, Desk
from polywire.core.engine.reminders import Reminders
from polywire.core.engine.roster import Roster
from polywire.core.engine.standing import Standing
from polywire.core.engine.tending import Ages
from polywire.core.engine.watch import BookWatch
from polywire.core.ids import MarketId, StrategyId
from polywire.core.ledger.ledger import GONE_NS, Ledger
from polywire.core.ledger.order import OrderEvent, OrderState
from polywire.core.model.account import (
    AccountEvent,
    AccountReported,
    FillSettled,
    ForeignFill,
    ForeignOrder,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderMissing,
    OrderRejected,
    OrderSigned,
    OrderUnknown,
)
from polywire.core.model.basket import BasketMoved
from polywire.core.model.breaker import BreakerCause, BreakerMoved
from polywire.core.model.command import (
    CancelOrder,
    DayOpened,
    ExitCause,
    ExitMoved,
    ExitStep,
    PlaceOrder,
)
from polywire.core.model.control import (
    LASTING,
    AccountFeedMoved,
    AlertRaised,
    Cut,
    Operation,
    OperatorCommand,
    ReconnectorMoved,
    RunStarted,
    StoodStill,
)
from polywire.core.model.counts import FeedsCounted, MoneyCounted
from polywire.core.model.event import Event, Record
from polywire.core.model.market import (
    BookDelta,
    BookSnapshot,
    FeedBehind,
    FeedCarries,
    FeedDown,
    FeedUp,
    GapOpened,
    InstrumentDropped,
    InstrumentListed,
    InstrumentRetired,
    MarketResolved,
    PublicTrade,
    TickSizeChanged,
)
from polywire.core.model.reckoning import Correction, PositionHandedOver
from polywire.core.risk.breaker import Breaker, BreakerPlan
from polywire.core.risk.limits import Limits
from polywire.core.units import SECOND, Ns
from polywire.core.view import Footing


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineParameters:
    """What an engine is built with.

    A book's proof is renewed at the age of `audit_ns`, at `audit_twin_ns` where two feeds tell it.
    `sell_pending`: whether shares may be sold whose purchase could still be undone.
    `gone_ns`: how long the venue has to deny an order before it counts as gone.
    `reconciling`: what becomes of differences from the venue's account; None: any halts trading.
    `breaker`: when it trips by itself; None: by loss, reconciliation and by hand alone.
    """

    limits: Limits
    audit_ns: int
    sell_pending: bool
    audit_twin_ns: int = 60 * SECOND
    gone_ns: int = GONE_NS
    reconciling: Reconciling | None = None
    breaker: BreakerPlan | None = None


class Engine:
    """`handle` is the whole contract: facts return nothing, a `Cut` returns commands.

    `left` counts the positions this run's exits have sold, by what triggered the sale.
    """

    def __init__(
        self, parameters: EngineParameters, roster: Roster, checksum_for: ChecksumFor
    ) -> None:
        self.left = dict.fromkeys(ExitCause, 0)
        self.fills: Counter[StrategyId] = Counter()
        self.ledger = Ledger(parameters.gone_ns)
        self.reminders = Reminders(self.ledger)
        self.words: list[OperatorCommand] = []
        ages = Ages(
            audit_ns=parameters.audit_ns,
            audit_twin_ns=parameters.audit_twin_ns,
            proof_ns_max=parameters.limits.proof_age_ns_max,
        )
        self.watch = BookWatch(checksum_for, ages)
        self.roster = roster
        self.breaker = Breaker(parameters.breaker, self.ledger.tripped)
        self.standing = Standing(
            parameters.limits,
            self.ledger,
            self.watch,
            roster,
            self.breaker,
            footing=Footing(parameters.sell_pending, shows_ours=parameters.reconciling is not None),
        )
        self.accountant = Accountant(self.standing, parameters.reconciling)
        self._real = parameters.reconciling is not None
        self.ledger.terms.pays_at_once = not self._real
        self._adopt = parameters.reconciling is not None and parameters.reconciling.adopt
        self.desk = Desk(self.ledger, self.watch, self.standing, roster)

    @property
    def now(self) -> Ns:
        """The time of the latest cut."""
        return self.standing.now

    def handle(self, event: Event) -> list[Command]:
        """Take one event in; the order of calls is the only order there is."""
        match event:
            case BookDelta():
                self.watch.delta(event)
            case Cut():
                return self._cut(event.now)
            case BookSnapshot():
                self.watch.snapshot(event)
                self._retell(event.market)
            case PublicTrade():
                self.watch.trade(event)
                hear_trade(self.roster, event)
            case FeedUp() | FeedDown() | FeedCarries() | FeedBehind():
                self.watch.feed(event)
            case TickSizeChanged():
                self.watch.tick(event)
                self._retell(event.market)
            case GapOpened():
                self.watch.gap(event)
            case InstrumentListed() | InstrumentRetired() | InstrumentDropped() | MarketResolved():
                self._terms(event)
            case (
                RunStarted()
                | OperatorCommand()
                | AlertRaised()
                | FeedsCounted()
                | MoneyCounted()
                | ReconnectorMoved()
                | AccountFeedMoved()
                | StoodStill()
            ):
                self._control(event)
            case _:
                self._account(event)
        return []

    def recover(self, record: Record) -> None:
        """Take in one account row of an earlier run, without deciding or sending anything."""
        match record:
            case PlaceOrder() | CancelOrder() | DayOpened() | ExitMoved():
                self._recover_own(record)
            case BasketMoved() | BreakerMoved() | Correction() | PositionHandedOver():
                self._recover_own(record)
            case InstrumentListed():
                self.ledger.list_market(record.market)
            case MarketResolved():
                self.ledger.resolve(record)
            case RunStarted():
                self.ledger.start(record.cash, record.recv_ns)
            case OrderFilled():
                self.ledger.apply_fill(record)
            case (
                OrderAccepted()
                | OrderRejected()
                | OrderUnknown()
                | OrderCancelled()
                | OrderMissing()
            ):
                self.ledger.apply_order(record)
            case FillSettled() | OrderSigned() | ForeignOrder() | ForeignFill():
                self._account(record)
            case AccountReported():
                self.ledger.terms.show(record.positions)
            case _:
                pass  # market rows and what was only told change no account

    def _recover_own(
        self,
        record: PlaceOrder
        | CancelOrder
        | DayOpened
        | ExitMoved
        | BasketMoved
        | BreakerMoved
        | Correction
        | PositionHandedOver,
    ) -> None:
        match record:
            case PlaceOrder():
                self.ledger.sent(record, Ns(0))
            case CancelOrder():
                self.ledger.cancelling(record, Ns(0))
            case DayOpened():
                self.ledger.open_day(record)
            case ExitMoved():
                self.ledger.move_exit(record)
            case BasketMoved():
                self.ledger.baskets.move(record)
            case BreakerMoved():
                self.breaker.recover(record)
            case Correction():
                self.ledger.correct(record)
            case PositionHandedOver():
                self.ledger.hand_over(record)
            case _:
                assert_never(record)

    def _terms(
        self, event: InstrumentListed | InstrumentRetired | InstrumentDropped | MarketResolved
    ) -> None:
        match event:
            case InstrumentListed():
                self.desk.list_market(event.market)
                self.watch.list_market(event.market, self.roster.renew_ns(event.market.id))
                self.ledger.list_market(self.watch.books[event.market.id].market)
            case InstrumentRetired():
                self.watch.retire_market(event.market)
                self.desk.mark(event.market)
            case InstrumentDropped():
                self.watch.drop_market(event.market)
                self.ledger.drop_market(event.market)
            case MarketResolved():
                self.ledger.resolve(event)
                self.watch.resolve(event)
                self.desk.mark(event.market)
            case _:
                assert_never(event)

    def _retell(self, market: MarketId) -> None:
        """What is signed has to lie on the grid that the gate went by.

        A market that is over and forgotten stays so, whatever is still told of its book.
        """
        tracked = self.watch.books.get(market)
        if tracked is None:
            return
        known = self.ledger.markets.get(tracked.market.outcomes[0].instrument)
        if known is not None and known is not tracked.market:
            self.ledger.list_market(tracked.market)

    def _control(
        self,
        event: RunStarted
        | OperatorCommand
        | AlertRaised
        | FeedsCounted
        | MoneyCounted
        | ReconnectorMoved
        | AccountFeedMoved
        | StoodStill,
    ) -> None:
        match event:
            case RunStarted():
                self.desk.run, self.desk.began_ns = event.run, event.recv_ns
                if self.ledger.open_orders and self._real:
                    self.desk.rearm(event.recv_ns)
                self.ledger.start(event.cash, event.recv_ns)
                self.reminders.start()
                self.breaker.begin()
            case OperatorCommand():
                self._obey(event)
            case AccountFeedMoved():
                self.breaker.channel(up=event.up)
            case StoodStill():
                self.watch.stand_still(event.recv_ns)
            case AlertRaised() | FeedsCounted() | MoneyCounted() | ReconnectorMoved():
                pass  # for people
            case _:
                assert_never(event)

    def _obey(self, asked: OperatorCommand) -> None:
        if asked.operation in LASTING:
            self.words.append(asked)
        match asked.operation:
            case Operation.HALT:
                cause = BreakerCause.HAND if asked.who else BreakerCause.RUN
                self.breaker.trip(cause, asked.reason or "operator")
            case Operation.LEAVE:
                self.desk.keeps_targets = True
                self.breaker.trip(BreakerCause.RUN, asked.reason)
            case Operation.RESUME:
                self.breaker.resume(asked.reason or "resumed", by_hand=bool(asked.who))
            case Operation.CANCEL_ALL:
                self.desk.sweep(asked.reason or "operator")
            case Operation.ADD:
                self.desk.add(asked.subject)
            case Operation.RETIRE | Operation.SELL_OUT:
                sells_out = asked.operation is Operation.SELL_OUT
                self.desk.turnover.retire(StrategyId(asked.subject), sells_out=sells_out)
            case (
                Operation.DISABLE
                | Operation.ENABLE
                | Operation.SET
                | Operation.CANCEL_MARKET
                | Operation.CANCEL_ORDER
            ):
                self.desk.turnover.obey(asked)
            case Operation.FLATTEN:
                self.breaker.trip(BreakerCause.FLATTEN, asked.reason or "flatten")
            case _:
                assert_never(asked.operation)

    def _account(self, event: AccountEvent) -> None:
        match event:
            case OrderAccepted() | OrderRejected() | OrderUnknown() | OrderCancelled():
                self._count(event)
                self.ledger.apply_order(event)
                self.desk.mark_order(event)
            case OrderMissing():
                self.ledger.apply_order(event)
                self.desk.mark_order(event)
            case OrderFilled():
                if self.ledger.apply_fill(event):
                    order = self.ledger.orders[event.order_id]
                    self.desk.filled += order.filled == event.quantity
                    self.fills[order.command.strategy] += 1
                    self.desk.mark_order(event)
                    hear_fill(self.roster, self.ledger, event)
            case FillSettled():
                self.ledger.apply_settlement(event)
                self.desk.mark_fill(event.fill_id)
            case OrderSigned():
                self.ledger.sign(event)
            case ForeignOrder():
                self.ledger.foreign.take(event)
            case ForeignFill():
                self.ledger.take_foreign(event, adopt=self._adopt)
            case AccountReported():
                self.accountant.take(event)
            case _:
                assert_never(event)

    def _count(self, event: OrderEvent) -> None:
        """Once an order: what is told of it again is no further trouble."""
        order = self.ledger.orders.get(event.order_id)
        if order is not None and order.state is OrderState.SENT:
            if isinstance(event, OrderRejected) and not event.unsent:
                self.breaker.rejected()
            elif isinstance(event, OrderUnknown):
                self.breaker.unknown()

    def _cut(self, now: Ns) -> list[Command]:
        assert now >= self.now, f"a cut at {now} after one at {self.now}"
        proofs = self.watch.cut(now)
        self.standing.cut(now)
        opened = self.standing.open_day() if self.desk.run else []
        asked = self.reminders.cut(now) if self.desk.run else []
        found = self.accountant.cut() if self.desk.run else []
        moved = self.standing.trip() if self.desk.run else []
        commands = [*proofs, *opened, *found, *moved, *asked, *self.desk.cut()]
        for command in commands:
            if isinstance(command, ExitMoved) and command.step is ExitStep.LEFT and command.cause:
                self.left[command.cause] += 1
        if not commands:  # what is to be sent does not wait for the hashes
            self.watch.verify()
        self.watch.changed.clear()
        return commands
