"""Trades as fills of our orders: by role, at exact prices, each once."""

import pytest
from tests.unit.venues.account_building import (
    KEY,
    MATCHED_NS,
    MATCHED_S,
    NO,
    OTHER_KEY,
    TRADE,
    YES,
    Book,
    Json,
    hash_of,
    made,
    made_by_us,
    ours,
    reader,
    trade,
)
from tests.unit.venues.building import NOW, asset, frame

from polywire.core.errors import DecodeError
from polywire.core.ids import FillId, OrderId
from polywire.core.model.account import (
    AccountEvent,
    FillSettled,
    ForeignFill,
    OrderFilled,
    Settlement,
)
from polywire.core.model.instrument import Side
from polywire.core.units import Ns
from polywire.venues.polymarket.account import AccountReader

FILL = f"{TRADE}:{hash_of(1)}"
PENDING, FINAL, REVERSED = Settlement


def told(message: Json, one: AccountReader | None = None) -> list[AccountEvent]:
    return (one or reader()).frame(frame(message), NOW)


def fills(message: Json, book: Book | None = None) -> list[tuple[str, str, int, int, int]]:
    """Order, fill, price, shares and fee of each fill that a first telling gives."""
    found = []
    for event in told(message, reader(book)):
        assert isinstance(event, OrderFilled)
        found.append((event.order_id, event.fill_id, event.price, event.quantity, event.fee))
    return found


def placed(*orders: tuple[int, str, int, str]) -> Book:
    book = Book()
    for number, side, price, token in orders:
        book.place(number, side, price, token)
    return book


def test_a_taker_of_one_maker_has_one_fill_with_the_fee_rounded_up_to_five_decimals() -> None:
    (event,) = told(trade())
    assert event == OrderFilled(
        recv_ns=NOW,
        venue_ns=Ns(MATCHED_NS),
        order_id=OrderId("run-1"),
        fill_id=FillId(FILL),
        price=520_000,
        quantity=5_000_000,
        fee=87_360,
        maker=False,
        settlement=PENDING,
    )
    (event,) = told(trade(made(901, "5.01"), size="5.01"))
    assert isinstance(event, OrderFilled)
    assert event.fee == 87_540, "0.08753472 dollars"


def test_makers_at_several_prices_are_one_fill_a_price_cheapest_first() -> None:
    message = trade(
        made(901, "2", "0.52"), made(902, "1.5", "0.5"), made(903, "1.5", "0.52"), price="0.514"
    )
    assert fills(message) == [
        ("run-1", f"{FILL}:1", 500_000, 1_500_000, 26_250),
        ("run-1", f"{FILL}:2", 520_000, 3_500_000, 61_160),
    ]
    shuffled = message | {"maker_orders": message["maker_orders"][::-1]}
    assert fills(shuffled) == fills(message)


def test_a_mean_price_with_any_decimals_is_not_read_where_the_makers_tell_all() -> None:
    message = trade(made(901, "3", "0.51"), made(902, "2", "0.5"), price="0.5059999999999")
    assert [each[2] for each in fills(message)] == [500_000, 510_000]


def test_a_taker_s_buy_of_yes_may_be_minted_with_bids_for_no() -> None:
    message = trade(
        made(901, "3", "0.49", asset_id=NO, outcome="No", side="BUY"), made(902, "2", "0.52")
    )
    assert [(price, size) for _, _, price, size, _ in fills(message)] == [
        (510_000, 3_000_000),
        (520_000, 2_000_000),
    ]


def test_a_taker_s_sale_of_no_may_be_merged_with_offers_of_yes() -> None:
    message = trade(made(901, "5", "0.58"), asset_id=NO, side="SELL", price="0.42", outcome="No")
    (fill,) = fills(message, placed((1, "SELL", 410_000, NO)))
    assert fill[2:4] == (420_000, 5_000_000)


def test_a_trade_that_names_no_maker_has_its_own_price_and_is_counted() -> None:
    one = reader()
    for number, makers in enumerate(([], [made(901, "0", "0.5")], None)):
        message = trade(id=f"t{number}", price="0.51") | {"maker_orders": makers}
        (event,) = told(message, one)
        assert isinstance(event, OrderFilled)
        assert (event.price, event.quantity) == (510_000, 5_000_000)
    assert one.inexact == 3


def test_a_maker_s_fill_pays_no_fee_and_the_top_level_is_somebody_else_s() -> None:
    (event,) = told(made_by_us(ours(1, "3.5"), made(902, "1.5", "0.52", side="BUY")))
    assert isinstance(event, OrderFilled)
    assert (event.fill_id, event.price, event.quantity) == (FILL, 520_000, 3_500_000)
    assert (event.fee, event.maker) == (0, True)


def test_several_of_our_resting_orders_may_fill_in_one_trade() -> None:
    book = placed((1, "BUY", 520_000, YES), (2, "BUY", 510_000, YES))
    message = made_by_us(ours(1, "3"), made(903, "1", side="BUY"), ours(2, "1", "0.51"))
    assert fills(message, book) == [
        ("run-1", f"{TRADE}:{hash_of(1)}", 520_000, 3_000_000, 0),
        ("run-2", f"{TRADE}:{hash_of(2)}", 510_000, 1_000_000, 0),
    ]


def test_our_bid_for_no_may_be_filled_by_a_buyer_of_yes() -> None:
    message = made_by_us(
        ours(1, "5", "0.48", asset_id=NO, outcome="No"), side="BUY", price="0.52", asset_id=YES
    )
    (fill,) = fills(message, placed((1, "BUY", 480_000, NO)))
    assert fill == ("run-1", FILL, 480_000, 5_000_000, 0)


def test_an_entry_of_our_order_told_for_the_other_token_is_turned_round() -> None:
    message = made_by_us(ours(1, "5", "0.52", side="SELL"))
    (fill,) = fills(message, placed((1, "BUY", 480_000, NO)))
    assert fill[2] == 480_000


def test_one_order_named_twice_in_a_trade_fills_once_with_both_amounts() -> None:
    (fill,) = fills(made_by_us(ours(1, "2"), ours(1, "1.25")))
    assert fill == ("run-1", FILL, 520_000, 3_250_000, 0)


def test_an_order_that_we_signed_is_ours_whatever_key_the_venue_names() -> None:
    (fill,) = fills(made_by_us(made(1, "5", side="BUY")))
    assert fill[0] == "run-1"


def test_a_trade_with_ourselves_fills_both_orders() -> None:
    book = placed((1, "BUY", 520_000, YES), (2, "SELL", 520_000, YES))
    message = trade(ours(2, "5", side="SELL"))
    assert [(each[0], each[4]) for each in fills(message, book)] == [
        ("run-1", 87_360),
        ("run-2", 0),
    ]


def test_without_a_role_the_taker_is_us_if_the_order_and_the_key_are_ours() -> None:
    old = trade()
    del old["trader_side"]
    assert len(fills(old)) == 1
    assert fills(old | {"owner": OTHER_KEY, "trade_owner": OTHER_KEY}) == []
    assert fills(old | {"owner": OTHER_KEY, "trade_owner": KEY}) != []
    assert fills(old | {"taker_order_id": hash_of(7)}) == []


def test_a_maker_entry_of_no_shares_is_no_fill() -> None:
    assert fills(made_by_us(ours(1, "0"))) == []
    assert [each[3] for each in fills(trade(made(901, "5"), made(902, "0", "0.1")))] == [5_000_000]


def test_a_hash_in_capitals_is_the_same_order() -> None:
    (fill,) = fills(trade(taker_order_id="0x" + hash_of(1)[2:].upper()))
    assert fill[1] == FILL
    book = Book()
    book.place(0xABC)
    (fill,) = fills(made_by_us(ours(1, order_id="0x" + hash_of(0xABC)[2:].upper())), book)
    assert fill[0] == "run-2748"


@pytest.mark.parametrize("status", ["MATCHED", "MINED", "RETRYING", "MATCHED_NOT_BROADCASTED"])
def test_a_trade_on_its_way_is_a_pending_fill(status: str) -> None:
    (event,) = told(trade(status=f"TRADE_STATUS_{status}"))
    assert isinstance(event, OrderFilled)
    assert event.settlement is PENDING


def test_each_settlement_is_told_once_whatever_the_channel_repeats() -> None:
    one = reader()
    path = ["MATCHED", "MATCHED", "MINED", "RETRYING", "MINED", "CONFIRMED", "CONFIRMED", "MINED"]
    events = [event for status in path for event in told(trade(status=status), one)]
    assert [type(event) for event in events] == [OrderFilled, FillSettled]
    assert events[1] == FillSettled(NOW, FillId(FILL), FINAL)


def test_a_failed_trade_is_undone_once_for_each_price() -> None:
    one = reader()
    makers = made(901, "2", "0.5"), made(902, "3", "0.52")
    told(trade(*makers), one)
    assert told(trade(*makers, status="FAILED"), one) == [
        FillSettled(NOW, FillId(f"{FILL}:1"), REVERSED),
        FillSettled(NOW, FillId(f"{FILL}:2"), REVERSED),
    ]
    assert told(trade(*makers, status="FAILED"), one) == []
    assert told(trade(*makers, status="MATCHED"), one) == []


def test_what_is_told_first_as_confirmed_is_final_and_settles_an_earlier_run_s_pending_fill() -> (
    None
):
    fill, settled = told(trade(status="CONFIRMED"))
    assert isinstance(fill, OrderFilled)
    assert fill.settlement is FINAL
    assert settled == FillSettled(NOW, FillId(FILL), FINAL)


def test_what_is_told_first_as_failed_uses_its_order_up_and_moves_nothing() -> None:
    one = reader()
    fill, settled = told(trade(status="FAILED"), one)
    assert isinstance(fill, OrderFilled)
    assert (fill.settlement, fill.quantity) == (REVERSED, 5_000_000)
    assert settled == FillSettled(NOW, FillId(FILL), REVERSED)
    assert told(trade(status="MATCHED"), one) == []


def test_a_foreign_fill_told_first_as_failed_is_a_mark_alone() -> None:
    assert told(trade(status="FAILED"), reader(Book())) == [
        FillSettled(NOW, FillId(FILL), REVERSED)
    ]


def test_a_trade_told_both_final_and_failed_keeps_its_first_end_and_is_counted() -> None:
    one = reader()
    for status in ("CONFIRMED", "FAILED", "CONFIRMED"):
        told(trade(status=status), one)
    assert one.tally.contradictions == 1


def test_a_repetition_with_other_makers_settles_what_was_told_first() -> None:
    one = reader()
    told(trade(), one)
    other = trade(made(901, "2", "0.5"), made(902, "3", "0.52"), status="CONFIRMED")
    assert told(other, one) == [FillSettled(NOW, FillId(FILL), FINAL)]


TWO = made(901, "2", "0.5"), made(902, "3", "0.52")


def after(fill_ids: list[str], message: Json) -> list[AccountEvent]:
    """What is told after a restart, when fills with these ids were booked before it."""
    book = placed((1, "BUY", 520_000, YES))
    book.fills = fill_ids
    return told(message, reader(book))


def test_a_trade_booked_without_its_makers_is_the_same_fill_when_they_are_told() -> None:
    fill, settled = after([FILL], trade(*TWO, status="CONFIRMED"))
    assert isinstance(fill, OrderFilled)
    assert (fill.fill_id, fill.quantity) == (FILL, 5_000_000)
    assert settled == FillSettled(NOW, FillId(FILL), FINAL)


def test_a_trade_booked_price_by_price_is_the_same_fills_when_no_maker_is_told() -> None:
    parts = [f"{FILL}:1", f"{FILL}:2"]
    untold = trade(status="FAILED") | {"maker_orders": []}
    events = after(parts, untold)
    assert [each.fill_id for each in events if isinstance(each, OrderFilled)] == parts
    assert [each.fill_id for each in events if isinstance(each, FillSettled)] == parts


def test_of_a_trade_told_in_parts_as_before_each_part_stays_itself() -> None:
    parts = [f"{FILL}:1", f"{FILL}:2"]
    for known in ([], parts[:1], parts):
        events = after(known, trade(*TWO))
        assert [each.fill_id for each in events if isinstance(each, OrderFilled)] == parts


def test_a_foreign_trade_told_again_with_more_makers_is_the_same_fill() -> None:
    book = Book()
    book.fills = [FILL]
    (event,) = told(trade(*TWO), reader(book))
    assert isinstance(event, ForeignFill)
    assert (event.fill_id, event.quantity) == (FILL, 5_000_000)


def test_fills_of_orders_that_are_none_of_ours_are_foreign_and_never_guessed() -> None:
    one = reader(Book())
    makers = made(901, "5", "0.48", asset_id=NO, side="BUY")
    assert told(trade(makers), one) == [
        ForeignFill(
            recv_ns=NOW,
            venue_ns=Ns(MATCHED_NS),
            venue_order_id=hash_of(1),
            fill_id=FillId(FILL),
            instrument=YES,
            side=Side.BUY,
            price=520_000,
            quantity=5_000_000,
            fee=87_360,  # 5 shares of 0.07 * 0.52 * 0.48
            maker=False,
            settlement=PENDING,
        )
    ]
    assert told(trade(makers, status="CONFIRMED"), one) == [FillSettled(NOW, FillId(FILL), FINAL)]
    (event,) = told(made_by_us(ours(3), id="another"), one)
    assert isinstance(event, ForeignFill)
    assert (event.venue_order_id, event.maker, event.side) == (hash_of(3), True, Side.BUY)
    assert (event.fee, event.fee_max) == (0, 0)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (trade(status="SETTLED"), "expected the status of a trade, found 'SETTLED'"),
        (trade(size="0"), "expected the shares of trade"),
        (trade(size=""), "expected the shares of trade"),
        (trade(size="5.01"), "trade f50e.* of 5.01 shares, but its makers gave 5000000"),
        (trade(size="4.99"), "but its makers gave 5000000"),
        (trade(made(901, "10.01"), size="10.01"), "cannot have given so much in trade f50e"),
        (made_by_us(ours(1, "10.01")), "cannot have given so much in trade f50e"),
        (trade(side="SELL"), "expected BUY of order 0x0"),
        (trade(made(901, price="0.53")), "cannot have traded at 0.53"),
        (trade(made(901, asset_id=asset(2, 0))), "expected a token of order 0x0"),
        (trade(made(901, price="1")), "expected a price between 0 and 1"),
        (made_by_us(ours(1, price="0.521")), "cannot have traded at 0.521"),
        (made_by_us(ours(1, side="SELL")), "expected BUY of order 0x0"),
        (made_by_us(ours(1, side="HOLD")), "expected BUY or SELL, found 'HOLD'"),
        (made_by_us(ours(5, order_id="0x12")), "expected the hash of an order"),
        (made_by_us(ours(5, asset_id="one")), "expected a token, found 'one'"),
        (made_by_us(ours(5, side=None)), "expected BUY or SELL, found None"),
        (trade(taker_order_id=""), "expected the hash of an order"),
    ],
)
def test_a_trade_that_cannot_be_is_refused_with_its_reason(message: Json, reason: str) -> None:
    one = reader()
    with pytest.raises(DecodeError, match=reason):
        told(message, one)
    assert len(told(trade(), one)) == 1, "what was refused counts for nothing"
    assert len(told(trade(id="another"), one)) == 1


def test_a_seller_never_trades_below_its_limit() -> None:
    book = placed((1, "SELL", 520_000, YES))
    sale = made(901, "5", "0.51", side="BUY")
    with pytest.raises(DecodeError, match=r"cannot have traded at 0\.51"):
        told(trade(sale, side="SELL"), reader(book))
    better = made(901, "5", "0.53", side="BUY")
    assert fills(trade(better, side="SELL"), book)[0][2] == 530_000


def test_makers_may_fall_short_by_less_than_the_smallest_step() -> None:
    (fill,) = fills(trade(made(901, "4.990001"), size="5"))
    assert fill[3] == 4_990_001


def test_a_buy_may_bring_more_shares_for_less_but_a_sale_no_more_than_it_offered() -> None:
    (fill,) = fills(trade(made(901, "13", "0.4"), size="13"))
    assert fill[2:4] == (400_000, 13_000_000)
    sale = trade(made(901, "10.01", "0.6", side="BUY"), size="10.01", side="SELL")
    with pytest.raises(DecodeError, match="cannot have given so much"):
        told(sale, reader(placed((1, "SELL", 520_000, YES))))


def test_one_bad_message_in_an_array_leaves_the_others_to_be_told_again() -> None:
    one = reader()
    with pytest.raises(DecodeError):
        one.frame(frame([trade(), trade(id="another", size="x")]), NOW)
    assert len(one.frame(frame([trade(), trade(id="another")]), NOW)) == 2


def test_the_time_of_a_trade_is_when_it_matched_by_either_name_and_unit() -> None:
    times = []
    old = {"match_time": "", "matchtime": MATCHED_S * 1000}
    for number, keys in enumerate(({}, old, {"match_time": None})):
        (event,) = told(trade(id=f"t{number}", **keys))
        assert isinstance(event, OrderFilled)
        times.append(event.venue_ns)
    assert times == [MATCHED_NS, MATCHED_NS, 0]
