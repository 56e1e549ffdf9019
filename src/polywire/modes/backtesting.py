"""A backtest from its recordings to its result: opened, run once for each queue, summed up."""

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from polywire.core.engine.engine import Engine
from polywire.core.errors import ConfigError
from polywire.core.ids import RunId
from polywire.core.model.event import Event, Record
from polywire.core.units import SECOND, Money, Ns
from polywire.history import journals, windows
from polywire.history.column_file import ColumnFile, columns_of
from polywire.history.columns import Stretch
from polywire.history.provenance import VENUE, Provenance
from polywire.history.terms import Given
from polywire.journal.log import Journal
from polywire.journal.record import encode
from polywire.modes.backtest import Backtest, BacktestSetup, CutRule
from polywire.modes.backtest_result import BacktestReport, Earned
from polywire.modes.bulk import Bulk
from polywire.modes.part import WHOLE, Part
from polywire.modes.tally import Tally
from polywire.sim.conduct import Conduct
from polywire.sim.latency import (
    ConstantLatency,
    DrawnLatency,
    Latency,
    RecordedLatency,
    SeenLater,
)
from polywire.sim.queue import BACK, FRONT, PROPORTIONAL, QueueModel

QUEUES: Final[dict[str, QueueModel]] = {
    "front": FRONT,
    "proportional": PROPORTIONAL,
    "back": BACK,
}
RUN: Final = RunId("backtest")
"""The same for all, so that equal runs have equal orders; `RunStarted` names their recordings."""
SLOW_EVERY: Final = 20
"""One drawn delay in so many is ten times as long."""
Progress = Callable[[str, int, Ns, bool], None]
"""Told of a run: its queue, events so far, the time it is at, and whether that was all."""
READING: Final = "reading"
"""What progress calls the time before the first run, in which recordings become columns."""
EVERY: Final = 2_000
"""Events between two words of progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run. `engine` makes a fresh one from `configuration`, `trips` are recorded latencies.

    `usual` is the latency unless there are trips; drawn around it with a `seed`. `cache`: where
    recordings are kept as columns for the next run; None keeps them for this one alone.
    """

    engine: Callable[[], Engine]
    configuration: str
    build: str
    recordings: Path
    given: Given
    queues: Sequence[str]
    cash: Money
    usual: ConstantLatency
    seed: int | None = None
    trips: tuple[Ns, ...] = ()
    feed_delay_ns: Ns = Ns(0)
    taker_wait_ns: Ns = Ns(0)
    away: tuple[tuple[Ns, Ns], ...] = ()
    decide_every_ns: int | None = None
    rebates: bool = False
    journal: Path | None = None
    part: Part = WHOLE
    cache: Path | None = None


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
    tally = Tally(engine, rebates=plan.rebates)
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
        confirms=not any(one.shape == journals.SHAPE for one in opened),
        resolved=plan.given.resolved if plan.part.knows_the_end else {},
    )
    driver = Backtest(setup, written, [tally])
    try:
        if plan.decide_every_ns is not None and plan.part == WHOLE:
            Bulk(driver).run(_passing(columns, driver, queue, progress))
        else:
            driver.run(_watched(plan.part.of(columns.events()), queue, progress))
    finally:
        if journal is not None:
            journal.close()
    tally.sample(driver.now)
    return earned(queue, driver, tally, written.whole.hexdigest(), opened)


def assumptions(plan: Plan, opened: Sequence[Provenance]) -> list[str]:
    """Everything a result rests on beside the recordings and the configuration, in sentences."""
    told = [sentence for one in opened for sentence in one.assumptions]
    told += plan.part.told()
    delay = _ms(plan.feed_delay_ns)
    told.append(
        f"what we see was so {delay} before: an order meets the book of when it arrives, which is "
        "seen as much later"
    )
    if any(one.clock == VENUE for one in opened):
        told.append(f"recordings with venue times alone were received {delay} after those")
    told.append(_latency_words(plan))
    wait = _ms(plan.taker_wait_ns)
    told.append(f"an order that trades at once waits {wait} at the venue, or as its market says")
    if plan.away:
        told.append(f"the venue is away {len(plan.away)} times; post-only for two minutes after")
    told.append(
        "the engine decides after each time of receipt and every 100 ms"
        if plan.decide_every_ns is None
        else f"the engine decides every {_ms(plan.decide_every_ns)} and at no other time"
    )
    if (plan.decide_every_ns or 0) > SECOND:
        told.append(
            "the deepest fall is that at decisions; a gain is told if its mid was seen within 1 s"
        )
    told.append(
        "REST confirms a book 200 ms after it is asked, while nothing recorded contradicts it"
    )
    told.append("nobody reacts to our orders; what we take of a level is not given to us twice")
    told.append("fills are final at once; makers pay no fee, takers that of the market")
    told.append(
        "maker rebates are estimated apart and in no profit"
        if plan.rebates
        else "no maker rebates and no liquidity rewards"
    )
    told.append("what is held at the end is worth the best bid, or what its market paid if known")
    return list(dict.fromkeys(told))


def earned(
    queue: str, driver: Backtest, tally: Tally, digest: str, opened: Sequence[Provenance]
) -> Earned:
    """What a run came to."""
    engine = driver.engine
    rows = [row.told() for row in tally.rows.values()]
    hashes = engine.watch.tally
    books = engine.watch.books.values()
    return Earned(
        queue=queue,
        digest=digest,
        first_ns=min((one.first_ns for one in opened), default=Ns(0)),
        last_ns=driver.now,
        events=driver.events,
        cuts=driver.cuts,
        orders=tally.orders,
        cancels=tally.cancels,
        fills=len(tally.points),
        maker_fills=sum(row.maker_fills for row in rows),
        taker_fills=sum(row.taker_fills for row in rows),
        cash=engine.ledger.cash,
        profit=Money(sum(row.profit for row in rows)),
        realised=Money(sum(row.realised for row in rows)),
        open=Money(sum(row.open for row in rows)),
        fees=Money(sum(row.fees for row in rows)),
        rebates=Money(sum(row.rebates for row in rows)),
        drawdown=tally.drawdown,
        exposure_max=tally.exposure_max,
        gains=tally.mean_gains(),
        refused=dict(sorted(tally.refused.items())),
        rejected=dict(sorted(tally.rejected.items())),
        halted=tally.halted,
        stopped=tally.stopped,
        books=len(books),
        books_known=sum(tracked.book.known for tracked in books),
        hashes_agreed=hashes.agreed + hashes.late,
        hashes_wrong=hashes.wrong,
        gaps=engine.watch.gaps,
        confirmed=driver.confirming.confirmed,
        unconfirmed=driver.confirming.refused,
        rows=rows,
        equity=tally.equity,
        points=[point.told() for point in tally.points],
        prices=tally.prices,
    )


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
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(f"{folder} is not empty: name a new folder for the journals")
    folder.mkdir(parents=True, exist_ok=True)
    return Journal(folder, RUN)


def latency_of(plan: Plan) -> Latency:
    """The ways of a plan's orders, which meet what we see as much later as we see all of it."""
    latency: Latency = plan.usual
    if plan.trips:
        latency = RecordedLatency(plan.trips)
    elif plan.seed is not None:
        latency = DrawnLatency(random.Random(plan.seed), plan.usual, SLOW_EVERY)
    return SeenLater(latency, plan.feed_delay_ns)


def _latency_words(plan: Plan) -> str:
    there, back = _ms(plan.usual.order), _ms(plan.usual.reply)
    if plan.trips:
        return f"latency: {len(plan.trips)} recorded round trips in turn, half each way"
    if plan.seed is not None:
        return (
            f"latency: drawn around {there} to the venue and {back} back, one in {SLOW_EVERY} ten "
            f"times as long, seed {plan.seed}"
        )
    return f"latency: {there} to the venue, {back} back, always"


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


def _ms(ns: int) -> str:
    return f"{ns / 1e6:g} ms"
