"""Parity: is what a run decided what its recorded frames lead to, and what would a backtest have?

First with the journal's own cuts and account events, where everything has to agree; then by the
backtest's rules, put in place of what happened one after the other, so that each has its part of
the difference.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from msgspec import Struct

from polywire.core.errors import ConfigError, ReplayMismatch
from polywire.core.model.control import Cut, OperatorCommand, RunStarted, StoodStill
from polywire.core.model.event import Event, Output
from polywire.core.model.market import MarketEvent
from polywire.core.units import Money, Ns
from polywire.history.frames import recorded
from polywire.history.journals import RoundTrips
from polywire.history.terms import Given
from polywire.journal.frames import read_frames
from polywire.journal.reader import read_entries
from polywire.journal.record import Entry
from polywire.modes.backtest import Backtest, BacktestSetup, CutRule, Rule
from polywire.modes.parity_sums import Counted, Difference, Sums
from polywire.modes.plan import Plan, latency_of
from polywire.modes.rebuilt import Rebuilt
from polywire.observe.auditor import Auditor, EngineFor
from polywire.sim.conduct import Conduct
from polywire.sim.latency import Latency, OwnTrips, RecordedLatency
from polywire.sim.queue import BACK

CAUSES: Final = ("fee", "queue", "latency", "cut", "frames")
"""In the order in which the backtest's rules are put in place of what happened."""
Progress = Callable[[str, int], None]
"""Told of each step, and how many events are behind it."""
EVERY: Final = 2_000
FAR_NS: Final = Ns(1 << 62)
CONTINUES: Final = (
    "this run continues an account, of which a backtest knows nothing: record one that begins a "
    "journal of its own"
)


class Agreement(Struct, frozen=True, kw_only=True):
    """How far the decisions on the recorded frames are those of the journal.

    `rebuilt`: rows of the journal made anew from frames, `differing` those that came out otherwise,
    `lacking` those without a frame. `agreed` of `commands` came before the first `difference`.
    """

    runs: int
    cuts: int
    commands: int
    agreed: int
    rebuilt: int
    differing: int
    lacking: int
    difference: str

    @property
    def whole(self) -> bool:
        """Whether all agrees."""
        return self.agreed == self.commands and not self.difference


class Parity(Struct, frozen=True, kw_only=True):
    """Both comparisons: `journal` and the sums of `causes` add up to `backtest`."""

    decisions: Agreement
    journal: Sums
    causes: dict[str, Difference]
    backtest: Sums


class NoRule:
    """Fulfils backtest.Rule: decides never by itself."""

    after_news = False

    def next_ns(self, _last: Ns) -> Ns:
        """See backtest.Rule."""
        return FAR_NS


class Recorded:
    """What a journal says of its run: who it was, its cuts and its orders' ways and ends."""

    def __init__(self, rows: Iterable[tuple[int, Entry]]) -> None:
        self.started: RunStarted | None = None
        self.counted = Counted()
        self.commands = 0
        self.operated: list[OperatorCommand] = []
        self._trips = RoundTrips()
        now = Ns(0)
        for _, row in rows:
            self._trips.take(row)
            if isinstance(row, RunStarted):
                self._start(row)
            elif isinstance(row, Cut):
                now = row.now
            elif isinstance(row, OperatorCommand):
                self.operated.append(row)
            self.commands += isinstance(row, Output)
            if isinstance(row, Event | Output):
                self.counted.append(row, now)

    def latency(self, usual: Latency) -> Latency:
        """Each order's own way; for orders that the run did not make, those of its orders."""
        trips = self._trips.trips
        return OwnTrips(trips, RecordedLatency(tuple(trips.values())) if trips else usual)

    def _start(self, row: RunStarted) -> None:
        if self.started is not None:
            raise ConfigError("the journal holds several runs: name one file, or record anew")
        if not row.cash:
            raise ConfigError(CONTINUES)
        self.started = row


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run, and the backtests that put one rule after the other in place of what it was."""

    journal: Path
    frames: Path
    plan: Plan
    engine: EngineFor
    told: Recorded
    progress: Progress

    def causes(self) -> dict[str, Difference]:
        """What each cause changes, in their order."""
        steps = [self.told.counted, *self._backtests()]
        found = [after.less(before) for before, after in pairwise(steps)]
        counted = self.told.counted
        more = Money(counted.by_schedule - counted.sums.fees)
        fee = Sums(fees=more, cash=Money(-more))
        queue = Difference(sums=found[0].sums - fee, added=found[0].added, missing=found[0].missing)
        causes = [Difference(sums=fee, added=[], missing=[]), queue, *found[1:]]
        return dict(zip(CAUSES, causes, strict=True))

    def _backtests(self) -> Iterator[Counted]:
        plan, rule = self.plan, CutRule(self.plan.decide_every_ns)
        alone = Conduct(queue=BACK)
        whole = Conduct(
            queue=BACK,
            taker_wait_ns=plan.taker_wait_ns,
            takers_wait_ns=plan.given.delays_ns,
            away=plan.away,
        )
        _, queue, latency, cut, frames = CAUSES
        rows = self._rows
        yield self._run(
            self._watched(queue, rows()), NoRule(), self.told.latency(plan.usual), alone
        )
        # Each draws from the first.
        yield self._run(self._watched(latency, rows()), NoRule(), latency_of(plan), whole)
        yield self._run(self._watched(cut, rows()), rule, latency_of(plan), whole)
        framed = self._watched(frames, self._framed())
        yield self._run(framed, rule, latency_of(plan), whole, confirms=True)

    def _watched(self, cause: str, events: Iterator[Event]) -> Iterator[Event]:
        for number, event in enumerate(events):
            if number % EVERY == 0:
                self.progress(f"a backtest, cause {cause}", number)
            yield event

    def _rows(self) -> Iterator[Event]:
        """What the run was told, but not by its account, and when it decided."""
        for _, row in read_entries(self.journal):
            if isinstance(row, MarketEvent | StoodStill | OperatorCommand | Cut):
                yield row

    def _framed(self) -> Iterator[Event]:
        given = Given()
        given.markets.update(self.told.counted.markets)
        history = recorded(self.frames, given)
        return heapq.merge(history.events(), self.told.operated, key=lambda event: event.recv_ns)

    def _run(
        self, events: Iterator[Event], rule: Rule, latency: Latency, conduct: Conduct,
        *, confirms: bool = False,
    ) -> Counted:  # fmt: skip
        plan, started, counted = self.plan, self.told.started, Counted()
        assert started is not None, "looked at before"
        setup = BacktestSetup(
            engine=self.engine(started),
            configuration=started.configuration,
            build=plan.build,
            run=started.run,
            inputs="[]",
            cash=started.cash,
            latency=latency,
            conduct=conduct,
            rule=rule,
            confirms=confirms,
        )
        driver = Backtest(setup, counted)
        for event in events:
            if not isinstance(event, Cut):
                driver.step(event)
            elif isinstance(rule, NoRule):
                driver.decide(event.now)
        driver.end()
        return counted


def parity(
    journal: Path,
    frames: Path,
    plan: Plan,
    engine: EngineFor,
    progress: Progress = lambda *_: None,
) -> Parity:
    """Compare a journal of one run, captured in full, with the frames recorded beside it.

    `plan` says what a backtest assumes; markets' terms and the configuration are the run's. Raises
    ConfigError and JournalError for what is no such pair.
    """
    progress("reading the journal", 0)
    told = Recorded(read_entries(journal))
    if told.started is None:
        raise ConfigError(f"{journal} holds no run")
    causes = Comparison(journal, frames, plan, engine, told, progress).causes()
    progress("deciding again on the frames", 0)
    return Parity(
        decisions=agreement(journal, frames, engine, told.commands),
        journal=told.counted.sums,
        causes=causes,
        backtest=sum((one.sums for one in causes.values()), told.counted.sums),
    )


def agreement(journal: Path, frames: Path, engine: EngineFor, commands: int) -> Agreement:
    """Decide again with the journal's cuts and account events on what the frames say."""
    auditor, rebuilt = Auditor(engine), Rebuilt(read_frames(frames))
    difference = ""
    try:
        for seq, row in read_entries(journal):
            auditor.take(seq, rebuilt.take(seq, row))
        auditor.end()
    except ReplayMismatch as error:
        difference = str(error)
    seen = auditor.seen
    return Agreement(
        runs=seen.runs,
        cuts=seen.cuts,
        commands=commands,
        agreed=seen.commands,
        rebuilt=rebuilt.rebuilt,
        differing=rebuilt.differing,
        lacking=rebuilt.lacking,
        difference=rebuilt.first or difference,  # what was decided on comes first
    )
