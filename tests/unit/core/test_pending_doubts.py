"""How long, and how far, pending fills explain that the venue's account is not ours."""

from msgspec import structs
from tests.unit.core.building import DOLLAR, SHARE, YES, fill, told
from tests.unit.core.test_reconciling import T0, report, sent, started

from polywire.core.ids import FillId
from polywire.core.model.account import FillSettled, OrderFilled, Settlement
from polywire.core.units import Ns


def pending(name: str, at: int, shares: int = 10) -> OrderFilled:
    return structs.replace(
        fill(name, "o1", 50, shares, settlement=Settlement.PENDING), recv_ns=Ns(at)
    )


def test_pending_fills_explain_a_difference_while_they_are_young() -> None:
    engine = started()
    sent(engine, "o1")
    told(engine, pending("f1", T0))
    engine.ledger.booked = 0
    for seconds in (1, 300, 599):
        report(engine, seconds, dollars=1_000, shares=10)
    assert engine.ledger.held(YES) == 20 * SHARE
    assert engine.standing.halted == ""
    told(engine, FillSettled(Ns(T0), FillId("f1"), Settlement.FINAL))
    report(engine, 599.1)
    report(engine, 599.2)
    assert engine.standing.halted.startswith("reconciliation: ")


def test_a_fill_that_is_pending_for_ever_is_doubted_after_ten_minutes() -> None:
    engine = started()
    sent(engine, "o1")
    told(engine, pending("f1", T0))
    engine.ledger.booked = 0
    report(engine, 599, dollars=1_000, shares=10)
    report(engine, 600, dollars=1_000, shares=10)
    assert engine.ledger.held(YES) == 10 * SHARE
    assert engine.ledger.cash == 1_000 * DOLLAR
    assert engine.standing.halted.startswith("reconciliation: ")


def test_nothing_is_bought_when_three_readings_fit_no_order_of_the_pending_fills() -> None:
    engine = started()
    sent(engine, "o1", shares=30)
    told(engine, *(pending(f"f{n}", T0 + n, n) for n in (1, 2, 4)))
    engine.ledger.booked = 0
    for seconds, uncounted in enumerate((0, 4, 6, 7), 1):  # the youngest first: none, $2, $3 ...
        cash = 1_000 - 3.5 + uncounted / 2
        report(engine, seconds, dollars=cash, shares=17 - uncounted)
    for seconds in (5, 6):
        report(engine, seconds, dollars=997, shares=17)  # as if the oldest alone did not count
    assert engine.standing.barred == ""
    report(engine, 7, dollars=997, shares=17)
    assert engine.standing.barred == "pending fills hide what the account has"
    assert engine.ledger.cash == 996_500_000
    report(engine, 8, dollars=998.5, shares=13)  # as if the youngest alone did not
    assert engine.standing.barred == ""
