"""Shares that have paid and that nobody has redeemed at the venue yet: no loss, and no money."""

import pytest
from tests.unit.core.building import (
    BUY,
    DOLLAR,
    NO,
    SELL,
    SHARE,
    YES,
    cut,
    fill,
    market,
    place,
    placed,
    told,
)
from tests.unit.core.started import bid_at, running
from tests.unit.core.test_reconciling import T0, report, started

from polywire.core.engine.engine import Engine
from polywire.core.ledger.dump import dump, load
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import AccountReported
from polywire.core.model.market import MarketResolved
from polywire.core.risk.limits import cash_worst_case
from polywire.core.units import Money, Ns, Quantity

ANSWER = MarketResolved(Ns(T0), Ns(T0), market().id, (Money(DOLLAR), Money(0)))


def won() -> Engine:
    """Ten Yes have paid; the ledger has $1010, the venue $1000 and the shares."""
    engine = started()
    told(engine, ANSWER)
    return engine


def test_a_win_that_is_not_redeemed_is_no_difference_and_is_asked_for_until_it_is() -> None:
    engine = won()
    assert engine.ledger.cash == 1_010 * DOLLAR
    assert list(engine.ledger.unredeemed) == [YES]
    for seconds in (1, 61, 121):
        assert report(engine, seconds, dollars=1_000, shares=10) == []
        assert engine.ledger.unredeemed == {YES: 10 * DOLLAR}
    assert report(engine, 181, dollars=1_010, shares=0) == []
    assert engine.ledger.unredeemed == {}
    assert (engine.ledger.cash, engine.standing.halted) == (1_010 * DOLLAR, "")


def test_money_that_is_neither_in_shares_nor_in_cash_is_a_difference() -> None:
    engine = won()
    for seconds in (1, 61):
        report(engine, seconds, dollars=1_000, shares=9)
    assert engine.standing.halted.startswith("reconciliation: cash is 1009, expected 1010")


@pytest.mark.parametrize("reported", [False, True])
def test_what_waits_to_be_redeemed_is_not_spent(reported: bool) -> None:
    engine = won()
    if reported:
        report(engine, 1, dollars=1_000, shares=10)
    assert engine.ledger.free_cash == 1_000 * DOLLAR
    engine.ledger.resolve(ANSWER)  # told again
    engine.ledger.list_market(market("n"))
    engine.watch.list_market(market("n"), 1)
    dear = place("o9", BUY, 50, 2_001, instrument="n-yes")
    assert cash_worst_case(dear, engine.standing) == "needs $1000.5, $1000 is free"
    report(engine, 2, dollars=1_010, shares=0)
    assert cash_worst_case(dear, engine.standing) is None


def test_what_is_told_after_the_answer_moves_what_waits_until_the_next_report() -> None:
    engine = won()
    for name, side, shares in (("late", BUY, 4), ("later", SELL, 3)):
        engine.ledger.sent(place(name, side, 50, shares), Ns(T0))
        told(engine, fill(f"f-{name}", name, 50, shares))
    assert engine.ledger.unredeemed == {YES: 11 * DOLLAR}
    assert engine.ledger.free_cash == 999_500_000
    engine.ledger.sent(place("most", SELL, 50, 20), Ns(T0))
    told(engine, fill("f-most", "most", 50, 20))
    assert engine.ledger.unredeemed == {YES: 0}
    report(engine, 1, dollars=1_000, shares=0)
    assert engine.ledger.unredeemed == {}


def test_an_account_that_pays_at_once_lets_it_be_spent() -> None:
    ledger = Ledger()
    ledger.start(Money(10 * DOLLAR))
    ledger.list_market(market())
    ledger.sent(place("o1"), Ns(T0))
    ledger.apply_fill(fill("f1", "o1"))
    ledger.resolve(ANSWER)
    assert (ledger.free_cash, ledger.unredeemed) == (15 * DOLLAR, {YES: 0})


def test_a_restart_before_the_next_report_spends_no_more() -> None:
    loaded, again = Ledger(), started()
    load(loaded, dump(won().ledger))
    again.recover(ANSWER)
    for ledger in (loaded, again.ledger):
        assert ledger.free_cash == 1_000 * DOLLAR


def test_shares_that_paid_nothing_are_not_asked_for() -> None:
    ledger = started().ledger
    ledger.sent(place("o1", BUY, 50, 10, instrument=NO), Ns(T0))
    ledger.apply_fill(fill("f1", "o1"))
    ledger.resolve(ANSWER)
    assert list(ledger.unredeemed) == [YES]


def test_a_fill_told_after_the_answer_is_asked_for_too() -> None:
    ledger = started().ledger
    ledger.resolve(ANSWER)
    ledger.terms.show([])
    ledger.sent(place("o1"), Ns(T0))
    ledger.apply_fill(fill("f1", "o1"))
    assert ledger.unredeemed == {YES: 10 * DOLLAR}


def test_a_restart_knows_what_was_not_redeemed() -> None:
    engine, again = won(), won()
    report(engine, 1, dollars=1_004, shares=6)
    loaded = Ledger()
    load(loaded, dump(engine.ledger))
    held = ((YES, Quantity(6 * SHARE)),)
    again.recover(AccountReported(Ns(T0 + 1), Money(1_004 * DOLLAR), held))
    for ledger in (loaded, again.ledger):
        assert ledger.unredeemed == {YES: 6 * DOLLAR}
        assert ledger.free_cash == 1_004 * DOLLAR


def test_on_paper_a_win_is_there_at_once() -> None:
    on_paper = running(bid_at(50))
    (order,) = placed(cut(on_paper, T0))
    told(on_paper, fill("f1", order.order_id), ANSWER)
    assert on_paper.ledger.free_cash == on_paper.ledger.cash == 1_005 * DOLLAR
