"""Every kind of message by the complete path, and every oddity that must not hurt."""

from typing import Any

import pytest
from tests.unit.venues.building import (
    AT_MS,
    AT_NS,
    FEED,
    NOW,
    asset,
    change,
    condition,
    entry,
    frame,
    mirror,
    session,
)

from polywire.core.model.instrument import Side
from polywire.core.model.market import (
    BookDelta,
    BookSnapshot,
    Level,
    MarketEvent,
    MarketResolved,
    Proof,
    PublicTrade,
    TickSizeChanged,
)
from polywire.venues.polymarket import frames, stats

Touch = tuple[int | None, int | None]


def book(outcome: int = 0, **keys: object) -> dict[str, Any]:
    return {
        "market": condition(1),
        "asset_id": asset(1, outcome),
        "timestamp": str(AT_MS),
        "hash": "c" * 40,
        "bids": [{"price": "0.01", "size": "12816.02"}, {"price": "0.14", "size": "83.24"}],
        "asks": [{"price": "0.99", "size": "11570.96"}, {"price": "0.15", "size": "473"}],
        "tick_size": "0.01",
        "event_type": "book",
        "last_trade_price": "0.850",
    } | keys


def read(message: object) -> list[Any]:
    return list(session().receive(frame(message), NOW))


def only(message: object) -> MarketEvent:
    (event,) = read(message)
    return event


def test_a_book_of_the_primary_outcome_is_a_snapshot_best_last() -> None:
    assert only(book()) == BookSnapshot(
        recv_ns=NOW,
        venue_ns=AT_NS,
        market=condition(1),
        outcome=0,
        bids=((10_000, 12_816_020_000), (140_000, 83_240_000)),
        asks=((990_000, 11_570_960_000), (150_000, 473_000_000)),
        hash="c" * 40,
        feed=FEED,
        last_trade=850_000,
        tick=10_000,
    )


def test_a_book_of_the_other_outcome_is_turned_over() -> None:
    snapshot = only(book(1))
    assert snapshot.outcome == 1
    assert snapshot.bids == ((10_000, 11_570_960_000), (850_000, 473_000_000))
    assert snapshot.asks == ((990_000, 12_816_020_000), (860_000, 83_240_000))


def test_a_book_in_another_order_still_has_its_best_last() -> None:
    turned = book(bids=book()["bids"][::-1], asks=book()["asks"][::-1])
    assert only(turned) == only(book())


@pytest.mark.parametrize(
    ("keys", "last_trade", "tick"),
    [
        ({"last_trade_price": "", "tick_size": ""}, 0, 0),
        ({"last_trade_price": None, "tick_size": None}, None, 0),
        ({"last_trade_price": "0.9995", "tick_size": "0.0001"}, 999_500, 100),
    ],
)
def test_a_book_tells_what_it_tells(
    keys: dict[str, str | None], last_trade: int | None, tick: int
) -> None:
    snapshot = only(book(**keys))
    assert (snapshot.last_trade, snapshot.tick) == (last_trade, tick)


def test_a_bare_book_has_empty_sides_and_no_time() -> None:
    snapshot = only({"event_type": "book", "asset_id": asset(1, 0), "bids": None, "timestamp": ""})
    assert (snapshot.bids, snapshot.asks, snapshot.hash) == ((), (), "")
    assert (snapshot.venue_ns, snapshot.last_trade) == (0, None)


def test_the_first_dump_is_an_array_and_gives_a_snapshot_each() -> None:
    assert [event.outcome for event in read([book(0), book(1)])] == [0, 1]
    assert read([]) == []


def test_one_token_alone_is_one_level_and_one_proof() -> None:
    delta = only(change(mirror(size="0")))
    assert delta.levels == ((0, 850_000, 0),)
    assert delta.proofs == (Proof(1, "b" * 40, 140_000, 150_000),)


def test_several_levels_of_both_tokens_are_each_applied_once() -> None:
    one = session()
    message = change(
        entry(hash="1" * 40),
        mirror(hash="2" * 40),
        entry(price="0.84", size="7", hash="3" * 40),
        mirror(price="0.16", size="7", hash="4" * 40),
    )
    (delta,) = one.receive(frame(message), NOW)
    assert isinstance(delta, BookDelta)
    assert delta.levels == ((0, 850_000, 503_320_000), (0, 840_000, 7_000_000))
    assert delta.proofs == (
        Proof(0, "3" * 40, 850_000, 860_000, True, 2),
        Proof(1, "4" * 40, 140_000, 150_000, True, 2),
    )
    assert one.stats.pair_mismatches == 0


def test_the_last_word_on_a_level_wins() -> None:
    delta = only(change(entry(size="1"), entry(size="2"), entry(size="3")))
    assert delta.levels == ((0, 850_000, 3_000_000),)
    assert [proof.entries for proof in delta.proofs] == [3]


@pytest.mark.parametrize(
    ("second", "levels", "mismatches"),
    [
        (mirror(size="9"), ((0, 850_000, 9_000_000),), 1),
        (mirror(price="0.16"), ((0, 850_000, 503_320_000), (0, 840_000, 503_320_000)), 2),
        (mirror(side="BUY"), ((0, 850_000, 503_320_000), (1, 850_000, 503_320_000)), 2),
        (mirror(best_bid="0.13"), ((0, 850_000, 503_320_000),), 0),
    ],
)
def test_tokens_that_disagree_are_counted_and_the_last_is_believed(
    second: dict[str, str], levels: tuple[Level, ...], mismatches: int
) -> None:
    one = session()
    (delta,) = one.receive(frame(change(entry(), second)), NOW)
    assert isinstance(delta, BookDelta)
    assert delta.levels == levels
    assert one.stats.pair_mismatches == mismatches


def test_a_frame_of_two_markets_is_a_change_of_each() -> None:
    one = session(1, 2)
    message = change(entry(), entry(number=2), mirror())
    events: list[Any] = list(one.receive(frame(message), NOW))
    assert [(event.market, len(event.proofs)) for event in events] == [
        (condition(1), 2),
        (condition(2), 1),
    ]


def test_entries_of_assets_not_carried_are_counted_and_left_out() -> None:
    one = session(1)
    assert one.receive(frame(change(entry(number=5), mirror(5), number=5)), NOW) == []
    (delta,) = one.receive(frame(change(entry(number=5), mirror())), NOW)
    assert isinstance(delta, BookDelta)
    assert [proof.outcome for proof in delta.proofs] == [1]
    assert (one.stats.unwatched, one.stats.entries) == (3, 4)


def test_an_unsubscribed_market_is_not_carried_any_more() -> None:
    one = session(1)
    one.receive(frame(change(entry(), mirror())), NOW)
    one.unsubscribe([condition(1)], NOW)
    assert one.receive(frame(change(entry(), mirror())), NOW) == []
    assert one.stats.unwatched == 2


@pytest.mark.parametrize(
    ("best_bid", "best_ask", "touch"),
    [
        ("0", "1", (None, None)),
        ("", "", (None, None)),
        ("0.5", "1", (500_000, None)),
        ("0.000", "0.5", (None, 500_000)),
        ("1", "0", (1_000_000, 0)),
    ],
)
def test_an_empty_side_is_no_price(best_bid: str, best_ask: str, touch: Touch) -> None:
    delta = only(change(entry(best_bid=best_bid, best_ask=best_ask)))
    (proof,) = delta.proofs
    assert (proof.best_bid, proof.best_ask) == touch
    assert proof.touch


def test_the_form_before_september_2025_has_no_touch() -> None:
    message = {
        "asset_id": asset(1, 0),
        "changes": [
            {"price": "0.55", "side": "BUY", "size": "500"},
            {"price": "0.67", "side": "SELL", "size": "0"},
        ],
        "event_type": "price_change",
        "hash": "d" * 40,
        "timestamp": str(AT_MS),
    }
    delta = only([message])
    assert delta.levels == ((0, 550_000, 500_000_000), (1, 670_000, 0))
    assert delta.proofs == (Proof(0, "d" * 40, None, None, False, 2),)


def trade(**keys: object) -> dict[str, Any]:
    return {
        "asset_id": asset(1, 1),
        "event_type": "last_trade_price",
        "fee_rate_bps": "",
        "market": condition(1),
        "price": "0.456",
        "side": "SELL",
        "size": "219.217767",
        "timestamp": str(AT_MS),
    } | keys


def test_a_trade_stays_in_its_own_outcome() -> None:
    assert only(trade()) == PublicTrade(
        recv_ns=NOW,
        venue_ns=AT_NS,
        market=condition(1),
        outcome=1,
        side=Side.SELL,
        price=456_000,
        size=219_217_767,
        feed=FEED,
    )
    assert only(trade(side="BUY")).side is Side.BUY


@pytest.mark.parametrize(
    "message",
    [
        trade(price=""),
        trade(size=""),
        trade(side=""),
        {"event_type": "tick_size_change", "asset_id": asset(1, 0), "new_tick_size": ""},
        {"event_type": "best_bid_ask", "asset_id": asset(1, 0), "best_bid": "0.5"},
        {"event_type": "market_resolved", "market": condition(1), "winning_asset_id": ""},
        {"event_type": "market_resolved", "market": condition(1), "winning_asset_id": "7"},
        {"event_type": "market_resolved", "market": condition(1)},
    ],
)
def test_a_message_without_its_point_is_counted_as_empty(message: dict[str, Any]) -> None:
    one = session()
    assert one.receive(frame(message), NOW) == []
    assert one.stats.empty == 1


@pytest.mark.parametrize(
    "message",
    [
        book(asset_id="5"),
        trade(asset_id="5"),
        {"event_type": "tick_size_change", "asset_id": "5", "new_tick_size": "0.001"},
        {"event_type": "best_bid_ask", "asset_id": "5", "best_bid": "0.5", "best_ask": "0.6"},
        {"event_type": "market_resolved", "market": condition(5), "winning_asset_id": "5"},
    ],
)
def test_a_message_about_others_is_counted_as_unwatched(message: dict[str, Any]) -> None:
    one = session()
    assert one.receive(frame(message), NOW) == []
    assert one.stats.unwatched == 1


def test_a_tick_size_change_is_told_of_the_market() -> None:
    message = {
        "event_type": "tick_size_change",
        "asset_id": asset(1, 1),
        "market": condition(1),
        "old_tick_size": "0.01",
        "new_tick_size": "0.001",
        "timestamp": str(AT_MS),
    }
    assert only(message) == TickSizeChanged(NOW, AT_NS, condition(1), 1_000)


def test_best_prices_alone_are_a_proof_without_levels() -> None:
    message = {
        "event_type": "best_bid_ask",
        "market": condition(1),
        "asset_id": asset(1, 1),
        "best_bid": "0.73",
        "best_ask": "1",
        "spread": "0.27",
        "timestamp": AT_MS,
    }
    proof = Proof(1, "", 730_000, None)
    assert only(message) == BookDelta(NOW, AT_NS, condition(1), (), (proof,), FEED, NOW)


@pytest.mark.parametrize(("winner", "payouts"), [(0, (1_000_000, 0)), (1, (0, 1_000_000))])
def test_a_resolved_market_pays_its_winner(winner: int, payouts: tuple[int, int]) -> None:
    message = {
        "event_type": "market_resolved",
        "market": condition(1),
        "assets_ids": [asset(1, 0), asset(1, 1)],
        "winning_asset_id": asset(1, winner),
        "winning_outcome": "Yes",
        "timestamp": str(AT_MS),
    }
    assert only(message) == MarketResolved(NOW, AT_NS, condition(1), payouts)


def test_a_winner_of_another_market_decides_nothing() -> None:
    one = session(1, 2)
    message = {
        "event_type": "market_resolved",
        "market": condition(1),
        "winning_asset_id": asset(2, 0),
    }
    assert one.receive(frame(message), NOW) == []


def test_announcements_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "ANNOUNCEMENTS_MAX", 2)
    one = session()
    for number in range(5):
        one.receive(frame({"event_type": "new_market", "market": condition(number)}), NOW)
    assert one.take_announcements() == (condition(0), condition(1))


def test_unknown_kinds_and_keys_are_ignored_and_counted_by_kind() -> None:
    one = session()
    messages = [
        {"event_type": "fireworks", "timestamp": 7, "price_changes": "none"},
        {"event_type": "fireworks"},
        {"topic": "crypto_prices"},
        book(novelty={"deep": [1, 2]}),
    ]
    events = one.receive(frame(messages), NOW)
    assert [type(event) for event in events] == [BookSnapshot]
    assert one.stats.unknown == {"fireworks": 2, "": 1}
    assert one.stats.messages == {"new_market": 1, "book": 1}


def test_endless_unknown_kinds_fill_one_last_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats, "KINDS_MAX", 3)
    counts: dict[str, int] = {}
    for number in range(10):
        stats.count(counts, f"kind-{number}" + "x" * 100)
    assert sum(counts.values()) == 10
    assert counts["(others)"] == 7
    assert max(len(kind) for kind in counts) == 64
