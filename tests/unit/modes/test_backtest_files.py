"""A backtest of files: those of one folder do each other no harm, and none knows what comes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.unit.history.recording import (
    MARKET,
    NO,
    START_MS,
    YES,
    book,
    change,
    channel_file,
    trade,
)
from tests.unit.modes.recorded_market import MS, ran

from polywire.config.backtest_plan import plan_from
from polywire.config.load import load
from polywire.core.errors import ConfigError
from polywire.core.model.market import FeedDown
from polywire.history.opening import histories, merged
from polywire.history.terms import Given, assumed
from polywire.modes.backtesting import backtest
from polywire.sim.queue import FRONT
from polywire.venues.polymarket.checksum import BookChecksum

OTHER = "0x" + "cd" * 32
THIRD, FOURTH = "3" * 70, "4" * 70
BIDS, ASKS = [("0.40", "100")], [("0.50", "80")]
WIDE = [("0.40", "100")], [("0.45", "80")]
MIRROR = [("0.50", "80")], [("0.60", "100")]


def window(path, number, rows):
    head = {"window_ts": START_MS // 1000, "cid": f"c{number}"}
    head |= {"token_up": str(number) * 40, "token_down": str(number + 5) * 40}
    told = [[START_MS + at, "bbo", "up", bid, ask] for at, bid, ask in rows]
    path.write_text("".join(json.dumps(row) + "\n" for row in [head, *told]), encoding="utf-8")


def events_of(path):
    return [*merged(histories(path, Given(), 0))]


def traded_on(engine):
    standing = engine.standing
    return [not standing.distrust_of(tracked) for tracked in engine.watch.books.values()]


def test_recordings_of_one_folder_are_each_fed_by_their_own_feeds(tmp_path):
    """Windows, and files of frames: each names its feed as all of its kind do."""
    rows = [(at, "0.40", "0.50" if at % 200 else "0.52") for at in range(0, 5_000, 100)]
    for number in (1, 2):
        window(tmp_path / f"w{number}.jsonl", number, rows)
    for market, (first, second) in ((MARKET, (YES, NO)), (OTHER, (THIRD, FOURTH))):
        frames = [
            (0, book(first, BIDS, ASKS, market=market)),
            (1, book(second, *MIRROR, START_MS + 1, market=market)),
            (5_000, book(first, BIDS, ASKS, START_MS + 5_000, market=market)),
        ]
        channel_file(tmp_path / f"{market}.jsonl", frames)
    driver, _ = ran([one for one in events_of(tmp_path) if not isinstance(one, FeedDown)])
    assert {*driver.engine.watch.books} == {"c1", "c2", MARKET, OTHER}
    assert traded_on(driver.engine) == [True] * 4


def test_a_recording_that_ends_before_the_others_feeds_nothing_any_more(tmp_path):
    window(tmp_path / "w1.jsonl", 1, [(0, "0.40", "0.50"), (100, "0.41", "0.50")])
    window(tmp_path / "w2.jsonl", 2, [(0, "0.40", "0.50"), (9_000, "0.41", "0.50")])
    driver, _ = ran([one for one in events_of(tmp_path) if one.recv_ns <= (START_MS + 9_000) * MS])
    assert traded_on(driver.engine) == [False, False]
    downs = [one for one in events_of(tmp_path) if isinstance(one, FeedDown)]
    assert [one.recv_ns for one in downs] == [(START_MS + at) * MS for at in (100, 9_000)]


def hashed(frame, assets):
    """A first book whose hash is right by today's recipe."""
    checksum = BookChecksum(assumed(frame["market"], assets))
    checksum.change(tuple((0, 400_000, 100_000_000) for _ in frame["bids"]))
    checksum.change(tuple((1, 500_000, 80_000_000) for _ in frame["asks"]))
    checksum.set_tick(10_000)
    return frame | {"hash": checksum.digest(0, int(frame["timestamp"]) * MS, None)}


@pytest.mark.parametrize("cut_s", [3, 7, 11])
def test_what_a_file_shows_later_changes_nothing_before(tmp_path, cut_s):
    """Also not whether hashes are compared: a later market's are right, the first one's are not."""
    frames = [
        (0, book(YES, BIDS, ASKS, hash="of an older recipe", tick_size="0.01")),
        (1, book(NO, *MIRROR, START_MS + 1)),
    ]
    for second in range(1, 15):
        at = START_MS + 1_000 * second
        best = (f"0.4{second % 5}", "0.50")
        frames.append((1_000 * second, change(best[0], "30", "BUY", best, at)))
        frames.append((1_000 * second + 500, trade(best[0], "20", "SELL", at + 500)))
        if second == 12:
            right = book(THIRD, BIDS, ASKS, at, market=OTHER, tick_size="0.01")
            frames.append((1_000 * second, hashed(right, (THIRD, FOURTH))))
            other = book(FOURTH, *MIRROR, at, market=OTHER)
            frames.append((1_000 * second, other))
    whole_file = channel_file(tmp_path / "whole.jsonl", frames)
    known = [each for each in frames if each[0] <= 1_000 * cut_s]
    (opened,) = histories(whole_file, Given(), 0)
    _, whole = ran(opened.events(), queue=FRONT)
    _, cut = ran(events_of(channel_file(tmp_path / "cut.jsonl", known)), queue=FRONT)
    until = (START_MS + 1_000 * cut_s) * MS
    before_end = cut.rows[: cut.rows.index(cut.of("OperatorCommand")[0])]
    assert whole.upto(until) == before_end
    assert cut.of("PlaceOrder")
    assert whole.of("InstrumentListed")[1:], "the later market is there"
    assert not opened.provenance.hashes


@pytest.mark.parametrize(("clock", "later_ms"), [("recv", 0), ("venue", 50)])
def test_an_order_meets_what_is_seen_that_much_later_whatever_the_clock(tmp_path, clock, later_ms):
    """Decided on at 1 ms, 20 ms on its way: the venue is then where we see it to be 50 ms later."""
    frames = [
        (0, book(YES, *WIDE)),
        (1, book(NO, [("0.55", "80")], [("0.60", "100")], START_MS + 1)),
        *((at, trade("0.40", "60", "SELL", START_MS + at)) for at in (60, 90)),
    ]
    recording = channel_file(tmp_path / "a.jsonl", frames, clock)
    plan = plan_from(load(ROOT / "examples" / "backtest.toml", {}), recording, ("front",))
    report = backtest(plan)
    assert report.results[0].points[0].at_ns == (START_MS + 90 + later_ms) * MS
    assert any("what we see was so 50 ms before" in each for each in report.assumptions)


def test_where_no_journal_can_be_kept_is_told_in_words(tmp_path):
    recording = channel_file(tmp_path / "a.jsonl", [(0, book(YES, *WIDE)), (1, book(NO, [], []))])
    plan = plan_from(load(ROOT / "examples" / "backtest.toml", {}), recording, ("front",))
    for folder in (recording, Path("/proc/nothing")):
        with pytest.raises(ConfigError, match="cannot keep journals in"):
            backtest(replace(plan, journal=folder))


def test_recordings_of_different_days_take_no_longer_than_their_events(tmp_path):
    for day in range(3):
        frames = [
            (day * 86_400_000 + at, frame)
            for at, frame in ((0, book(YES, *WIDE)), (1, book(NO, [], [("0.60", "100")])))
        ]
        channel_file(tmp_path / f"{day}.jsonl", frames, clock="recv")
    driver, _ = ran(events_of(tmp_path))
    assert driver.cuts < 1_000
