"""Each benchmark in a tiny configuration: its shape and what it checks, not its speed."""

import json
from pathlib import Path

import pytest
import uvloop
from rich.console import Console
from tests.unit.history.recording import ticks_file

from polywire.bench import (
    decode,
    fills,
    flood,
    latency,
    pace,
    proofs,
    replay,
    signing,
    watched,
    wire,
)
from polywire.bench.reel import framed, read, reel
from polywire.bench.result import Result
from polywire.bench.show import show
from polywire.bench.tape import record
from polywire.cli.local import local_exchange
from polywire.cli.output import json_of

SLACK = 2.0
"""A shared machine may fall short of a target by this factor before it is a failure."""

pytestmark = pytest.mark.timeout(120)


def shaped(found: Result) -> None:
    assert found.figures
    assert found.machine
    assert found.python.startswith("CPython 3.")
    # A share of the processor is the difference of two timings, and may come out below nothing.
    assert all(figure.value >= 0 for figure in found.figures if figure.unit != "% of CPU")
    assert all((figure.target is None) == (figure.met is None) for figure in found.figures)
    assert found.met == all(figure.met is not False for figure in found.figures)


def test_decoding_costs_less_than_half_as_far_from_its_targets() -> None:
    found = decode.run(runs=3, frames=3_000)
    shaped(found)
    assert found.value("times less than lists") >= decode.LISTS_RATIO_MIN / SLACK
    assert found.value("times less than sorted dict") >= decode.SORTED_RATIO_MIN / SLACK


def test_an_order_is_signed_for_a_sixtieth_of_what_the_official_client_takes() -> None:
    found = signing.run(runs=3, orders=400, cases=400)
    shaped(found)
    assert found.value("times less than by default") >= signing.RATIO_MIN / SLACK
    assert found.value("of 400 orders by shares, other amounts by floats") > 0
    assert found.value("of 400 orders by dollars, other amounts by floats") > 0


def test_every_delay_is_told_in_three_percentiles_that_grow() -> None:
    found = latency.run(seconds=0.3, runs=1, rates=(500,), tokens=(2, 200))
    shaped(found)
    for tokens in (2, 200):
        p50, p99, p999 = (
            found.value(f"500/s, {tokens} tokens: {name}") for name in ("p50", "p99", "p99.9")
        )
        assert 0 < p50 <= p99 <= p999


def test_a_flood_is_read_whole_with_and_without_merging() -> None:
    found = flood.run(seconds=0.1, runs=1, tokens=20, frames=1_000)
    shaped(found)
    assert found.value("unmerged: merge ratio") == pytest.approx(1.0)
    assert found.value("merged: merge ratio") >= 1.0
    assert found.value("merged: read") > 0


def test_checks_cost_something_and_groups_are_counted_from_the_frames_themselves() -> None:
    found = proofs.run(seconds=0.1, runs=1, frames=1_000)
    shaped(found)
    assert found.value("unmerged: with checks") > found.value("unmerged: without")
    assert found.value("twin filter, both copies") > 0
    told, passed = (
        found.value("5000/s: hash groups told"),
        found.value("5000/s: passed over by merging"),
    )
    assert found.value("5000/s: verified") == pytest.approx((told - passed) / told * 100)
    change = b'{"price_changes":[{"asset_id":"1","hash":"a"},{"asset_id":"2","hash":"b"}]}'
    later = b'{"price_changes":[{"asset_id":"1","hash":"c"}]}'
    assert proofs.groups_told([change, change, b'{"event_type":"book"}', later, change]) == 4


def test_orders_of_both_ways_reach_the_other_end() -> None:
    found = wire.run(seconds=1.0, runs=1, rate=500)
    shaped(found)
    assert found.value("p50") > 0
    assert found.value("the usual way: p50") > 0


def test_fills_are_seen_by_the_strategy_however_they_are_told() -> None:
    found = fills.run(seconds=1.0, rate=200)
    shaped(found)
    assert 0 < found.value("the channel: p50") < 1_000_000
    assert 0 < found.value("polling: p50") < 5_000


def test_pages_are_told_of_a_run_that_pays_little_for_it() -> None:
    found = watched.run(seconds=2, runs=1, markets=100, rate=500)
    shaped(found)
    assert found.value("a page is told of") > 0
    assert found.value("CPU takes") <= watched.RISE_MAX * SLACK


def test_a_paper_run_at_the_recorded_pace_is_measured() -> None:
    async def once() -> Result:
        extra = ["--markets", "3", "--frames-a-second", "60"]
        async with local_exchange(seed=1, speed=1.0, recording=None, extra=extra) as exchange:
            return await pace.run(exchange.endpoints, "3 markets", seconds=1.0)

    found = uvloop.run(once())
    shaped(found)
    assert found.value("frames") > 0
    assert found.value("hashes wrong") == 0


def test_a_result_is_a_table_for_people_and_json_for_programs(tmp_path: Path) -> None:
    found = decode.run(runs=1, frames=100)
    console = Console(record=True, width=120, file=(tmp_path / "out").open("w"))
    show(found, console)
    assert "json + Decimal + sorted dict" in console.export_text()
    console.file.close()
    told = json.loads(json_of([found]))
    assert told[0]["benchmark"] == "decode"
    assert told[0]["figures"][0].keys() >= {"name", "value", "unit", "target", "met"}


def test_a_reel_comes_back_from_its_files_with_every_frame_framed(tmp_path: Path) -> None:
    tape = record(markets=101, count=200)
    reel(tape).write(tmp_path)
    back = read(tmp_path)
    frames = (*tape.opening, *tape.frames)
    assert [bytes(back.message(at)) for at in range(len(frames))] == list(map(framed, frames))
    assert set(back.sockets) == {0, 1}
    assert framed(b"x" * 300)[:4] == b"\x81\x7e\x01\x2c"


def test_a_replay_counts_each_change_once_and_decides_the_same_in_bulk(tmp_path: Path) -> None:
    rows = ["0,change,0,BUY,0.40,100,0.40,1", "1,change,0,SELL,0.45,80,0.40,0.45"]
    for at in range(2, 400):
        rows.append(f"{at * 5},change,0,BUY,0.3{at % 7},{at},0.40,0.45")
        rows.append(f"{at * 5},change,1,SELL,0.6{(10 - at % 7) % 10},{at},0.55,0.60")
    found = replay.run(ticks_file(tmp_path / "ticks_1.csv", rows), runs=1)
    shaped(found)
    assert len(found.figures) == 4
    assert "1 runs over" in found.notes[0]
