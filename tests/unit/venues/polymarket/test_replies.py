"""What a reply to an order proves: a table of replies, and no bytes that could break the reader."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from polywire.core.ids import OrderId, VenueOrderId
from polywire.core.model.account import OrderAccepted, OrderRejected, OrderUnknown
from polywire.core.units import Ns
from polywire.venues.polymarket.orders import SignedOrder
from polywire.venues.polymarket.replies import batch_events, reply_events

NOW = Ns(1_800_000_000_000_000_000)
HASH = VenueOrderId("0xd73f0b2112d67e478cabe4f980b225cb1aa2e2a977c66df26214125a7886ad5b")
OTHER = VenueOrderId("0x55492dc62130cb004906778fd0fc298d4ee305ae46761364450a938951ea75f8")
ORDER = SignedOrder(OrderId("run-1"), HASH, b"{}")
NEXT = SignedOrder(OrderId("run-2"), OTHER, b"{}")
KILLED = "order couldn't be fully filled. FOK orders are fully filled or killed."
POST_ONLY = "post-only mode: only post-only orders and cancels are allowed"
ACCEPTED, REJECTED, UNKNOWN = OrderAccepted, OrderRejected, OrderUnknown


def answer(**keys: object) -> dict[str, object]:
    usual: dict[str, object] = {
        "errorMsg": "",
        "orderID": HASH,
        "takingAmount": "",
        "makingAmount": "",
        "status": "live",
        "success": True,
    }
    return usual | keys


CASES: list[tuple[type, int, object]] = [
    (ACCEPTED, 200, answer()),
    (ACCEPTED, 200, answer(orderID=HASH.upper().replace("X", "x"))),
    (ACCEPTED, 200, answer(status="matched", makingAmount="1.199999", tradeIDs=["28c4"])),
    (ACCEPTED, 200, answer(status="delayed")),
    (ACCEPTED, 200, answer(status="unmatched")),
    (REJECTED, 200, answer(success=False, errorMsg=KILLED, orderID="", status="")),
    (REJECTED, 200, answer(success=False, errorMsg=KILLED, status="")),
    (REJECTED, 200, answer(success=False, errorMsg="", orderID="", status="")),
    (REJECTED, 200, answer(errorMsg=POST_ONLY, orderID="", status="")),
    (UNKNOWN, 200, answer(success=False)),
    (UNKNOWN, 200, answer(success=False, errorMsg=KILLED)),
    (UNKNOWN, 200, answer(errorMsg="order match delayed due to market conditions")),
    (UNKNOWN, 200, answer(errorMsg=POST_ONLY, status="")),
    (UNKNOWN, 200, answer(orderID="")),
    (UNKNOWN, 200, answer(orderID=OTHER)),
    (UNKNOWN, 200, answer(status="")),
    (UNKNOWN, 200, answer(status="vanished")),
    (UNKNOWN, 200, {"status": "live", "orderID": HASH}),
    (UNKNOWN, 200, answer(success="true")),
    (UNKNOWN, 200, answer(status=None)),
    (UNKNOWN, 200, [answer()]),
    (UNKNOWN, 200, "OK"),
    (UNKNOWN, 200, None),
    (UNKNOWN, 201, answer()),
    (UNKNOWN, 302, {}),
    (REJECTED, 400, {"error": "Invalid order payload"}),
    (REJECTED, 400, {"error": "invalid post-only order: order crosses book"}),
    (UNKNOWN, 400, "not even an object"),
    (UNKNOWN, 400, {"error": f"order {HASH} is invalid. Duplicated."}),
    (UNKNOWN, 400, {"error": "order match delayed due to market conditions"}),
    (REJECTED, 401, {"error": "Unauthorized/Invalid api key"}),
    (UNKNOWN, 403, "<html>"),
    (REJECTED, 403, {"error": "Trading restricted in your region"}),
    (REJECTED, 425, "<html>"),
    (REJECTED, 429, "error code: 1015"),
    (REJECTED, 404, {"error": "market not found"}),
    (UNKNOWN, 408, {"error": "Request Timeout"}),
    (REJECTED, 425, ""),
    (REJECTED, 429, {"error": "Too Many Requests"}),
    (UNKNOWN, 500, {"error": "order timed out"}),
    (UNKNOWN, 500, {"error": "could not insert order"}),
    (UNKNOWN, 500, {"error": "Trading is currently disabled."}),
    (UNKNOWN, 502, "<html>"),
    (REJECTED, 503, {"error": "Trading is currently disabled. Check polymarket.com for updates"}),
    (REJECTED, 503, {"error": "Trading is currently cancel-only. New orders are not accepted"}),
    (REJECTED, 503, {"error": POST_ONLY, "code": "post_only_mode", "retry_after_seconds": 79}),
    (UNKNOWN, 503, {"error": "Service Unavailable"}),
    (UNKNOWN, 503, "upstream connect error"),
    (UNKNOWN, 504, {}),
]


@pytest.mark.parametrize(("kind", "status", "body"), CASES, ids=str)
def test_a_reply_proves_what_it_says(kind: type, status: int, body: object) -> None:
    (event,) = reply_events(status, json.dumps(body).encode(), ORDER, NOW)
    assert type(event) is kind
    assert isinstance(event, ACCEPTED | REJECTED | UNKNOWN)
    assert (event.recv_ns, event.order_id) == (NOW, "run-1")


def test_the_venues_reason_is_kept_and_not_at_any_length() -> None:
    (event,) = reply_events(400, json.dumps({"error": "no" * 1_000}).encode(), ORDER, NOW)
    assert event == OrderRejected(NOW, OrderId("run-1"), "no" * 100)


@given(some.integers(0, 600), some.binary(max_size=80))
def test_no_bytes_break_the_reader(status: int, body: bytes) -> None:
    (event,) = reply_events(status, body, ORDER, NOW)
    assert type(event) is not ACCEPTED
    assert len(batch_events(status, body, [ORDER, NEXT], NOW)) == 2


def test_a_bottomless_reply_proves_nothing() -> None:
    assert type(reply_events(200, b"[" * 100_000, ORDER, NOW)[0]) is UNKNOWN
    assert type(batch_events(200, b"[" * 100_000, [ORDER], NOW)[0]) is UNKNOWN


def batch(*answers: object, status: int = 200) -> list[tuple[str, type]]:
    events = batch_events(status, json.dumps(answers).encode(), [ORDER, NEXT], NOW)
    assert all(isinstance(event, ACCEPTED | REJECTED | UNKNOWN) for event in events)
    return [(event.order_id, type(event)) for event in events]  # type: ignore[union-attr]


def test_a_batch_is_answered_order_by_order() -> None:
    refusal = answer(errorMsg=POST_ONLY, orderID="", status="")
    assert batch(answer(), answer(orderID=OTHER)) == [("run-1", ACCEPTED), ("run-2", ACCEPTED)]
    assert batch(answer(), refusal) == [("run-1", ACCEPTED), ("run-2", REJECTED)]
    assert batch(refusal, answer(orderID=OTHER)) == [("run-1", REJECTED), ("run-2", ACCEPTED)]
    assert batch(status=425) == [("run-1", REJECTED), ("run-2", REJECTED)]


def test_a_batch_of_another_length_or_order_proves_nothing_of_any() -> None:
    unknown = [("run-1", UNKNOWN), ("run-2", UNKNOWN)]
    assert batch(answer()) == unknown
    assert batch(answer(), answer(orderID=OTHER), answer()) == unknown
    assert batch() == unknown
    assert batch(answer(orderID=OTHER), answer()) == unknown
    assert batch(answer(errorMsg="no", orderID="", status=""), answer()) == unknown
    assert batch(answer(), 7) == unknown
    assert batch(answer(), answer(orderID=OTHER), status=500) == unknown
