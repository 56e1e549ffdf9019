"""What commands hand back as data: every documented key, and recordings end to end."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.integration.accounts import rows
from tests.integration.cli.conftest import Begin, Command

KEYS = {
    "": "source frames events cuts positions profit_micros fees_micros reconnects gaps errors",
    "books": "tracked proven suspect",
    "hash": "checked agreed late wrong unverifiable rebuilt",
    "orders": "sent filled refused",
    "rest_calls": "book catalogue bytes",
}
SECRET = "0x5ec2e75ec2e75ec2e7"
STAGES = ("venue_to_receive", "receive_to_decision", "decision_to_committed")


def summary_of(demo: Command, path: Path, within_s: float = 40.0) -> dict[str, Any]:
    assert demo.ends(within_s) == 0, demo.complained
    read: dict[str, Any] = json.loads(path.read_text())
    return read


def test_a_demo_leaves_the_documented_keys_a_journal_and_a_picture(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYWIRE_PRIVATE_KEY", SECRET)
    out, picture, journal = (tmp_path / name for name in ("out.json", "page.svg", "journal"))
    options = ("--plain", "--seconds", 2, "--journal", journal)
    demo = begin("demo", *options, "--json", out, "--picture", picture)
    summary = summary_of(demo, out)
    for place, names in KEYS.items():
        held = summary[place] if place else summary
        assert set(names.split()) <= set(held), f"{place} lacks a documented key"
    assert set(summary["latency_us"]) == set(STAGES)
    for stage in STAGES:
        assert 0 < summary["latency_us"][stage]["p50"] <= summary["latency_us"][stage]["p99"]
    assert summary["source"] == "synthetic"
    assert summary["books"] == {"tracked": 12, "proven": 12, "suspect": 0}
    assert summary["hash"]["wrong"] == summary["errors"] == summary["reconnects"] == 0
    assert summary["hash"]["checked"] > 0
    sent = [row for _, kind, row in rows(journal) if kind == "PlaceOrder"]
    assert summary["orders"]["sent"] == len(sent) > 0
    cuts = [row for _, kind, row in rows(journal, "market") if kind == "Cut"]
    assert summary["cuts"] == len(cuts)
    assert picture.read_text().startswith("<svg")
    replayed(begin, journal, summary)
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        assert SECRET.encode() not in path.read_bytes(), f"the secret is in {path}"


def replayed(begin: Begin, journal: Path, summary: dict[str, Any]) -> None:
    replay = begin("replay", journal, "--json")
    assert replay.ends(20.0) == 0, replay.complained
    audit = json.loads(replay.said)
    assert audit["runs"] == 1
    assert audit["cuts"] == summary["cuts"]
    assert audit["commands"] >= summary["orders"]["sent"]


def test_a_demo_that_polls_makes_calls_and_hears_no_frames(begin: Begin, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    options = ("--plain", "--seconds", 4, "--feed", "poll", "--poll-every", 1.5)
    summary = summary_of(begin("demo", *options, "--json", out), out)
    assert (summary["frames"], summary["errors"], summary["gaps"]) == (0, 0, 0)
    assert [feed["feed"] for feed in summary["feeds"]] == ["poll-1"]
    assert summary["rest_calls"]["book"] in (2, 3, 4)
    assert summary["rest_calls"]["bytes"] > 1_000
    assert summary["books"]["proven"] == summary["books"]["tracked"] == 12
    assert summary["orders"]["sent"] > 0


def test_the_recorded_market_is_proven_and_the_one_without_a_snapshot_is_not(
    begin: Begin, tmp_path: Path, recordings: Path
) -> None:
    frames = recordings / "polymarket" / "market_channel_20260727.jsonl.zst"
    demo = begin(
        *("demo", "--plain", "--recording", frames, "--speed", 400),
        *("--seconds", 5, "--json", tmp_path / "out.json"),
    )
    summary = summary_of(demo, tmp_path / "out.json")
    hashes = summary["hash"]
    assert summary["source"] == "recorded"
    assert hashes["checked"] == 1_028
    assert hashes["agreed"] + hashes["late"] + hashes["superseded"] == 1_028
    assert hashes["wrong"] == hashes["waiting"] == 0
    assert hashes["unverifiable"] == 534
    assert summary["books"] == {"tracked": 2, "proven": 1, "suspect": 1}
    (suspect,) = [line for line in summary["book_lines"] if line["distrust"]]
    assert suspect["distrust"] == "no snapshot"


def test_recorded_ticks_are_rebuilt_and_say_so(
    begin: Begin, tmp_path: Path, recordings: Path
) -> None:
    ticks = recordings / "polymarket" / "ticks_20260607_0130.csv.zst"
    demo = begin(
        *("demo", "--plain", "--recording", ticks, "--speed", 20),
        *("--seconds", 4, "--json", tmp_path / "out.json"),
    )
    summary = summary_of(demo, tmp_path / "out.json")
    assert summary["source"] == "rebuilt"
    assert summary["hash"]["rebuilt"] > 0
    assert summary["hash"]["agreed"] == summary["hash"]["wrong"] == 0
    touch = summary["touch"]
    assert touch["checked"] > 100
    assert touch["differing"] < touch["checked"] / 4, "books are rebuilt from nothing"
    assert f"{touch['checked']:,} compared, {touch['differing']:,} differed" in demo.said


def test_a_scan_is_a_table_or_data_and_says_what_each_filter_removed(
    begin: Begin, tmp_path: Path
) -> None:
    exchange = begin("exchange", "--port", 0)
    exchange.says("gamma")
    where = json.loads(exchange.said)
    found = begin("scan", "--gamma", where["gamma"], "--json")
    nothing = begin("scan", "--gamma", where["gamma"], "--keyword", "no such word")
    record = begin(
        *("record", tmp_path / "frames", "--seconds", 1.5),
        *("--gamma", where["gamma"], "--clob", where["clob"], "--market-ws", where["market_ws"]),
    )
    assert found.ends(20.0) == nothing.ends(20.0) == record.ends(20.0) == 0
    result = json.loads(found.said)
    assert len(result["found"]) + sum(result["refused"].values()) == result["listed"]
    assert result["complete"]
    assert f"No market of {result['listed']} listed passes the filters" in nothing.said
    assert f"keyword      {len(result['found'])}" in nothing.said
    manifest = json.loads((tmp_path / "frames" / "manifest.json").read_text())
    (file,) = manifest["files"]
    assert file["frames"] > 0
    assert f"{file['frames']} frames of {len(result['found'])} markets" in record.said
    exchange.process.terminate()
    assert exchange.ends(5.0) == 0
    played(begin, tmp_path / "frames" / file["name"], tmp_path / "again.json")


def played(begin: Begin, frames: Path, out: Path) -> None:
    """What was recorded can be served again."""
    demo = begin("demo", "--plain", "--recording", frames, "--seconds", 3, "--json", out)
    summary = summary_of(demo, out)
    assert summary["source"] == "recorded"
    assert summary["books"]["proven"] == summary["books"]["tracked"] > 0
    assert summary["hash"]["wrong"] == 0
