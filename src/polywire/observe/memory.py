"""What is remembered of a run's records for who looks at it: curves, orders, trades, evidence.

A fold over records, beside an engine that has just taken the same one in. Bounded.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from polywire.core.engine.engine import Engine
from polywire.core.ids import InstrumentId, StrategyId
from polywire.core.model.command import OrderRefused
from polywire.core.model.control import Cut, RunStarted, StoodStill
from polywire.core.model.market import BookDelta, BookSnapshot, Fact
from polywire.core.model.reckoning import DifferenceFound
from polywire.core.units import MINUTE, SECOND, Ns
from polywire.journal.record import MARKET, Entry, LedgerSnapshot
from polywire.observe.alert import AlertTerms
from polywire.observe.alerts import Alerts
from polywire.observe.feed_history import FeedHistory
from polywire.observe.last_alerts import LastAlerts
from polywire.observe.market_memory import MarketMemories
from polywire.observe.order_histories import OrderHistories
from polywire.observe.queue_places import Places
from polywire.observe.series import Series

CURVE_MAX: Final = 600
ALERTS_NS: Final = SECOND // 2
TERMS: Final = AlertTerms(suspect_ns=MINUTE)
REFUSALS_MAX: Final = 200
STILLS_MAX: Final = 50


@dataclass(slots=True)
class Refusal:
    """What the gate refused of a strategy, by which rule, how often and when last."""

    at_ns: Ns
    refused: OrderRefused
    count: int = 1


class Memory:
    """`take` each record behind the engine; all else is to be read."""

    def __init__(self) -> None:
        self.curve = Series(CURVE_MAX, SECOND)
        self.orders = OrderHistories()
        self.markets = MarketMemories()
        self.feeds = FeedHistory()
        self.places = Places()
        self.alerts = LastAlerts()
        self._rules = Alerts(TERMS)
        self._ruled_ns = Ns(0)
        self.refusals: dict[tuple[StrategyId, InstrumentId, str], Refusal] = {}
        self.refused: dict[StrategyId, int] = {}
        self.stills: deque[StoodStill] = deque(maxlen=STILLS_MAX)
        self.unexplained: deque[tuple[Ns, DifferenceFound]] = deque(maxlen=STILLS_MAX)
        self.explained: deque[tuple[Ns, DifferenceFound]] = deque(maxlen=STILLS_MAX)
        self.explained_count = 0

    def take(self, record: Entry, engine: Engine) -> None:
        """Take in what the engine has just taken in."""
        if isinstance(record, LedgerSnapshot):
            return
        now = max(engine.now, record.recv_ns) if isinstance(record, Fact) else engine.now
        self.markets.take(record, engine)
        self.places.take(record, engine)
        match record:
            case Cut():
                self._cut(now, engine)
                return
            case BookDelta() | BookSnapshot():
                return
            case RunStarted():
                self.orders.begin(engine.ledger)
            case OrderRefused():
                self._refuse(record, now)
            case StoodStill():
                self.stills.append(record)
            case DifferenceFound():
                self._differ(record, now)
            case _:
                before = self.orders.version
                self.orders.take(record, now, engine.ledger)
                if self.orders.version != before and self.orders.changed is not None:
                    self.markets.change(self.orders.changed.market)
        self.feeds.take(record)
        if type(record) not in MARKET:
            self._rules.take(record, now)
            self._rule(now)

    def _cut(self, now: Ns, engine: Engine) -> None:
        if self.curve.due(now):
            self.curve.add(now, engine.standing.equity)
        self.markets.sample(now, engine)
        self._rule(now)

    def _rule(self, now: Ns) -> None:
        if now - self._ruled_ns >= ALERTS_NS:
            self._ruled_ns = now
            for alert in self._rules.due(now):
                self.alerts.take(alert)

    def _differ(self, found: DifferenceFound, now: Ns) -> None:
        """Apart, for many that have an explanation would push out the one that has none."""
        if found.explanation:
            self.explained_count += 1
            self.explained.append((now, found))
        else:
            self.unexplained.append((now, found))

    def _refuse(self, refused: OrderRefused, now: Ns) -> None:
        self.refused[refused.strategy] = self.refused.get(refused.strategy, 0) + 1
        key = (refused.strategy, refused.instrument, refused.rule)
        before = self.refusals.pop(key, None)
        count = before.count + 1 if before is not None else 1
        self.refusals[key] = Refusal(now, refused, count)  # the newest last
        while len(self.refusals) > REFUSALS_MAX:
            del self.refusals[next(iter(self.refusals))]
