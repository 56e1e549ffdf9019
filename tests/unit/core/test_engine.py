"""Facts change state, a cut decides; halts, payouts and recovery, in numbers."""

import pytest
from tests.unit.core.building import (
    BID,
    BUY,
    CENT,
    DOLLAR,
    MS,
    NO,
    RUN,
    SECOND,
    SHARE,
    WS,
    YES,
    Scripted,
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

from polywire.core.ids import StrategyId
from polywire.core.ledger.order import OrderState
from polywire.core.model.account import (
    AccountReported,
    FillSettled,
    OrderCancelled,
    Settlement,
)
from polywire.core.model.command import (
    CancelOrder,
    DayOpened,
    OrderRefused,
    PlaceOrder,
)
from polywire.core.model.control import AlertRaised, Cut, Operation, OperatorCommand, RunStarted
from polywire.core.model.healing import ProveBook
from polywire.core.model.intent import Quote
from polywire.core.model.market import (
    FeedDown,
    InstrumentDropped,
    InstrumentListed,
    MarketResolved,
    PublicTrade,
    TickSizeChanged,
)
from polywire.core.strategy import Wake
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.core.view import MarketView


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


def test_what_is_signed_lies_on_the_grid_that_the_feed_told() -> None:
    venue = forty_sixty()
    started = running(bid_at(50))
    terms = started.ledger.markets
    told(started, TickSizeChanged(Ns(T0), Ns(T0), M, Price(CENT // 10)))
    assert terms[YES].tick == terms[NO].tick == CENT // 10
    told(started, InstrumentListed(Ns(T0), market(question="changed")))
    assert (terms[YES].tick, terms[YES].question) == (CENT // 10, "changed")
    told(started, venue.snapshot(T0 + 1, tick=CENT))
    assert terms[YES].tick == CENT


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
    assert len(alone) == 25 * 5  # 2, 6, 14, 22 and 30 seconds after the feed was lost
    assert proofs(10) == alone


def test_only_a_cut_is_answered() -> None:
    started = running(bid_at(50))
    trade = PublicTrade(Ns(T0), Ns(T0), M, 0, BUY, Price(50 * CENT), Quantity(SHARE), WS)
    assert (
        told(started, trade, delta(T0, (BID, 1, 1)), OperatorCommand(Ns(T0), Operation.HALT, "x"))
        == []
    )
    opened, _ = started.handle(Cut(Ns(T0 + 100 * MS)))
    assert opened == DayOpened(0, Money(1_000 * DOLLAR), ((StrategyId("s"), Money(0)),))


def test_the_first_reason_to_halt_stands_until_trading_resumes() -> None:
    started = running(bid_at(50))
    for reason in ("disk", "shutting down"):
        told(started, OperatorCommand(Ns(T0), Operation.HALT, reason))
    assert started.standing.halted == "disk"
    told(started, OperatorCommand(Ns(T0), Operation.RESUME, "by hand"))
    assert started.standing.halted == ""


def test_an_alert_is_for_people_and_halts_nothing() -> None:
    started = running(Scripted(lambda _: (quote(BUY, 40),)))
    told(started, AlertRaised(Ns(T0 + 1), "latency", "slow"))
    assert len(placed(cut(started, T0 + 1))) == 1
    assert started.standing.halted == ""


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


def test_hashes_wait_for_the_decision_and_for_what_it_sends() -> None:
    venue = forty_sixty()
    seen: list[int] = []

    def wants(_: MarketView) -> tuple[Quote, ...]:
        seen.append(started.watch.tally.checked)
        return (quote(BUY, 35),)

    started = running(Scripted(wants, wake=Wake.BOOK))
    told(started, venue.delta(T0 + 1, (BID, 30, 5)))
    assert placed(cut(started, T0 + 1))
    assert (seen, started.watch.tally.checked) == ([0], 0)
    told(started, ACCEPT, venue.delta(T0 + 2, (BID, 30, 6)))
    assert cut(started, T0 + 2) == []
    assert (seen, started.watch.tally.agreed) == ([0, 2], 4)
