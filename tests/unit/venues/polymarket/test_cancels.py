"""Cancels as the vectors write them, and replies that prove no more than they say."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from polywire.core.ids import InstrumentId, MarketId, VenueOrderId
from polywire.venues.polymarket.cancels import (
    CancelReply,
    Request,
    cancel_all,
    cancel_many,
    cancel_market,
    cancel_one,
    cancel_reply,
)

VECTORS = Path(__file__).parents[3] / "vectors" / "polymarket_auth.json"
TOLD = {one["name"]: one for one in json.loads(VECTORS.read_text())["l2"]}
FIRST = VenueOrderId("0xd73f0b2112d67e478cabe4f980b225cb1aa2e2a977c66df26214125a7886ad5b")
SECOND = VenueOrderId("0x55492dc62130cb004906778fd0fc298d4ee305ae46761364450a938951ea75f8")
MARKET = MarketId("0xbd31dc8a20211944f6b70f31557f1001557b59905b7738480ca09bd4532f84af")
TOKEN = InstrumentId(
    "71321045679252212594626385532706912750332728571942532289631379312455583992563"
)


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("cancel_one", cancel_one(FIRST)),
        ("cancel_many", cancel_many([FIRST, SECOND])),
        ("cancel_all_no_body", cancel_all()),
        ("cancel_market", cancel_market(MARKET, TOKEN)),
    ],
)
def test_cancels_are_written_as_told(name: str, request_: Request) -> None:
    told = TOLD[name]
    assert request_ == Request(told["method"], told["path"], (told["body"] or "").encode())


def test_a_whole_market_is_cancelled_without_naming_an_outcome() -> None:
    assert cancel_market(MARKET).body == b'{"market":"%b"}' % MARKET.encode()


def test_a_reply_tells_which_orders_rest_no_more_and_why_others_were_not_touched() -> None:
    body = {"canceled": [FIRST.upper().replace("X", "x")], "not_canceled": {SECOND: "already"}}
    assert cancel_reply(200, json.dumps(body).encode()) == CancelReply(
        (FIRST,), {SECOND: "already"}
    )
    assert cancel_reply(200, b'{"canceled":[]}') == CancelReply((), {})


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"[]"),
        (200, b'"OK"'),
        (200, b'{"not_canceled":{}}'),
        (200, b'{"canceled":"0x1"}'),
        (200, b'{"canceled":[1]}'),
        (200, b'{"canceled":["0x1"],"not_canceled":{"0x1":"Order already matched"}}'),
        (200, b"[" * 100_000),
        (201, b'{"canceled":["0x1"],"not_canceled":{}}'),
        (400, b'{"canceled":["0x1"],"not_canceled":{}}'),
        (500, b'{"error":"order timed out"}'),
    ],
)
def test_anything_else_proves_nothing(status: int, body: bytes) -> None:
    assert cancel_reply(status, body) is None


@given(some.binary(max_size=60))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    found: Any = cancel_reply(200, body)
    assert found is None or isinstance(found, CancelReply)


def test_more_than_a_thousand_at_once_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        cancel_many([FIRST] * 1_001)
    with pytest.raises(AssertionError):
        cancel_many([])
