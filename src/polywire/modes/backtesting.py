"""A backtest from its recordings to its result: opened, run once for each queue, summed up."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from polywire.core.engine.engine import Engine
from polywire.core.errors import ConfigError
from polywire.core.ids import RunId
from polywire.core.model.event import Event, Record
from polywire.core.units import Ns
from polywire.history import windows
from polywire.history.column_file import ColumnFile, columns_of
from polywire.history.columns import Stretch
from polywire.journal.log import Journal
from polywire.journal.record import encode
from polywire.modes.backtest import Backtest, BacktestSetup, CutRule
from polywire.modes.backtest_result import BacktestReport, Earned
from polywire.modes.bulk import Bulk
from polywire.modes.earned import Watchers, earned
from polywire.modes.idleness import Idleness
from polywire.modes.part import WHOLE
from polywire.modes.plan import Plan, assumptions, confirms, latency_of
from polywire.modes.reward_tally import RewardTally
from polywire.modes.tally import Tally
from polywire.sim.conduct import Conduct
from polywire.sim.queue import BACK, FRONT, PROPORTIONAL, QueueModel

QUEUES: Final[dict[str, QueueModel]] = {
    "front": FRONT,
    "proportional": PROPORTIONAL,
    "back": BACK,
}
RUN: Final = RunId("backtest")
"""The same for all, so that equal runs have equal orders; `RunStarted` names their recordings."""
Progress = Callable[[str, int, Ns, bool], None]
"""Told of a run: its queue, events so far, the time it is at, and whether that was all."""
READING: Final = "reading"
"""What progress calls the time before the first run, in which recordings become columns."""
EVERY: Final = 2_000
"""Events between two words of progress."""


@dataclass(slots=True)
class Written:
    """Everything that is written down, as one digest, and in a journal where one is kept."""

    journal: Journal | None
    whole: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def append(self, record: Record, recv_ns: Ns) -> None:
        """See backtest.Records."""
        kind, payload = encode(record)
        self.whole.update(kind.encode())
        self.whole.update(payload)
        if self.journal is not None:
            self.journal.append(record, recv_ns)


def backtest(plan: Plan, progress: Progress = lambda *_: None) -> BacktestReport:
    """Run a plan; ConfigError for recordings that cannot be read, JournalError for the journal."""
    with TemporaryDirectory(prefix="polywire-") as passing:
        folder = plan.cache or Path(passing)
        columns = columns_of(
            plan.recordings,
            plan.given,
            plan.feed_delay_ns,
            folder,
            lambda events: _watched(events, READING, progress),
        )
        results = [_one(plan, queue, columns, progress) for queue in plan.queues]
    return BacktestReport(
        version=plan.build,
        configuration=plan.configuration,
        recordings=list(columns.provenance),
        assumptions=assumptions(plan, columns.provenance),
        results=results,
    )


def _one(plan: Plan, queue: str, columns: ColumnFile, progress: Progress) -> Earned:
    opened = columns.provenance
    engine = plan.engine()
    _check_needs(engine)
    watched = Watchers(Tally(engine, rebates=plan.rebates), RewardTally(engine), Idleness(engine))
    journal = _journal(plan, queue)
    written = Written(journal)
    setup = BacktestSetup(
        engine=engine,
        configuration=plan.configuration,
        build=plan.build,
        run=RUN,
        inputs=msgspec.json.encode([one.input for one in opened]).decode(),
        cash=plan.cash,
        latency=latency_of(plan),
        conduct=Conduct(
            queue=QUEUES[queue],
            deep=not any(one.shape == windows.SHAPE for one in opened),
            taker_wait_ns=plan.taker_wait_ns,
            takers_wait_ns=plan.given.delays_ns,
            away=plan.away,
        ),
        rule=CutRule(plan.decide_every_ns),
        confirms=confirms(opened),
        resolved=plan.given.resolved if plan.part.knows_the_end else {},
    )
    driver = Backtest(setup, written, watched)
    try:
        if plan.decide_every_ns is not None and plan.part == WHOLE:
            Bulk(driver).run(_passing(columns, driver, queue, progress))
        else:
            driver.run(_watched(plan.part.of(columns.events()), queue, progress))
    finally:
        if journal is not None:
            journal.close()
    watched.tally.sample(driver.now)
    return earned(queue, driver, watched, written.whole.hexdigest(), opened)


def _check_needs(engine: Engine) -> None:
    for name, seat in engine.roster.seats.items():
        if seat.needs:
            raise ConfigError(
                f"{name} needs {', '.join(sorted(seat.needs))}, which no backtest executes: leave "
                "it out",
                look="not-executed",
            )


def _journal(plan: Plan, queue: str) -> Journal | None:
    """A journal of its own for each queue; nothing goes on from a backtest."""
    if plan.journal is None:
        return None
    folder = plan.journal / queue
    try:
        folder.mkdir(parents=True, exist_ok=True)
        empty = not any(folder.iterdir())
    except OSError as error:
        raise ConfigError(f"cannot keep journals in {folder}: {error.strerror}") from error
    if not empty:
        raise ConfigError(f"{folder} is not empty: name a new folder for the journals")
    return Journal(folder, RUN)


def _passing(
    columns: ColumnFile, driver: Backtest, queue: str, progress: Progress
) -> Iterator[Stretch]:
    for stretch in columns.stretches():
        progress(queue, driver.events, driver.now, False)
        yield stretch
    progress(queue, driver.events, driver.now, True)


def _watched(events: Iterator[Event], queue: str, progress: Progress) -> Iterator[Event]:
    number = 0
    now = Ns(0)
    for number, event in enumerate(events, 1):
        now = event.recv_ns
        if number % EVERY == 0:
            progress(queue, number, now, False)
        yield event
    progress(queue, number, now, True)
