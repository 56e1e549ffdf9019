"""What an account has before the journal begins: taken in at once, no gain, no reason to halt."""

import pytest
from tests.unit.core.building import (
    BUY,
    CENT,
    DOLLAR,
    LOOSE,
    SECOND,
    SHARE,
    YES,
    NaiveChecksum,
    Scripted,
    cut,
    fill,
    forty_sixty,
    opening,
    place,
    seat,
    told,
)

from polywire.core.engine.accountant import Reconciling
from polywire.core.engine.desk import Command
from polywire.core.engine.engine import Engine, EngineParameters
from polywire.core.engine.roster import Roster
from polywire.core.ids import FillId, InstrumentId, StrategyId, VenueOrderId
from polywire.core.ledger.dump import dump, load
from polywire.core.ledger.foreign import MANUAL, VENUE
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import AccountReported, ForeignFill, Settlement
from polywire.core.model.breaker import BreakerMoved
from polywire.core.model.command import DayOpened
from polywire.core.model.control import Cut
from polywire.core.model.reckoning import Correction, DifferenceFound, PositionHandedOver
from polywire.core.units import DAY, HOUR, Money, Ns, Price, Quantity
from polywire.modes.live import _since
from polywire.observe.status import engine_status

T0 = 100 * DAY
NO = InstrumentId("m-no")
T = StrategyId("t")
HELD = "held before, at an unknown cost"


def started(*, adopt: bool, exits: StrategyId | None = None, books: bool = True) -> Engine:
    """An engine of a fresh journal with $1000, which has never been told of any order."""
    terms = Reconciling(tolerance=CENT, adopt=adopt, exits=exits)
    parameters = EngineParameters(
        limits=LOOSE, audit_ns=3_600 * SECOND, sell_pending=True, reconciling=terms
    )
    engine = Engine(parameters, Roster([seat(Scripted(lambda _: (), "t"))]), NaiveChecksum)
    events = opening(forty_sixty(), cash=1_000, at=T0)
    told(engine, *(one for one in events if books or "Snapshot" not in type(one).__name__))
    cut(engine, T0)
    return engine


def report(engine: Engine, seconds: int, dollars: float = 1_000, **shares: int) -> list[Command]:
    at = T0 + seconds * SECOND
    held = tuple((InstrumentId(f"m-{key}"), Quantity(n * SHARE)) for key, n in shares.items())
    told(engine, AccountReported(Ns(at), Money(round(dollars * DOLLAR)), held))
    said = engine.handle(Cut(Ns(at)))
    return [one for one in said if not isinstance(one, BreakerMoved)]


def foreign(name: str, matched: int, told_at: int = T0 + SECOND) -> ForeignFill:
    return ForeignFill(
        Ns(told_at),
        Ns(matched),
        VenueOrderId("0xbb"),
        FillId(name),
        YES,
        BUY,
        Price(50 * CENT),
        Quantity(3 * SHARE),
        Money(0),
        True,
        Settlement.FINAL,
    )


@pytest.mark.parametrize(("adopt", "holder", "paid"), [(True, MANUAL, 4), (False, VENUE, 0)])
def test_shares_are_taken_in_by_the_first_reading(
    adopt: bool, holder: StrategyId, paid: int
) -> None:
    engine = started(adopt=adopt)
    assert report(engine, 1, yes=10) == [
        DifferenceFound(YES, 0, 10 * SHARE, HELD),
        Correction(holder, YES, Quantity(10 * SHARE), Money(0), Money(4 * DOLLAR)),
        DayOpened(100, Money(1_004 * DOLLAR), ((T, Money(0)),)),
    ]
    position = engine.ledger.position(holder, YES)
    assert (position.held, position.paid) == (10 * SHARE, paid * DOLLAR)
    assert (engine.ledger.cash, engine.ledger.exposure) == (1_000 * DOLLAR, paid * DOLLAR)
    assert report(engine, 2, yes=10) == []
    assert (engine.standing.halted, engine.standing.loss) == ("", 0)
    assert engine_status(engine, "live").profit_micros == 0


def test_without_a_bid_a_share_counts_as_half_a_dollar() -> None:
    engine = started(adopt=True, books=False)
    assert Correction(MANUAL, YES, Quantity(10 * SHARE), Money(0), Money(5 * DOLLAR)) in report(
        engine, 1, yes=10
    )


@pytest.mark.parametrize("adopt", [True, False])
def test_who_takes_over_has_no_gain_of_it_either(adopt: bool) -> None:
    engine = started(adopt=adopt, exits=T)
    said = report(engine, 1, yes=10)
    source = MANUAL if adopt else VENUE
    assert PositionHandedOver(source, T, YES, Quantity(10 * SHARE), Money(4 * DOLLAR)) in said
    assert engine_status(engine, "live").profit_micros == 0
    assert engine.standing.loss == 0
    cut(engine, T0 + 5 * SECOND)
    assert engine.standing.equity == engine.ledger.opened.traded


def test_cash_is_what_the_venue_says_until_the_first_order() -> None:
    engine = started(adopt=True)
    assert report(engine, 1, 1_100) == [
        DifferenceFound("cash", 1_000 * DOLLAR, 1_100 * DOLLAR, "held before"),
        Correction(VENUE, None, Quantity(0), Money(100 * DOLLAR), Money(100 * DOLLAR)),
        DayOpened(100, Money(1_100 * DOLLAR), ((T, Money(0)),)),
    ]
    assert engine.ledger.cash == engine.ledger.cash_start == 1_100 * DOLLAR
    engine.ledger.sent(place("o1", BUY, 1, 5), Ns(T0))
    for seconds in (2, 3):
        report(engine, seconds, 1_050)
    assert engine.standing.halted.startswith("reconciliation: cash")
    assert engine.ledger.cash_start == 1_100 * DOLLAR


def test_after_the_first_order_only_what_nobody_touched_was_there_before() -> None:
    engine = started(adopt=True)
    order = place("o1")
    engine.ledger.sent(order, Ns(T0))
    told(engine, fill("f1"))
    engine.ledger.booked = 0
    for seconds in (1, 2):
        report(engine, seconds, 995, yes=10, no=7)
    assert engine.ledger.position(MANUAL, NO).held == 7 * SHARE
    assert engine.standing.halted == ""
    for seconds in (3, 4):
        report(engine, seconds, 995, yes=10, no=9)
    assert engine.standing.halted.startswith("reconciliation: m-no")


def test_what_was_taken_in_is_the_same_after_a_restart() -> None:
    engine, again = started(adopt=True), started(adopt=True)
    for row in report(engine, 1, 1_001, yes=10, no=7):
        again.recover(row)
    loaded = Ledger()
    load(loaded, dump(engine.ledger))
    for one in (again.ledger, loaded):
        assert one.holdings == engine.ledger.holdings
        assert one.cash == engine.ledger.cash == 1_001 * DOLLAR
        assert one.cash_start == engine.ledger.cash_start
        assert one.opened.traded == engine.ledger.opened.traded
        assert one.told.since_ns == T0


@pytest.mark.parametrize("adopt", [True, False])
def test_a_fill_from_before_the_journal_moves_nothing(adopt: bool) -> None:
    engine = started(adopt=adopt)
    told(engine, foreign("old", T0 - 1), foreign("new", T0))
    ledger = engine.ledger
    assert ledger.foreign.fills == 1
    assert ledger.held(YES) == (3 * SHARE if adopt else 0)
    assert ledger.knows_fill(FillId("old"))


def test_a_later_run_begins_no_journal() -> None:
    ledger = Ledger()
    ledger.start(Money(5), Ns(T0))
    ledger.start(Money(0), Ns(T0 + HOUR))
    assert ledger.told.since_ns == T0


def test_trades_from_before_the_journal_are_not_asked_for() -> None:
    engine = started(adopt=True)
    engine.ledger.sent(place("o1"), Ns(T0 + HOUR))
    engine.ledger.orders[place("o1").order_id].venue_id = VenueOrderId("0x1")
    assert _since(engine.ledger) == T0
    engine.ledger.open_day(DayOpened(102, Money(0)))
    assert _since(engine.ledger) == T0 + HOUR
