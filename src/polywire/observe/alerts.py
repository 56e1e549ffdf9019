"""What of a run somebody should hear of: rules over its account records, no market row among them.

Pure: time is an argument. When something is sent is alert_pace's to say, and how the notifier's.
"""

from collections import deque
from typing import Final

import msgspec
from msgspec import Struct

from polywire.core.ids import MarketId
from polywire.core.ledger.dump import load
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import (
    FillSettled,
    OrderFilled,
    OrderRejected,
    OrderUnknown,
    Settlement,
)
from polywire.core.model.basket import BasketMoved, BasketStep
from polywire.core.model.breaker import BreakerCause, BreakerMoved
from polywire.core.model.command import OrderRefused, PlaceOrder, StrategyHalted
from polywire.core.model.control import (
    AccountFeedMoved,
    AlertRaised,
    Operation,
    OperatorCommand,
    ReconnectorMoved,
    ReconnectorState,
    RunStarted,
    StoodStill,
)
from polywire.core.model.counts import FeedsCounted, MoneyCounted
from polywire.core.model.event import Record
from polywire.core.model.healing import ChecksumsJudged, GapClosed, GapStarted
from polywire.core.model.market import MarketResolved
from polywire.core.model.reckoning import Correction, DifferenceFound
from polywire.core.risk.breaker import PASSING, WHOLE
from polywire.core.risk.limits import Limits
from polywire.core.units import DAY, MINUTE, SECOND, Money, Ns, cost, dollars, format_micros
from polywire.observe.alert import Alert, AlertTerms, Rule
from polywire.observe.alert_conditions import Condition, Conditions
from polywire.observe.alert_names import Names
from polywire.observe.stops import ENDS, SHUTDOWN

LOSS_PERCENTS: Final = (50, 80)
"""Parts of a loss limit that are told; at all of it the breaker opens, and says so."""
RATE_PERCENT: Final = 80
"""The part of the orders a minute allows that is told."""
SILENCE_NS: Final = 90 * SECOND
"""A run that lives writes something each minute, whatever it keeps of the market."""
ACCOUNT_NS: Final = 10 * SECOND
UNREAD_NS: Final = 30 * SECOND
"""A start says that nobody has read the account, and takes it back a moment later."""
JOURNAL_NS: Final = 3 * SECOND
"""A day's file may just be moved: that passes."""
NAMED_MAX: Final = 3
REFUSED_TOO_OFTEN: Final = 429
TOLD_BY: Final = {
    "latency": Rule.LATENCY,
    "scanner": Rule.SCANNER,
    "alerts": Rule.CHANNEL,
    "ceiling": Rule.CEILING,
    "disk": Rule.DISK,
}
"""Whose alert of the run itself it is, by the first word of its name; guards say the others."""
BY_A_PERSON: Final = (BreakerCause.HAND, BreakerCause.FLATTEN)


class _Configured(Struct):
    """What of a run's configuration alerts go by."""

    limits: Limits


class Alerts:
    """Call `take` with every account record, and `due` twice a second or so."""

    def __init__(self, terms: AlertTerms) -> None:
        self._terms = terms
        self._names = Names()
        self._told = Conditions(self._names)
        self._gaps: dict[MarketId, GapStarted] = {}
        self._lost: dict[str, tuple[int, int]] = {}
        """Of the run and of each strategy: the day, and the part of its limit that was told."""
        self._placed: deque[Ns] = deque()
        self._orders_max: int | None = None
        self._operations = 0
        """Of persons so far: two that are read together are two all the same."""
        self._refusals = 0
        self._heard_ns = Ns(0)
        self._runs = False
        self._over = False

    def restore(self, state: bytes) -> None:
        """Know what a ledger knew: markets, orders, what is held, and what the breaker is for."""
        ledger = Ledger()
        load(ledger, state)
        self._names.restore(ledger)
        for moved in ledger.tripped.values():
            self._breaker(moved, moved.at_ns)

    def hush(self, now: Ns, *, amid_run: bool, damage: str = "") -> None:
        """Nobody has to hear of what happened so far; what lasts is told all the same.

        `amid_run`: more is to come of a run, unless it said that it is over; else of one that has
        not said anything yet. `damage`: why not all could be taken; what lasts nobody knows then.
        """
        self._told.hush()
        self._placed.clear()
        if damage:
            self._forget(damage, now)
        self._heard_ns, self._runs = now, amid_run and not self._over

    def take(self, record: Record, now: Ns) -> None:
        """Take in the next record of the journal."""
        self._heard_ns, self._runs = now, not self._over
        self._names.take(record)
        match record:
            case RunStarted():
                self._started(record, now)
            case FeedsCounted() | MoneyCounted():
                self._count(record, now)
            case BreakerMoved():
                self._breaker(record, now)
            case OperatorCommand() if record.who:
                self._operations += 1
                self._told.tell(Rule.OPERATOR, str(self._operations), _asked(record), now)
            case AlertRaised():
                rule = TOLD_BY.get(record.name.partition(" ")[0], Rule.GUARD)
                subject = record.text if rule is Rule.CHANNEL else record.name
                self._told.tell(rule, subject, record.text, now)
            case StrategyHalted():
                text = (
                    f"strategy {record.strategy} raised and was halted: {_last_line(record.error)}"
                )
                self._told.tell(Rule.STRATEGY, record.strategy, text, now)
            case _:
                self._feed(record, now)
                self._book(record, now)
                self._order(record, now)
                self._reckon(record, now)

    def unreadable(self, reason: str, now: Ns) -> None:
        """The journal could not be read: if that lasts, nothing of what happens will be told."""
        if now - self._heard_ns < SILENCE_NS:
            self._heard_ns = now  # whether the engine writes, nobody knows
        text = f"the journal cannot be read: {reason}"
        self._told.begin(Rule.JOURNAL, "", text, now, JOURNAL_NS)

    def readable(self, now: Ns) -> None:
        """The journal was read to its end."""
        self._told.end(Rule.JOURNAL, "", now)

    def end(self, now: Ns) -> None:
        """Nothing more comes; a run that did not say so itself has not ended as it should."""
        if self._runs:
            text = "the engine ended without a clean stop; look whether orders still rest"
            self._told.tell(Rule.ENDED, "", text, now)

    def due(self, now: Ns) -> list[Alert]:
        """What is to be told now."""
        self._look_at_books(now)
        self._listen(now)
        return self._told.due(now)

    def _listen(self, now: Ns) -> None:
        if self._runs and now - self._heard_ns >= SILENCE_NS:
            since = f"for {SILENCE_NS // SECOND} s"
            self._told.begin(Rule.SILENCE, "", f"the engine wrote nothing {since}: it hangs", now)
        else:
            self._told.end(Rule.SILENCE, "", now)

    def _forget(self, damage: str, now: Ns) -> None:
        """Names stay: they are true whatever came behind them."""
        self._told.keep(lambda one: one.rule is Rule.JOURNAL)
        self._gaps.clear()
        self._over = False
        text = f"the journal cannot be read, and nothing of what was before is told: {damage}"
        self._told.tell(Rule.JOURNAL, "before", text, now)

    def _started(self, started: RunStarted, now: Ns) -> None:
        self._told.keep(_outlives_a_run)
        self._gaps.clear()
        self._placed.clear()
        self._refusals = 0
        self._runs, self._over = True, False
        try:
            told = msgspec.json.decode(started.configuration, type=_Configured)
            self._orders_max = told.limits.orders_per_minute
        except msgspec.MsgspecError:
            self._orders_max = None
        self._told.tell(Rule.RUN, started.run, f"a run begins, Polywire {started.build}", now)

    def _count(self, counted: FeedsCounted | MoneyCounted, now: Ns) -> None:
        if isinstance(counted, MoneyCounted):
            self._weigh(counted, now)
            return
        if counted.ending:
            self._runs, self._over = False, True
            self._told.tell(Rule.RUN, "over", "the run is over, cleanly", now)
        if counted.markets:  # one that is watched no more has no gap that would close
            left = dict.fromkeys(one.market for one in counted.markets)
            self._gaps = {key: gap for key, gap in self._gaps.items() if key in left}
        refusals = sum(one.replies for one in counted.replies if one.status == REFUSED_TOO_OFTEN)
        if refusals > self._refusals:
            text = f"the venue refused {refusals - self._refusals} requests: too many (429)"
            self._told.tell(Rule.RATE, "rest", text, now)
        self._refusals = refusals

    def _weigh(self, money: MoneyCounted, now: Ns) -> None:
        day = money.recv_ns // DAY
        self._lose("", money.loss, money.loss_max, day, now)
        for one in money.strategies:
            if one.loss_max is not None:
                self._lose(one.strategy, one.loss, one.loss_max, day, now)
        least = self._terms.cash_min
        if least is not None and money.cash < least:
            self._told.begin(Rule.BALANCE, "", f"{dollars(money.cash)} of cash are left", now)
        else:
            self._told.end(Rule.BALANCE, "", now)

    def _lose(self, who: str, loss: Money, loss_max: Money, day: int, now: Ns) -> None:
        """A part of a day's limit is told once a day."""
        before = self._lost.get(who, (day, 0))
        told = before[1] if before[0] == day else 0
        passed = [part for part in LOSS_PERCENTS if part > told and 100 * loss >= part * loss_max]
        self._lost[who] = day, max(passed, default=told)
        if passed:
            name = f"strategy {who} has " if who else ""
            text = f"{name}lost {dollars(loss)} today, of at most {dollars(loss_max)}"
            self._told.tell(Rule.LOSS, f"{who}{passed[-1]}", text, now)

    def _breaker(self, moved: BreakerMoved, now: Ns) -> None:
        if moved.reason == SHUTDOWN:
            return
        rule = Rule.OPERATOR if moved.cause in BY_A_PERSON else Rule.BREAKER
        if not moved.open:
            self._told.end(rule, moved.cause, now, f"closed for {moved.cause}: {moved.reason}")
            return
        what = "trading is halted" if moved.cause in WHOLE else "nothing is bought"
        text = f"{what} {ENDS[moved.cause]} ({moved.cause}): {moved.reason}"
        patience_ns = UNREAD_NS if moved.cause is BreakerCause.UNREAD else 0
        self._told.begin(rule, moved.cause, text, now, patience_ns)

    def _feed(self, record: Record, now: Ns) -> None:
        match record:
            case ReconnectorMoved(state=ReconnectorState.CLOSED):
                self._told.end(Rule.CONNECTION, _place(record), now)
            case ReconnectorMoved():
                place = _place(record)
                text = f"{place} is not connected, after {record.failures} attempts: {record.cause}"
                self._told.begin(Rule.CONNECTION, place, text, now)
            case AccountFeedMoved(up=True):
                self._told.end(Rule.ACCOUNT, "", now)
            case AccountFeedMoved():
                text = f"the account's channel is silent: {record.cause}"
                self._told.begin(Rule.ACCOUNT, "", text, now, ACCOUNT_NS)
            case ChecksumsJudged(believed=True):
                self._told.end(Rule.CHECKSUMS, "", now)
            case ChecksumsJudged():
                text = f"the venue's hashes are not believed: {record.books} books refute them"
                self._told.begin(Rule.CHECKSUMS, "", text, now)
            case StoodStill():
                text = f"nothing was decided for {(now - record.since_ns) / SECOND:.0f} s"
                self._told.tell(Rule.STANDSTILL, "", text, now)
            case _:
                pass

    def _book(self, record: Record, now: Ns) -> None:
        match record:
            case GapStarted():
                self._gaps[record.market] = record
            case GapClosed():
                self._gaps.pop(record.market, None)
            case MarketResolved():
                self._gaps.pop(record.market, None)
                self._resolve(record, now)
            case _:
                pass

    def _look_at_books(self, now: Ns) -> None:
        """All that are in doubt for long are one alert, however many."""
        after_ns = self._terms.suspect_ns
        old = [gap for gap in self._gaps.values() if now - gap.opened_ns >= after_ns]
        if not old:
            self._told.end(Rule.BOOKS, "", now)
            return
        named = ", ".join(self._names.market(gap.market) for gap in old[:NAMED_MAX])
        more = ", ..." if len(old) > NAMED_MAX else ""
        count = "1 book is" if len(old) == 1 else f"{len(old)} books are"
        since = f"for over {after_ns // SECOND} s"
        text = f"{count} in doubt {since} and not traded on: {named}{more} ({old[0].cause})"
        self._told.begin(Rule.BOOKS, "", text, now)

    def _order(self, record: Record, now: Ns) -> None:
        match record:
            case PlaceOrder():
                self._place(now)
            case OrderRefused():
                what = f"{record.side.name.lower()} of {self._names.outcome(record.instrument)}"
                text = f"{record.strategy}: {what} refused by {record.rule}: {record.reason}"
                self._told.tell(Rule.REFUSED, f"{record.strategy} {record.rule}", text, now)
            case OrderRejected():
                text = f"not taken: {self._names.order(record.order_id)}: {record.reason}"
                self._told.tell(Rule.REJECTED, record.reason[:40], text, now)
            case OrderUnknown():
                order = self._names.order(record.order_id)
                text = f"nobody knows what became of the {order}: {record.reason}"
                self._told.tell(Rule.UNKNOWN, record.order_id, text, now)
            case OrderFilled():
                self._fill(record, now)
            case FillSettled(settlement=Settlement.REVERSED):
                text = f"the venue undid fill {record.fill_id}"
                self._told.tell(Rule.REVERSED, record.fill_id, text, now)
            case BasketMoved(step=BasketStep.FLAGGED):
                text = f"a basket of {record.strategy} holds unequal shares: {record.reason}"
                self._told.tell(Rule.BASKET, f"{record.strategy} {record.basket.group}", text, now)
            case _:
                pass

    def _place(self, now: Ns) -> None:
        self._placed.append(now)
        while now - self._placed[0] >= MINUTE:
            self._placed.popleft()
        most, count = self._orders_max, len(self._placed)
        if most is not None and 100 * count >= RATE_PERCENT * most:
            self._told.tell(
                Rule.RATE, "orders", f"{count} orders in a minute, of at most {most}", now
            )

    def _fill(self, fill: OrderFilled, now: Ns) -> None:
        paid, least = cost(fill.price, fill.quantity), self._terms.fill_min
        if least is not None and paid >= least:
            at = f"{format_micros(fill.quantity)} at {format_micros(fill.price)}"
            text = f"filled, {at}, {dollars(paid)}: {self._names.order(fill.order_id)}"
            self._told.tell(Rule.FILL, fill.fill_id, text, now)

    def _reckon(self, record: Record, now: Ns) -> None:
        match record:
            case DifferenceFound(explanation=""):
                ours, theirs = format_micros(record.ours), format_micros(record.theirs)
                text = f"the venue differs, {record.subject}: {ours} here, {theirs} there"
                self._told.tell(Rule.RECONCILIATION, record.subject, text, now)
            case Correction(unexplained=True):
                text = f"{dollars(record.cash)} came in, and nothing here says why"
                self._told.tell(Rule.RECONCILIATION, "money", text, now)
            case _:
                pass

    def _resolve(self, resolved: MarketResolved, now: Ns) -> None:
        names = self._names.outcomes(resolved.market)
        if not names or resolved.market not in self._names.involved:
            return
        pays = ", ".join(
            f"{name} pays {dollars(each)}"
            for name, each in zip(names, resolved.payouts, strict=True)
        )
        text = f"resolved: {self._names.market(resolved.market)}: {pays}"
        self._told.tell(Rule.RESOLUTION, resolved.market, text, now)


def _asked(asked: OperatorCommand) -> str:
    """What a person asked for, of whom, and why; settings that add a strategy are too long."""
    what = "" if asked.operation is Operation.ADD else f" {asked.subject} {asked.value}".rstrip()
    return f"{asked.operation}{what} by {asked.who}: {asked.reason or 'no reason given'}"


def _outlives_a_run(one: Condition) -> bool:
    """Of what lasted, what a person or the account's own state said; and who reads is the same."""
    passes = one.subject in (*PASSING, BreakerCause.UNREAD, BreakerCause.RUN)
    told = one.rule is Rule.OPERATOR or (one.rule is Rule.BREAKER and not passes)
    return told or one.rule is Rule.JOURNAL


def _place(moved: ReconnectorMoved) -> str:
    """What a connection and those that replace it are called."""
    return moved.feed.partition(".")[0]


def _last_line(error: str) -> str:
    """The line of a traceback that says what was raised."""
    lines = error.strip().splitlines()
    return lines[-1] if lines else "nobody knows"
