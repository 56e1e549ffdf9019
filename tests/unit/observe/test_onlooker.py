"""Who only looks on shows the same run as an engine that decides everything again."""

import dataclasses
from pathlib import Path

import pytest
from msgspec import to_builtins
from tests.unit.core.building import DOLLAR, SECOND, engine
from tests.unit.observe.test_shadow import Kept

from polywire.core.engine.engine import Engine
from polywire.core.ids import RunId
from polywire.core.model.account import AccountReported
from polywire.core.model.control import Cut, RunStarted
from polywire.core.model.event import Output
from polywire.core.units import Money, Ns
from polywire.journal.log import Journal
from polywire.journal.reader import read_entries
from polywire.modes.cast import with_turnover
from polywire.modes.simulate import SimulationOptions, draw_scene
from polywire.observe import shadow
from polywire.observe.auditor import Auditor, Past
from polywire.observe.glance import order_lines
from polywire.observe.onlooker import Onlooker
from polywire.observe.shadow import Shadow
from polywire.observe.status import book_lines, engine_status
from polywire.sim.world import Scene, World

OPTIONS = SimulationOptions(seconds=8, markets=3)
SEEDS = (1, 4)
LOOKS = 20


def scene_of(seed: int) -> Scene:
    """Faults, strategies that come and go or raise; every second seed they lose too much."""
    scene = dataclasses.replace(with_turnover(draw_scene(seed, OPTIONS), seed), crashes=())
    made, inbox = scene.life()
    for one in made.roster.seats.values():
        one.loss_max = Money(20_000) if seed % 2 else None
    return dataclasses.replace(scene, life=lambda: (made, inbox))


def fresh(seed: int) -> Engine:
    return scene_of(seed).life()[0]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[Path, Engine]]:
    """Journals of simulated runs by seed, and the engines that wrote them."""
    made = {}
    for seed in SEEDS:
        folder, scene = tmp_path_factory.mktemp("run"), scene_of(seed)
        live = scene.life()[0]
        with Journal(folder, RunId("r1")) as journal:
            live.handle = Kept(journal, live).take  # type: ignore[method-assign]
            World(scene).run()
        made[seed] = folder, live
    return made


def shown(engine: Engine) -> dict[str, object]:
    """All that pages and terminals read of an engine."""
    status: dict[str, object] = to_builtins(engine_status(engine, ""))
    lines = to_builtins([list(order_lines(engine)), list(book_lines(engine))])
    return {**status, "lines": lines}


@pytest.mark.parametrize("seed", SEEDS)
def test_it_shows_what_the_engine_shows(runs: dict[int, tuple[Path, Engine]], seed: int) -> None:
    auditor, onlooker = Auditor(lambda _: fresh(seed)), Onlooker(lambda _: fresh(seed), Past())
    cuts, due = 0, False
    for seq, row in read_entries(runs[seed][0]):
        auditor.take(seq, row)
        onlooker.take(seq, row)
        if isinstance(row, Cut):
            cuts, due = cuts + 1, cuts % LOOKS == 0
        elif due and not isinstance(row, Output):  # behind all that came of the cut
            due = False
            assert auditor.engine is not None
            assert onlooker.engine is not None
            assert shown(onlooker.engine) == shown(auditor.engine), f"row {seq}"
    assert cuts > 100


def test_the_seeds_halt_bar_refuse_and_sell(runs: dict[int, tuple[Path, Engine]]) -> None:
    """Else the test above would compare nothing."""
    seen = [shown(live) for _, live in runs.values()]
    lines = [line for one in seen for line in one["strategies"]]  # type: ignore[attr-defined]
    assert {line["state"] for line in lines} >= {"active", "halted", "retired"}
    assert any(line["barred"] for line in lines)
    assert any(line["refused"] for line in lines)
    assert any(line["fills"] for line in lines)


def test_of_a_long_run_that_is_read_in_haste_the_books_are_known_too(
    runs: dict[int, tuple[Path, Engine]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadow, "LATE_NS", 8 * SECOND)
    folder, live = runs[4]
    hasty = Shadow(folder, lambda _: fresh(4), hasty=True)
    while hasty.advance(100) == 100:
        pass
    assert hasty.engine is not None
    trusted = {line.market for line in book_lines(live) if not line.distrust}
    assert trusted
    assert {line.market for line in book_lines(hasty.engine) if not line.distrust} == trusted


def test_what_each_report_would_have_come_to_is_not_kept() -> None:
    """Of a journal without market rows no cut is read, and a run may last for months."""
    onlooker = Onlooker(lambda _: engine(), Past())
    onlooker.take(1, RunStarted(Ns(1), RunId("r1"), "0.1", "{}", Money(DOLLAR)))
    for number in range(2, 100):
        report = AccountReported(Ns(number), Money(number), ())
        onlooker.take(number, report)
    assert onlooker.engine is not None
    assert onlooker.engine.breaker.halted, "what is true is known all the same"
    assert onlooker.engine.accountant._told == []
    assert onlooker.engine.breaker._moved == []
