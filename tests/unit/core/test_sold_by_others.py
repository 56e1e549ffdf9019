"""Shares that somebody else sold of what strategies hold: nobody goes on holding them."""

from msgspec import structs
from tests.unit.core.building import DOLLAR, SELL, SHARE, YES, fill, place, told
from tests.unit.core.test_reconciling import IGNORE, S, T, foreign, report, started

from polywire.core.engine.engine import Engine
from polywire.core.model.account import OrderSigned
from polywire.core.model.command import DayOpened
from polywire.core.model.reckoning import Correction
from polywire.core.units import Ns


def held(engine: Engine) -> dict[str, int]:
    holdings = engine.ledger.holdings.items()
    return {name: one.now.held // SHARE for (name, held), one in holdings if held == YES}


def settled(engine: Engine, dollars: float, shares: float, after: int = 0) -> list[Correction]:
    """What was corrected once three readings had said the same."""
    said = [one for at in (1, 61, 121) for one in report(engine, after + at, dollars, shares)]
    return [one for one in said if isinstance(one, Correction)]


def test_what_a_person_sold_by_hand_its_strategy_holds_no_more() -> None:
    engine = started()
    told(engine, structs.replace(foreign(10), side=SELL))
    before = engine.standing.loss
    gone = [one for one in settled(engine, 1_005, 0) if one.instrument == YES]
    assert [(one.strategy, one.shares) for one in gone] == [(S, -10 * SHARE)]
    ledger = engine.ledger
    assert held(engine) == {"s": 0}
    assert (ledger.cash, ledger.exposure, ledger.strategy_exposures[S]) == (1_005 * DOLLAR, 0, 0)
    assert (engine.standing.halted, engine.standing.loss) == ("", before), "nobody lost anything"


def test_of_what_several_hold_each_gives_and_the_venue_owes_the_rest() -> None:
    engine = started()
    engine.ledger.sent(place("o9", shares=5, strategy=T), Ns(0))
    told(engine, OrderSigned(Ns(0), "o9", "0x" + "c" * 64), fill("f9", "o9", shares=5))  # type: ignore[arg-type]
    engine.ledger.booked = 0
    told(engine, structs.replace(foreign(12), side=SELL))
    settled(engine, 1_003.5, 3)
    assert held(engine) == {"s": 0, "t": 3}
    told(engine, structs.replace(foreign(2), side=SELL, fill_id="x2"))
    settled(engine, 1_004.5, 1, after=180)
    assert held(engine) == {"s": 0, "t": 1}


def test_a_recovered_ledger_knows_who_gave() -> None:
    engine = started()
    told(engine, structs.replace(foreign(4), side=SELL))
    rows = [one for at in (1, 61, 121) for one in report(engine, at, 1_002, 6)]
    again = started(IGNORE)
    told(again, structs.replace(foreign(4), side=SELL))
    for row in rows:
        if isinstance(row, Correction | DayOpened):
            again.recover(row)
    for one in (engine, again):
        assert held(one) == {"s": 6}
        assert one.ledger.position(S, YES).paid == 3 * DOLLAR, "6 of 10 that cost $5"
        assert (one.ledger.cash, one.ledger.exposure) == (1_002 * DOLLAR, 3 * DOLLAR)
