"""What a made-up wire proves, and when it no longer does; hashes are made here, with json."""

import hashlib
import json

import pytest

from polywire.core.model.instrument import FeeSchedule, Market, Outcome
from polywire.sim.evidence import Evidence, same_book

SECOND = 1_000_000_000
CONDITION = "0x" + "ab" * 32
MARKET = Market(
    id=CONDITION,
    venue="v",
    catalogue_id="1",
    question="?",
    slug="m",
    outcomes=(Outcome("111", "Yes"), Outcome("222", "No")),
    tick=10_000,
    lot=10_000,
    size_min=5_000_000,
    fees=FeeSchedule(0, 1, 0),
    neg_risk=False,
    version="v1",
    end_ns=0,
)


def book(token, bids, asks, *, time=1_000, trade="", **more):
    whole = {
        "market": CONDITION,
        "asset_id": token,
        "timestamp": str(time),
        "hash": "",
        "bids": [{"price": price, "size": size} for price, size in bids],
        "asks": [{"price": price, "size": size} for price, size in asks],
        "min_order_size": "5",
        "tick_size": "0.01",
        "neg_risk": False,
        "last_trade_price": trade,
    }
    text = json.dumps(whole, separators=(",", ":"))
    whole["hash"] = hashlib.sha1(text.encode()).hexdigest()
    return {**whole, "event_type": "book", **more}


def change(price, size, side, proof, *, time=1_100):
    entry = {"asset_id": "111", "price": price, "size": size, "side": side, "hash": proof["hash"]}
    return {
        "event_type": "price_change",
        "market": CONDITION,
        "price_changes": [entry],
        "timestamp": str(time),
    }


def trade(price, *, time):
    return {
        "event_type": "last_trade_price",
        "asset_id": "222",
        "price": price,
        "timestamp": str(time),
    }


BOOK = book("111", [("0.4", "10"), ("0.41", "5")], [("0.6", "7"), ("0.5", "3")])


@pytest.fixture
def wire():
    evidence = Evidence(proof_age_ns_max=10 * SECOND)
    evidence.listed(MARKET)
    evidence.carried(MARKET.id, "feed")
    evidence.up("feed")
    return evidence


def hear(evidence, message, now=0):
    evidence.frame(json.dumps(message).encode(), now)


def test_a_whole_book_is_proof_while_it_is_fresh(wire):
    assert "not heard of" in wire.objection(CONDITION, 0)
    hear(wire, [BOOK])
    wire.sample(0)
    assert wire.objection(CONDITION, 11 * SECOND) == ""
    assert "last heard of 12.0 s ago" in wire.objection(CONDITION, 12 * SECOND)


def test_a_change_keeps_the_proof_while_its_hash_agrees(wire):
    hear(wire, BOOK)
    after = book("111", [("0.4", "10")], [("0.6", "7"), ("0.5", "4")], time=1_100)
    hear(wire, change("0.41", "0", "BUY", after))
    hear(wire, change("0.5", "4", "SELL", after))
    wire.sample(SECOND)
    assert wire.markets[CONDITION].contradicted_at is None


def test_a_lost_change_contradicts_until_a_whole_book_comes(wire):
    hear(wire, BOOK)
    after = book("111", [("0.4", "10")], [("0.6", "7"), ("0.5", "4")], time=1_100)
    hear(wire, change("0.5", "4", "SELL", after), SECOND)
    wire.sample(SECOND)
    assert wire.objection(CONDITION, 4 * SECOND) == ""
    assert "contradicts its hashes since 4.0 s" in wire.objection(CONDITION, 5 * SECOND)
    wire.rest(json.dumps([after]).encode(), 5 * SECOND)
    assert wire.objection(CONDITION, 5 * SECOND) == ""


def test_a_change_that_comes_late_completes_the_state_of_a_later_hash(wire):
    hear(wire, BOOK)
    bids = [("0.4", "10"), ("0.41", "5")]
    first = book("111", bids, [("0.6", "7"), ("0.5", "4")], time=1_100)
    second = book("111", bids, [("0.6", "8"), ("0.5", "4")], time=1_200)
    hear(wire, change("0.6", "8", "SELL", second, time=1_200), SECOND)
    wire.sample(SECOND)
    assert wire.markets[CONDITION].contradicted_at == SECOND
    hear(wire, change("0.5", "4", "SELL", first, time=1_100), 3 * SECOND)
    assert wire.markets[CONDITION].contradicted_at is None


def test_a_late_trade_price_ends_a_contradiction(wire):
    hear(wire, {**book("111", [("0.4", "10")], [], trade="0.450"), "last_trade_price": "0.4"})
    wire.sample(0)
    assert wire.markets[CONDITION].contradicted_at == 0
    hear(wire, trade("0.45", time=999), SECOND)
    assert wire.markets[CONDITION].contradicted_at == 0
    hear(wire, trade("0.45", time=1_000), SECOND)
    assert wire.markets[CONDITION].contradicted_at is None


def test_a_trade_after_the_last_hash_contradicts_nothing(wire):
    hear(wire, BOOK)
    hear(wire, trade("0.45", time=1_200), SECOND)
    wire.sample(SECOND)
    assert wire.markets[CONDITION].contradicted_at is None


def test_a_late_whole_book_tells_of_levels_of_which_nothing_as_new_was_said(wire):
    hear(wire, BOOK)
    bids = [("0.4", "10"), ("0.41", "5")]
    lost = book("111", bids, [("0.6", "7"), ("0.5", "4")], time=1_100)
    told = book("111", bids, [("0.6", "8"), ("0.5", "4")], time=1_100)
    last = book("111", [("0.4", "9"), ("0.41", "5")], [("0.6", "8"), ("0.5", "4")], time=1_200)
    hear(wire, change("0.6", "8", "SELL", told, time=1_100))
    hear(wire, change("0.4", "9", "BUY", last, time=1_200))
    wire.sample(SECOND)
    assert wire.markets[CONDITION].contradicted_at == SECOND
    wire.rest(json.dumps([lost]).encode(), 3 * SECOND)
    assert wire.markets[CONDITION].contradicted_at is None


def test_a_rest_answer_older_than_the_stream_proves_nothing(wire):
    hear(wire, {**BOOK, "timestamp": "2000"})
    wire.sample(0)
    wire.rest(json.dumps([BOOK]).encode(), SECOND)
    assert wire.markets[CONDITION].contradicted_at == 0


def test_nor_does_it_after_a_message_that_came_out_of_order(wire):
    hear(wire, {**BOOK, "timestamp": "2000"})
    hear(wire, change("0.4", "10", "BUY", BOOK, time=900))
    wire.sample(0)
    wire.rest(json.dumps([BOOK]).encode(), SECOND)
    assert wire.markets[CONDITION].contradicted_at == 0


def test_a_closed_socket_takes_its_proof_along(wire):
    hear(wire, BOOK)
    wire.down("feed")
    assert wire.objection(CONDITION, 0) == "was not heard of by any open socket"
    wire.up("feed")
    assert "not heard of by any open socket" in wire.objection(CONDITION, 0)
    hear(wire, BOOK)
    assert wire.objection(CONDITION, 0) == ""


def test_resolved_and_unknown_markets_are_not_traded(wire):
    hear(wire, BOOK)
    resolved = {"event_type": "market_resolved", "market": CONDITION}
    hear(wire, {**resolved, "winning_asset_id": ""})
    assert wire.objection(CONDITION, 0) == ""
    hear(wire, {**resolved, "winning_asset_id": "222"})
    assert wire.objection(CONDITION, 0) == "is not listed, or resolved"
    assert wire.objection("0xother", 0) == "is not listed, or resolved"


def test_ticks_follow_the_wire_and_garbage_is_no_evidence(wire):
    tick = {"event_type": "tick_size_change", "asset_id": "111", "new_tick_size": "0.001"}
    hear(wire, tick)
    assert wire.markets[CONDITION].tick == 1_000
    hear(wire, BOOK)
    assert wire.markets[CONDITION].tick == 10_000
    wire.frame(b'[{"event_type":"bo', 0)
    hear(wire, {"event_type": "book", "asset_id": "333"})


def test_a_book_is_the_same_only_with_every_level():
    rest = json.dumps(BOOK)
    bids = [(400_000, 10_000_000), (410_000, 5_000_000)]
    asks = [(500_000, 3_000_000), (600_000, 7_000_000)]
    assert same_book(rest, bids, asks)
    assert not same_book(rest, bids[:1], asks)
    assert not same_book(rest, bids, [(500_000, 3_000_001), (600_000, 7_000_000)])
