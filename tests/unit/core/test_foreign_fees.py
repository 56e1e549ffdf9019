"""What the fees of others may explain of the venue's account, and what they may not."""

import pytest
from msgspec import structs
from tests.unit.core.building import DOLLAR, told
from tests.unit.core.test_reconciling import foreign, report, started

from polywire.core.ledger.dump import dump, load
from polywire.core.ledger.ledger import Ledger
from polywire.core.units import Money


@pytest.mark.parametrize(("fee_max", "missing"), [(0, 1), (0, -1), (50_000, 50_001)])
def test_what_a_foreign_fill_may_have_cost_beside_halts_nothing(fee_max: int, missing: int) -> None:
    engine = started()
    told(engine, structs.replace(foreign(), fee_max=Money(fee_max)))
    again = Ledger()
    load(again, dump(engine.ledger))
    assert again.foreign.unsure == fee_max + 1
    dollars = 998.5 - missing / DOLLAR
    for seconds in (1, 2, 3):
        report(engine, seconds, dollars=dollars, shares=13)
    assert (engine.ledger.cash, engine.ledger.foreign.unsure) == (998_500_000 - missing, 0)
    assert engine.standing.halted == ""


def test_more_than_a_foreign_fill_can_have_cost_halts() -> None:
    engine = started()
    told(engine, structs.replace(foreign(), fee_max=Money(50_000)))
    for seconds in (1, 2):
        report(engine, seconds, dollars=998.449998, shares=13)
    assert engine.standing.halted.startswith("reconciliation: cash is 998.449998")
