"""The market session: subscriptions, heartbeat, the short cut and what happens to bad frames."""

import json

import pytest
from msgspec import structs
from tests.unit.venues.building import (
    AT_NS,
    FEED,
    NOW,
    SECOND,
    asset,
    change,
    condition,
    entry,
    frame,
    market,
    mirror,
    session,
)

from polywire.core.errors import DecodeError
from polywire.core.model.control import ReconnectorMoved, ReconnectorState
from polywire.core.model.market import BookDelta, FeedCarries, FeedDown, FeedUp, GapOpened, Proof
from polywire.core.units import Ns
from polywire.venues.polymarket.market_ws import MarketSession
from polywire.venues.session import ConnectionState, Session


def later(seconds: float) -> Ns:
    return Ns(NOW + int(seconds * SECOND))


def sent(one: MarketSession) -> list[object]:
    return [json.loads(frame) for frame in one.outbox()]


def test_it_is_a_session() -> None:
    one: Session = session()
    assert one.feed == FEED


def test_the_first_frame_names_both_assets_of_every_market() -> None:
    one = session(1, 2, live=False)
    assert one.outbox() == []
    one.connected(NOW)
    assert sent(one) == [
        {
            "type": "market",
            "assets_ids": [asset(1, 0), asset(1, 1), asset(2, 0), asset(2, 1)],
            "custom_feature_enabled": True,
            "initial_dump": True,
        }
    ]
    assert one.outbox() == []


def test_later_changes_are_operations_on_the_assets_that_are_new_or_gone() -> None:
    one = session(1)
    assert one.subscribe([market(1), market(2)], NOW) == [
        FeedCarries(NOW, FEED, (condition(1), condition(2)))
    ]
    assert one.unsubscribe([condition(1), condition(9)], NOW) == [
        FeedCarries(NOW, FEED, (condition(2),))
    ]
    assert sent(one) == [
        {
            "operation": "subscribe",
            "assets_ids": [asset(2, 0), asset(2, 1)],
            "custom_feature_enabled": True,
        },
        {"operation": "unsubscribe", "assets_ids": [asset(1, 0), asset(1, 1)]},
    ]
    one.subscribe([market(2)], NOW)
    one.unsubscribe([condition(9)], NOW)
    assert one.outbox() == []


def test_what_is_subscribed_while_away_joins_the_first_frame_of_the_next_socket() -> None:
    one = session(1)
    one.dropped(NOW, "reset")
    one.subscribe([market(2)], NOW)
    one.unsubscribe([condition(1)], NOW)
    assert one.outbox() == []
    one.connecting(NOW)
    assert one.state is ConnectionState.CONNECTING
    one.connected(NOW)
    (first,) = sent(one)
    assert isinstance(first, dict)
    assert first["type"] == "market"
    assert first["assets_ids"] == [asset(2, 0), asset(2, 1)]
    assert one.markets == (condition(2),)


def test_a_lost_socket_is_told_once_and_its_unsent_frames_are_forgotten() -> None:
    one = session(1)
    one.subscribe([market(2)], NOW)
    assert one.dropped(NOW, "reset") == [FeedDown(NOW, FEED, "reset")]
    assert one.dropped(NOW, "refused") == []
    assert one.outbox() == []
    assert (one.state, one.attempt, one.cause) == (ConnectionState.WAITING, 2, "refused")
    assert one.retry_at() == later(3)


def test_it_pings_in_text_after_the_subscription_and_never_before() -> None:
    one = session(1, live=False)
    assert one.wakeup() is None
    assert one.on_time(later(60)) == []
    assert one.outbox() == []
    one.connected(NOW)
    one.on_time(later(9.9))
    assert len(one.outbox()) == 1
    assert one.wakeup() == later(10)
    assert one.on_time(later(10)) == []
    assert one.outbox() == [b"PING"]


def test_pongs_keep_the_socket_and_their_absence_drops_it() -> None:
    one = session(1)
    assert one.receive(b"PONG", later(5)) == []
    one.on_time(later(34))
    assert one.wants_drop == ""
    one.on_time(later(35))
    assert one.wants_drop == "no pong for 30 s"
    assert one.stats.pongs == 1


def test_data_makes_the_session_live_and_a_pong_does_not() -> None:
    one = session(1, live=False)
    one.connected(NOW)
    one.receive(b"PONG\n", NOW)
    assert one.state is ConnectionState.SUBSCRIBING
    one.receive(frame(change(entry(), mirror())), later(1))
    assert one.state is ConnectionState.LIVE
    one.receive(frame(change(entry(), mirror())), later(2))
    assert one.heard_at == later(2)


BOOK = {
    "event_type": "book",
    "asset_id": asset(1, 0),
    "market": condition(1),
    "timestamp": "1",
    "hash": "h",
    "bids": [],
    "asks": [],
}
NEWS = frame({"event_type": "new_market"})


@pytest.mark.parametrize(
    "data", [NEWS, frame([BOOK]), frame(BOOK), frame(change(entry(), mirror()))]
)
def test_up_is_told_with_the_first_data_of_each_socket_and_down_only_after_it(data: bytes) -> None:
    one = session(1)  # the prices of its first socket are known, which is when short cuts are taken
    one.receive(frame(change(entry(), mirror())), NOW)
    for _ in range(2):
        one.dropped(later(60), "reset")
        one.connecting(NOW)
        one.connected(NOW)
        assert one.receive(b"PONG", NOW) == []
        assert one.receive(data, NOW)[:1] == [FeedUp(NOW, FEED)]
        assert FeedUp(later(1), FEED) not in one.receive(data, later(1))
    assert one.dropped(later(60), "reset") == [FeedDown(later(60), FEED, "reset")]
    one.connected(later(60))
    assert one.dropped(later(60), "reset") == []


def test_a_socket_knows_of_which_markets_it_told_a_whole_book() -> None:
    one = session(1, 2)
    one.receive(frame([BOOK]), later(1))
    assert (one.told, one.untold) == ({condition(1): later(1)}, 1)
    one.receive(frame(BOOK | {"asset_id": asset(2, 1)}), later(2))
    one.receive(frame(BOOK), later(3))
    assert (one.told, one.untold) == ({condition(1): later(1), condition(2): later(2)}, 0)
    one.resubscribe(condition(1))
    assert one.untold == 1
    one.unsubscribe([condition(1)], NOW)
    assert (one.told, one.untold) == ({condition(2): later(2)}, 0)
    one.dropped(NOW, "reset")
    assert one.told == {}


def test_moves_of_the_reconnector_are_told_one_by_one() -> None:
    one = session(1, live=False)
    told = []
    for second in range(4):
        told += one.connecting(later(second))
        told += one.dropped(later(second), "refused")
    told += one.connecting(later(9))
    one.connected(later(9))
    told += one.receive(NEWS, later(10))
    moves = [event for event in told if isinstance(event, ReconnectorMoved)]
    assert [(move.state.value, move.failures) for move in moves] == [
        ("open", 3),
        ("half open", 3),
        ("open", 4),
        ("half open", 4),
        ("closed", 0),
    ]
    assert moves[0] == ReconnectorMoved(
        later(2), FEED, ReconnectorState.OPEN, 3, later(8), "refused"
    )
    again = session(1, live=False)
    assert again.resume(moves[2], later(4)) == [structs.replace(moves[2], recv_ns=later(4))]
    assert (again.retry_at(), again.state) == (moves[2].retry_ns, ConnectionState.WAITING)
    (trial,) = again.connecting(again.retry_at())
    assert isinstance(trial, ReconnectorMoved)
    assert trial.state is ReconnectorState.HALF_OPEN


def test_a_socket_that_could_not_be_replaced_counts_it_and_tries_less_often() -> None:
    one = session(1)
    told = [one.unproven(later(second), "no book") for second in range(3)]
    assert [len(moves) for moves in told] == [0, 0, 1]
    assert one.retry_at() == later(2 + 6)
    assert one.state is ConnectionState.LIVE


BOTH = (Proof(0, "a" * 40, 850_000, 860_000), Proof(1, "b" * 40, 140_000, 150_000))
BID = (0, 850_000, 503_320_000)


@pytest.mark.parametrize("known", [False, True], ids=["first met", "met before"])
def test_a_mirrored_pair_is_one_level_and_two_proofs(known: bool) -> None:
    one = session()
    raw = frame(change(entry(), mirror()))
    if known:
        one.receive(raw, NOW)
        one.receive(raw, NOW)
    assert one.receive(raw, NOW) == [BookDelta(NOW, AT_NS, condition(1), (BID,), BOTH, FEED, NOW)]
    assert one.stats.pairs == (2 if known else 0)
    assert one.stats.entries == (6 if known else 2)
    assert one.stats.frames == (4 if known else 2)
    assert one.stats.messages["price_change"] == (3 if known else 1)


def test_a_pair_that_starts_with_the_other_token_is_the_same_level() -> None:
    one = session()
    raw = frame(change(mirror(), entry()))
    one.receive(raw, NOW)
    (delta,) = one.receive(raw, NOW)
    assert one.stats.pairs == 1
    assert delta == BookDelta(NOW, AT_NS, condition(1), (BID,), BOTH[::-1], FEED, NOW)


def test_an_ask_of_the_primary_outcome_lands_on_the_ask_side() -> None:
    one = session()
    raw = frame(change(entry(side="SELL"), mirror(side="BUY")))
    one.receive(raw, NOW)
    (delta,) = one.receive(raw, NOW)
    assert one.stats.pairs == 1
    assert isinstance(delta, BookDelta)
    assert delta.levels == ((1, 850_000, 503_320_000),)


@pytest.mark.parametrize(
    "second",
    [
        mirror(price="0.16"),
        mirror(size="503.31"),
        mirror(side="BUY"),
        mirror(best_bid="0.13"),
        mirror(best_ask="0.16"),
        mirror(number=2),
        entry(1, price="0.150", side="SELL", best_bid="0.14", best_ask="0.15"),
    ],
)
def test_what_is_no_mirror_never_takes_the_short_cut(second: dict[str, str]) -> None:
    one = session(1, 2)
    one.receive(frame(change(entry(), mirror())), NOW)
    one.receive(frame(change(entry(price="0.84", best_bid="0.13", best_ask="0.16"))), NOW)
    one.receive(frame(change(entry(), second)), NOW)
    assert one.stats.pairs == 0


def test_a_bare_refusal_is_counted() -> None:
    one = session()
    assert one.receive(b"INVALID OPERATION", NOW) == []
    assert one.stats.invalid_operations == 1


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"HELLO",
        b"PONGPONG",
        b"\xff\xfe\x00\x01",
        b'{"event_type":"book"',
        b'{"event_type":"book"}',
        b"[1]",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b" " * (4 * 1024 * 1024 + 1),
        frame(change(entry(price="0.5x"))),
        frame(change(entry(price=""))),
        frame(change(entry(price="1"))),
        frame(change(entry(size="1e3"))),
        frame(change(entry(size="1" * 30))),
        frame(change(entry(side="HOLD"))),
        frame(change(entry(best_ask="1.5"))),
        frame(change(entry()) | {"timestamp": "soon"}),
        frame(change(entry()) | {"timestamp": "9" * 14}),
    ],
)
def test_a_frame_that_cannot_be_read_raises_and_changes_nothing(bad: bytes) -> None:
    one = session()
    heard = one.heard_at
    with pytest.raises(DecodeError):
        one.receive(bad, later(1))
    assert one.heard_at == heard


def test_an_undecodable_frame_opens_a_gap_for_the_market_it_names() -> None:
    one = session(1, 2, 3)
    raw = frame(change(entry(number=2, price="?"), number=2))[:-5]
    assert one.on_undecodable(raw, NOW) == [GapOpened(NOW, condition(2), FEED, "undecodable frame")]
    by_asset = one.on_undecodable(b"..." + asset(3, 1).encode() + b"...", NOW)
    assert [gap.market for gap in by_asset if isinstance(gap, GapOpened)] == [condition(3)]
    assert one.stats.undecodable == 2


def test_an_undecodable_frame_that_names_nothing_opens_a_gap_for_all() -> None:
    one = session(1, 2)
    gaps = one.on_undecodable(b"\xff\x00", NOW)
    assert [gap.market for gap in gaps if isinstance(gap, GapOpened)] == [
        condition(1),
        condition(2),
    ]


def test_an_undecodable_frame_about_others_opens_no_gap() -> None:
    assert session(1).on_undecodable(frame({"market": condition(5)}), NOW) == []


def test_announced_markets_are_taken_once() -> None:
    one = session()
    for number in (8, 9, 8):
        one.receive(frame({"event_type": "new_market", "condition_id": condition(number)}), NOW)
    assert one.take_announcements() == (condition(8), condition(9))
    assert one.take_announcements() == ()


def test_a_repeated_frame_is_heard_and_counted_and_may_be_the_first_sign_of_life() -> None:
    one = session(1, live=False)
    one.connected(NOW)
    assert one.repeated(later(1)) == [FeedUp(later(1), FEED)]
    assert one.repeated(later(2)) == []
    assert (one.heard_at, one.stats.frames) == (later(2), 2)


def test_a_feed_that_is_over_feeds_nothing_and_tries_nothing() -> None:
    one = session(1)
    one.unproven(NOW, "no book")
    one.unproven(NOW, "no book")
    assert len(one.unproven(NOW, "no book")) == 1
    down, carries, moved = one.ended(later(1), "replaced")
    assert down == FeedDown(later(1), FEED, "replaced")
    assert carries == FeedCarries(later(1), FEED, ())
    assert isinstance(moved, ReconnectorMoved)
    assert (moved.state, moved.failures) == (ReconnectorState.CLOSED, 0)
    never = session(1, live=False)
    assert never.ended(later(1), "told nothing") == [FeedCarries(later(1), FEED, ())]
