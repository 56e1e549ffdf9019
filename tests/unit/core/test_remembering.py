"""Fills told again after a restart: a day of trades is read, whatever was forgotten meanwhile."""

import pytest
from msgspec.structs import replace
from tests.unit.core.building import (
    BUY,
    CENT,
    DOLLAR,
    NO,
    SECOND,
    SELL,
    SHARE,
    YES,
    Scripted,
    engine,
    fill,
    market,
    place,
    seat,
    told,
)

from polywire.core.ids import FillId, InstrumentId, MarketId, OrderId, VenueOrderId
from polywire.core.ledger import ledger as ledger_module
from polywire.core.ledger.dump import dump, load
from polywire.core.ledger.foreign import MANUAL
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import (
    FillSettled,
    ForeignFill,
    OrderCancelled,
    Settlement,
)
from polywire.core.model.command import DayOpened
from polywire.core.model.market import MarketResolved
from polywire.core.units import DAY, HOUR, Money, Ns, Price, Quantity

T0 = Ns(1_000 * DAY)
PENDING, FINAL, REVERSED = Settlement


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A ledger with $100 that forgets each order as soon as it is closed."""
    monkeypatch.setattr(ledger_module, "CLOSED_KEPT", 0)
    ledger = Ledger()
    ledger.start(Money(100 * DOLLAR))
    ledger.list_market(market())
    return ledger


def foreign(
    name: str, at: int = T0, settlement: Settlement = FINAL, shares: int = 3
) -> ForeignFill:
    """Somebody else's purchase at 50 cents; or ours, when nobody knows the order any more."""
    return ForeignFill(
        Ns(at),
        Ns(at),
        VenueOrderId("0xbb"),
        FillId(name),
        YES,
        BUY,
        Price(50 * CENT),
        Quantity(shares * SHARE),
        Money(0),
        True,
        settlement,
    )


def settled(name: str, settlement: Settlement) -> FillSettled:
    return FillSettled(T0, FillId(name), settlement)


def bought(ledger: Ledger, number: int, at: int = T0) -> None:
    """Ten shares at 50 cents, of an order that is closed and forgotten."""
    name = f"o{number}"
    ledger.sent(place(name), Ns(at))
    filled = fill(f"f{number}", name)
    ledger.apply_fill(type(filled)(Ns(at), *[getattr(filled, key) for key in KEYS]))
    assert OrderId(name) not in ledger.orders


KEYS = ("venue_ns", "order_id", "fill_id", "price", "quantity", "fee", "maker", "settlement")


def reloaded(ledger: Ledger) -> Ledger:
    again = Ledger()
    load(again, dump(ledger))
    return again


@pytest.mark.parametrize("adopt", [True, False])
def test_a_fill_of_a_forgotten_order_is_not_somebody_else_s(ledger: Ledger, adopt: bool) -> None:
    bought(ledger, 1)
    for again in (ledger, reloaded(ledger)):
        again.take_foreign(foreign("f1", T0 + DAY), adopt=adopt)
        again.apply_settlement(settled("f1", FINAL))
        assert again.held(YES) == 10 * SHARE
        assert (again.foreign.fills, again.foreign.cash) == (0, 0)
        assert not again.early
        assert again.knows_fill(FillId("f1"))


@pytest.mark.parametrize("adopt", [True, False])
def test_a_foreign_fill_told_again_after_a_restart_counts_once(ledger: Ledger, adopt: bool) -> None:
    ledger.take_foreign(foreign("x1"), adopt=adopt)
    again = reloaded(ledger)
    again.take_foreign(foreign("x1", T0 + DAY), adopt=adopt)
    assert again.foreign.fills == 1
    assert again.held(YES) == (3 * SHARE if adopt else 0)
    assert again.foreign.shares == ({} if adopt else {YES: 3 * SHARE})


def test_fills_are_remembered_for_a_day_and_an_hour(ledger: Ledger) -> None:
    for number in range(1, 4):
        bought(ledger, number, T0 + number * HOUR)
    ledger.take_foreign(foreign("x1", T0 + 4 * HOUR), adopt=True)
    bought(ledger, 4, T0 + 27 * HOUR)
    assert list(ledger.told.fills) == ["f2", "f3", "x1", "f4"]
    bought(ledger, 5, T0 + 40 * HOUR)
    assert list(ledger.told.fills) == ["f4", "f5"]
    assert not ledger.fills


@pytest.mark.parametrize("adopt", [True, False])
def test_however_far_back_a_restart_reads_nothing_counts_twice(ledger: Ledger, adopt: bool) -> None:
    ledger.sent(place("o99", BUY, 10), Ns(T0 - HOUR))  # still open, so all since is asked for
    for number in range(1, 60):
        bought(ledger, number, T0 + number * HOUR)
    again = reloaded(ledger)
    before = again.cash, again.held(YES)
    for number in range(1, 60):
        again.take_foreign(
            replace(foreign(f"f{number}", T0 + 61 * HOUR), venue_ns=Ns(T0 + number * HOUR)),
            adopt=adopt,
        )
        again.apply_settlement(settled(f"f{number}", FINAL))
    assert (again.cash, again.held(YES)) == before
    assert (again.foreign.fills, again.foreign.cash, again.foreign.shares) == (0, 0, {})


def test_what_others_trade_while_nobody_looks_counts_however_much_is_forgotten(
    ledger: Ledger,
) -> None:
    bought(ledger, 1, T0)
    again = reloaded(ledger)
    for hours in (50, 2, 60):
        late = replace(foreign(f"x{hours}", T0 + 70 * HOUR), venue_ns=Ns(T0 + hours * HOUR))
        again.take_foreign(late, adopt=True)
    assert "f1" not in again.told.fills
    assert again.foreign.fills == 3
    again.take_foreign(replace(foreign("f1", T0 + 70 * HOUR), venue_ns=Ns(T0 + SECOND)), adopt=True)
    assert again.foreign.fills == 3, "by a clock that is a little ahead of ours"


def test_orders_that_nothing_filled_leave_nothing_behind(ledger: Ledger) -> None:
    for number in range(100):
        ledger.sent(place(f"o{number}"), T0)
        ledger.apply_order(OrderCancelled(T0, OrderId(f"o{number}"), "asked"))
    assert not ledger.told.fills
    assert not ledger.orders


def test_a_foreign_fill_that_is_undone_moves_back_what_it_moved(ledger: Ledger) -> None:
    ledger.take_foreign(foreign("x1", settlement=PENDING), adopt=False)
    again = reloaded(ledger)
    for one in (ledger, again):
        assert (one.foreign.cash, one.foreign.shares) == (-1_500_000, {YES: 3 * SHARE})
        one.apply_settlement(settled("x1", PENDING))
        one.apply_settlement(settled("x1", REVERSED))
        one.apply_settlement(settled("x1", REVERSED))
        assert (one.foreign.cash, one.foreign.shares) == (0, {YES: 0})
        assert not one.early


def test_a_foreign_fill_that_became_final_stays(ledger: Ledger) -> None:
    ledger.take_foreign(foreign("x1", settlement=PENDING), adopt=False)
    for ended in (FINAL, REVERSED):
        ledger.apply_settlement(settled("x1", ended))
    assert ledger.foreign.cash == -1_500_000


@pytest.mark.parametrize("adopt", [True, False])
def test_a_foreign_fill_whose_failure_was_told_first_moves_nothing(
    ledger: Ledger, adopt: bool
) -> None:
    ledger.apply_settlement(settled("x1", REVERSED))
    ledger.take_foreign(foreign("x1", settlement=PENDING), adopt=adopt)
    assert ledger.position(MANUAL, YES).held == 0
    assert (ledger.foreign.cash, ledger.foreign.pending, ledger.early) == (0, {}, {})


def test_an_adopted_fill_is_told_again_after_its_market_was_forgotten(ledger: Ledger) -> None:
    ledger.take_foreign(foreign("x1"), adopt=True)
    kept = dict(ledger.fills)
    ledger.resolve(MarketResolved(T0, T0, MarketId("m"), (Money(0), Money(DOLLAR))))
    ledger.open_day(DayOpened(1, Money(0)))
    assert (ledger.markets, ledger.fills) == ({}, {})
    for fills in ({}, kept):  # as an older build kept them
        ledger.fills.update(fills)
        again = engine(seat(Scripted(lambda _: ())))
        load(again.ledger, dump(ledger))
        told(again, foreign("x1"), settled("x1", FINAL))
        again.recover(settled("x1", FINAL))
        assert (again.ledger.cash, again.ledger.foreign.fills) == (9_850 * CENT, 1)
        assert (again.ledger.holdings, again.ledger.foreign.shares) == ({}, {})


def test_what_others_moved_is_forgotten_each_day_where_it_explains_nothing(ledger: Ledger) -> None:
    ledger.list_market(market("over"))
    for number, name in enumerate(("m-yes", "m-no", "over-yes", "far-yes")):
        moved = replace(foreign(f"x{number}"), instrument=InstrumentId(name))
        ledger.take_foreign(moved, adopt=False)
    ledger.take_foreign(replace(foreign("y"), instrument=NO, side=SELL), adopt=False)
    ledger.resolve(MarketResolved(T0, T0, MarketId("over"), (Money(0), Money(DOLLAR))))
    ledger.open_day(DayOpened(1, Money(0)))
    assert ledger.foreign.shares == {YES: 3 * SHARE}
