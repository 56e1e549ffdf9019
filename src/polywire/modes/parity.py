"""Parity: is what a run decided what its recorded frames lead to, and what would a backtest have?

First with the journal's own cuts and account events, where everything has to agree; then by the
backtest's rules, put in place of what happened one after the other, so that each has its part of
the difference.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec import Struct

from polywire.core.errors import ConfigError, ReplayMismatch
from polywire.core.ids import OrderId
from polywire.core.model.account import OrderAccepted, OrderRejected
from polywire.core.model.command import PlaceOrder
from polywire.core.model.control import Cut, RunStarted
from polywire.core.model.event import Event, Output
from polywire.core.units import Money, Ns
from polywire.history.frames import recorded
from polywire.history.terms import Given
from polywire.journal.frames import read_frames
from polywire.journal.reader import read_entries
from polywire.journal.record import Entry
from polywire.modes.backtest import CUT_EVERY_NS, Backtest, BacktestSetup, CutRule, Rule
from polywire.modes.backtesting import Plan
from polywire.modes.parity_sums import Counted, Sums
from polywire.modes.rebuilt import Rebuilt
from polywire.modes.replay import Auditor, EngineFor
from polywire.sim.conduct import Conduct
from polywire.sim.latency import Latency, RecordedLatency
from polywire.sim.queue import BACK

CAUSES: Final = ("fee", "queue", "latency", "cut")
"""In the order in which the backtest's rules are put in place of what happened."""


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
        return self.agreed == self.commands and not (self.differing or self.lacking)


class Parity(Struct, frozen=True, kw_only=True):
    """Both comparisons: `journal` and `causes` add up to `backtest`."""

    decisions: Agreement
    journal: Sums
    causes: dict[str, Sums]
    backtest: Sums


@dataclass(frozen=True, slots=True)
class RecordedCuts:
    """Fulfils backtest.Rule: decides when a run did, and each 100 ms after its last cut."""

    times: Sequence[Ns]
    after_news: bool = False

    def next_ns(self, last: Ns) -> Ns:
        """See backtest.Rule."""
        place = bisect_right(self.times, last)
        return self.times[place] if place < len(self.times) else Ns(last + CUT_EVERY_NS)


class Recorded:
    """What a journal says of one run, beside its market rows."""

    def __init__(self, rows: Iterable[tuple[int, Entry]]) -> None:
        self.counted = Counted()
        self.cuts: list[Ns] = []
        self.started: RunStarted | None = None
        self.commands = 0
        self.trips: list[Ns] = []
        """From each order to the first answer to it."""
        sent: dict[OrderId, Ns] = {}
        now = Ns(0)
        for _, row in rows:
            if isinstance(row, RunStarted):
                _check_alone(self.started)
                self.started = row
            if isinstance(row, Cut):
                now = row.now
                self.cuts.append(now)
            elif isinstance(row, PlaceOrder):
                sent[row.order_id] = now
            elif isinstance(row, OrderAccepted | OrderRejected) and row.order_id in sent:
                self.trips.append(Ns(max(0, row.recv_ns - sent.pop(row.order_id))))
            self.commands += isinstance(row, Output)
            if isinstance(row, Event | Output):
                self.counted.append(row, now)


def parity(journal: Path, frames: Path, plan: Plan, engine: EngineFor) -> Parity:
    """Compare a journal of one run, captured in full, with the frames recorded beside it.

    `plan` is the backtest of these frames; their markets' terms are taken from the journal. Raises
    ConfigError and JournalError for what is no such pair.
    """
    told = Recorded(read_entries(journal))
    if told.started is None:
        raise ConfigError(f"{journal} holds no run")
    given = Given()
    given.markets.update(told.counted.markets)
    usual: Latency = plan.usual
    trips = told.trips
    as_recorded: Latency = RecordedLatency(tuple(trips)) if trips else usual
    cuts = RecordedCuts(told.cuts)
    own = CutRule(plan.decide_every_ns)

    def sums(rule: Rule, latency: Latency) -> Sums:
        counted = Counted()
        setup = _setup(plan, told.started, rule, latency)
        Backtest(setup, counted).run(recorded(frames, given).events())
        return counted.sums

    journal_sums = told.counted.sums
    more = Money(told.counted.by_schedule - journal_sums.fees)
    steps = [journal_sums, journal_sums + Sums(fees=more, cash=Money(-more))]
    steps += [sums(cuts, as_recorded), sums(cuts, usual), sums(own, usual)]
    causes = {name: steps[at + 1] - steps[at] for at, name in enumerate(CAUSES)}
    return Parity(
        decisions=agreement(journal, frames, engine, told.commands),
        journal=journal_sums,
        causes=causes,
        backtest=steps[-1],
    )


def agreement(journal: Path, frames: Path, engine: EngineFor, commands: int) -> Agreement:
    """Decide again with the journal's cuts and account events on what the frames say."""
    auditor, rebuilt = Auditor(engine), Rebuilt(read_frames(frames))
    difference = ""
    try:
        for seq, row in read_entries(journal):
            auditor.take(seq, rebuilt.take(seq, row))
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
        difference=difference or rebuilt.first,
    )


def _setup(plan: Plan, started: RunStarted | None, rule: Rule, latency: Latency) -> BacktestSetup:
    assert started is not None, "looked at before"
    return BacktestSetup(
        engine=plan.engine(),
        configuration=plan.configuration,
        build=plan.build,
        run=started.run,
        inputs="[]",
        cash=started.cash or plan.cash,
        latency=latency,
        conduct=Conduct(queue=BACK, taker_wait_ns=plan.taker_wait_ns, away=plan.away),
        rule=rule,
    )


def _check_alone(before: RunStarted | None) -> None:
    if before is not None:
        raise ConfigError("the journal holds several runs: name one file, or record anew")
