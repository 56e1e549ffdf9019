"""Positions that are over cost nothing any more, and what they made is not forgotten."""

import pytest
from tests.unit.core.building import BUY, CENT, DOLLAR, NO, SELL, SHARE, YES, fill, market, place

from polywire.core.ids import FillId, InstrumentId, MarketId, OrderId, StrategyId
from polywire.core.ledger import ledger as ledger_module
from polywire.core.ledger.dump import dump, load
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import FillSettled, OrderCancelled, Settlement
from polywire.core.model.command import DayOpened
from polywire.core.model.market import MarketResolved
from polywire.core.units import Money, Ns

S = StrategyId("s")
T0 = Ns(0)


def bought(ledger: Ledger, name: str = "m", settlement: Settlement = Settlement.FINAL) -> None:
    """Ten Yes of a market at 50 cents, with a fee of a cent."""
    if InstrumentId(f"{name}-yes") not in ledger.markets:
        ledger.list_market(market(name, group="g"))
    ledger.sent(place(f"o-{name}", BUY, 50, 10, instrument=f"{name}-yes"), T0)
    ledger.apply_fill(fill(f"f-{name}", f"o-{name}", fee=CENT, settlement=settlement))


def resolved(ledger: Ledger, name: str = "m", yes: int = DOLLAR) -> None:
    payouts = (Money(yes), Money(DOLLAR - yes))
    ledger.resolve(MarketResolved(T0, T0, MarketId(name), payouts))


def new_day(ledger: Ledger, day: int = 7) -> None:
    ledger.open_day(DayOpened(day, Money(0)))


def made(ledger: Ledger) -> tuple[int, int, int, int]:
    """Cash of the account; cash, profit and fees of all positions of the strategy."""
    own = [one for strategy, one in ledger.results() if strategy == S]
    sums = (sum(getattr(one, key) for one in own) for key in ("cash", "realised", "fees"))
    return ledger.cash, *sums


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.start(Money(100 * DOLLAR))
    return ledger


@pytest.mark.parametrize("yes", [0, DOLLAR])
def test_a_resolved_position_is_folded_with_what_it_made(ledger: Ledger, yes: int) -> None:
    for name in ("m", "n"):
        bought(ledger, name)
        resolved(ledger, name, yes)
    before = made(ledger)
    new_day(ledger)
    again = Ledger()
    load(again, dump(ledger))
    for one in (ledger, again):
        assert one.holdings == {}
        assert made(one) == before == (90 * DOLLAR - 2 * CENT + 20 * yes, *before[1:])


def test_a_position_that_was_sold_is_folded_and_can_be_bought_anew(ledger: Ledger) -> None:
    bought(ledger)
    ledger.sent(place("o2", SELL, 60, 10), T0)
    ledger.apply_fill(fill("f2", "o2", 60, 10))
    new_day(ledger)
    assert ledger.holdings == {}
    ledger.sent(place("o3", BUY, 20, 10), T0)
    ledger.apply_fill(fill("f3", "o3", 20, 10))
    assert (ledger.held(YES), ledger.position(S, YES).paid) == (10 * SHARE, 2 * DOLLAR)
    assert made(ledger) == (99 * DOLLAR - CENT, -DOLLAR - CENT, DOLLAR - CENT, CENT)


def test_what_is_held_or_could_be_undone_or_paid_in_halves_is_kept(ledger: Ledger) -> None:
    bought(ledger, "held")
    bought(ledger, "pending", Settlement.PENDING)
    bought(ledger, "halves")
    resolved(ledger, "pending")
    resolved(ledger, "halves", DOLLAR // 2)
    new_day(ledger)
    assert [key[1] for key in ledger.holdings] == ["held-yes", "pending-yes", "halves-yes"]
    ledger.apply_settlement(FillSettled(T0, FillId("f-pending"), Settlement.REVERSED))
    assert ledger.cash == 95 * DOLLAR - 2 * CENT


def test_nothing_is_folded_while_the_day_lasts(ledger: Ledger) -> None:
    new_day(ledger)
    bought(ledger)
    resolved(ledger)
    new_day(ledger)
    assert len(ledger.holdings) == 1


def test_what_is_told_of_a_folded_position_counts_on(ledger: Ledger) -> None:
    bought(ledger)
    resolved(ledger)
    new_day(ledger)
    ledger.apply_settlement(FillSettled(T0, FillId("f-m"), Settlement.REVERSED))
    assert not ledger.apply_fill(fill("f-m", "o-m", fee=CENT))
    assert made(ledger)[:2] == (105 * DOLLAR - CENT, 5 * DOLLAR - CENT)
    ledger.apply_fill(fill("late", "o-m"))
    assert made(ledger)[:2] == (110 * DOLLAR - CENT, 10 * DOLLAR - CENT)


def test_a_resolved_market_is_forgotten_once_nothing_is_left_of_it(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought(ledger)
    ledger.list_market(market("n", group="g"))
    resolved(ledger)
    new_day(ledger, 1)
    assert YES in ledger.markets, "the venue may hold what was won, and tell more of the order"
    ledger.terms.show([])
    new_day(ledger, 2)
    assert YES in ledger.markets, "the order is known"
    monkeypatch.setattr(ledger_module, "CLOSED_KEPT", 0)
    ledger.apply_order(OrderCancelled(T0, OrderId("o-m"), "told again"))
    new_day(ledger, 3)
    assert {one.id for one in ledger.markets.values()} == {"n"}
    assert set(ledger.groups) == {"g"}
    assert (YES in ledger.shares, NO in ledger.shares, ledger.exposures) == (False, False, {})
    resolved(ledger)
    assert ledger.cash == 105 * DOLLAR - CENT
    ledger.list_market(market())
    assert ledger.worth(YES) == DOLLAR


def test_a_recovered_ledger_folds_as_the_one_before(ledger: Ledger) -> None:
    bought(ledger)
    again = Ledger()
    load(again, dump(ledger))
    for one in (ledger, again):
        resolved(one)
        new_day(one)
    assert again.holdings == ledger.holdings == {}
    assert again.archive.made == ledger.archive.made
    assert dump(again) == dump(ledger)
