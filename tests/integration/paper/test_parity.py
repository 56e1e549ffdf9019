"""A paper run and the frames it recorded: its decisions again, and a backtest's by cause."""

import asyncio
import re
from pathlib import Path

import pytest
from tests.integration.paper.conftest import QUICK, Run, Start

from polywire.config.build import engine_from
from polywire.config.demo import CASH, demo_settings
from polywire.config.schema import dump, load
from polywire.core.engine.engine import Engine
from polywire.core.errors import JournalError
from polywire.core.ids import FeedId
from polywire.core.model.control import RunStarted
from polywire.core.model.market import BookDelta
from polywire.core.units import Ns
from polywire.history.terms import Given
from polywire.journal.frames import FrameWriter, read_frames
from polywire.journal.reader import read_entries
from polywire.modes.parity import Parity, agreement, parity
from polywire.modes.parity_sums import Difference, Sums
from polywire.modes.plan import Plan
from polywire.modes.rebuilt import Rebuilt
from polywire.runtime.recorder import KeptSession


def engine_for(started: RunStarted) -> Engine:
    return engine_from(load(started.configuration))


def compared(run: Run, frames: Path) -> Parity:
    settings = demo_settings()
    plan = Plan(
        engine=lambda: engine_from(settings),
        configuration=dump(settings),
        build="test",
        recordings=frames,
        given=Given(),
        queues=("back",),
        cash=CASH,
        usual=QUICK,
    )
    return parity(run.journal, frames, plan, engine_for)


@pytest.mark.parametrize("redundancy", [1, 2])
async def test_the_frames_of_a_run_lead_to_its_decisions_and_every_difference_has_a_cause(
    started: Start, tmp_path: Path, redundancy: int
) -> None:
    frames = tmp_path / "frames"
    run = await started(record=frames, redundancy=redundancy)
    await run.proven(12)
    await asyncio.sleep(3.0)
    await run.stop()
    found = compared(run, frames)
    seen = found.decisions
    assert seen.difference == ""
    assert seen.whole
    assert (seen.runs, seen.agreed) == (1, seen.commands)
    assert seen.rebuilt > 200
    assert seen.cuts > 50
    assert found.journal.orders > 10
    told = found.journal
    for cause in found.causes.values():
        told = told + cause.sums
    assert told == found.backtest
    assert [*found.causes] == ["fee", "queue", "latency", "cut", "frames"]
    none = Difference(sums=Sums(), added=[], missing=[])
    assert found.causes["fee"] == none  # the simulated venue charges what the schedule says


async def test_each_frame_knows_the_row_of_the_journal_it_came_behind(
    started: Start, tmp_path: Path
) -> None:
    run = await started(record=tmp_path / "frames")
    await run.proven(12)
    await asyncio.sleep(0.6)
    await run.stop()
    seqs = [line.seq for line in read_frames(tmp_path / "frames")]
    assert seqs == sorted(seqs)
    assert 0 < seqs[0] < seqs[-1]


async def test_a_frame_that_says_something_else_is_noticed(started: Start, tmp_path: Path) -> None:
    run = await started(record=tmp_path / "frames")
    await run.proven(12)
    await asyncio.sleep(0.6)
    await run.stop()
    lines = [*read_frames(tmp_path / "frames")]
    at = next(n for n, line in enumerate(lines) if '"price_change"' in line.frame)
    other = FrameWriter(tmp_path / "other", {})
    for number, line in enumerate(lines):
        size = '"size":"12345.67"'
        frame = re.sub(r'"size":"[^"]*"', size, line.frame) if number == at else line.frame
        other.write(line.recv_ns, line.feed, frame, line.seq)
    other.close()
    seen = agreement(run.journal, tmp_path / "other", engine_for, 0)
    assert seen.differing == 1
    assert "its frames say" in seen.difference
    rebuilt = Rebuilt(read_frames(tmp_path / "other"))
    made = [rebuilt.take(seq, row) for seq, row in read_entries(run.journal)]
    sizes = [size for row in made if isinstance(row, BookDelta) for _, _, size in row.levels]
    assert 12_345_670_000 in sizes, "what the frames say is what is decided on"
    short = FrameWriter(tmp_path / "short", {})
    for line in lines[:at]:
        short.write(line.recv_ns, line.feed, line.frame, line.seq)
    short.close()
    assert agreement(run.journal, tmp_path / "short", engine_for, 0).lacking > 0


async def test_a_run_goes_on_when_its_frames_cannot_be_kept() -> None:
    kept: list[bytes] = []

    def keep(_feed: FeedId, frame: bytes, _now: Ns) -> None:
        kept.append(frame)
        raise JournalError("no space left")

    session = KeptSession(FeedId("market-1"), lambda: 0.5, keep)
    session.connected(Ns(1))
    for _ in range(2):
        assert session.receive(b"PONG", Ns(2)) == []
    assert kept == [b"PONG"]
