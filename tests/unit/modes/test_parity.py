"""Runs that differ from their backtest by one cause each: that row tells it, and no other does."""

import json
from random import Random

import pytest
from msgspec import structs
from tests.unit.history.recording import NO, START_MS, YES, book, trade
from tests.unit.modes.recorded_market import MS

from polywire.config.build import engine_from
from polywire.config.demo import demo_settings
from polywire.config.schema import dump, load
from polywire.core.errors import ConfigError
from polywire.core.model.account import OrderFilled
from polywire.core.model.control import Operation, OperatorCommand
from polywire.core.model.event import Event
from polywire.core.model.market import PublicTrade
from polywire.history.frames import recorded
from polywire.history.terms import Given
from polywire.journal.frames import FrameWriter
from polywire.journal.log import Journal
from polywire.journal.reader import read_entries
from polywire.modes.backtest import Backtest, BacktestSetup, CutRule
from polywire.modes.parity import Comparison, Recorded, agreement
from polywire.modes.parity_sums import Sums
from polywire.modes.plan import Plan
from polywire.sim.conduct import Conduct
from polywire.sim.latency import ConstantLatency
from polywire.sim.queue import BACK, FRONT

CASH = 1_000_000_000
USUAL = ConstantLatency(20 * MS, 20 * MS)
GRID = CutRule(100 * MS)
"""News make no cut, so that another cause does not bring other times of decisions along."""


def engine_for(started):
    return engine_from(load(started.configuration))


class Kept:
    """A journal captured in full, of a backtest that is taken for a run."""

    def __init__(self, journal, alter):
        self.journal, self.alter = journal, alter

    def append(self, record, recv_ns):
        if not isinstance(record, Event):
            self.journal.append(record, recv_ns)

    def saw(self, event):
        self.journal.append(self.alter(event), event.recv_ns)

    def decided(self, commands, now):
        pass


class Cutting(Kept):
    """The same, with each cut before what came of it."""

    def append(self, record, recv_ns):
        if type(record).__name__ == "Cut":
            self.journal.append(record, recv_ns)
        super().append(record, recv_ns)


@pytest.fixture
def frames(tmp_path):
    """A market that walks, and trades at its best bid."""
    chance, bid = Random(3), 40
    writer = FrameWriter(tmp_path / "frames", {})
    for number in range(90):
        at = 37 * number
        bid += chance.choice((-1, 0, 0, 1))
        told = [
            book(YES, [(f"0.{bid}", "20")], [(f"0.{bid + 5}", "80")], START_MS + at),
            book(NO, [(f"0.{95 - bid}", "80")], [(f"0.{100 - bid}", "20")], START_MS + at),
        ]
        if number % 3 == 2:
            told = [trade(f"0.{bid}", "14", "SELL", START_MS + at)]
        for each in told:
            writer.write((START_MS + at) * MS, "market-1", json.dumps(each))
    writer.close()
    return tmp_path / "frames"


def run_of(tmp_path, events, *, latency=USUAL, queue=BACK, rule=GRID, alter=lambda event: event):
    with Journal(tmp_path / "journal", "r1") as journal:
        kept = Cutting(journal, alter)
        settings = demo_settings()
        setup = BacktestSetup(
            engine=engine_from(settings), configuration=dump(settings), build="test", run="r1",
            inputs="", cash=CASH, latency=latency, conduct=Conduct(queue=queue),
            rule=rule,
        )  # fmt: skip
        Backtest(setup, kept, [kept]).run(events)
    return tmp_path / "journal"


def compared(journal, frames, **more):
    plan = Plan(
        engine=lambda: engine_from(demo_settings()), configuration="", build="test",
        recordings=frames, given=Given(), queues=("back",), cash=CASH, usual=USUAL,
        **({"decide_every_ns": GRID.decide_every_ns} | more),
    )  # fmt: skip
    told = Recorded(read_entries(journal))
    causes = Comparison(journal, frames, plan, engine_for, told, lambda *_: None).causes()
    changed = [
        cause for cause, one in causes.items() if one.sums != Sums() or one.added or one.missing
    ]
    return changed, causes, told


def events_of(frames):
    return recorded(frames, Given()).events()


@pytest.mark.parametrize("every_ns", [None, GRID.decide_every_ns])
def test_a_run_by_the_backtests_own_rules_differs_in_nothing(tmp_path, frames, every_ns):
    journal = run_of(tmp_path, events_of(frames), rule=CutRule(every_ns))
    changed, _, told = compared(journal, frames, decide_every_ns=every_ns)
    assert changed == []
    assert told.counted.sums.fills > 2
    assert told.counted.sums.orders > 10


class OrderByOrder:
    """Another way for each order, the same there and back, for cancels too."""

    def order_ns(self, order_id):
        return (40 + 50 * (int(order_id.rpartition("-")[2]) % 4)) * MS

    reply_ns = order_ns


def cheaper(event):
    return structs.replace(event, fee=event.fee - 7) if isinstance(event, OrderFilled) else event


@pytest.mark.parametrize(
    ("cause", "differs"),
    [
        ("fee", {"alter": cheaper}),
        ("queue", {"queue": FRONT}),
        ("latency", {"latency": OrderByOrder()}),
        ("cut", {"rule": CutRule(450 * MS)}),
    ],
)
def test_one_cause_is_told_in_its_row_and_in_no_other(tmp_path, frames, cause, differs):
    journal = run_of(tmp_path, events_of(frames), **differs)
    changed, causes, _ = compared(journal, frames)
    assert changed == [cause]
    if cause == "queue":
        (gone, *_) = causes["queue"].missing
        assert (gone.what, gone.side) == ("fill", "BUY")


def test_what_a_run_did_not_see_alone_is_told_of_its_frames(tmp_path, frames):
    seen = [event for event in events_of(frames) if not isinstance(event, PublicTrade)]
    changed, _, _ = compared(run_of(tmp_path, seen), frames)
    assert changed == ["frames"]


def test_what_an_operator_did_is_no_difference(tmp_path, frames):
    events = [*events_of(frames)]
    halted = OperatorCommand(events[90].recv_ns, Operation.HALT, "lunch", "me")
    resumed = OperatorCommand(events[120].recv_ns, Operation.RESUME, "back", "me")
    events[121:121] = [resumed]
    events[91:91] = [halted]
    journal = run_of(tmp_path, events)
    changed, _, told = compared(journal, frames)
    assert changed == []
    assert [one.who for one in told.operated[:2]] == ["me", "me"]


def test_the_configurations_latency_is_what_a_backtest_of_it_would_draw(tmp_path, frames):
    journal = run_of(tmp_path, events_of(frames))
    for more in ({"seed": 3}, {"trips": (400 * MS,)}, {"feed_delay_ns": 300 * MS}):
        assert compared(journal, frames, **more)[0] == ["latency"]


def test_a_run_that_continues_an_account_is_refused(tmp_path, frames):
    journal = run_of(tmp_path, events_of(frames))
    rows = [*read_entries(journal)]
    with pytest.raises(ConfigError, match="continues an account"):
        Recorded((seq, structs.replace(row, cash=0) if seq == 1 else row) for seq, row in rows)


def test_a_command_that_is_still_expected_at_the_end_is_a_difference(tmp_path, frames):
    journal = run_of(tmp_path, events_of(frames))
    rows = [*read_entries(journal)]
    assert agreement(journal, frames, engine_for, 0).difference == ""
    last = max(number for number, (_, row) in enumerate(rows) if not isinstance(row, Event))
    with Journal(tmp_path / "short", "r1") as short:
        for _, row in rows[:last]:
            short.append(row, START_MS * MS)
    seen = agreement(tmp_path / "short", frames, engine_for, 0)
    assert "recorded nothing" in seen.difference
    assert not structs.replace(seen, commands=seen.agreed).whole
