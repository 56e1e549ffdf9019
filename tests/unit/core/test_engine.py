"""Facts change state, a cut decides: orders, pacing, halts, loss and reconciliation, in numbers."""

import pytest
from msgspec import structs
from tests.unit.core.building import (
    BID,
    BUY,
    CENT,
    DOLLAR,
    LOOSE,
    MS,
    NO,
    RUN,
    SECOND,
    SELL,
    SHARE,
    WS,
    YES,
    Scripted,
    Wants,
    cancelled,
    cut,
    delta,
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

from polywire.core.engine.engine import Engine
from polywire.core.ids import MarketId, OrderId, StrategyId
from polywire.core.ledger.order import OrderState
from polywire.core.model.account import (
    AccountReported,
    FillSettled,
    OrderAccepted,
    OrderCancelled,
    OrderRejected,
    OrderUnknown,
    Settlement,
)
from polywire.core.model.command import (
    CancelOrder,
    OrderRefused,
    PlaceOrder,
    ProveBook,
    StrategyHalted,
)
from polywire.core.model.control import Cut, Operation, OperatorCommand, RunStarted
from polywire.core.model.instrument import Market
from polywire.core.model.intent import Quote
from polywire.core.model.market import (
    FeedDown,
    GapOpened,
    InstrumentDropped,
    InstrumentListed,
    MarketResolved,
    PublicTrade,
    TickSizeChanged,
)
from polywire.core.risk.limits import Limits
from polywire.core.strategy import Wake
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.core.view import MarketView

M = MarketId("m")
T0 = 100 * SECOND
FIRST = OrderId("run-1")
ACCEPT = OrderAccepted(Ns(T0), FIRST)


def bid_at(cents: int, shares: int = 10) -> Scripted:
    return Scripted(lambda _: (quote(BUY, cents, shares),))


def running(strategy: Scripted, **pace: int) -> Engine:
    """An engine that has traded nothing yet, before its first cut."""
    started = engine(seat(strategy, **pace))
    told(started, *opening(forty_sixty(), at=T0))
    return started


def with_order(strategy: Scripted, **pace: int) -> Engine:
    """An engine whose first order, 10 shares at 50 cents, rests since T0."""
    started = running(strategy, **pace)
    assert [order.order_id for order in placed(cut(started, T0))] == [FIRST]
    told(started, ACCEPT)
    return started


def changing(*wants: tuple[Quote, ...]) -> Scripted:
    """Wants one thing at a time; the last for good."""
    left = list(wants)
    return Scripted(lambda _: left.pop(0) if len(left) > 1 else left[0])


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


def test_nothing_is_decided_before_the_run_begins() -> None:
    started = engine(seat(bid_at(50)))
    told(started, *opening(forty_sixty(), at=T0)[1:])
    assert cut(started, T0) == []
    told(started, RunStarted(Ns(T0), RUN, "b", "c", Money(100 * DOLLAR)))
    assert len(placed(cut(started, T0 + SECOND))) == 1


def test_time_does_not_go_back() -> None:
    started = running(bid_at(50))
    cut(started, T0)
    cut(started, T0)
    with pytest.raises(AssertionError, match="a cut at"):
        cut(started, T0 - 1)


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
    assert cut(started, T0 + 1) == [CancelOrder(FIRST, "re-priced")]
    assert cut(started, T0 + 9 * SECOND) == []
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
    assert (started.desk.sent, started.desk.refused) == (1, 2)


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


def test_each_strategy_has_its_own_budget() -> None:
    small = Scripted(lambda _: (quote(BUY, 50),), "small")
    large = Scripted(lambda _: (quote(BUY, 50),), "large")
    started = engine(seat(small, budget=4), seat(large, budget=5))
    told(started, *opening(forty_sixty(), at=T0))
    commands = cut(started, T0)
    assert [order.strategy for order in placed(commands)] == ["large"]
    rules = [command.rule for command in commands if isinstance(command, OrderRefused)]
    assert rules == ["strategy_budget"]


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
    assert cut(started, T0 + SECOND) == []


def test_quotes_are_pulled_from_a_distrusted_book_after_the_strategy_s_patience() -> None:
    started = with_order(bid_at(50), patience=2 * SECOND)
    told(started, GapOpened(Ns(T0 + 1), M, WS, "lost"))
    assert cut(started, T0 + 1) == []
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


def test_a_market_that_is_resolved_or_dropped_loses_its_orders_and_is_asked_no_more() -> None:
    strategy = bid_at(50)
    started = with_order(strategy)
    told(started, MarketResolved(Ns(T0), Ns(T0), M, (Money(DOLLAR), Money(0))))
    assert cut(started, T0 + 1) == [CancelOrder(FIRST, "unwanted")]
    told(started, OrderCancelled(Ns(T0), FIRST, "resolved"))
    assert cut(started, T0 + SECOND + 1) == []
    assert strategy.asked == [T0]

    started = with_order(bid_at(50))
    told(started, InstrumentDropped(Ns(T0), M))
    assert cut(started, T0 + 1) == []
    assert cut(started, T0 + SECOND) == [CancelOrder(FIRST, "abandoned")]
    assert cut(started, T0 + 2 * SECOND) == []


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


def test_a_payout_reaches_the_cash() -> None:
    started = with_order(bid_at(50))
    told(started, fill("f1", FIRST, 50, 10))
    assert started.ledger.cash == 995 * DOLLAR
    told(started, MarketResolved(Ns(T0), Ns(T0), M, (Money(DOLLAR), Money(0))))
    assert started.ledger.cash == 1_005 * DOLLAR
    cut(started, T0 + SECOND)
    assert started.standing.equity == 1_005 * DOLLAR


@pytest.mark.parametrize("reason", ["lunch", ""])
def test_a_halt_cancels_everything_and_asks_nobody_until_resumed(reason: str) -> None:
    strategy = bid_at(50)
    started = with_order(strategy)
    told(started, OperatorCommand(Ns(T0), Operation.HALT, reason))
    assert cut(started, T0 + 1) == [CancelOrder(FIRST, reason or "operator")]
    assert cut(started, T0 + SECOND) == []
    assert strategy.asked == [T0]
    told(started, OrderCancelled(Ns(T0), FIRST, "asked"))
    told(started, OperatorCommand(Ns(T0), Operation.RESUME, ""))
    assert [order.order_id for order in placed(cut(started, T0 + 2 * SECOND))] == ["run-2"]


def test_a_difference_to_the_venue_s_account_halts() -> None:
    started = with_order(bid_at(50))
    told(started, AccountReported(Ns(T0), Money(1_000 * DOLLAR), ()))
    assert started.standing.halted == ""
    told(started, AccountReported(Ns(T0), Money(999 * DOLLAR), ()))
    assert started.standing.halted == "reconciliation: cash is 999, expected 1000"
    assert cancelled(cut(started, T0 + 1)) == [FIRST]


def test_a_settled_fill_reaches_the_ledger() -> None:
    started = with_order(bid_at(50))
    told(started, fill("f1", FIRST, 50, 10, settlement=Settlement.PENDING))
    told(started, fill("f1", FIRST, 50, 10, settlement=Settlement.PENDING))
    told(started, FillSettled(Ns(T0), fill("f1").fill_id, Settlement.REVERSED))
    assert started.ledger.cash == 1_000 * DOLLAR


@pytest.mark.parametrize(("later", "more"), [(60 * SECOND - 1, 0), (60 * SECOND, 1)])
def test_only_so_many_orders_a_minute_and_then_again(later: int, more: int) -> None:
    wants = [quote(BUY, cents, 5) for cents in (50, 49, 48, 47)]
    started = engine(
        seat(Scripted(lambda _: tuple(wants))), limits=with_limits(orders_per_minute=3)
    )
    told(started, *opening(forty_sixty(), at=T0))
    commands = cut(started, T0)
    assert len(placed(commands)) == 3
    assert [command.rule for command in commands if isinstance(command, OrderRefused)] == [
        "order_rate"
    ]
    told(started, forty_sixty().snapshot(T0 + later))
    assert len(placed(cut(started, T0 + later))) == more


def with_limits(**changed: int) -> Limits:
    return structs.replace(LOOSE, **changed)


def test_a_day_s_loss_stops_buying_until_the_next_day() -> None:
    day = 86_400 * SECOND
    venue = forty_sixty()
    started = engine(seat(bid_at(50)), limits=with_limits(loss_max=DOLLAR))
    told(started, *opening(venue, at=T0))
    cut(started, T0)
    assert started.standing.loss == 0
    # ten shares bought at 50 cents are worth 40 cents each at the best bid
    told(started, fill("f1", FIRST, 50, 10))
    (refused,) = cut(started, T0 + SECOND)
    assert isinstance(refused, OrderRefused)
    assert started.standing.loss == DOLLAR
    assert (refused.rule, refused.reason) == ("daily_loss", "lost $1 today")
    told(started, venue.snapshot(day))
    assert len(placed(cut(started, day))) == 1
    assert started.standing.loss == 0


def test_the_loss_is_valued_once_a_second() -> None:
    started = with_order(bid_at(50))
    told(started, fill("f1", FIRST, 50, 10))
    cut(started, T0 + SECOND - 1)
    assert started.standing.loss == 0
    cut(started, T0 + SECOND)
    assert started.standing.loss == DOLLAR
    assert started.standing.equity == 999 * DOLLAR


def test_shares_without_a_book_are_worth_what_they_cost_and_without_a_bid_nothing() -> None:
    venue = forty_sixty()
    started = engine(seat(Scripted(lambda _: ())))
    order = placed(cut(running(bid_at(50)), T0))[0]
    for record in (InstrumentListed(Ns(T0), market()), order, fill("f1", FIRST, 50, 10)):
        started.recover(record)
    told(started, *opening(venue, at=T0)[:-1])
    cut(started, T0)
    assert started.standing.equity == 1_000 * DOLLAR
    told(started, venue.delta(T0, (BID, 40, 0)), venue.snapshot(T0 + SECOND))
    cut(started, T0 + SECOND)
    assert started.standing.equity == 995 * DOLLAR
    told(started, fill("f2", FIRST, 50, 0), InstrumentDropped(Ns(T0), M))
    cut(started, T0 + 2 * SECOND)
    assert started.standing.equity == 1_000 * DOLLAR


def test_no_loss_is_known_before_the_first_cut() -> None:
    assert engine(seat(bid_at(50))).standing.loss == 0


def test_markets_listed_together_share_a_limit() -> None:
    names = ("a", "b", "c")
    wants = Scripted(lambda view: (quote(BUY, 50, 10, view.market.outcomes[0].instrument),))
    started = engine(seat(wants), limits=with_limits(group_exposure_max=8 * DOLLAR))
    told(started, *opening(*(forty_sixty(name) for name in names), at=T0))
    for name, group in (("a", "g"), ("b", "g"), ("c", "other")):
        told(started, InstrumentListed(Ns(T0), market(name, group=group)))
    commands = cut(started, T0)
    assert [order.market for order in placed(commands)] == ["a", "c"]
    assert [command.rule for command in commands if isinstance(command, OrderRefused)] == [
        "group_exposure"
    ]


def test_a_market_alone_is_its_own_group() -> None:
    started = engine(
        seat(Scripted(lambda _: (quote(BUY, 50), quote(BUY, 40)))),
        limits=with_limits(group_exposure_max=8 * DOLLAR),
    )
    told(started, *opening(forty_sixty(), at=T0))
    assert len(placed(cut(started, T0))) == 1


def test_a_new_tick_moves_the_grid_for_new_orders_only() -> None:
    venue = forty_sixty()
    started = with_order(changing((quote(cents=50),), (quote(cents=50), quote(cents=45))))
    told(started, TickSizeChanged(Ns(T0), Ns(T0), M, Price(2 * CENT)))
    venue.tick = 2 * CENT
    told(started, venue.snapshot(T0 + 1))
    commands = cut(started, T0 + 1)
    assert cancelled(commands) == []
    assert [command.rule for command in commands if isinstance(command, OrderRefused)] == [
        "price_on_grid"
    ]


def test_a_quote_for_a_foreign_outcome_is_refused_and_harms_nobody() -> None:
    started = running(Scripted(lambda _: (quote(BUY, 50, instrument="other-yes"),)))
    (refused,) = cut(started, T0)
    assert isinstance(refused, OrderRefused)
    assert refused.rule == "tradable"


def test_ten_strategies_cause_the_same_proofs_as_one() -> None:
    def proofs(count: int) -> list[tuple[int, str]]:
        venues = [forty_sixty(f"m{number}") for number in range(25)]
        seats = [seat(Scripted(lambda _: (), f"s{number}")) for number in range(count)]
        started = engine(*seats, audit_ns=10 * SECOND)
        told(started, *opening(*venues, at=T0))
        asked: list[tuple[int, str]] = []
        for at in range(T0, T0 + 40 * SECOND, SECOND // 2):
            if at == T0 + 5 * SECOND:
                told(started, FeedDown(Ns(at), WS, "closed"))
            asked += [
                (at, command.market)
                for command in cut(started, at)
                if isinstance(command, ProveBook)
            ]
        return asked

    alone = proofs(1)
    assert len(alone) == 25 * 4  # 2, 6, 14 and 30 seconds after the feed was lost
    assert proofs(10) == alone


def test_only_a_cut_is_answered() -> None:
    started = running(bid_at(50))
    trade = PublicTrade(Ns(T0), Ns(T0), M, 0, BUY, Price(50 * CENT), Quantity(SHARE), WS)
    assert (
        told(started, trade, delta(T0, (BID, 1, 1)), OperatorCommand(Ns(T0), Operation.HALT, "x"))
        == []
    )
    assert started.handle(Cut(Ns(T0 + 100 * MS))) == []


def test_recovery_sends_nothing_and_asks_nobody() -> None:
    strategy = bid_at(50)
    first = with_order(strategy)
    again = engine(seat(bid_at(50)))
    order: PlaceOrder = first.ledger.orders[FIRST].command
    for record in (
        RunStarted(Ns(T0), RUN, "b", "c", Money(1_000 * DOLLAR)),
        InstrumentListed(Ns(T0), market()),
        order,
        ACCEPT,
        fill("f1", FIRST, 50, 4, settlement=Settlement.PENDING),
        FillSettled(Ns(T0), fill("f1").fill_id, Settlement.FINAL),
        CancelOrder(FIRST, "why"),
        ProveBook(M, "told"),
        Cut(Ns(T0)),
        MarketResolved(Ns(T0), Ns(T0), M, (Money(0), Money(DOLLAR))),
    ):
        again.recover(record)
    assert again.ledger.orders[FIRST].state is OrderState.LIVE
    assert again.ledger.orders[FIRST].cancelling
    assert again.ledger.cash == 998 * DOLLAR
    assert again.ledger.held(YES) == again.ledger.held(NO) == 0
    assert again.ledger.reserved == 3 * DOLLAR
    assert again.desk.run == ""
