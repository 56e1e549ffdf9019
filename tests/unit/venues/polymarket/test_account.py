"""Orders and balances of an account, told by the channel or shown by REST."""

import pytest
from tests.unit.venues.account_building import (
    MATCHED_NS,
    MATCHED_S,
    NO,
    OTHER_KEY,
    YES,
    Json,
    hash_of,
    made,
    made_by_us,
    order,
    ours,
    page,
    reader,
    trade,
)
from tests.unit.venues.building import NOW, frame

from polywire.core.errors import DecodeError
from polywire.core.ids import OrderId
from polywire.core.model.account import (
    AccountEvent,
    FillSettled,
    ForeignFill,
    ForeignOrder,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderMissing,
)
from polywire.core.model.instrument import Side
from polywire.core.units import Ns
from polywire.venues.polymarket import tally
from polywire.venues.polymarket.account import AccountReader, Balance, read_balance

RUN_1 = OrderId("run-1")
LATER = Ns(NOW + 1)
ACCEPTED = OrderAccepted(NOW, RUN_1)
KILLED = "CANCELED_order couldn't be fully filled. FOK orders are fully filled or killed."


def told(message: Json, one: AccountReader | None = None) -> list[AccountEvent]:
    return (one or reader()).frame(frame(message), NOW)


def rest(number: int = 1, **keys: object) -> Json:
    """An open order as REST shows it: times as numbers, a prefix before the status."""
    shown = order(number, created_at=1_767_225_600, status="ORDER_STATUS_LIVE", associate_trades=[])
    for key in ("event_type", "type", "timestamp", "order_owner"):
        del shown[key]
    return shown | keys


@pytest.mark.parametrize("status", ["LIVE", "MATCHED", "DELAYED", "UNMATCHED", "ORDER_STATUS_LIVE"])
def test_a_placement_says_that_the_venue_has_the_order(status: str) -> None:
    assert told(order(status=status)) == [ACCEPTED]


@pytest.mark.parametrize(
    "status",
    [
        "CANCELED",
        "CANCELED_MARKET_RESOLVED",
        "CANCELED_NOT_ENOUGH_BALANCE",
        "CANCELED_EXPIRED_ORDER",
        "CANCELED_ORDER_TIMED_OUT",
        "INVALID",
        KILLED,
    ],
)
def test_an_order_that_is_over_is_cancelled_with_its_status_as_the_reason(status: str) -> None:
    for kind in ("PLACEMENT", "CANCELLATION"):
        killed = order(status=status, type=kind, size_matched="", created_at="")
        assert told(killed) == [OrderCancelled(NOW, RUN_1, status)]


def test_a_cancellation_needs_no_status_and_a_long_one_is_cut() -> None:
    assert told(order(status="LIVE", type="CANCELLATION")) == [
        OrderCancelled(NOW, RUN_1, "CANCELED")
    ]
    (event,) = told(order(status="CANCELED_" + "x" * 900))
    assert isinstance(event, OrderCancelled)
    assert len(event.reason) == 200


def test_what_is_over_stays_over_when_its_placement_comes_late() -> None:
    one = reader()
    told(order(status="CANCELED", type="CANCELLATION"), one)
    assert told(order(), one) == []


@pytest.mark.parametrize("kind", ["FOK", "FAK", "IOC"])
def test_a_taker_s_order_matched_in_part_rests_with_nothing(kind: str) -> None:
    one = reader()
    part = order(status="MATCHED", order_type=kind, size_matched="5")
    assert told(part, one) == []
    (_, closed) = told(trade(), one)
    assert closed == OrderCancelled(NOW, RUN_1, "MATCHED")


@pytest.mark.parametrize(("matched", "over"), [("9.990001", True), ("9.99", False)])
def test_an_order_matched_but_for_dust_rests_with_nothing(matched: str, over: bool) -> None:
    one = reader()
    assert told(order(status="MATCHED", size_matched=matched), one) == ([] if over else [ACCEPTED])
    ended = OrderCancelled(NOW, RUN_1, "MATCHED") in told(
        trade(made(901, matched_amount=matched), size=matched), one
    )
    assert ended is over


def test_an_order_matched_in_full_or_not_yet_waits_for_its_fills() -> None:
    for matched in ("10", "0", ""):
        whole = order(status="MATCHED", order_type="FAK", size_matched=matched)
        assert told(whole) == [ACCEPTED]
    assert told(order(status="MATCHED", size_matched="5")) == [ACCEPTED], "a GTC rests on"


def test_orders_that_are_none_of_ours_are_foreign_whenever_what_rests_has_changed() -> None:
    one = reader()
    shown = [
        event.remaining
        for message in (
            order(2),
            order(2),
            order(2, type="UPDATE", size_matched="4"),
            order(2, status="CANCELED_FOR_SOME_REASON", size_matched="4"),
            order(2, type="UPDATE", size_matched="4"),
        )
        for event in told(message, one)
        if isinstance(event, ForeignOrder)
    ]
    assert shown == [10_000_000, 6_000_000, 0]
    assert told(order(3, side="SELL", asset_id=NO, price="0.4"), one) == [
        ForeignOrder(NOW, hash_of(3), NO, Side.SELL, 400_000, 10_000_000)
    ]


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"id": "0x12"}, "expected the hash of an order, found '0x12'"),
        ({"status": "PARKED"}, "expected the status of order"),
        ({"status": ""}, "expected the status of order"),
        ({"asset_id": NO}, "on its token"),
        ({"side": "SELL"}, "expected BUY of order"),
        ({"size_matched": "-1"}, "expected a decimal"),
        ({"size_matched": 5}, "Expected `str | null`, got `int`"),
        ({"original_size": "1e3"}, "expected a decimal"),
    ],
)
def test_an_order_that_cannot_be_is_refused_with_its_reason(keys: Json, reason: str) -> None:
    one = reader()
    with pytest.raises(DecodeError, match=reason):
        told(order(**keys), one)
    assert told(order(), one) == [ACCEPTED]


@pytest.mark.parametrize("keys", [{"price": "0"}, {"side": None}, {"asset_id": "x"}])
def test_a_foreign_order_has_to_say_what_it_is(keys: Json) -> None:
    with pytest.raises(DecodeError, match="expected"):
        told(order(2, **keys))


def test_kinds_of_messages_that_we_do_not_know_are_counted() -> None:
    one = reader()
    assert one.frame(frame([{"event_type": "gift"}, {"type": "x"}, order(), trade()]), NOW) != []
    assert one.stats.unknown == {"gift": 1, "": 1}
    assert one.stats.messages == {"order": 1, "trade": 1}


def test_a_page_of_open_orders_tells_what_is_news_and_what_rests() -> None:
    one = reader()
    body = page(rest(), rest(2, size_matched="2.5"), rest(3, status="ORDER_STATUS_INVALID"))
    first = one.orders_page(body, NOW)
    assert first.events == [
        ACCEPTED,
        ForeignOrder(NOW, hash_of(2), YES, Side.BUY, 520_000, 7_500_000),
        ForeignOrder(NOW, hash_of(3), YES, Side.BUY, 520_000, 0),
    ]
    assert first.resting == ((hash_of(1), 10_000_000), (hash_of(2), 7_500_000))
    assert first.next_cursor == ""
    again = one.orders_page(page(rest(), next_cursor="MTAw"), NOW)
    assert (again.events, again.next_cursor) == ([], "MTAw")


def test_an_order_that_shows_no_size_rests_with_what_we_asked_for() -> None:
    body = page(rest(original_size=""), rest(1, original_size="12", size_matched="4"))
    assert reader().orders_page(body, NOW).resting == (
        (hash_of(1), 10_000_000),
        (hash_of(1), 8_000_000),
    )


def test_a_page_of_trades_and_the_channel_tell_each_fill_once() -> None:
    one = reader()
    confirmed = trade(status="TRADE_STATUS_CONFIRMED", id="a")
    for key in ("event_type", "type", "timestamp", "trade_owner"):
        del confirmed[key]
    told(trade(id="a"), one)
    found = one.trades_page(page(confirmed, trade(id="b", match_time="1725958690")), NOW)
    settled, fill = found.events
    assert isinstance(settled, FillSettled)
    assert isinstance(fill, OrderFilled)
    assert fill.fill_id == f"b:{hash_of(1)}"
    assert (found.matched_ns, found.next_cursor) == (MATCHED_NS + 9_000_000_000, "")
    assert told(trade(id="b"), one) == []
    assert one.trades_page(page(), NOW).matched_ns == 0


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (trade(id="b", status="BURIED"), "trade b: expected the status of a trade"),
        (trade(made(901, price="7"), id="b"), "trade b: expected a price"),
        ({"id": "b"}, "trade b: "),
        (5, "trade without an id: "),
    ],
    ids=["status", "maker", "fields", "number"],
)
def test_a_trade_that_cannot_be_read_is_named_and_the_rest_of_its_page_counts(
    bad: Json, why: str
) -> None:
    found = reader().trades_page(page(trade(id="a"), bad, trade(id="c")), NOW)
    assert [event.fill_id[:1] for event in found.events if isinstance(event, OrderFilled)] == [
        "a",
        "c",
    ]
    (unreadable,) = found.unreadable
    assert unreadable.startswith(why)


def test_an_order_that_cannot_be_read_is_named_and_the_rest_of_its_page_counts() -> None:
    found = reader().orders_page(page(rest(2, price="5"), rest()), NOW)
    assert found.resting == ((hash_of(1), 10_000_000),)
    (unreadable,) = found.unreadable
    assert unreadable.startswith(f"order {hash_of(2)}: expected a price")


def test_a_page_says_when_the_first_trade_was_matched_that_is_not_settled() -> None:
    second = 1_000_000_000
    ended = trade(id="a", status="CONFIRMED", match_time=str(MATCHED_S))
    mined = trade(id="b", status="MINED", match_time=str(MATCHED_S + 1))
    failed = trade(id="c", status="FAILED", match_time=str(MATCHED_S + 2))
    retried = trade(id="d", status="RETRYING", match_time=str(MATCHED_S + 3))
    assert reader().trades_page(page(retried, mined, ended), NOW).pending_ns == MATCHED_NS + second
    assert reader().trades_page(page(ended, failed), NOW).pending_ns is None
    assert reader().trades_page(page(trade(match_time="")), NOW).pending_ns is None


def test_a_look_up_is_answered_even_if_that_is_no_news() -> None:
    one = reader()
    told(order(), one)
    assert one.order_reply(200, frame(rest()), hash_of(1), NOW) == [ACCEPTED]
    cancelled = frame(rest(status="ORDER_STATUS_CANCELED"))
    for _ in range(2):
        assert one.order_reply(200, cancelled, hash_of(1), NOW) == [
            OrderCancelled(NOW, RUN_1, "CANCELED")
        ]


def test_only_the_venue_s_own_words_say_that_an_order_is_missing() -> None:
    one = reader()
    told(order(), one)
    missing = one.order_reply(404, b'{"error":"Order not found"}', hash_of(1), NOW)
    assert missing == [OrderMissing(NOW, RUN_1, "Order not found")]
    assert told(order(), one) == [ACCEPTED], "it shows up after all"
    for status, body in (
        (404, b"<html>no such page</html>"),
        (404, b'{"error":"market not found"}'),
        (200, b'{"error":"Order not found"}'),
        (200, b"null"),
        (500, frame(rest())),
        (200, frame(rest(2))),
    ):
        with pytest.raises(DecodeError, match=f"expected order {hash_of(1)}"):
            one.order_reply(status, body, hash_of(1), NOW)


def test_only_orders_of_ours_are_looked_up() -> None:
    with pytest.raises(AssertionError, match="none of ours"):
        reader().order_reply(200, frame(rest(2)), hash_of(2), NOW)


def test_a_balance_is_in_micros_and_an_allowance_may_be_endless() -> None:
    endless = 2**256 - 1
    body = frame({"balance": "1000000000", "allowances": {"0xE111": str(endless), "0xe222": "0"}})
    assert read_balance(body) == Balance(1_000_000_000, {"0xE111": endless, "0xe222": 0})
    assert read_balance(b'{"balance":"0"}') == Balance(0, {})


@pytest.mark.parametrize("amount", ['"1.5"', "5", '"-1"', '"1000000000000000001"', "null"])
def test_a_balance_that_is_no_whole_number_of_micros_is_refused(amount: str) -> None:
    with pytest.raises(DecodeError, match="expected a balance"):
        read_balance(f'{{"balance":{amount}}}'.encode())


def test_memory_is_bounded_and_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "KEPT_MAX", 2)
    one = reader()
    for name in ("a", "b", "c"):
        assert len(told(trade(id=name), one)) == 1
    assert len(told(trade(id="a"), one)) == 1, "the ledger knows it"
    assert told(trade(id="c"), one) == []


def test_a_fill_of_a_foreign_order_closes_none_of_ours() -> None:
    one = reader()
    (event,) = told(made_by_us(ours(2)), one)
    assert isinstance(event, ForeignFill)
    assert told(order(status="CANCELED", owner=OTHER_KEY), one) == [
        OrderCancelled(NOW, RUN_1, "CANCELED")
    ]
