"""Recordings that are cut off, jump in time, lack a part or are something else: told or refused."""

import json
import os

import pytest
import zstandard
from msgspec import structs
from tests.unit.history.recording import (
    MARKET,
    NO,
    START_MS,
    YES,
    book,
    change,
    channel_file,
    ticks_file,
    trade,
)

from polywire.core.errors import ConfigError
from polywire.core.model.control import Cut, RunStarted
from polywire.core.model.market import BookSnapshot, FeedDown, FeedUp
from polywire.history.column_file import columns_of
from polywire.history.opening import histories, merged, recordings
from polywire.history.terms import Given, assumed, given_by
from polywire.journal.frames import FrameWriter
from polywire.journal.log import Journal

MS = 1_000_000
SECOND = 1_000 * MS
START = START_MS * MS
BOOKS = [
    (0, book(YES, [("0.40", "100")], [("0.45", "80")])),
    (1, book(NO, [("0.55", "80")], [("0.60", "100")], START_MS + 1)),
]
TICKS = ["0,change,0,BUY,0.39,10,0.39,0.45", "0,change,0,SELL,0.45,30,0.39,0.45"]


def read(path, given=None):
    (history,) = histories(path, given or Given(), 0)
    return [*history.events()], history.provenance


def recorded(folder, *times_s, venue="polymarket"):
    """One session of a recorder: a frame at each time after the start."""
    writer = FrameWriter(folder, {"venue": venue})
    for at in times_s:
        for _, frame in BOOKS:
            writer.write(START + int(at * SECOND), "market-1", json.dumps(frame))
    writer.close()


def feeds(events):
    found = [event for event in events if isinstance(event, FeedUp | FeedDown)]
    return [(type(event).__name__, (event.recv_ns - START) / SECOND) for event in found]


def test_a_packed_file_that_was_cut_off_is_damaged_and_not_a_shorter_one(tmp_path):
    frames = [*BOOKS, *((at, trade("0.4", str(at), "BUY", START_MS + at)) for at in range(2, 900))]
    path = channel_file(tmp_path / "a.jsonl.zst", frames)
    whole = path.read_bytes()
    path.write_bytes(whole + whole)
    assert read(path)[1].lines == 2 * len(frames), "packed in two parts, and both are whole"
    for end in (len(whole) - 1, len(whole) // 2):
        path.write_bytes(whole[:end])
        with pytest.raises(ConfigError, match=r"damaged after line \d+"):
            read(path)


def test_a_last_line_that_was_cut_off_is_told(tmp_path):
    path = channel_file(tmp_path / "a.jsonl", [*BOOKS, BOOKS[0]])
    assert not any("cut off" in each for each in read(path)[1].assumptions)
    path.write_bytes(path.read_bytes()[:-40])
    told = read(path)[1].assumptions
    assert [each for each in told if "cut off" in each] == [
        "line 3 of a.jsonl, its last, was cut off and is left out"
    ]


def test_a_folder_is_held_against_its_manifest(tmp_path):
    recorded(tmp_path / "rec", 0, 5)
    recorded(tmp_path / "rec", 20)
    assert not any("manifest" in each for each in read(tmp_path / "rec")[1].assumptions)
    first, second = sorted((tmp_path / "rec").glob("*.zst"))
    whole = second.read_bytes()
    second.write_bytes(first.read_bytes())
    with pytest.raises(ConfigError, match=r"002\.jsonl\.zst is not the file that its manifest"):
        read(tmp_path / "rec")
    second.unlink()
    with pytest.raises(ConfigError, match=r"lacks .*002\.jsonl\.zst"):
        read(tmp_path / "rec")
    second.write_bytes(whole)
    (tmp_path / "rec" / "manifest.json").unlink()
    told = read(tmp_path / "rec")[1].assumptions
    assert any("2 of 2 files of rec are in no manifest" in each for each in told)


def test_files_that_a_killed_recorder_left_are_told(tmp_path):
    recorded(tmp_path / "rec", 0)
    (tmp_path / "rec" / "manifest.json").unlink()  # written at its end
    recorded(tmp_path / "rec", 20)
    told = read(tmp_path / "rec")[1].assumptions
    assert any("1 of 2 files of rec were left by a recorder that was killed" in one for one in told)


@pytest.mark.parametrize("later_s", [3, 5_000])
def test_while_nobody_recorded_its_feeds_were_away(tmp_path, later_s):
    """Within the hour a new file says so, in another one the silence."""
    recorded(tmp_path, 0, 1)
    recorded(tmp_path, later_s)
    assert feeds(read(tmp_path)[0]) == [("FeedUp", 0), ("FeedDown", 1), ("FeedUp", later_s)]


def test_a_new_file_of_the_same_recorder_interrupts_nothing(tmp_path):
    recorded(tmp_path, *range(2_300, 2_600, 10))
    assert len([*tmp_path.glob("*.zst")]) == 2, "an hour ends meanwhile"
    assert [kind for kind, _ in feeds(read(tmp_path)[0])] == ["FeedUp"]


def test_after_days_without_a_recorder_the_recording_goes_on(tmp_path):
    recorded(tmp_path, 0)
    recorded(tmp_path, 300_000)
    assert feeds(read(tmp_path)[0])[1:] == [("FeedDown", 0), ("FeedUp", 300_000)]


def test_between_two_runs_of_a_journal_its_feeds_are_away_from_the_last_row_on(tmp_path):
    whole = BookSnapshot(START, 0, MARKET, 0, (), (), "", "market-1")
    rows = [
        RunStarted(START, "r1", "b", "", 0),
        FeedUp(START, "market-1"),
        whole,
        Cut(START + 3 * SECOND),
        RunStarted(START + 900 * SECOND, "r2", "b", "", 0),
        structs.replace(whole, recv_ns=START + 901 * SECOND),
    ]
    with Journal(tmp_path / "j", "r1") as journal:
        for row in rows:
            journal.append(row, row.recv_ns)
    assert feeds(read(tmp_path / "j")[0]) == [("FeedUp", 0), ("FeedDown", 3)]


def test_lines_out_of_order_are_counted_with_how_much_they_are(tmp_path):
    at = [(2_500, BOOKS[0][1]), (500, BOOKS[1][1]), (2_000, BOOKS[0][1]), (2_600, BOOKS[0][1])]
    told = read(channel_file(tmp_path / "a.jsonl", at))[1].assumptions
    assert [each for each in told if "out of order" in each] == [
        "2 lines are out of order by time, by up to 2 s: they count as received with the line "
        "before them"
    ]


@pytest.mark.parametrize(
    ("times_ms", "words"),
    [
        ((0, 1, 3_600_000, 5), r"frame 4 .*3,600\.0 s older"),
        ((0, 1, 90_000_000, 90_000_001), r"frame 3 .*1\.0 days later"),
        ((0, 10**15), "frame 2 .*between 1970 and 2255"),
        ((-START_MS - 1, 0), "frame 1 .*between 1970 and 2255"),
    ],
)
def test_a_clock_that_was_set_ends_the_reading_where_it_was(tmp_path, times_ms, words):
    frames = [(at, BOOKS[number % 2][1]) for number, at in enumerate(times_ms)]
    with pytest.raises(ConfigError, match=words):
        read(channel_file(tmp_path / "a.jsonl", frames))


def test_rows_with_times_beyond_64_bits_are_refused_by_their_line(tmp_path):
    path = ticks_file(tmp_path / "ticks_1_0.csv", [*TICKS, f"{10**17}" + TICKS[0][1:]])
    with pytest.raises(ConfigError, match=r"line 4.*between 1970 and 2255"):
        read(path)
    path = window(tmp_path, rows=[[10**30, "bbo", "up", "0.40", "0.42"]])
    with pytest.raises(ConfigError, match=r"line 2.*between 1970 and 2255"):
        read(path)


def test_a_third_asset_that_comes_late_takes_no_market_out_of_what_was_before(tmp_path):
    stray = change("0.41", "5", "BUY", ("0.41", "0.45"), START_MS + 50, asset="3" * 70)
    before = [*BOOKS, (40, trade("0.45", "3", "BUY", START_MS + 40))]
    known, _ = read(channel_file(tmp_path / "known.jsonl", before))
    whole, told = read(channel_file(tmp_path / "whole.jsonl", [*before, (50, stray)]))
    assert whole[: len(known)] == known
    assert told.refused == {"entries of assets whose market is not known": 1}


def test_a_market_that_is_given_has_its_own_assets_and_not_those_that_came_first(tmp_path):
    stray = change("0.41", "5", "BUY", ("0.41", "0.45"), START_MS, asset="3" * 70)
    given = Given()
    given.markets[MARKET] = assumed(MARKET, (NO, YES))
    events, _ = read(channel_file(tmp_path / "a.jsonl", [(0, stray), *BOOKS]), given)
    books = [event for event in events if isinstance(event, BookSnapshot)]
    assert [one.bids[0][0] for one in books] == [550_000, 550_000]


@pytest.mark.parametrize("wrong", [{"bids": 7}, {"tick_size": "wide"}, {"asset_id": "3" * 70}])
def test_a_first_book_that_cannot_be_read_is_counted_and_the_rest_counts(tmp_path, wrong):
    frames = [(0, BOOKS[0][1] | wrong), *BOOKS]
    if "asset_id" in wrong:  # known too late to be one of the two
        frames = [(0, trade("0.4", "1", "BUY", START_MS)), *BOOKS[1:], *frames]
    events, told = read(channel_file(tmp_path / "a.jsonl", frames))
    assert sum(isinstance(event, BookSnapshot) for event in events) >= 2
    assert sum(told.refused.values()) == 1


def test_what_is_left_out_of_a_folder_is_told(tmp_path):
    channel_file(tmp_path / "a.jsonl", BOOKS)
    ticks_file(tmp_path / "ticks_1_0.csv", TICKS)
    (tmp_path / "README.md").write_text("words\n", encoding="utf-8")
    (tmp_path / "later").mkdir()
    os.mkfifo(tmp_path / "pipe")
    told = columns_of(tmp_path, Given(), 0, tmp_path.with_name("kept")).provenance
    left = [each for one in told for each in one.assumptions if "left out" in each]
    assert left == [f"left out of {tmp_path.name}, as no recordings: README.md, later, pipe"]


@pytest.mark.parametrize("name", ["b.jsonl", "b.csv.gz", "2026-11-20T09.001.jsonl.zst"])
@pytest.mark.parametrize("make", ["words", "pipe", "link"])
def test_what_seems_to_be_a_recording_and_cannot_be_read_is_not_left_out(tmp_path, name, make):
    channel_file(tmp_path / "a.jsonl", BOOKS)
    path = tmp_path / name
    if make == "words":
        path.write_text("words\n", encoding="utf-8")
    elif make == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(tmp_path / "gone")
    with pytest.raises(ConfigError, match=name):
        histories(tmp_path, Given(), 0)


@pytest.mark.parametrize("content", [zstandard.compress(b"words"), b"\x1f\x8b\x08words"])
def test_what_is_packed_and_cannot_be_read_is_not_left_out(tmp_path, content):
    channel_file(tmp_path / "a.jsonl", BOOKS)
    (tmp_path / "b").write_bytes(content)
    with pytest.raises(ConfigError, match="b lies among recordings"):
        histories(tmp_path, Given(), 0)


def test_recordings_beside_a_journal_are_told_to_be_left_out(tmp_path):
    with Journal(tmp_path, "r1") as journal:
        journal.append(RunStarted(START, "r1", "b", "", 0), START)
    channel_file(tmp_path / "a.jsonl", BOOKS)
    (tmp_path / "notes.txt").write_text("words\n", encoding="utf-8")
    found = recordings(tmp_path)
    assert [one.path for one in found.recordings] == [tmp_path]
    assert found.others == ["a.jsonl"]


@pytest.mark.parametrize(
    "tokens", [{"0": YES, "1": YES}, {"0": YES, "1": None}, {"0": YES, "1": ""}, {"a": YES}, []]
)
def test_tokens_of_one_asset_or_none_are_refused(tmp_path, tokens):
    path = ticks_file(tmp_path / "ticks_1_0.csv", TICKS)
    (tmp_path / "ticks_1_tokens.json").write_text(json.dumps(tokens), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"ticks_1_tokens\.json .*mend it"):
        histories(path, Given(), 0)


def window(tmp_path, rows=(), **head):
    first = {"window_ts": START_MS // 1000, "cid": "c", "token_up": YES, "token_down": NO} | head
    path = tmp_path / "window.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in [first, *rows]), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "head", [{"token_up": NO}, {"token_down": ""}, {"cid": ""}, {"window_ts": 10**18}]
)
def test_a_window_without_two_tokens_a_market_or_a_time_is_refused(tmp_path, head):
    with pytest.raises(ConfigError, match="line 1: no market of a window"):
        histories(window(tmp_path, **head), Given(), 0)


def test_a_recording_of_another_venue_is_refused(tmp_path):
    recorded(tmp_path / "rec", 0, venue="kalshi")
    for path in (tmp_path / "rec", *(tmp_path / "rec").glob("*.zst")):
        with pytest.raises(ConfigError, match="a recording of kalshi"):
            histories(path, Given(), 0)


def test_what_has_no_events_is_refused(tmp_path):
    with Journal(tmp_path / "j", "r1") as journal:
        journal.append(RunStarted(START, "r1", "b", "", 0), START)
    for path in (tmp_path / "j", ticks_file(tmp_path / "ticks_1_0.csv", [])):
        with pytest.raises(ConfigError, match="has no events"):
            columns_of(path, Given(), 0, tmp_path / "kept")


def test_nesting_beyond_measure_is_an_error_of_its_line(tmp_path):
    path = channel_file(tmp_path / "a.jsonl", [*BOOKS, *BOOKS])
    deep = '{"t_ms": 1, "clock": "recv", "frame": ' + "[" * 100_000
    for number in (2, 4):
        lines = path.read_text(encoding="utf-8").splitlines()
        lines[number - 1] = deep
        bad = tmp_path / "bad.jsonl"
        bad.write_text("\n".join(lines) + "\n", encoding="utf-8")
        with pytest.raises(ConfigError, match=f"line {number}: no recorded frame"):
            read(bad)
    bad.write_text(deep + "\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="no recording"):
        read(bad)
    bad.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(ConfigError, match="no object of the catalogue"):
        given_by(bad)


def test_a_recording_of_a_folder_ends_when_it_does_and_not_a_day_later(tmp_path):
    channel_file(tmp_path / "a.jsonl", BOOKS)
    channel_file(tmp_path / "b.jsonl", [(at + 90_000_000, frame) for at, frame in BOOKS])
    opened = histories(tmp_path, Given(), 0)
    assert feeds(merged(opened))[:2] == [("FeedUp", 0), ("FeedDown", 0.001)]
