"""What a loop body is shown and what becomes of its wishes, in numbers people write."""

import re
from collections.abc import Iterable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from tests.unit.core.building import (
    ASK,
    BID,
    BUY,
    CENT,
    DOLLAR,
    SECOND,
    SELL,
    USUAL,
    Scripted,
    cut,
    delta,
    engine,
    fill,
    forty_sixty,
    market,
    opening,
    place,
    placed,
    quote,
    seat,
    told,
)

from polywire.core.book.order_book import OrderBook
from polywire.core.engine.roster import Seat
from polywire.core.ids import MarketId, OrderId, StrategyId
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import OrderAccepted
from polywire.core.model.command import CancelOrder, StrategyHalted
from polywire.core.model.instrument import Side
from polywire.core.model.intent import Quote
from polywire.core.units import Money, Ns, Price
from polywire.core.view import MarketView
from polywire.strategies.plain import Decide, PlainStrategy, Prices, Wish, prices_of

T0 = 100 * SECOND
FORTY_SIXTY = [(BID, 40, 7), (ASK, 60, 9), (BID, 39, 1), (ASK, 61, 1)]


def view(
    levels: Iterable[tuple[int, int, int]] = FORTY_SIXTY, held: int = 0, end_ns: int = 0
) -> MarketView:
    book, ledger = OrderBook(MarketId("m")), Ledger()
    listed = market(end_ns=Ns(end_ns))
    book.apply(delta(0, *levels))
    ledger.start(Money(100 * DOLLAR))
    ledger.list_market(listed)
    if held:
        ledger.sent(place("o1", BUY, 40, held), Ns(0))
        ledger.apply_fill(fill("f1", "o1", 40, held, fee=CENT * held))
    return MarketView(listed, book, ledger, StrategyId("s"), USUAL, now=Ns(T0))


def taking(side: Side, cents: int, shares: int, instrument: str) -> Quote:
    return structs.replace(quote(side, cents, shares, instrument), post_only=False)


def asked(decide: Decide, seen: MarketView) -> tuple[object, ...]:
    return PlainStrategy(StrategyId("s"), decide).quotes(seen)


def test_a_loop_body_sees_dollars_shares_and_seconds() -> None:
    seen = view(held=10, end_ns=T0 + 90 * SECOND)
    assert prices_of(seen, 0) == Prices(
        question="Will m?",
        slug="m",
        outcome="Yes",
        time=100.0,
        seconds_left=90.0,
        bid=0.4,
        ask=0.6,
        bid_shares=7.0,
        ask_shares=9.0,
        held=10.0,
        held_other=0.0,
        cost=0.41,
        shares_min=5.0,
        tick=0.01,
    )
    other = prices_of(seen, 1)
    assert (other.outcome, other.bid, other.ask, other.bid_shares) == ("No", 0.4, 0.6, 9.0)
    assert (other.held, other.held_other, other.cost) == (0.0, 10.0, None)


@pytest.mark.parametrize(
    ("levels", "bid", "ask", "mid"),
    [
        ([(BID, 40, 7), (ASK, 60, 9)], 0.4, 0.6, 0.5),
        ([(BID, 40, 7)], 0.4, None, None),
        ([(ASK, 60, 9)], None, 0.6, None),
        ([], None, None, None),
    ],
)
def test_there_is_a_mid_only_between_two_prices(
    levels: list[tuple[int, int, int]], bid: float | None, ask: float | None, mid: float | None
) -> None:
    prices = prices_of(view(levels), 0)
    assert (prices.bid, prices.ask, prices.mid) == (bid, ask, mid)
    assert prices.seconds_left is None


@pytest.mark.parametrize(
    ("wish", "cents", "shares"),
    [
        (Wish("buy", 0.57, 10), 57, 10),
        (Wish("buy", 0.5799, 10), 57, 10),
        (Wish("buy", 0.7 - 0.4, 10), 30, 10),
        (Wish("buy", 0.1 + 0.2, 0.1 + 9.9), 30, 10),
        (Wish("buy", Decimal("0.5799999999"), Decimal("10.00999999999")), 57, 10),
        (Wish("sell", 0.57, 10), 57, 10),
        (Wish("sell", 0.5701, 10.009), 58, 10),
        (Wish("sell", 0.1 + 0.2, 10), 30, 10),
        (Wish("sell", Decimal("0.5700000001"), 10), 58, 10),
    ],
)
def test_a_wish_is_rounded_against_us_and_only_noise_is_taken_off(
    wish: Wish, cents: int, shares: int
) -> None:
    side = BUY if wish.side == "buy" else SELL
    (first, second) = asked(lambda _: [wish], view())
    assert first == taking(side, cents, shares, "m-yes")
    assert second == taking(side, cents, shares, "m-no")


@given(
    st.decimals("0.0001", "0.9999", places=7),
    st.decimals("0.01", "1000", places=7),
    st.sampled_from([10_000, 5_000, 1_000, 100]),
)
def test_no_rounding_pays_more_or_asks_less_or_trades_more_than_wished(
    price: Decimal, shares: Decimal, tick: int
) -> None:
    listed = market(tick=Price(tick))
    bought = Wish("buy", price, shares).quote(listed, 0)
    sold = Wish("sell", price, shares).quote(listed, 0)
    micros = price * 1_000_000
    assert micros - tick < bought.price <= micros <= sold.price < micros + tick
    assert shares * 1_000_000 - 10_000 < bought.quantity <= shares * 1_000_000
    assert bought.price % tick == sold.price % tick == bought.quantity % 10_000 == 0


def test_a_wish_may_take_unless_it_is_post_only() -> None:
    (wish, _) = asked(lambda _: [Wish("buy", 0.6, 10)], view())
    assert wish == taking(BUY, 60, 10, "m-yes")
    (wish, _) = asked(lambda _: [Wish("buy", 0.6, 10, post_only=True)], view())
    assert wish == quote(BUY, 60, 10)


@pytest.mark.parametrize(
    ("side", "price", "shares", "words"),
    [
        ("BUY", 0.5, 10, 'a wish is to "buy" or to "sell", found \'BUY\''),
        ("buy", 57, 10, "between 0 and 1, found 57; divide cents by 100"),
        ("buy", 0, 10, "between 0 and 1, found 0"),
        ("sell", 1.0, 10, "between 0 and 1, found 1.0"),
        ("buy", None, 10, "price is a number, found None"),
        ("buy", "0.57", 10, "price is a number, found '0.57'"),
        ("buy", float("nan"), 10, "price is a number, found nan"),
        ("buy", Decimal("nan"), 10, "price is a number"),
        ("buy", 0.5, 0, "shares are more than 0, found 0; leave a wish for nothing out"),
        ("sell", 0.5, -3, "shares are more than 0, found -3"),
        ("buy", 0.5, 1e14, "shares are at most 1000000000, found 100000000000000.0; was something"),
        ("buy", 0.5, float("inf"), "shares is a number, found inf"),
    ],
)
def test_a_wish_that_cannot_be_says_what_to_mend_where_it_is_made(
    side: str, price: float, shares: float, words: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        Wish(side, price, shares)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "decide returned None, expected wishes: return a list, and an empty one for none"),
        (0.57, "decide returned 0.57"),
        ([("buy", 0.57, 10)], "decide returned ('buy', 0.57, 10) among its wishes"),
    ],
)
def test_an_answer_that_is_no_list_of_wishes_says_what_to_return(
    answer: object, words: str
) -> None:
    with pytest.raises(TypeError, match=re.escape(words)):
        asked(lambda _: answer, view())  # type: ignore[arg-type,return-value]


def test_wishes_may_be_yielded_and_nothing_may_be_wished() -> None:
    def decide(prices: Prices) -> Iterable[Wish]:
        if prices.held_other:
            return
        yield Wish("sell", 0.9, prices.held)
        yield Wish("buy", 0.1, 5)

    assert asked(decide, view(held=10)) == (
        taking(SELL, 90, 10, "m-yes"),
        taking(BUY, 10, 5, "m-yes"),
    )


def test_it_follows_everything_but_placeholders() -> None:
    plain = PlainStrategy(StrategyId("s"), lambda _: [])
    assert plain.follows(market())
    assert not plain.follows(market(placeholder=True))


def test_in_the_engine_a_wrong_wish_halts_its_own_strategy_and_names_the_line() -> None:
    def cents(prices: Prices) -> list[Wish]:
        return [Wish("buy", 100 * (prices.bid or 0), 10)]

    wrong = Seat(PlainStrategy(StrategyId("cents"), cents), Money(100 * DOLLAR), 0, 0)
    started = engine(wrong, seat(Scripted(lambda _: (quote(BUY, 40),))))
    told(started, *opening(forty_sixty(), at=T0))
    commands = cut(started, T0)
    (halt,) = [each for each in commands if isinstance(each, StrategyHalted)]
    assert halt.strategy == "cents"
    assert "between 0 and 1, found 40.0; divide cents by 100" in halt.error
    assert "test_plain.py" in halt.error
    assert [order.strategy for order in placed(commands)] == ["s"]


def test_a_wish_that_is_repeated_is_one_order_and_one_that_is_not_is_cancelled() -> None:
    wanted = [Wish("buy", 0.4, 10)]
    plain = PlainStrategy(StrategyId("s"), lambda prices: wanted if prices.outcome == "Yes" else [])
    started = engine(Seat(plain, Money(100 * DOLLAR), 0, 0))
    told(started, *opening(forty_sixty(), at=T0))
    assert [order.price for order in placed(cut(started, T0))] == [400_000]
    assert cut(started, T0 + 2 * SECOND) == []
    wanted.clear()
    told(started, OrderAccepted(Ns(T0), OrderId("run-1")))
    (cancel,) = cut(started, T0 + 4 * SECOND)
    assert cancel == CancelOrder(OrderId("run-1"), "unwanted")
