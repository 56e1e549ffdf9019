"""Rebates, rewards, deposits: cash that nobody here expects is booked, told, and halts nothing."""

import pytest
from tests.unit.core.building import CENT, DOLLAR, SHARE, YES
from tests.unit.core.test_reconciling import ADOPT, IGNORE, T0, report, started

from polywire.core.engine.accountant import Reconciling
from polywire.core.ids import StrategyId
from polywire.core.ledger.dump import dump, load
from polywire.core.ledger.foreign import VENUE
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import AccountReported
from polywire.core.model.control import Cut
from polywire.core.model.reckoning import Correction
from polywire.core.units import Money, Ns, Quantity
from polywire.observe.status import engine_status

REBATE = Money(231 * CENT)


@pytest.mark.parametrize("terms", [ADOPT, IGNORE])
def test_money_that_came_in_is_booked_when_it_is_said_again(terms: Reconciling) -> None:
    engine = started(terms)
    profit = engine_status(engine, "live").profit_micros
    report(engine, 1, dollars=1_002.31)
    assert engine.ledger.cash == 1_000 * DOLLAR
    told = report(engine, 2, dollars=1_002.31)
    assert told[-1] == Correction(VENUE, None, Quantity(0), REBATE, REBATE, unexplained=True)
    assert engine.ledger.cash == 1_000 * DOLLAR + REBATE
    assert (engine.standing.halted, engine.standing.barred) == ("", "")
    assert (engine.standing.loss, engine_status(engine, "live").profit_micros) == (0, profit)
    assert report(engine, 3, dollars=1_002.31) == []


def test_so_much_out_of_nowhere_is_a_halt_in_shares_and_missing_money_is_one() -> None:
    for dollars, shares in ((1_000, 12.31), (997.69, 10), (1_002.31, 12.31)):
        engine = started(IGNORE)
        for seconds in (1, 2):
            report(engine, seconds, dollars=dollars, shares=shares)
        assert engine.standing.halted.startswith("reconciliation: ")


def test_money_below_the_tolerance_needs_no_word() -> None:
    engine = started(IGNORE)
    report(engine, 1, dollars=1_000.01)
    told = report(engine, 2, dollars=1_000.01)
    assert told[-1] == Correction(VENUE, None, Quantity(0), Money(CENT))


def test_what_came_in_is_the_same_after_a_restart() -> None:
    engine, again = started(IGNORE), started(IGNORE)
    for seconds in (1, 2):
        at = Ns(T0 + seconds)
        held = ((YES, Quantity(10 * SHARE)),)
        engine.handle(AccountReported(at, Money(1_000 * DOLLAR + REBATE), held))
        for row in engine.handle(Cut(at)):
            again.recover(row)  # type: ignore[arg-type]
    loaded = Ledger()
    load(loaded, dump(engine.ledger))
    for ledger in (loaded, again.ledger):
        assert ledger.cash == engine.ledger.cash
        assert ledger.cash_start == engine.ledger.cash_start
        assert ledger.opened == engine.ledger.opened
    assert StrategyId("s") in dict(engine.ledger.opened.results)
