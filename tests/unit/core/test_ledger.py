"""Cash, reservations, exposure and the worst case after each account event, in numbers."""

import pytest
from tests.unit.core.building import (
    BUY,
    CENT,
    DOLLAR,
    NO,
    SELL,
    SHARE,
    YES,
    fill,
    market,
    place,
    taking,
)

from polywire.core.ids import FillId, InstrumentId, MarketId, OrderId, StrategyId
from polywire.core.ledger import ledger as ledger_module
from polywire.core.ledger.ledger import Ledger
from polywire.core.ledger.order import OrderState
from polywire.core.ledger.report import differences
from polywire.core.model.account import (
    AccountReported,
    FillSettled,
    OrderAccepted,
    OrderCancelled,
    OrderRejected,
    OrderUnknown,
    Settlement,
)
from polywire.core.model.command import CancelOrder
from polywire.core.model.instrument import FeeSchedule
from polywire.core.model.market import MarketResolved
from polywire.core.units import Money, Ns, Quantity

M = MarketId("m")
O1 = OrderId("o1")
S, T = StrategyId("s"), StrategyId("t")
AT = Ns(7)
ACCEPTED = OrderAccepted(AT, O1)
CANCELLED = OrderCancelled(AT, O1, "asked")
YES_WINS = MarketResolved(AT, AT, M, (Money(DOLLAR), Money(0)))


@pytest.fixture
def ledger() -> Ledger:
    """A hundred dollars and the market m."""
    ledger = Ledger()
    ledger.start(Money(100 * DOLLAR))
    ledger.list_market(market())
    return ledger


def buy(ledger: Ledger, order_id: str = "o1", cents: int = 50, shares: int = 10) -> None:
    ledger.sent(place(order_id, BUY, cents, shares), AT)


def bought(ledger: Ledger, order_id: str = "o1", cents: int = 50, shares: int = 10) -> None:
    buy(ledger, order_id, cents, shares)
    ledger.apply_fill(fill(f"f-{order_id}", order_id, cents, shares))


def exposed(ledger: Ledger) -> tuple[int, int, int]:
    return ledger.exposures[M], ledger.strategy_exposures[S], ledger.exposure


def test_starting_again_adds_money() -> None:
    ledger = Ledger()
    ledger.start(Money(5))
    ledger.start(Money(7))
    assert (ledger.cash, ledger.cash_start) == (12, 12)


def test_an_open_buy_reserves_what_it_could_cost(ledger: Ledger) -> None:
    buy(ledger)
    assert ledger.cash == 100 * DOLLAR
    assert ledger.reserved == 5 * DOLLAR
    assert exposed(ledger) == (5 * DOLLAR,) * 3
    assert ledger.could_buy(YES) == 10 * SHARE
    assert ledger.could_buy(NO) == 0


def test_an_order_sent_twice_is_a_bug(ledger: Ledger) -> None:
    buy(ledger)
    with pytest.raises(AssertionError, match="order o1 exists"):
        buy(ledger)


def test_an_order_free_to_take_reserves_its_fee_too(ledger: Ledger) -> None:
    ledger.list_market(market(fees=FeeSchedule(50_000, 1, 0)))
    ledger.sent(taking(place()), AT)
    # 10 * 0.05 * 0.25 = 0.125
    assert ledger.reserved == 5_125_000
    buy(ledger, "o2")
    assert ledger.reserved == 10_125_000


def test_a_sale_reserves_no_money(ledger: Ledger) -> None:
    bought(ledger)
    ledger.sent(place("o2", SELL, 60, 4), AT)
    assert ledger.reserved == 0
    assert ledger.could_sell(YES) == 4 * SHARE
    assert ledger.could_sell(YES, S) == 4 * SHARE
    assert ledger.could_sell(YES, T) == 0


@pytest.mark.parametrize(
    ("event", "state"),
    [(CANCELLED, OrderState.CLOSED), (OrderRejected(AT, O1, "no"), OrderState.REFUSED)],
    ids=["cancelled", "rejected"],
)
def test_a_closed_order_lets_everything_go(
    ledger: Ledger, event: OrderCancelled | OrderRejected, state: OrderState
) -> None:
    buy(ledger)
    ledger.apply_order(event)
    assert ledger.reserved == 0
    assert exposed(ledger) == (0, 0, 0)
    assert ledger.could_buy(YES) == 0
    assert not ledger.open_orders
    assert ledger.orders[O1].state is state


def test_a_refused_order_that_shows_up_after_all_counts_as_open_again(ledger: Ledger) -> None:
    buy(ledger)
    ledger.apply_order(OrderRejected(AT, O1, "no"))
    ledger.apply_order(OrderAccepted(AT, O1))
    assert list(ledger.open_orders) == [O1]
    assert ledger.reserved > 0


def test_what_was_held_back_is_let_go_even_if_fees_changed_meanwhile(ledger: Ledger) -> None:
    ledger.sent(taking(place()), AT)
    ledger.list_market(market(fees=FeeSchedule(50_000, 1, 0)))
    ledger.apply_order(CANCELLED)
    assert ledger.reserved == 0
    assert exposed(ledger) == (0, 0, 0)


def test_an_unknown_order_counts_as_open(ledger: Ledger) -> None:
    buy(ledger)
    ledger.apply_order(OrderUnknown(AT, O1, "time-out"))
    assert ledger.reserved == 5 * DOLLAR
    assert ledger.could_buy(YES) == 10 * SHARE
    assert O1 in ledger.open_orders


def test_an_order_whose_cancel_is_unanswered_counts_as_open(ledger: Ledger) -> None:
    buy(ledger)
    ledger.cancelling(CancelOrder(O1, "why"), Ns(0))
    assert ledger.orders[O1].cancelling
    assert ledger.reserved == 5 * DOLLAR
    assert ledger.could_buy(YES) == 10 * SHARE


def test_cancelling_what_is_closed_changes_nothing(ledger: Ledger) -> None:
    buy(ledger)
    ledger.apply_order(CANCELLED)
    ledger.cancelling(CancelOrder(O1, "why"), Ns(0))
    assert not ledger.orders[O1].cancelling


def test_a_part_fill_moves_money_from_reserved_to_paid(ledger: Ledger) -> None:
    buy(ledger)
    assert ledger.apply_fill(fill("f1", shares=4))
    assert ledger.cash == 98 * DOLLAR
    assert ledger.reserved == 3 * DOLLAR
    assert exposed(ledger) == (5 * DOLLAR,) * 3
    assert ledger.could_buy(YES) == 6 * SHARE
    assert ledger.held(YES) == 4 * SHARE
    assert ledger.position(S, YES).held == 4 * SHARE
    assert ledger.position(T, YES).held == 0


def test_a_full_fill_closes_the_order(ledger: Ledger) -> None:
    bought(ledger)
    assert ledger.reserved == 0
    assert ledger.orders[O1].state is OrderState.CLOSED
    assert list(ledger.open_on(YES)) == []


def test_a_fill_at_a_better_price_lets_the_rest_go(ledger: Ledger) -> None:
    buy(ledger)
    ledger.apply_fill(fill("f1", cents=40))
    assert ledger.cash == 96 * DOLLAR
    assert ledger.reserved == 0
    assert exposed(ledger) == (4 * DOLLAR,) * 3


def test_a_fill_told_twice_is_booked_once(ledger: Ledger) -> None:
    buy(ledger)
    assert ledger.apply_fill(fill("f1", shares=4))
    assert not ledger.apply_fill(fill("f1", shares=4))
    assert ledger.held(YES) == 4 * SHARE
    assert ledger.cash == 98 * DOLLAR
    assert ledger.orders[O1].remaining == 6 * SHARE
    assert ledger.strangers == 0


def test_a_late_accept_does_not_reopen_a_filled_order(ledger: Ledger) -> None:
    bought(ledger)
    ledger.apply_order(ACCEPTED)
    assert ledger.orders[O1].state is OrderState.CLOSED
    assert not ledger.open_orders


def test_a_fill_after_the_cancel_is_still_booked(ledger: Ledger) -> None:
    buy(ledger)
    ledger.apply_order(CANCELLED)
    assert ledger.apply_fill(fill("f1", shares=4))
    assert ledger.held(YES) == 4 * SHARE
    assert ledger.cash == 98 * DOLLAR
    assert ledger.reserved == 0
    assert exposed(ledger) == (2 * DOLLAR,) * 3


def test_more_filled_than_asked_is_booked_and_reserves_nothing(ledger: Ledger) -> None:
    buy(ledger)
    ledger.apply_fill(fill("f1", shares=12))
    assert ledger.held(YES) == 12 * SHARE
    assert ledger.reserved == 0


def test_what_happens_to_strangers_is_counted_and_changes_nothing(ledger: Ledger) -> None:
    ledger.apply_order(ACCEPTED)
    assert not ledger.apply_fill(fill("f1"))
    ledger.apply_settlement(FillSettled(AT, FillId("f1"), Settlement.FINAL))
    assert ledger.strangers == 3
    assert ledger.cash == 100 * DOLLAR
    assert ledger.orders == {}


def test_a_rejection_of_a_resting_order_does_not_end_it(ledger: Ledger) -> None:
    buy(ledger)
    ledger.apply_order(ACCEPTED)
    ledger.apply_order(OrderRejected(AT, O1, "too late"))
    assert ledger.reserved == 5 * DOLLAR
    assert ledger.orders[O1].state is OrderState.LIVE


def test_a_reversed_fill_gives_shares_and_cash_back(ledger: Ledger) -> None:
    buy(ledger)
    ledger.apply_fill(fill("f1", settlement=Settlement.PENDING))
    assert ledger.cash == 95 * DOLLAR
    ledger.apply_settlement(FillSettled(AT, FillId("f1"), Settlement.REVERSED))
    assert ledger.cash == 100 * DOLLAR
    assert ledger.held(YES) == 0
    assert exposed(ledger) == (0, 0, 0)


def test_a_sale_and_its_fee_reach_the_cash(ledger: Ledger) -> None:
    bought(ledger)
    ledger.sent(place("o2", SELL, 60, 10), AT)
    ledger.apply_fill(fill("f2", "o2", 60, 10, fee=CENT))
    assert ledger.cash == 101 * DOLLAR - CENT
    assert exposed(ledger) == (0, 0, 0)
    assert ledger.position(S, YES).realised == DOLLAR - CENT


def test_a_resolution_pays_the_winner_and_not_the_loser(ledger: Ledger) -> None:
    bought(ledger)
    ledger.sent(place("o2", BUY, 40, 10, instrument="m-no"), AT)
    ledger.apply_fill(fill("f2", "o2", 40, 10))
    ledger.list_market(market("other"))
    ledger.sent(place("o3", BUY, 40, 10, instrument="other-yes"), AT)
    ledger.apply_fill(fill("f3", "o3", 40, 10))
    ledger.resolve(YES_WINS)
    # 100 - 5 - 4 - 4 + 10
    assert ledger.cash == 97 * DOLLAR
    assert (ledger.held(YES), ledger.held(NO)) == (0, 0)
    assert exposed(ledger)[0] == 0
    assert ledger.exposure == 4 * DOLLAR


def test_the_first_answer_stands_and_pays_once(ledger: Ledger) -> None:
    bought(ledger)
    ledger.resolve(YES_WINS)
    ledger.resolve(YES_WINS)
    ledger.resolve(MarketResolved(AT, AT, M, (Money(0), Money(DOLLAR))))
    assert ledger.cash == 105 * DOLLAR


def test_a_fill_told_after_the_resolution_is_paid_too(ledger: Ledger) -> None:
    bought(ledger)
    buy(ledger, "o2", 20, 10)
    ledger.sent(place("o3", BUY, 20, 10, instrument="m-no"), AT)
    ledger.resolve(YES_WINS)
    ledger.apply_fill(fill("f2", "o2", 20, 10))
    ledger.apply_fill(fill("f3", "o3", 20, 10))
    # 100 - 5 + 10, then - 2 + 10, then - 2 for nothing
    assert ledger.cash == 111 * DOLLAR
    assert ledger.exposure == 0


def test_the_venue_s_account_is_compared_with_ours(ledger: Ledger) -> None:
    bought(ledger)
    ten = Quantity(10 * SHARE)
    cash = Money(95 * DOLLAR)
    assert differing(ledger, cash, (YES, ten)) == []
    assert differing(ledger, Money(cash - 1), (YES, ten)) == ["cash is 94.999999, expected 95"]
    assert differing(ledger, cash) == ["m-yes: 0, expected 10"]
    assert differing(ledger, cash, (YES, ten), (NO, ten)) == ["m-no: 10, expected 0"]


def differing(ledger: Ledger, cash: Money, *held: tuple[InstrumentId, Quantity]) -> list[str]:
    return [one.text for one in differences(ledger, AccountReported(AT, cash, held), 0)]


def test_markets_with_shares_or_open_orders_must_be_watched(ledger: Ledger) -> None:
    assert set(ledger.must_watch()) == set()
    buy(ledger)
    assert set(ledger.must_watch()) == {"m"}
    ledger.apply_order(OrderUnknown(AT, O1, "time-out"))
    assert set(ledger.must_watch()) == {"m"}
    ledger.apply_fill(fill("f1", shares=4))
    ledger.apply_order(CANCELLED)
    assert set(ledger.must_watch()) == {"m"}
    ledger.resolve(YES_WINS)
    assert set(ledger.must_watch()) == set()


def test_only_so_many_closed_orders_are_remembered(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "CLOSED_KEPT", 2)
    for name in ("o1", "o2", "o3"):
        bought(ledger, name, 10, 5)
    assert list(ledger.orders) == ["o2", "o3"]
    assert len(ledger.fills) == 2
    assert ledger.held(YES) == 15 * SHARE


def test_no_order_is_forgotten_while_its_fill_can_be_undone(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "CLOSED_KEPT", 0)
    ledger.sent(place("o1"), Ns(1))
    ledger.apply_fill(fill("f1", "o1", 50, 10, settlement=Settlement.PENDING))
    assert list(ledger.orders) == ["o1"]
    ledger.apply_settlement(FillSettled(Ns(2), FillId("f1"), Settlement.REVERSED))
    assert ledger.held(YES) == 0
    ledger.apply_order(OrderCancelled(Ns(3), OrderId("o1"), "asked"))
    assert not ledger.orders


def test_a_settlement_that_overtakes_its_fill_waits_for_it(ledger: Ledger) -> None:
    buy(ledger)
    ledger.apply_settlement(FillSettled(AT, FillId("f1"), Settlement.REVERSED))
    assert ledger.apply_fill(fill("f1", settlement=Settlement.PENDING))
    assert ledger.held(YES) == 0
    assert ledger.cash == 100 * DOLLAR
