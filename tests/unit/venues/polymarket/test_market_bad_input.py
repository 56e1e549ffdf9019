"""Bad input at the doors of public REST and of replies to orders: refused, or proof of nothing."""

import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from tests.unit.venues.account_building import hash_of
from tests.unit.venues.bad_bodies import NOT_TEXT, NUMBERS, broken
from tests.unit.venues.building import AT_MS, NOW, asset, condition, market

from polywire.core.errors import DecodeError
from polywire.core.ids import FeedId, OrderId
from polywire.core.model.account import OrderAccepted, OrderUnknown
from polywire.venues.polymarket.cancels import cancel_reply
from polywire.venues.polymarket.catalogue import parse_page, parse_resolutions
from polywire.venues.polymarket.orders import SignedOrder
from polywire.venues.polymarket.replies import batch_events, reply_events
from polywire.venues.polymarket.rest import decode_book, decode_books

Json = dict[str, Any]

POLL: Final = FeedId("poll-1")
BOOK: Final[Json] = {
    "market": condition(1),
    "asset_id": asset(1, 0),
    "timestamp": str(AT_MS),
    "hash": "e" * 40,
    "bids": [{"price": "0.4", "size": "10"}],
    "asks": [{"price": "0.6", "size": "5"}],
    "tick_size": "0.01",
    "last_trade_price": "0.5",
}
ITEM: Final[Json] = {
    "id": "644105",
    "slug": "will-it-rain",
    "question": "Will it rain?",
    "conditionId": condition(1),
    "outcomes": '["Yes", "No"]',
    "clobTokenIds": json.dumps([asset(1, 0), asset(1, 1)]),
    "active": True,
    "closed": False,
    "archived": False,
    "acceptingOrders": True,
    "enableOrderBook": True,
    "orderPriceMinTickSize": 0.01,
    "orderMinSize": 5,
    "endDate": "2026-06-17T00:00:00Z",
    "feesEnabled": True,
    "feeSchedule": {"rate": 0.07, "exponent": 1, "takerOnly": True, "rebateRate": 0.2},
}
GOOD: Final = {
    "book": json.dumps(BOOK).encode(),
    "books": json.dumps([BOOK]).encode(),
    "page": json.dumps({"markets": [ITEM], "next_cursor": "MTAw"}).encode(),
    "resolutions": json.dumps({"markets": [ITEM | {"closed": True}], "next_cursor": ""}).encode(),
}
DOORS: Final[dict[str, Callable[[bytes], object]]] = {
    "book": lambda body: decode_book(body, market(1), NOW, POLL),
    "books": lambda body: decode_books(body, [market(1)], NOW),
    "page": parse_page,
    "resolutions": lambda body: parse_resolutions(body, NOW),
}
BODIES: Final = [(door, name, body) for door, good in GOOD.items() for name, body in broken(good)]
LEVELS: Final = (
    *[[{"price": text, "size": "1"}] for text in (*NUMBERS, *NOT_TEXT, "", "0", "1", "1.5")],
    *[[{"price": "0.4", "size": text}] for text in (*NUMBERS, *NOT_TEXT, "", "1000000000001")],
    *([["0.4", "1"]], [{"price": "0.4"}], [{"size": "1"}], [None], {}, "[]", 5),
)
FIELDS: Final = (
    *[(side, value) for side in ("bids", "asks") for value in LEVELS],
    *[("timestamp", value) for value in ("now", "-1", -1, 1.5, [], {}, 10**16, "1e400")],
    *[("last_trade_price", value) for value in (*NUMBERS, *NOT_TEXT, "1.01")],
    *[("tick_size", value) for value in (*NUMBERS, *NOT_TEXT, "2")],
    *[("asset_id", value) for value in (5, None, [])],
    *[("hash", value) for value in (5, [], {})],
)
ITEMS: Final = (
    *[
        ("clobTokenIds", value)
        for value in ("", "[]", '["1"]', '["1","1"]', '["1","a"]', 5, {}, "[1,2]")
    ],
    *[("outcomes", value) for value in ("", '["Yes"]', '["a","b","c"]', 5, {}, None)],
    *[("orderPriceMinTickSize", value) for value in ("x", 0, -0.01, 0.02, None, [], "NaN", 10**30)],
    *[("orderMinSize", value) for value in ("x", 0, -5, 5.0000001, None, [], "Infinity", 10**30)],
    *[
        ("endDate", value)
        for value in ("", "soon", 5, None, "9999-01-01T00:00:00Z", "1960-01-01T00:00:00Z")
    ],
    *[("feeSchedule", value) for value in (None, 5, [], {}, {"rate": 2, "exponent": 1})],
    *[
        ("feeSchedule", {"rate": rate, "exponent": 1})
        for rate in ("x", -1, "NaN", [], None, 10**20)
    ],
    *[("feeSchedule", {"rate": 0.07, "exponent": power}) for power in ("x", -1, 0, 1.5, 99, None)],
    *[
        (key, "yes")
        for key in ("active", "closed", "archived", "enableOrderBook", "acceptingOrders")
    ],
    *[("version", value) for value in ("v3", 5, [])],
    *[("conditionId", value) for value in ("", None, 5)],
    *[("volumeNum", value) for value in ("x", [], "NaN", 10**30)],
)
SIGNED: Final = SignedOrder(OrderId("run-1"), hash_of(1), b"{}")
PLACED: Final[Json] = {
    "errorMsg": "",
    "orderID": hash_of(1),
    "takingAmount": "",
    "makingAmount": "",
    "status": "live",
    "success": True,
}
ANSWERS: Final = (
    *[("success", value) for value in ("true", 1, None, [], {})],
    *[("orderID", value) for value in ("", hash_of(2), hash_of(1)[:-1], 5, None, [])],
    *[("status", value) for value in ("", "LIVELY", "killed", 5, None, [])],
    *[("errorMsg", value) for value in (5, None, [], "x" * 5_000)],
)


@pytest.mark.parametrize(
    ("door", "name", "body"), BODIES, ids=[f"{one[0]} {one[1]}" for one in BODIES]
)
def test_a_body_of_another_shape_is_a_decode_error_at_every_door(
    door: str, name: str, body: bytes
) -> None:
    with pytest.raises(DecodeError) as refused:
        DOORS[door](body)
    assert len(str(refused.value)) < 700, name


def test_the_corpus_is_large() -> None:
    assert len(BODIES) + len(FIELDS) + len(ITEMS) + len(ANSWERS) >= 200


@pytest.mark.parametrize(("key", "value"), FIELDS)
def test_a_book_with_one_wrong_field_is_refused_whole(key: str, value: object) -> None:
    other = BOOK | {"asset_id": asset(1, 1)}
    body = json.dumps([other, BOOK | {key: value}]).encode()
    with pytest.raises(DecodeError, match="expected whole books"):
        decode_books(body, [market(1)], NOW)
    with pytest.raises(DecodeError, match="expected whole books"):
        decode_book(json.dumps(BOOK | {key: value}).encode(), market(1), NOW, POLL)


@pytest.mark.parametrize(("key", "value"), ITEMS)
def test_a_market_with_one_wrong_field_is_refused_alone_with_a_reason(
    key: str, value: object
) -> None:
    other = ITEM | {"id": "2", "conditionId": condition(2)}
    page = parse_page(json.dumps({"markets": [ITEM | {key: value}, other]}).encode())
    (refused,) = page.refused
    assert refused.reason
    assert [one.id for one in page.markets] == [condition(2)]


@pytest.mark.parametrize(
    "value", ["", "[]", '["1"]', '["0.5","0.4"]', '["NaN","1"]', '["2","-1"]', 5, {}, None]
)
def test_prices_that_are_no_payouts_resolve_nothing(value: object) -> None:
    resolved = ITEM | {"closed": True, "umaResolutionStatus": "resolved", "outcomePrices": value}
    assert parse_resolutions(json.dumps({"markets": [resolved]}).encode(), NOW) == []


@pytest.mark.parametrize(("key", "value"), ANSWERS)
def test_an_answer_with_one_wrong_field_does_not_prove_that_an_order_was_taken(
    key: str, value: object
) -> None:
    body = json.dumps(PLACED | {key: value}).encode()
    (event,) = reply_events(200, body, SIGNED, NOW)
    assert not isinstance(event, OrderAccepted)
    (event,) = batch_events(200, b"[" + body + b"]", [SIGNED], NOW)
    assert not isinstance(event, OrderAccepted)


def test_a_reply_of_another_shape_proves_nothing() -> None:
    good = json.dumps(PLACED).encode()
    (event,) = reply_events(200, good, SIGNED, NOW)
    assert isinstance(event, OrderAccepted)
    for name, body in broken(good):
        (event,) = reply_events(200, body, SIGNED, NOW)
        assert isinstance(event, OrderUnknown), name
        first, second = batch_events(200, b"[" + body + b"," + good + b"]", [SIGNED] * 2, NOW)
        assert isinstance(first, OrderUnknown), name
        assert isinstance(second, OrderUnknown), name
        assert cancel_reply(200, body) is None, name
