"""Recordings as flows: frames as they are, books followed or rebuilt."""

import json
from pathlib import Path
from typing import Any

import pytest
import zstandard

from polywire.core.errors import ConfigError
from polywire.exchange.flow import Flow
from polywire.exchange.rebuilt import RebuiltFlow
from polywire.exchange.recording import RecordedFlow

FOREVER = 2**62
NOW = 1_795_000_000 * 10**9
SNAPSHOT = {
    "market": "0xaa",
    "asset_id": "11",
    "timestamp": "1000",
    "hash": "0" * 40,
    "bids": [{"price": "0.4", "size": "5"}],
    "asks": [{"price": "0.45", "size": "7"}],
    "tick_size": "0.01",
    "event_type": "book",
    "last_trade_price": "0.420",
}


def change(market: str, price: str, *, at: int) -> dict[str, Any]:
    entries = [
        {"asset_id": token, "price": p, "size": "9", "side": side, "hash": "1" * 40}
        for token, p, side in ((f"{market}1", price, "BUY"), (f"{market}2", "0.6", "SELL"))
    ]
    return {
        "market": market,
        "price_changes": entries,
        "timestamp": str(at),
        "event_type": "price_change",
    }


def frames_of(flow: Flow, until: int = FOREVER) -> list[str]:
    return [frame.text for batch in flow.step(until) for frame in batch]


def test_recorded_frames_come_out_as_they_went_in_and_when_they_are_due(tmp_path: Path) -> None:
    path = tmp_path / "frames.jsonl.zst"
    spaced = json.dumps([SNAPSHOT, SNAPSHOT], indent=1)
    raw = [spaced, "PONG", json.dumps(SNAPSHOT)]
    head = json.dumps({"polywire": "frames", "version": 1, "recv_ns": 1})
    lines = [head] + [
        json.dumps({"recv_ns": 1_000_000_000 * (second + 1), "feed": "a", "frame": text})
        for second, text in enumerate(raw)
    ]
    torn = '{"recv_ns": 5000000000, "feed": "a", "fra'
    path.write_bytes(
        zstandard.compress("\n".join([*lines, ""]).encode()) + zstandard.compress(torn.encode())
    )
    flow = RecordedFlow(path, NOW)
    assert frames_of(flow, flow.start_ns) == []
    assert frames_of(flow, 1_500_000_000) == [raw[0]]
    assert flow.next_ns() == 3_000_000_000
    assert frames_of(flow) == [raw[2]]
    assert flow.next_ns() is None


def test_the_catalogue_says_what_the_recording_shows(tmp_path: Path) -> None:
    path = tmp_path / "frames.jsonl"
    events = [
        SNAPSHOT | {"asset_id": "0xaa1"},
        change("0xaa", "0.405", at=2),
        change("0xbb", "0.4", at=3),
    ]
    path.write_text(
        "".join(
            json.dumps({"t_ms": n, "clock": "venue", "frame": event}) + "\n"
            for n, event in enumerate(events)
        )
    )
    flow = RecordedFlow(path, NOW)
    assert [(one.condition_id, one.tokens) for one in flow.catalogue.listings] == [
        ("0xaa", ("0xaa1", "0xaa2")),
        ("0xbb", ("0xbb1", "0xbb2")),
    ]
    assert len(frames_of(flow)) == 3
    assert list(flow.books) == ["0xaa"], "nobody invents a snapshot"
    book = flow.books["0xaa"]
    assert (book.touch(0), book.tick, book.last_trade) == (("0.405", "0.45"), 10_000, "0.420")


def test_the_july_session_is_served_whole_and_its_book_ends_as_hashed(recordings: Path) -> None:
    path = recordings / "polymarket/market_channel_20260727.jsonl.zst"
    rows = [
        json.loads(line)["frame"]
        for line in zstandard.ZstdDecompressor()
        .stream_reader(path.read_bytes())
        .readall()
        .decode()
        .splitlines()
    ]
    flow = RecordedFlow(path, NOW)
    assert [json.loads(text) for text in frames_of(flow)] == rows
    followed, bare = flow.catalogue.listings
    assert followed.group.neg_risk
    assert bare.condition_id not in flow.books
    book = flow.books[followed.condition_id]
    last = [row for row in rows if row["market"] == followed.condition_id][-1]
    for entry in last["price_changes"]:
        index = followed.tokens.index(entry["asset_id"])
        assert book.hash(index, last["timestamp"]) == entry["hash"]
        assert book.touch(index) == (entry["best_bid"], entry["best_ask"])
        assert json.loads(book.rest(index))["hash"] == entry["hash"]


@pytest.mark.parametrize("content", [b"no json\n", b'{"t_ms":1}\n', b"", b"\x28\xb5\x2f\xfd junk"])
@pytest.mark.parametrize("name", ["frames.jsonl", "frames.jsonl.zst", "ticks_1_2.csv"])
def test_what_is_no_recording_is_refused_with_its_name(
    tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    (tmp_path / "ticks_1_tokens.json").write_text('{"0": "11", "1": "22"}')
    with pytest.raises(ConfigError, match=str(path)):
        RebuiltFlow(path, NOW) if ".csv" in name else RecordedFlow(path, NOW)


def ticks(tmp_path: Path, *rows: str) -> RebuiltFlow:
    path = tmp_path / "ticks_20260101_0000.csv"
    head = "ts_ms,kind,token,side,price,size,best_bid,best_ask"
    path.write_text("\n".join((head, *rows)) + "\n")
    (tmp_path / "ticks_20260101_tokens.json").write_text('{"0": "11", "1": "22"}')
    return RebuiltFlow(path, NOW)


def test_two_rows_of_a_pair_become_one_frame_with_the_recorded_touch(tmp_path: Path) -> None:
    flow = ticks(
        tmp_path,
        "1000,change,0,BUY,0.31,198,0.35,0.39",
        "1000,change,1,SELL,0.69,198,0.61,0.65",
    )
    (text,) = frames_of(flow)
    assert [
        (entry["asset_id"], entry["side"], entry["price"], entry["best_bid"], entry["best_ask"])
        for entry in json.loads(text)["price_changes"]
    ] == [("11", "BUY", "0.31", "0.35", "0.39"), ("22", "SELL", "0.69", "0.61", "0.65")]
    book = next(iter(flow.books.values()))
    assert book.touch(0) == ("0.31", "1"), "the rebuilt book does not know the recorded best"
    for index, entry in enumerate(json.loads(text)["price_changes"]):
        assert entry["hash"] == book.hash(index, "1000")


def test_a_trade_between_the_rows_of_a_pair_comes_after_it(tmp_path: Path) -> None:
    flow = ticks(
        tmp_path,
        "1000,change,0,BUY,0.31,198,0.31,1",
        "1000,trade,1,BUY,0.48,10,,",
        "1000,change,1,SELL,0.69,198,0,0.69",
        "1001,change,0,BUY,0.3,5,0.31,1",
        "1001,change,1,SELL,0.7,5,0,0.69",
    )
    first, second, third = map(json.loads, frames_of(flow))
    assert len(first["price_changes"]) == len(third["price_changes"]) == 2
    assert (second["event_type"], second["price"], second["asset_id"]) == (
        "last_trade_price",
        "0.48",
        "22",
    )
    book = next(iter(flow.books.values()))
    assert book.last_trade == "0.480"
    assert third["price_changes"][0]["hash"] == book.hash(0, "1001")


def test_rows_of_one_step_share_a_hash_until_the_touch_is_as_recorded(tmp_path: Path) -> None:
    flow = ticks(
        tmp_path,
        "1000,change,0,BUY,0.3,5,0.4,1",
        "1000,change,1,SELL,0.7,5,0,0.6",
        "1000,change,0,BUY,0.4,5,0.4,1",
        "1000,change,1,SELL,0.6,5,0,0.6",
        "1000,change,0,BUY,0.2,5,0.4,1",
        "1000,change,1,SELL,0.8,5,0,0.6",
    )
    first, second, third = [
        json.loads(text)["price_changes"][0]["hash"] for text in frames_of(flow)
    ]
    assert first == second != third


def test_the_hockey_file_is_rebuilt_whole(recordings: Path) -> None:
    flow = RebuiltFlow(recordings / "polymarket/ticks_20260607_0130.csv.zst", NOW)
    assert len(flow.catalogue.by_token) == 12
    texts = frames_of(flow, flow.start_ns + 30 * 10**9)
    changes = [json.loads(text) for text in texts if "price_changes" in text]
    assert len(changes) > 1_000
    assert all(len(change["price_changes"]) == 2 for change in changes)
    seen = {"now": 0.0}
    for book in flow.books.values():
        bid, ask = book.best(0)
        seen["now"] += (ask or 0) > (bid or 0)
    assert seen["now"] >= 5, "nearly all rebuilt books are uncrossed"
