"""Whole worlds with faults: the promises hold for every seed, and a seed is the same again."""

import dataclasses
import json
import os
import subprocess
import sys

import pytest

from polywire.core.model.control import Operation
from polywire.modes.cast import with_turnover
from polywire.modes.simulate import (
    SimulationOptions,
    draw_scene,
    simulate,
    simulate_seed,
)
from polywire.sim.world import World

SAME = """
from polywire.modes.simulate import SimulationOptions, simulate_seed
report = simulate_seed(4, SimulationOptions(seconds=20, markets=4))
print(report.digest, report.frames, report.orders, report.fills)
"""


@pytest.mark.timeout(0)
def test_every_promise_is_kept_for_every_seed(counts):
    report = simulate(range(2, 2 + counts(10, 2_000)), SimulationOptions(workers=2))
    failed = [f"{seed.replay}: {seed.broken[0]}" for seed in report.failures]
    assert failed == []
    # Seeds that place nothing, fill nothing or see no fault would prove nothing.
    assert sum(seed.orders for seed in report.seeds) > 100 * len(report.seeds)
    assert sum(seed.fills for seed in report.seeds) > 10 * len(report.seeds)
    assert {fault for seed in report.seeds for fault in seed.faults} == {
        "loss",
        "repeat",
        "reorder",
        "delay",
        "gap",
        "disconnect",
        "late_trade",
        "freeze",
        "truncate",
        "no_first_book",
        "no_proof",
        "late_word",
        "repeated_word",
        "lost_word",
        "lost_order",
        "late_order",
        "lost_cancel",
        "lost_answer",
        "late_answer",
        "lost_news",
        "undone",
    }
    assert max(seed.lives for seed in report.seeds) == 3


def test_strategies_come_and_go_in_some_worlds_in_every_way():
    scenes = [with_turnover(draw_scene(seed, SimulationOptions()), seed) for seed in range(1, 31)]
    asked = [{operation for _, operation, _ in scene.asked} for scene in scenes]
    ways = {Operation.ADD, Operation.RETIRE, Operation.SELL_OUT, Operation.HALT, Operation.RESUME}
    assert set().union(*asked) == ways
    assert set() in asked
    assert any(scene.crashes and scene.asked for scene in scenes)


def test_a_seed_is_the_same_under_every_hash_seed():
    told = {
        subprocess.run(
            [sys.executable, "-c", SAME],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "1", "4242")
    }
    assert len(told) == 1


def test_other_seeds_are_other_worlds():
    options = SimulationOptions(seconds=5, markets=3)
    assert simulate_seed(1, options).digest != simulate_seed(2, options).digest


class Restless:
    """A venue whose answers by REST differ from one to the next once it has fallen still."""

    def __init__(self, truth, still):
        self._truth = truth
        self._still = still
        self._asked = 0

    def __getattr__(self, name):
        return getattr(self._truth, name)

    def rest(self, asset):
        book = self._truth.rest(asset)
        due = self._truth.next_ns()
        if book is None or (due is not None and due < self._still):
            return book
        self._asked += 1
        told = json.loads(book)
        told["bids"] = [{"price": "0.01", "size": str(self._asked)}]
        return json.dumps(told)


def test_a_book_that_differs_from_the_venue_s_at_the_end_breaks_a_promise():
    scene = draw_scene(1, SimulationOptions(seconds=1, markets=3))
    honest = World(scene)
    honest.run()
    assert scene.promises.broken == []
    scene = draw_scene(1, SimulationOptions(seconds=1, markets=3))
    World(dataclasses.replace(scene, truth=Restless(scene.truth, scene.quiet))).run()
    assert any("differs from the venue's" in sentence for sentence in scene.promises.broken)


def test_two_workers_report_in_order_and_the_same_as_one():
    alone = SimulationOptions(seconds=5, markets=3, workers=1)
    heard = []
    together = simulate(range(1, 5), SimulationOptions(seconds=5, markets=3), heard.append)
    assert [report.seed for report in heard] == [1, 2, 3, 4]
    assert together.seeds == simulate(range(1, 5), alone).seeds


def test_a_report_names_the_command_that_runs_its_seed_again():
    report = simulate_seed(3, SimulationOptions(seconds=1, markets=3))
    assert report.replay == "polywire simulate --seeds 3..3"
