"""Other recorded frames of the market channel, and whole books by REST with their hashes."""

import json
from collections import Counter
from pathlib import Path

import pytest
from tests.golden.polymarket.recorded import compact, json_lines
from tests.unit.venues.building import condition, market

from polywire.core.book.order_book import OrderBook
from polywire.core.ids import FeedId, InstrumentId, MarketId
from polywire.core.model.instrument import Market, Outcome
from polywire.core.model.market import BookDelta, BookSnapshot, MarketResolved, Proof, PublicTrade
from polywire.core.units import Ns, Price, parse_micros
from polywire.venues.polymarket.checksum import BookChecksum
from polywire.venues.polymarket.market_ws import MarketSession
from polywire.venues.polymarket.rest import decode_books

NOW = Ns(1)


def two_sided(condition: str, first: str, second: str, **terms: object) -> Market:
    sides = (Outcome(InstrumentId(first), "Yes"), Outcome(InstrumentId(second), "No"))
    return market(id=MarketId(condition), outcomes=sides, **terms)


def carrying(*markets: Market) -> MarketSession:
    session = MarketSession(FeedId("recorded"), lambda: 0.5)
    session.subscribe(markets, NOW)
    session.connected(NOW)
    session.receive(b"[]", NOW)  # the first data is told as `FeedUp`
    return session


def test_the_old_form_of_july_2025_decodes_without_a_touch(recordings: Path) -> None:
    one = two_sided(
        "0x677483d4868b5d64d779100345df9cf1ac598cc6eef0c73c7df9cba24be52552",
        "64014407071173554650750271910505804043936597106769212755931625753599668120313",
        "106475745937639014510786283316013020398281681386075484718751158546497590415813",
    )
    session = carrying(one)
    book = OrderBook(one.id)
    kinds: Counter[str] = Counter()
    for line in json_lines(recordings / "polymarket/market_channel_legacy_20250703.jsonl.zst"):
        for event in session.receive(compact(line["frame"]), NOW):
            kinds[type(event).__name__] += 1
            match event:
                case BookSnapshot():
                    book.replace(event)
                case BookDelta():
                    book.apply(event)
                    assert [proof.touch for proof in event.proofs] == [False]
                    assert len(event.proofs[0].hash) == 40
                case _:
                    assert isinstance(event, PublicTrade)
            assert not book.crossed() or isinstance(event, PublicTrade)
    assert kinds == {"BookSnapshot": 10, "BookDelta": 300, "PublicTrade": 4}
    assert session.stats.pongs == 4
    assert (session.stats.pair_mismatches, session.stats.unwatched) == (0, 0)
    assert session.stats.entries == 408


def test_recorded_announcements_resolutions_and_touches_decode(recordings: Path) -> None:
    listed = "0x311d0c4b6671ab54af4970c06fcf58662516f5168997bdda209ec3db5aa6b0c1"
    winner = "76043073756653678226373981964075571318267289248134717369284518995922789326425"
    loser = "31690934263385727664202099278545688007799199447969475608906331829650099442770"
    quoted = "85354956062430465315924116860125388538595433819574542752031640332592237464430"
    touched = "0x0005c0d312de0be897668695bae9f32b624b4a1ae8b140c49f08447fcc74f442"
    session = carrying(two_sided(listed, winner, loser), two_sided(touched, quoted, "5" * 77))
    events = [
        event
        for line in json_lines(recordings / "polymarket/announcements_and_rtds.jsonl")
        for event in session.receive(compact(line["frame"]), NOW)
    ]
    at = Ns(1766789469958 * 1_000_000)
    proof = Proof(0, "", Price(730_000), Price(770_000))
    assert events == [
        MarketResolved(NOW, Ns(1766790415550 * 1_000_000), listed, (1_000_000, 0)),
        BookDelta(NOW, at, touched, (), (proof,), session.feed, NOW),
    ]
    assert session.take_announcements() == (listed,)
    assert session.stats.unknown == {"": 2}


def test_recorded_trades_keep_their_price_size_and_side(recordings: Path) -> None:
    lines = list(json_lines(recordings / "polymarket/last_trade_frames_20260212.jsonl"))
    session = carrying(
        *(
            two_sided(condition(n), str(line["asset_id"]), str(n) * 30)
            for n, line in enumerate(lines, 1)
        )
    )
    trades = [event for line in lines for event in session.receive(compact(line), NOW)]
    assert len(trades) == 10
    for line, trade in zip(lines, trades, strict=True):
        assert isinstance(trade, PublicTrade)
        assert trade.price == round(float(str(line["price"])) * 1_000_000)
        assert trade.size == round(float(str(line["size"])) * 1_000_000)
        assert trade.side.name == line["side"]
        assert trade.venue_ns == int(str(line["timestamp"])) * 1_000_000


def test_every_recorded_rest_book_has_the_hash_we_compute(recordings: Path) -> None:
    body = (recordings / "polymarket/fed_decision_20260517/clob_books.json").read_bytes()
    by_market: dict[str, list[dict[str, object]]] = {}
    for raw in json.loads(body):
        by_market.setdefault(raw["market"], []).append(raw)
    markets = [
        two_sided(
            one,
            str(first["asset_id"]),
            str(second["asset_id"]),
            tick=parse_micros(str(first["tick_size"])),
            size_min=parse_micros(str(first["min_order_size"])),
            neg_risk=first["neg_risk"],
        )
        for one, (first, second) in by_market.items()
    ]
    terms = {one.id: one for one in markets}
    snapshots = decode_books(body, markets, NOW)
    assert len(snapshots) == 10
    for snapshot in snapshots:
        assert snapshot.feed == "rest"
        book = OrderBook(snapshot.market)
        checksum = BookChecksum(terms[snapshot.market])
        checksum.change(book.replace(snapshot))
        digest = checksum.digest(snapshot.outcome, snapshot.venue_ns, book.last_trade)
        assert digest == snapshot.hash


@pytest.fixture
def recorded_hashes(vectors: Path) -> dict[str, dict[str, object]]:
    text = (vectors / "vectors/polymarket_book_hash.json").read_text()
    recorded: dict[str, dict[str, object]] = json.loads(text)["recorded"]
    return recorded


def test_the_hash_vectors_are_met_by_the_book_and_by_the_change_after_it(
    recorded_hashes: dict[str, dict[str, object]],
) -> None:
    low, high = list(recorded_hashes["expected_after_frame_2"])[:2]
    one = two_sided(str(recorded_hashes["frame_1"]["market"]), high, low)
    session, book = carrying(one), OrderBook(one.id)
    checksum = BookChecksum(one)
    (snapshot,) = session.receive(compact(recorded_hashes["frame_1"]), NOW)
    assert isinstance(snapshot, BookSnapshot)
    checksum.change(book.replace(snapshot))
    at = snapshot.venue_ns
    assert checksum.digest(snapshot.outcome, at, book.last_trade) == snapshot.hash
    (delta,) = session.receive(compact(recorded_hashes["frame_2"]), NOW)
    assert isinstance(delta, BookDelta)
    checksum.change(delta.levels)
    assert [
        checksum.digest(proof.outcome, delta.venue_ns, book.last_trade) for proof in delta.proofs
    ] == ["52a1ab0b83926e8d34a1018feea85a50af0cea81", "4e761e84f74fbbd20f0787409962cfa66221ddc4"]
