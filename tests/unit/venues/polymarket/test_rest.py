"""Requests for whole books and the replies, many a call or one."""

import json

import pytest
from tests.unit.venues.building import AT_MS, AT_NS, NOW, asset, condition, market

from polywire.core.errors import DecodeError
from polywire.core.ids import FeedId
from polywire.venues.polymarket.rest import (
    BOOKS_MAX,
    book_query,
    books_body,
    decode_book,
    decode_books,
)


def book(number: int, outcome: int = 0) -> dict[str, object]:
    return {
        "market": condition(number),
        "asset_id": asset(number, outcome),
        "timestamp": str(AT_MS),
        "hash": "e" * 40,
        "bids": [{"price": "0.4", "size": "10"}],
        "asks": [],
        "min_order_size": "5",
        "tick_size": "0.01",
        "neg_risk": False,
        "last_trade_price": "",
    }


def test_the_body_asks_for_both_books_of_each_market() -> None:
    assert json.loads(books_body([market(1), market(2)])) == [
        {"token_id": asset(number, outcome)} for number in (1, 2) for outcome in (0, 1)
    ]


def test_one_outcome_may_stand_for_both() -> None:
    body = books_body([market(1), market(2)], outcomes=(0,))
    assert json.loads(body) == [{"token_id": asset(1, 0)}, {"token_id": asset(2, 0)}]
    assert book_query(market(1)) == f"/book?token_id={asset(1, 0)}"


def test_a_body_for_more_than_the_venue_answers_is_a_bug() -> None:
    markets = [market(number) for number in range(BOOKS_MAX // 2 + 1)]
    assert len(json.loads(books_body(markets[:-1]))) == 500
    with pytest.raises(AssertionError, match="502 assets"):
        books_body(markets)


def test_a_reply_gives_the_books_asked_for_and_no_others() -> None:
    body = json.dumps([book(2, 1), book(9), book(1)]).encode()
    first, second = decode_books(body, [market(1), market(2)], NOW)
    assert (first.market, first.outcome, first.feed) == (condition(2), 1, "rest")
    assert (first.bids, first.asks) == ((), ((600_000, 10_000_000),))
    assert (second.market, second.bids) == (condition(1), ((400_000, 10_000_000),))
    assert (second.recv_ns, second.venue_ns, second.last_trade) == (NOW, AT_NS, 0)


def test_one_book_alone_is_the_same_snapshot_of_the_feed_that_asked() -> None:
    body = json.dumps(book(1)).encode()
    (alone,) = decode_book(body, market(1), NOW, FeedId("poll-1"))
    (among,) = decode_books(b"[" + body + b"]", [market(1)], NOW, FeedId("poll-1"))
    assert alone == among
    assert (alone.feed, alone.hash, alone.bids) == ("poll-1", "e" * 40, ((400_000, 10_000_000),))
    assert decode_book(json.dumps(book(2)).encode(), market(1), NOW, FeedId("poll-1")) == []


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'{"error":"No orderbook exists"}', b"{"])
def test_any_other_reply_about_one_book_is_a_decode_error_too(body: bytes) -> None:
    with pytest.raises(DecodeError, match="expected whole books"):
        decode_book(body, market(1), NOW, FeedId("poll-1"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"error":"too many"}',
        b"[" * 100_000,
        json.dumps([book(1) | {"bids": [{"price": "half", "size": "1"}]}]).encode(),
        json.dumps([book(1) | {"timestamp": "now"}]).encode(),
    ],
)
def test_any_other_reply_is_a_decode_error(body: bytes) -> None:
    with pytest.raises(DecodeError, match="expected whole books"):
        decode_books(body, [market(1)], NOW)
