"""Who is asked when, and what becomes of what they want: pacing, distrust, halting."""

import pytest
from msgspec import structs
from tests.unit.core.building import (
    BID,
    BUY,
    DOLLAR,
    SECOND,
    SELL,
    SHARE,
    WS,
    YES,
    Scripted,
    Wants,
    cancelled,
    cut,
    engine,
    fill,
    forty_sixty,
    market,
    opening,
    placed,
    quote,
    seat,
    told,
)
from tests.unit.core.started import (
    ACCEPT,
    FIRST,
    T0,
    M,
    bid_at,
    changing,
    running,
    with_order,
)

from polywire.core.ids import OrderId, StrategyId
from polywire.core.model.account import (
    OrderAccepted,
    OrderCancelled,
    OrderRejected,
    OrderUnknown,
)
from polywire.core.model.command import (
    CancelOrder,
    OrderRefused,
    StrategyHalted,
)
from polywire.core.model.healing import GapStarted, ProveBook
from polywire.core.model.instrument import Market
from polywire.core.model.intent import Quote
from polywire.core.model.market import (
    FeedDown,
    GapOpened,
    InstrumentListed,
    InstrumentRetired,
)
from polywire.core.strategy import Wake
from polywire.core.units import Ns, Price, Quantity
from polywire.core.view import MarketView


def test_a_wanted_quote_becomes_an_order_at_the_cut() -> None:
    started = running(bid_at(50))
    (order,) = placed(cut(started, T0))
    assert order.order_id == "run-1"
    assert (order.strategy, order.market, order.instrument) == ("s", "m", "m-yes")
    assert (order.side, order.price, order.quantity) == (BUY, 500_000, 10_000_000)
    assert (order.time_in_force, order.post_only) == ("GTC", True)
    assert started.ledger.reserved == 5 * DOLLAR
    assert started.ledger.orders[FIRST].sent_ns == T0


def test_the_same_want_is_not_sent_twice() -> None:
    started = with_order(bid_at(50))
    assert cut(started, T0 + SECOND) == []
    told(started, OrderUnknown(Ns(T0), FIRST, "time-out"))
    assert cut(started, T0 + 2 * SECOND) == []


def test_a_strategy_is_asked_after_a_new_touch_or_its_own_order_and_each_second() -> None:
    venue, strategy = forty_sixty(), bid_at(50)
    started = engine(seat(strategy))
    told(started, *opening(venue, at=T0))
    for at, events in [
        (T0, []),
        (T0 + 1, []),
        (T0 + 2, [venue.delta(T0 + 2, (BID, 39, 7))]),
        (T0 + 3, [venue.delta(T0 + 3, (BID, 41, 7))]),
        (T0 + 4, [OrderAccepted(Ns(T0 + 4), FIRST)]),
        (T0 + 5, [OrderAccepted(Ns(T0 + 5), OrderId("stranger"))]),
        (T0 + SECOND, []),
    ]:
        told(started, *events)
        cut(started, at)
    assert [at - T0 for at in strategy.asked] == [0, 3, 4, SECOND]


def test_a_strategy_may_ask_to_see_every_change() -> None:
    venue, strategy = forty_sixty(), Scripted(lambda _: (), wake=Wake.BOOK)
    started = engine(seat(strategy))
    told(started, *opening(venue, at=T0))
    cut(started, T0)
    told(started, venue.delta(T0 + 1, (BID, 39, 7)))
    cut(started, T0 + 1)
    cut(started, T0 + 2)
    assert [at - T0 for at in strategy.asked] == [0, 1]


def test_the_view_shows_book_position_and_own_orders() -> None:
    seen: list[object] = []

    def look(view: MarketView) -> tuple[Quote, ...]:
        seen.append(
            (
                view.now,
                view.market.id,
                view.touch(1),
                [*view.levels(0, BUY)],
                view.held(0),
                view.held(1),
                [order.command.order_id for order in view.open_orders(0)],
                view.open_orders(1),
            )
        )
        return (quote(BUY, 50),)

    other = Scripted(lambda _: (quote(BUY, 45),), "t")
    started = engine(seat(Scripted(look)), seat(other))
    told(started, *opening(forty_sixty(), at=T0))
    cut(started, T0)
    told(started, ACCEPT, fill("f1", FIRST, 50, 4))
    cut(started, T0 + 1)
    level = (400_000, 100_000_000)
    assert seen == [
        (T0, "m", (400_000, 600_000), [level], 0, 0, [], []),
        (T0 + 1, "m", (400_000, 600_000), [level], 4_000_000, 0, ["run-1"], []),
    ]


def test_a_new_price_waits_for_the_answer_to_the_cancel() -> None:
    started = with_order(changing((quote(cents=50),), (quote(cents=51),)))
    assert cut(started, T0 + 1) == [CancelOrder(FIRST, "re-priced")]
    assert cut(started, T0 + SECOND) == []
    told(started, OrderCancelled(Ns(T0), FIRST, "asked"))
    (order,) = placed(cut(started, T0 + SECOND + 1))
    assert (order.order_id, order.price) == ("run-2", 510_000)


def test_a_quote_rests_its_dwell() -> None:
    started = with_order(changing((quote(cents=50),), (quote(cents=51),)), dwell=SECOND)
    assert cut(started, T0 + SECOND - 1) == []
    assert cancelled(cut(started, T0 + 2 * SECOND)) == [FIRST]


def test_an_order_whose_quote_vanished_on_its_way_is_cancelled_once_it_rests() -> None:
    started = running(changing((quote(),), ()))
    cut(started, T0)
    assert cut(started, T0 + SECOND) == []
    told(started, ACCEPT)
    assert cut(started, T0 + SECOND + 1) == [CancelOrder(FIRST, "unwanted")]


def test_an_unknown_order_fills_its_slot_until_the_venue_tells() -> None:
    started = running(changing((quote(cents=50),), (quote(cents=51),)))
    cut(started, T0)
    told(started, OrderUnknown(Ns(T0), FIRST, "time-out"))
    assert cancelled(cut(started, T0 + 1)) == [FIRST]
    assert placed(cut(started, T0 + 9 * SECOND)) == []
    assert started.ledger.reserved == 5 * DOLLAR
    told(started, OrderCancelled(Ns(T0), FIRST, "not found"))
    assert len(placed(cut(started, T0 + 10 * SECOND))) == 1


def test_a_rejected_slot_rests_its_dwell() -> None:
    started = running(bid_at(50), dwell=5 * SECOND)
    cut(started, T0)
    told(started, OrderRejected(Ns(T0), FIRST, "post only"))
    assert cut(started, T0 + 1) == []
    assert cut(started, T0 + 5 * SECOND - 1) == []
    assert [order.order_id for order in placed(cut(started, T0 + 6 * SECOND))] == ["run-2"]


def test_a_refusal_is_told_once_until_its_rule_changes_or_an_order_passes() -> None:
    prices = iter([50_001, 50_001, 500_000, 50_001])
    strategy = Scripted(lambda _: (Quote(YES, BUY, Price(next(prices)), Quantity(10 * SHARE)),))
    started = running(strategy)
    refused = OrderRefused(
        StrategyId("s"),
        YES,
        BUY,
        Price(50_001),
        Quantity(10 * SHARE),
        "price_on_grid",
        "price 0.050001 is off the 0.01 grid",
    )
    assert cut(started, T0) == [refused]
    assert cut(started, T0 + SECOND) == []
    (order,) = placed(cut(started, T0 + 2 * SECOND))
    assert order.order_id == "run-1"  # refused orders use no number
    told(started, OrderRejected(Ns(T0), FIRST, "no"))
    assert cut(started, T0 + 3 * SECOND) == [refused]
    assert (started.desk.sent, started.desk.refused.total()) == (1, 2)


def test_strategies_are_asked_in_the_order_of_their_seats_and_see_what_came_before() -> None:
    first = Scripted(lambda _: (quote(SELL, 55),), "holder")
    buyer = Scripted(lambda _: (quote(BUY, 55, instrument="m-yes"),), "buyer")
    started = engine(seat(buyer), seat(first))
    told(started, *opening(forty_sixty(), at=T0))
    commands = cut(started, T0)
    assert [order.strategy for order in placed(commands)] == ["buyer"]
    told(started, fill("f1", FIRST, 55, 10))
    assert placed(cut(started, T0 + 1))[0].order_id == "run-2"


def test_two_strategies_do_not_trade_with_each_other() -> None:
    yes = Scripted(lambda _: (quote(BUY, 55),), "yes")
    no = Scripted(lambda _: (quote(BUY, 45, instrument="m-no"),), "no")
    started = engine(seat(yes), seat(no))
    told(started, *opening(forty_sixty(), at=T0))
    approved, refused = cut(started, T0)
    assert placed([approved])[0].strategy == "yes"
    assert isinstance(refused, OrderRefused)
    assert refused.rule == "self_trade"


def test_names_are_unique() -> None:
    with pytest.raises(AssertionError, match="two strategies s"):
        engine(seat(bid_at(50)), seat(bid_at(40)))


class Failing(Scripted):
    """Raises when asked whether it follows a market of this name."""

    def follows(self, market: Market) -> bool:
        if market.id == "bad":
            raise ValueError("what is this")
        return super().follows(market)


def failing(_: MarketView) -> tuple[Quote, ...]:
    raise KeyError("fair value")


def lazily(_: MarketView) -> tuple[Quote, ...]:
    return (quote() for _ in (1, 1 // 0))  # type: ignore[return-value]


def nothing(_: MarketView) -> tuple[Quote, ...]:
    return None  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("bug", "error"),
    [(failing, "KeyError: 'fair value'"), (lazily, "ZeroDivisionError"), (nothing, "TypeError")],
)
def test_a_strategy_that_raises_is_halted_alone_and_asked_no_more(bug: Wants, error: str) -> None:
    broken = Scripted(lambda _: (quote(),), "broken")
    sound = Scripted(lambda _: (quote(BUY, 45),), "sound")
    started = engine(seat(broken), seat(sound))
    told(started, *opening(forty_sixty(), at=T0))
    assert [order.strategy for order in placed(cut(started, T0))] == ["broken", "sound"]
    broken.wants = bug
    halted, cancel = cut(started, T0 + SECOND)
    assert isinstance(halted, StrategyHalted)
    assert halted.strategy == "broken"
    assert error in halted.error
    assert "/" not in halted.error
    assert cancel == CancelOrder(FIRST, "strategy halted")
    told(started, OrderCancelled(Ns(T0), FIRST, "asked"))
    assert cut(started, T0 + 2 * SECOND) == []
    assert len(broken.asked) == 2
    assert len(sound.asked) == 3


def test_a_strategy_that_raises_over_a_listing_is_halted_at_the_next_cut() -> None:
    broken = Failing(lambda _: (quote(),), "broken")
    started = running(broken)
    cut(started, T0)
    told(started, InstrumentListed(Ns(T0), market("bad")))
    halted, cancel = cut(started, T0 + 1)
    assert isinstance(halted, StrategyHalted)
    assert "ValueError: what is this" in halted.error
    assert cancel == CancelOrder(FIRST, "strategy halted")
    told(started, InstrumentListed(Ns(T0), market("good")))
    assert {type(command) for command in cut(started, T0 + SECOND)} == {GapStarted}


def test_quotes_are_pulled_from_a_distrusted_book_after_the_strategy_s_patience() -> None:
    started = with_order(bid_at(50), patience=2 * SECOND)
    told(started, GapOpened(Ns(T0 + 1), M, WS, "lost"))
    assert cut(started, T0 + 1) == [GapStarted(M, Ns(T0 + 1), "lost")]
    assert cut(started, T0 + SECOND) == []
    assert cut(started, T0 + 2 * SECOND) == []
    commands = cut(started, T0 + 3 * SECOND)
    assert cancelled(commands) == [FIRST]
    assert [command for command in commands if isinstance(command, ProveBook)] == [
        ProveBook(M, "lost")
    ]


def test_a_book_proven_within_the_patience_keeps_its_quotes() -> None:
    venue = forty_sixty()
    started = engine(seat(bid_at(50), patience=2 * SECOND))
    told(started, *opening(venue, at=T0))
    cut(started, T0)
    told(started, ACCEPT, FeedDown(Ns(T0 + 1), WS, "closed"))
    cut(started, T0 + 1)
    told(started, *opening(venue, at=T0 + SECOND)[2:])
    assert cancelled(cut(started, T0 + SECOND)) == []
    told(started, FeedDown(Ns(T0 + 4 * SECOND), WS, "closed"))
    assert cancelled(cut(started, T0 + 4 * SECOND)) == []
    assert cancelled(cut(started, T0 + 5 * SECOND)) == []
    assert cancelled(cut(started, T0 + 7 * SECOND)) == [FIRST]


def test_without_patience_quotes_are_pulled_at_once() -> None:
    started = with_order(bid_at(50))
    told(started, GapOpened(Ns(T0 + 1), M, WS, "lost"))
    assert cancelled(cut(started, T0 + 1)) == [FIRST]


def test_a_book_whose_proof_grew_stale_loses_its_quotes() -> None:
    started = with_order(bid_at(50))
    assert cancelled(cut(started, T0 + 60 * SECOND)) == []
    assert cancelled(cut(started, T0 + 61 * SECOND)) == [FIRST]


def test_a_market_a_strategy_no_longer_follows_loses_its_orders() -> None:
    started = with_order(bid_at(50))
    told(started, InstrumentListed(Ns(T0), market(placeholder=True)))
    assert cut(started, T0 + SECOND) == [CancelOrder(FIRST, "abandoned")]


def test_orders_of_a_strategy_that_left_the_run_are_cancelled() -> None:
    order = placed(cut(running(bid_at(50)), T0))[0]
    again = engine(seat(Scripted(lambda _: (), "other")))
    for record in (InstrumentListed(Ns(T0), market()), order, ACCEPT):
        again.recover(record)
    told(again, *opening(forty_sixty(), at=T0))
    assert cut(again, T0) == [CancelOrder(FIRST, "abandoned")]


def test_a_retired_market_is_only_sold_until_it_is_listed_again() -> None:
    started = with_order(bid_at(50))
    told(started, InstrumentRetired(Ns(T0), M))
    assert cancelled(cut(started, T0 + 1)) == [FIRST]
    told(started, OrderCancelled(Ns(T0), FIRST, "asked"))
    assert placed(cut(started, T0 + 2 * SECOND)) == []
    told(started, InstrumentListed(Ns(T0), market()))
    assert len(placed(cut(started, T0 + 4 * SECOND))) == 1


def test_layers_of_a_side_rest_side_by_side_and_are_re_priced_alone() -> None:
    wants = [quote(BUY, 50), structs.replace(quote(BUY, 48), layer=1)]
    started = running(Scripted(lambda _: tuple(wants)))
    near, far = placed(cut(started, T0))
    assert (near.layer, far.layer) == (0, 1)
    told(started, *(OrderAccepted(Ns(T0), each.order_id) for each in (near, far)))
    wants[1] = structs.replace(quote(BUY, 47), layer=1)
    assert cut(started, T0 + SECOND) == [CancelOrder(far.order_id, "re-priced")]
