"""Each shape of recording to events: what comes out, in which order, and what is said of it."""

import json
from collections import Counter
from pathlib import Path

import pytest
import zstandard
from tests.unit.history.recording import (
    MARKET,
    NO,
    START_MS,
    YES,
    book,
    change,
    channel_file,
    ticks_file,
)

from polywire.core.book.order_book import OrderBook
from polywire.core.errors import ConfigError
from polywire.core.model.account import OrderAccepted
from polywire.core.model.control import Cut, RunStarted
from polywire.core.model.instrument import Side
from polywire.core.model.market import (
    BookDelta,
    BookSnapshot,
    FeedDown,
    FeedUp,
    InstrumentListed,
    MarketResolved,
    PublicTrade,
    TickSizeChanged,
)
from polywire.history.opening import detect, histories, merged
from polywire.history.terms import Given, assumed, given_by
from polywire.journal.frames import FrameWriter
from polywire.journal.log import Journal
from polywire.journal.manifest import Gap

MS = 1_000_000
DELAY = 50 * MS
BIDS, ASKS = [("0.40", "100")], [("0.45", "80")]


def read(path, given=None, delay_ns=DELAY):
    (history,) = histories(path, given or Given(), delay_ns)
    return [*history.events()], history.provenance


def kinds(events):
    return [type(event).__name__ for event in events]


def test_frames_with_venue_time_alone_are_received_a_stated_delay_later(tmp_path):
    frames = [
        (0, book(YES, BIDS, ASKS)),
        (700, change("0.41", "5", "BUY", ("0.41", "0.45"), START_MS + 700, asset=NO)),
    ]
    events, told = read(channel_file(tmp_path / "a.jsonl.zst", frames))
    assert kinds(events)[-2:] == ["BookSnapshot", "BookDelta"]
    assert [event.recv_ns for event in events[-2:]] == [
        (START_MS + ms) * MS + DELAY for ms in (0, 700)
    ]
    assert events[-1].venue_ns == (START_MS + 700) * MS
    assert (told.clock, told.delay_ns, told.lines, told.hashes) == ("venue", DELAY, 2, False)
    assert any("trusted without proof" in each for each in told.assumptions)


def test_frames_with_times_of_receipt_keep_them_and_never_go_back(tmp_path):
    pong = [(0, book(YES, BIDS, ASKS)), (400, "PONG"), (300, book(NO, [("0.55", "80")], []))]
    events, told = read(channel_file(tmp_path / "a.jsonl", pong, clock="recv"))
    times = [event.recv_ns for event in events]
    assert times == sorted(times)
    assert times[-1] == (START_MS + 300) * MS
    assert (told.clock, told.delay_ns) == ("received", 0)
    assert told.refused == {"answers to pings": 1}


def test_a_line_out_of_order_counts_as_received_with_the_one_before(tmp_path):
    frames = [
        (900, book(YES, BIDS, ASKS)),
        (100, change("0.41", "5", "BUY", ("0.41", "0.45"), START_MS + 100, asset=NO)),
    ]
    events, _ = read(channel_file(tmp_path / "a.jsonl", frames))
    assert events[-1].recv_ns == events[-2].recv_ns == (START_MS + 900) * MS + DELAY


def test_a_market_is_listed_when_it_is_first_heard_of_with_the_grid_of_its_book(tmp_path):
    first = book(YES, BIDS, ASKS, tick_size="0.001")
    events, told = read(
        channel_file(tmp_path / "a.jsonl", [(0, first), (1, book(NO, [], [("0.60", "1")]))])
    )
    (listed,) = [event.market for event in events if isinstance(event, InstrumentListed)]
    assert [outcome.instrument for outcome in listed.outcomes] == [YES, NO]
    assert (listed.id, listed.tick, listed.fees.rate_micros) == (MARKET, 1_000, 50_000)
    assert any("are assumed" in each for each in told.assumptions)


def test_what_cannot_be_decoded_is_counted_and_its_books_are_in_doubt(tmp_path):
    broken = change("0.41", "much", "BUY", ("0.41", "0.45"), START_MS)
    frames = [(0, book(YES, BIDS, ASKS)), (1, book(NO, [], [("0.6", "1")])), (2, broken)]
    events, told = read(channel_file(tmp_path / "a.jsonl", frames))
    assert kinds(events)[-1] == "GapOpened"
    assert list(told.refused.values()) == [1]


def test_a_file_that_ends_within_a_line_ends_before_it(tmp_path):
    whole = channel_file(
        tmp_path / "a.jsonl", [(0, book(YES, BIDS, ASKS)), (1, book(NO, [], []))] * 2
    )
    text = whole.read_bytes()
    whole.write_bytes(text[:-40])
    assert kinds(read(whole)[0]).count("BookSnapshot") == 3
    lines = text.splitlines(keepends=True)
    whole.write_bytes(lines[0] + lines[1][:-40] + b"\n" + b"".join(lines[2:]))
    with pytest.raises(ConfigError, match="line 2"):
        read(whole)


def test_a_damaged_pack_says_where_and_what_to_do(tmp_path):
    path = channel_file(
        tmp_path / "a.jsonl.zst", [(0, book(YES, BIDS, ASKS)), (1, book(NO, [], []))]
    )
    packed = bytearray(path.read_bytes())
    packed[len(packed) // 2] ^= 0xFF
    path.write_bytes(packed)
    with pytest.raises(ConfigError, match=r"damaged|no recording"):
        read(path)


@pytest.mark.parametrize("text", [b"", b"hello\n", b'{"some": "json"}\n', b"\x00\x01\x02" * 50])
def test_what_is_no_recording_is_refused_with_what_would_be_one(tmp_path, text):
    path = tmp_path / "notes.txt"
    path.write_bytes(text)
    assert detect(path) is None
    with pytest.raises(ConfigError, match="polywire record"):
        histories(path, Given(), 0)
    with pytest.raises(ConfigError, match="no recording"):
        histories(tmp_path / "nothing", Given(), 0)


def test_ticks_become_a_book_once_their_best_prices_are_as_recorded(tmp_path):
    rows = [
        "0,change,0,BUY,0.39,10,0.40,0.45",
        "0,change,1,SELL,0.61,10,0.55,0.60",
        "5,change,0,BUY,0.40,20,0.40,0.45",
        "6,change,1,BUY,0.55,30,0.55,0.60",
        "9,trade,1,SELL,0.55,7,,",
    ]
    events, told = read(ticks_file(tmp_path / "ticks_1_0.csv", rows))
    assert kinds(events) == [
        "FeedUp", "InstrumentListed", "FeedCarries", "BookSnapshot", "PublicTrade",
    ]  # fmt: skip
    whole = events[3]
    assert whole.bids == ((390_000, 10_000_000), (400_000, 20_000_000))
    assert whole.asks == ((450_000, 30_000_000),)
    print_ = events[4]
    assert isinstance(print_, PublicTrade)
    assert (print_.outcome, print_.side, print_.price) == (1, Side.SELL, 550_000)
    assert told.refused == {"changes of the other token that say the same again": 1}
    assert not told.hashes


def test_levels_beyond_the_recorded_best_prices_are_gone(tmp_path):
    rows = [
        "0,change,0,BUY,0.39,10,0.39,0.45",
        "0,change,0,SELL,0.45,30,0.39,0.45",
        "1,change,0,BUY,0.40,20,0.40,0.45",
        "2,change,0,SELL,0.46,5,0.39,0.45",
    ]
    events, _ = read(ticks_file(tmp_path / "ticks_1_0.csv", rows))
    assert events[-1].levels == ((1, 460_000, 5_000_000), (0, 400_000, 0))
    assert events[-1].proofs[0].best_bid == 390_000


def test_a_tick_book_that_contradicted_the_record_begins_anew_when_it_agrees(tmp_path):
    rows = [
        "0,change,0,BUY,0.39,10,0.39,0.45",
        "0,change,0,SELL,0.45,30,0.39,0.45",
        "1,change,0,SELL,0.47,5,0.41,0.45",
        "5000,change,0,BUY,0.41,9,0.41,0.45",
        "5001,change,0,BUY,0.415,9,0.415,0.45",
    ]
    events, _ = read(ticks_file(tmp_path / "ticks_1_0.csv", rows))
    assert kinds(events)[3:] == [
        "BookSnapshot", "BookDelta", "BookSnapshot", "TickSizeChanged", "BookDelta",
    ]  # fmt: skip
    assert isinstance(events[-2], TickSizeChanged)
    assert events[-2].tick == 1_000


def test_ticks_of_a_market_that_is_given_have_its_terms_and_its_outcomes(tmp_path):
    """The first token may be either outcome's."""
    rows = [
        "0,change,0,BUY,0.40,10,0.40,0.45",
        "0,change,0,SELL,0.45,30,0.40,0.45",
        "5,trade,0,BUY,0.45,7,,",
        "6,change,1,BUY,0.56,30,0.56,0.60",
    ]
    path = ticks_file(tmp_path / "ticks_1_0.csv", rows)
    given = Given()
    given.markets["m"] = assumed("m", (NO, YES), end_ns=5)
    events, told = read(path, given)
    (listed,) = [event.market for event in events if isinstance(event, InstrumentListed)]
    assert listed == given.markets["m"]
    whole = next(event for event in events if isinstance(event, BookSnapshot))
    assert (whole.market, whole.bids) == ("m", ((550_000, 30_000_000),))
    assert whole.asks == ((600_000, 10_000_000),)
    trade = next(event for event in events if isinstance(event, PublicTrade))
    assert (trade.outcome, trade.side, trade.price) == (1, Side.BUY, 450_000)
    assert events[-1].levels[0] == (0, 560_000, 30_000_000)
    assert not any("are assumed" in each for each in told.assumptions)


def test_ticks_need_the_file_that_names_their_tokens(tmp_path):
    path = ticks_file(tmp_path / "ticks_1_0.csv", ["0,change,0,BUY,0.39,10,0.39,0.45"])
    (tmp_path / "ticks_1_tokens.json").unlink()
    with pytest.raises(ConfigError, match=r"ticks_1_tokens\.json"):
        histories(path, Given(), 0)


def test_a_window_gives_prints_best_prices_of_a_stated_size_and_its_result(tmp_path):
    head = {"window_ts": START_MS // 1000, "cid": "c", "token_up": YES, "token_down": NO}
    rows = [
        head | {"label": {"resolved_up": 0}},
        [START_MS, "binance_rtds", START_MS, 71_000.5],
        [START_MS + 1, "bbo", "up", "0.40", "0.42"],
        [START_MS + 1, "bbo", "down", "0.58", "0.60"],
        [START_MS + 2, "bbo", "up", "0.40", "0.42"],
        [START_MS + 3, "trade", "down", "0.58", "7"],
        [START_MS + 4, "bbo", "up", "0", "0.42"],
    ]
    path = tmp_path / "window.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    events, told = read(path)
    assert kinds(events)[3:] == ["BookSnapshot", "PublicTrade", "BookSnapshot", "MarketResolved"]
    assert events[3].bids == ((400_000, 100_000_000),)
    assert events[4].side is Side.SELL
    assert events[5].bids == ()
    assert events[6].payouts == (0, 1_000_000)
    assert sum(told.refused.values()) == 3
    assert any("100 shares are assumed" in each for each in told.assumptions)


def test_recorded_frames_carry_their_feeds_and_their_gaps(tmp_path):
    writer = FrameWriter(tmp_path / "rec", {"venue": "polymarket"})
    start = START_MS * MS
    for at, frame in enumerate((book(YES, BIDS, ASKS), book(NO, [], [("0.6", "100")]))):
        writer.write(start + at, "ws-1", json.dumps(frame))
    writer.gap(Gap("ws-1", start + 10, start + 20, "reset"))
    writer.write(start + 30, "ws-1", json.dumps(book(YES, BIDS, ASKS)))
    writer.close()
    events, told = read(tmp_path / "rec")
    feeds = [event for event in events if isinstance(event, FeedUp | FeedDown)]
    assert kinds(feeds) == ["FeedUp", "FeedDown", "FeedUp"]
    assert [event.recv_ns - start for event in feeds] == [0, 10, 30]
    assert isinstance(events[-1], BookSnapshot)
    assert events[-1].feed == "ws-1"
    assert told.clock == "received"


def test_a_journal_gives_what_its_run_saw_and_nothing_that_it_did(tmp_path):
    start = START_MS * MS
    rows = [
        RunStarted(start, "r1", "b", "", 0),
        FeedUp(start, "ws-1"),
        BookDelta(start + 1, 0, MARKET, (), (), "ws-1", start + 1),
        BookDelta(start, 0, MARKET, (), (), "ws-1", start),  # it waited behind the one before
        Cut(start + 2),
        OrderAccepted(start + 3, "r1-1"),
        MarketResolved(start + 4, 0, MARKET, (0, 1_000_000)),
        RunStarted(start + 9, "r2", "b", "", 0),
    ]
    with Journal(tmp_path / "j", "r1") as journal:
        for row in rows:
            journal.append(row, row.recv_ns)
    events, told = read(tmp_path / "j")
    assert kinds(events) == ["FeedUp", "BookDelta", "BookDelta", "MarketResolved", "FeedDown"]
    assert [event.recv_ns - start for event in events] == [0, 1, 1, 4, 4]
    assert told.lines == len(rows)


def test_several_recordings_of_a_folder_are_merged_by_their_times(tmp_path):
    channel_file(tmp_path / "b.jsonl", [(0, book(YES, BIDS, ASKS)), (5, book(NO, [], []))])
    ticks_file(tmp_path / "ticks_1_0.csv", ["3,change,0,BUY,0.39,10,0.39,0.45"])
    (tmp_path / "README.md").write_text("words\n", encoding="utf-8")
    opened = histories(tmp_path, Given(), 0)
    assert [one.provenance.shape for one in opened] == ["market channel", "ticks"]
    times = [event.recv_ns for event in merged(opened)]
    assert times == sorted(times)


def test_the_catalogues_objects_say_the_terms_of_markets_that_are_closed_by_now(tmp_path):
    item = {
        "id": "7", "conditionId": MARKET, "question": "Will it?", "slug": "will-it",
        "outcomes": '["Yes", "No"]', "clobTokenIds": json.dumps([YES, NO]), "version": "v1",
        "active": True, "closed": True, "acceptingOrders": False, "enableOrderBook": True,
        "orderPriceMinTickSize": 0.001, "orderMinSize": 5, "endDate": "2026-08-01T00:00:00Z",
        "feesEnabled": True, "feeSchedule": {"rate": 0.07, "exponent": 1, "rebateRate": 0.2},
        "umaResolutionStatus": "resolved", "outcomePrices": '["0", "1"]',
        "closedTime": "2026-08-01 01:00:00+00",
    }  # fmt: skip
    path = tmp_path / "markets.json"
    path.write_text(json.dumps([item], indent=1), encoding="utf-8")
    given = given_by(path)
    assert given.markets[MARKET].fees.rate_micros == 70_000
    assert given.resolved[MARKET].payouts == (0, 1_000_000)
    assert given.delays_ns == {}, "what is not told does not stand for none"
    for told, delay_ns in ((0, 0), (3, 3_000 * MS)):
        path.write_text(json.dumps(item | {"secondsDelay": told}), encoding="utf-8")
        assert given_by(path).delays_ns == {MARKET: delay_ns}
    recording = channel_file(
        tmp_path / "a.jsonl", [(0, book(YES, BIDS, ASKS)), (1, book(NO, [], []))]
    )
    events, told = read(recording, given)
    assert events[0].market.question == "Will it?"
    assert not any("are assumed" in each for each in told.assumptions)
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(ConfigError, match="names no market"):
        given_by(path)


def test_the_present_recording_proves_its_books_by_their_hashes(recordings: Path):
    path = recordings / "polymarket" / "market_channel_20260727.jsonl.zst"
    events, told = read(path)
    assert told.hashes
    assert Counter(kinds(events))["BookDelta"] == 781
    assert all(
        proof.hash for event in events if isinstance(event, BookDelta) for proof in event.proofs
    )


def test_the_old_format_is_read_without_its_hashes(recordings: Path):
    path = recordings / "polymarket" / "market_channel_legacy_20250703.jsonl.zst"
    events, told = read(path)
    count = Counter(kinds(events))
    assert (count["BookDelta"], count["BookSnapshot"], count["PublicTrade"]) == (300, 10, 4)
    assert not told.hashes
    assert not any(event.hash for event in events if isinstance(event, BookSnapshot))


def test_the_ticks_of_the_final_rebuild_books_that_show_the_recorded_best_prices(
    recordings: Path, tmp_path: Path
):
    source = recordings / "polymarket" / "ticks_20260607_0130.csv.zst"
    with source.open("rb") as packed:
        whole = zstandard.ZstdDecompressor().stream_reader(packed).read(2_000_000)
    path = tmp_path / "ticks_20260607_0130.csv"
    path.write_bytes(whole[: whole.rindex(b"\n") + 1])
    names = source.with_name("ticks_20260607_tokens.json").read_bytes()
    (tmp_path / "ticks_20260607_tokens.json").write_bytes(names)
    books: dict[str, OrderBook] = {}
    agreed = differed = 0
    for event in read(path)[0]:
        if isinstance(event, BookSnapshot):
            books.setdefault(event.market, OrderBook(event.market)).replace(event)
        elif isinstance(event, BookDelta):
            books[event.market].apply(event)
            (proof,) = event.proofs
            shown = books[event.market].touch(proof.outcome)
            agreed += shown == (proof.best_bid, proof.best_ask)
            differed += shown != (proof.best_bid, proof.best_ask)
    assert len(books) == 6
    assert agreed > 10_000
    assert differed < agreed // 200
