"""A report of a journal's account rows: gaps, counts and shares, by literals."""

import sqlite3
from pathlib import Path

import pytest
from tests.unit.observe.rows import at, counted, gap, healed, listed, of, started, time_of, write

from polywire.core.ids import FeedId, MarketId, RunId
from polywire.core.model.control import Cut
from polywire.core.model.counts import (
    FeedsCounted,
    SocketCount,
)
from polywire.core.model.healing import (
    ChecksumsJudged,
    ProveBook,
    ReplaceSocket,
    Resubscribe,
)
from polywire.core.model.market import MarketResolved
from polywire.core.units import Money, Ns
from polywire.journal.capture import Capture
from polywire.journal.log import Journal
from polywire.journal.runs import runs_of
from polywire.observe.feed_report import FeedReport, feed_report


def report(folder: Path, run: int = -1) -> FeedReport:
    return feed_report(runs_of(folder)[run], lambda _: True)


def test_gaps_are_counted_timed_and_named_also_over_midnight(tmp_path: Path) -> None:
    write(tmp_path, [
        started(), listed("a"), listed("b"),
        gap("a", 0, "no snapshot"), healed("a", 0, 10, "no snapshot"),
        gap("a", 600), healed("a", 600, 660),
        gap("a", 1_790, "feed down"), healed("a", 1_790, 1_810, "feed down"),
        gap("b", 3_000, "silent"),
        counted(3_600, of("a", 3_600, wrong=5), of("b", 36)),
    ])  # fmt: skip
    assert len(list(tmp_path.glob("*.sqlite"))) == 2
    told = report(tmp_path)
    b, a = told.assets
    assert (b.market, b.question, b.open, b.gaps, b.longest_gap_s) == (
        "b",
        "Will b?",
        "silent",
        1,
        600,
    )
    assert b.unproven == pytest.approx(600 / 3_600)
    assert (a.gaps, a.gaps_an_hour, a.open, a.longest_gap_s) == (2, 2.0, "", 60)
    assert a.unproven == pytest.approx(90 / 3_600)
    assert (a.messages, a.rate) == (3_600, 1.0)
    assert (a.checked, a.agreed, a.late, a.wrong) == (7_200, 7, 2, 5)
    assert (a.snapshots, a.snapshots_agreed, a.touches, a.touches_differing) == (4, 3, 50, 1)
    assert [(line.market, line.cause, line.seconds) for line in told.gaps] == [
        ("b", "silent", 600),
        ("a", "feed down", 20),
        ("a", "checksum", 60),
        ("a", "no snapshot", 10),
    ]  # fmt: skip
    assert told.gaps[0].closed_ns is None
    second = told.gaps[1]
    assert (second.healed_by, second.step, second.missed) == ("rest", "resubscribe", 3)
    assert told.gaps[1].closed_ns == at(1_810)
    assert (told.started_ns, told.until_ns, told.ended) == (at(0), at(3_600), False)


def test_a_gap_that_was_closed_without_being_announced_counts_as_one(tmp_path: Path) -> None:
    write(tmp_path, [started(), listed("a"), healed("a", 5, 6), counted(10)])
    told = report(tmp_path)
    assert [(line.cause, line.seconds) for line in told.gaps] == [("checksum", 1)]
    assert told.assets[0].gaps == 1


def test_sockets_calls_and_latencies_are_those_of_the_newest_counts(tmp_path: Path) -> None:
    asked = [ProveBook(MarketId("a"), why) for why in ("audit", "audit", "checksum")]
    again = [Resubscribe(MarketId("a"), FeedId("f"), "x"), ReplaceSocket(FeedId("f"), "x")]
    judged = ChecksumsJudged(at(0), believed=False, books=25)
    records = [started(), counted(5), *asked, *again, judged, counted(20, ending=True)]
    write(tmp_path, records)
    told = report(tmp_path)
    first, second = told.sockets
    assert (first.feed, first.frames, first.rate) == ("market-1", 400, 20.0)
    assert (first.undecodable, first.unknown, first.pongs, first.reconnects) == (2, 1, 9, 3)
    assert (first.first, first.first_share, second.first_share) == (30, 1.0, 1.0)
    assert (first.lead_p50_ms, first.lead_p99_ms) == (1.0, 5.0)
    (rest,) = told.rest
    assert (rest.purpose, rest.answered, rest.refused, rest.failed) == ("book", 8, 2, 1)
    assert [(one.stage, one.p50_us, one.p99_us, one.p999_us) for one in told.stages] == [
        ("venue_to_receive", 1.0, 2.0, 3.0),
        ("receive_to_decision", 4.0, 5.0, 6.0),
    ]
    assert (told.target_ms, told.share_above, told.views) == (100.0, 0.025, 900)
    assert told.healing.books == {"audit": 2, "checksum": 1}
    assert (told.healing.resubscriptions, told.healing.sockets) == (1, 1)
    assert (told.ended, told.checksums_believed) == (True, False)


def test_a_socket_that_was_replaced_keeps_its_counts_and_has_its_own_rate(tmp_path: Path) -> None:
    def minute(number: int, gone: tuple[str, ...] = (), **frames: int) -> FeedsCounted:
        names = {key: f"market-{key[1:].replace('_', '.')}" for key in frames}
        told = [
            SocketCount(FeedId(names[key]), count, 0, 0, 0, 0, count, gone=names[key] in gone)
            for key, count in frames.items()
        ]
        return FeedsCounted(at(60 * number), at(0), Ns(1), 0, (), tuple(told), (), ())

    minutes = [
        minute(0),
        minute(1, m1=60, m1b=60, m2=600),
        minute(2, m1=120, m1b=120, m2=1_200),
        minute(3, gone=("market-1",), m1=150, m1_2=30, m1b=180, m2=1_800),
        minute(4, gone=("market-1", "market-3"), m1=150, m1_2=90, m1b=240, m2=2_400, m3=60),
    ]
    write(tmp_path, [started(), *minutes])
    lines = {line.feed: line for line in report(tmp_path).sockets}
    rates = {name: (line.gone, line.frames, line.rate) for name, line in lines.items()}
    assert rates == {
        "market-1": (True, 150, 1.0),
        "market-1b": (False, 240, 1.0),
        "market-1.2": (False, 90, 1.0),
        "market-2": (False, 2_400, 10.0),
        "market-3": (True, 60, None),
    }
    assert lines["market-1b"].first_share == 0.5
    assert lines["market-2"].first_share == 1.0


def test_a_socket_that_was_dropped_in_its_first_minute_has_no_rate(tmp_path: Path) -> None:
    def row(seconds: float, frames: int, *, gone: bool) -> FeedsCounted:
        one = SocketCount(FeedId("market-1"), frames, 0, 0, 0, 0, gone=gone)
        return FeedsCounted(at(seconds), at(0), Ns(1), 0, (), (one,), (), ())

    write(tmp_path, [started(), row(0.002, 0, gone=False), row(60, 420, gone=True)])
    (line,) = report(tmp_path).sockets
    assert (line.gone, line.frames, line.rate) == (True, 420, None)


def test_a_run_too_short_to_speak_of_hours_does_not(tmp_path: Path) -> None:
    for name, length in (("short", 599), ("long", 600)):
        write(tmp_path / name, [started(), listed("a"), healed("a", 5, 6), counted(length)])
    assert report(tmp_path / "short").assets[0].gaps_an_hour is None
    assert report(tmp_path / "long").assets[0].gaps_an_hour == 6.0


def test_a_market_that_was_dropped_or_resolved_is_watched_no_longer(tmp_path: Path) -> None:
    write(tmp_path, [
        started(), listed("dropped"), listed("resolved"), listed("stays"),
        gap("dropped", 50), gap("resolved", 90),
        counted(60, of("dropped", 60), of("resolved", 6), of("stays", 6)),
        MarketResolved(at(100), at(100), MarketId("resolved"), (Money(0), Money(1_000_000))),
        counted(120, of("resolved", 9), of("stays", 12)),
        counted(240, of("stays", 24)),
    ])  # fmt: skip
    told = report(tmp_path)
    lines = {line.market: line for line in told.assets}
    assert [(name, lines[name].watched_s, lines[name].messages) for name in sorted(lines)] == [
        ("dropped", 60, 60), ("resolved", 100, 9), ("stays", 240, 24),
    ]  # fmt: skip
    assert lines["dropped"].unproven == pytest.approx(10 / 60)
    assert lines["dropped"].open == lines["resolved"].open == ""
    assert {line.healed_by for line in told.gaps} == {"watched no more"}


def test_what_was_counted_before_a_market_was_forgotten_is_added(tmp_path: Path) -> None:
    records = [
        counted(60, of("a", 100, wrong=1)),
        counted(120, of("a", 40)),
        counted(180, of("a", 50)),
    ]
    write(tmp_path, [started(), listed("a"), *records])
    (line,) = report(tmp_path).assets
    assert (line.messages, line.wrong, line.agreed) == (150, 1, 14)


def test_each_run_of_a_folder_is_told_by_itself(tmp_path: Path) -> None:
    write(tmp_path, [started(), listed("a"), gap("a", 5), counted(10, of("a", 10))])
    later = [started("two", 20), listed("b", 20), counted(30, of("b", 10))]
    write(tmp_path, later, run="two")
    assert [run.id for run in runs_of(tmp_path)] == ["one", "two"]
    assert [line.market for line in report(tmp_path).assets] == ["b"]
    first = report(tmp_path, 0)
    assert (first.run, first.until_ns, first.assets[0].open) == ("one", at(10), "checksum")
    assert report(next(tmp_path.glob("*.two.*"))).run == "two"


@pytest.mark.parametrize("capture", list(Capture))
def test_market_rows_are_not_read(tmp_path: Path, capture: Capture) -> None:
    cuts = [Cut(at(seconds)) for seconds in range(20, 50)]
    records = [started(), listed("a"), healed("a", 5, 6), *cuts, counted(60, of("a", 60))]
    write(tmp_path, records, capture=capture)
    (path,) = tmp_path.glob("*.sqlite")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE market SET payload = 'spoilt', kind = 'GapClosed'")
    connection.close()
    told = report(tmp_path)
    assert (told.assets[0].gaps, told.assets[0].rate) == (1, 1.0)


def test_a_run_that_is_still_going_is_told_up_to_its_newest_row(tmp_path: Path) -> None:
    with Journal(tmp_path, RunId("one")) as journal:
        for record in (started(), listed("a"), counted(60, of("a", 60)), gap("a", 70)):
            journal.append(record, time_of(record))
        journal.barrier()
        told = report(tmp_path)
        assert (told.until_ns, told.counted_ns, told.ended) == (at(70), at(60), False)
        assert told.assets[0].open == "checksum"


def test_a_run_that_died_at_once_has_an_empty_report(tmp_path: Path) -> None:
    write(tmp_path, [started()])
    told = report(tmp_path)
    assert (told.assets, told.sockets, told.gaps, told.rest, told.stages) == ([], [], [], [], [])
    assert (told.started_ns, told.until_ns, told.share_above) == (at(0), at(0), 0.0)
