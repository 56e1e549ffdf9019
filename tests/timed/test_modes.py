"""The four ways to run the position bot: the same positions, or a reason; and what each costs."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
import uvloop
from rich.console import Console

from polywire.bench import modes
from polywire.bench.hour import Followed, Plan, followed
from polywire.bench.mode_report import Report
from polywire.bench.modes_show import show_modes
from polywire.bench.result import Figure
from polywire.cli.bench import serve
from polywire.cli.output import json_of

SLACK = 2.0
"""A shared machine may fall short of a target by this factor before it is a failure."""
QUIET_MS = 60_000
BURST_MS = 1_000
FOUR = ("stream_watch", "stream_resting", "poll_watch", "poll_resting")

pytestmark = pytest.mark.timeout(180)


def slow_plan() -> Plan:
    """Twenty minutes in which no price moves twice within a minute."""
    return modes.plan_of(seed=19, minutes=20, frames_a_second=0.3)


def stories(report: Report, market: Followed) -> list[tuple[str, int, bool]]:
    """Each position: what it cost a share, what left it, and whether it was left."""
    mine = [trip for trip in report.trips if trip.market == market.id]
    return [(trip.cause, trip.entry, trip.closed) for trip in mine]


def test_on_a_slow_tape_all_four_modes_have_the_same_positions() -> None:
    plan = slow_plan()
    markets = followed(plan)
    for market in markets:
        moves = [now for last, now in pairwise(market.times) if now - last > BURST_MS]
        assert all(now - last >= QUIET_MS for last, now in pairwise(moves)), market.slug
    groups = [[way for group in modes.ways([]) for way in group if way.name in FOUR]]
    reports = uvloop.run(modes.measure(serve, plan, markets, groups, 120.0))
    assert [report.name for report in reports] == list(FOUR)
    for market in markets:
        told = [stories(report, market) for report in reports]
        assert told[1:] == told[:-1], market.slug
    left = [trip for trip in reports[0].trips if trip.closed]
    assert len(left) >= 3
    assert {trip.cause for trip in left} == {"target", "stop"}


def nearly(figure: Figure) -> bool:
    """Whether a target is met, or missed by less than the slack."""
    assert figure.target is not None
    if figure.target.bound == "at most":
        return figure.value <= figure.target.value * SLACK
    return figure.value >= figure.target.value / SLACK


def test_on_a_fast_tape_targets_are_met_and_every_difference_is_explained(tmp_path: Path) -> None:
    plan = modes.plan_of(seed=1, minutes=10)
    found = uvloop.run(modes.run(serve, plan, [30]))
    missed = [figure for figure in found.targets if not nearly(figure)]
    assert not missed
    assert found.differences
    assert [one.line for one in found.differences if not one.explained] == []
    batch, wide = found.modes["poll_watch_batched"], found.modes["poll_watch_30s"]
    one_by_one = found.modes["poll_watch"].book_calls_per_hour
    assert one_by_one == pytest.approx(1_800, rel=0.25)
    assert batch.book_calls_per_hour == pytest.approx(360, rel=0.25)
    assert wide.book_calls_per_hour == pytest.approx(600, rel=0.25)
    assert 2_000 < found.modes["poll_watch"].decision_ms_p50 < 8_000
    assert wide.decision_ms_p50 > found.modes["poll_watch"].decision_ms_p50
    watch, resting = found.modes["stream_watch"], found.modes["stream_resting"]
    assert resting.taker_fees_dollars < watch.taker_fees_dollars
    told = json.loads(json_of(found))
    assert told["ok"] == all(figure["met"] for figure in told["targets"])
    assert told["seed"] == 1
    assert told["modes"].keys() >= set(FOUR)
    console = Console(record=True, width=100, file=(tmp_path / "out").open("w"))
    show_modes(found, console)
    console.file.close()
    text = console.export_text()
    assert "seed 1" in text
    assert 'Recommended: kind = "stream" under [feed]' in text
