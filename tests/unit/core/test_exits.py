"""The rules by which a position is left: levels, triggers, limits; worked out by hand."""

from decimal import Context, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from tests.unit.core.building import CENT, SECOND, SHARE, market
from tests.unit.core.guarding import WATCH

from polywire.core.execution.exits import (
    Levels,
    Offer,
    offer,
    sale_limit,
    sellable,
    target_price,
    triggered,
)
from polywire.core.model.command import ExitCause
from polywire.core.units import Money, Ns, Price, Quantity, odds_below, per_share

LEVELS = Levels(Price(40 * CENT), Price(60 * CENT), Price(50 * CENT))
ALL = structs.replace(WATCH, trail=Price(15 * CENT), before_end_ns=10 * SECOND)
NOW = Ns(100 * SECOND)


def bids(*levels: tuple[int, int]) -> list[tuple[Price, Quantity]]:
    return [(Price(cents * CENT), Quantity(shares * SHARE)) for cents, shares in levels]


def offered(held: int, *levels: tuple[int, int]) -> Offer | None:
    return offer(bids(*levels), Quantity(held * SHARE), market())


@pytest.mark.parametrize(
    ("held", "size"),
    [(-1, 0), (0, 0), (4_999_999, 0), (5_000_000, 5_000_000), (7_009_999, 7_000_000)],
)
def test_an_order_can_sell_what_is_on_the_lot_and_not_under_the_minimum(
    held: int, size: int
) -> None:
    assert sellable(Quantity(held), market()) == size


def test_shares_are_offered_the_average_of_the_bids_they_would_take() -> None:
    assert offered(10, (50, 4), (40, 100)) == Offer(10 * SHARE, 44 * CENT, 50 * CENT)
    assert offered(7, (50, 5), (40, 100)) == Offer(7 * SHARE, 471_428, 50 * CENT)


def test_what_the_bids_do_not_take_has_no_price() -> None:
    assert offered(10, (50, 4), (40, 3)) == Offer(7 * SHARE, 457_142, 50 * CENT)
    assert offered(10, (50, 4)) is None
    assert offered(10) is None


@pytest.mark.parametrize(
    ("cents", "cause"),
    [
        (30, ExitCause.STOP),
        (31, ExitCause.TRAIL),
        (45, ExitCause.TRAIL),
        (46, None),
        (50, None),
        (99, None),
    ],
)
def test_each_price_sets_off_what_its_levels_say(cents: int, cause: ExitCause | None) -> None:
    assert triggered(ALL, LEVELS, Price(cents * CENT), market(), NOW) is cause


def test_a_micro_more_is_not_yet_the_stop() -> None:
    off = structs.replace(ALL, trail=None)
    assert triggered(off, LEVELS, Price(300_001), market(), NOW) is None
    assert triggered(off, LEVELS, Price(499_999), market(), NOW) is None


@pytest.mark.parametrize(
    ("seconds", "cause"), [(111, None), (110, ExitCause.END), (90, ExitCause.END)]
)
def test_the_end_is_near_or_it_is_not(seconds: int, cause: ExitCause | None) -> None:
    ends = market(end_ns=Ns(seconds * SECOND))
    assert triggered(ALL, LEVELS, Price(55 * CENT), ends, NOW) is cause


def test_what_is_switched_off_triggers_nothing() -> None:
    off = structs.replace(ALL, target=None, stop=None, trail=None, before_end_ns=None)
    for cents in range(1, 100):
        assert triggered(off, LEVELS, Price(cents * CENT), market(end_ns=Ns(1)), NOW) is None


@pytest.mark.parametrize(
    ("cause", "price", "attempts", "limit"),
    [
        (ExitCause.STOP, 300_000, 0, 280_000),
        (ExitCause.STOP, 300_000, 2, 240_000),
        (ExitCause.STOP, 304_321, 0, 290_000),
        (ExitCause.STOP, 60_000, 0, 50_000),
        (ExitCause.STOP, 20_000, 9, 50_000),
        (ExitCause.TARGET, 510_000, 0, 500_000),
        (ExitCause.TARGET, 560_000, 0, 540_000),
        (ExitCause.TARGET, 560_000, 5, 500_000),
    ],
)
def test_a_sale_takes_no_less_than_its_slack_its_floor_and_its_target(
    cause: ExitCause, price: int, attempts: int, limit: int
) -> None:
    assert sale_limit(WATCH, cause, Price(price), LEVELS, attempts, Price(CENT)) == limit


@given(
    st.sampled_from(ExitCause),
    st.integers(1, 999_999),
    st.integers(1, 999_999),
    st.integers(0, 9),
    st.sampled_from((100, 1_000, 10_000, 100_000)),
)
def test_a_limit_is_on_the_grid_and_never_under_floor_or_target(
    cause: ExitCause, price: int, entry: int, attempts: int, tick: int
) -> None:
    levels = Levels(Price(entry), Price(entry), Price(entry + 100_000))
    limit = sale_limit(WATCH, cause, Price(price), levels, attempts, Price(tick))
    assert limit % tick == 0
    assert limit >= 50_000
    assert limit >= price - 20_000 * (attempts + 1)
    assert cause is not ExitCause.TARGET or limit >= entry + 100_000


@pytest.mark.parametrize(
    ("entry", "best", "price"),
    [
        (400_000, 390_000, 500_000),
        (400_001, 390_000, 510_000),
        (400_000, None, 500_000),
        (400_000, 500_000, 510_000),
        (890_000, 390_000, 990_000),
        (900_000, 390_000, None),
        (400_000, 990_000, None),
    ],
)
def test_a_target_rests_on_the_grid_at_its_level_and_over_the_bids(
    entry: int, best: int | None, price: int | None
) -> None:
    best_bid = None if best is None else Price(best)
    assert target_price(Price(entry + 10 * CENT), best_bid, Price(CENT)) == price


def test_a_residue_of_a_partial_sale_moves_no_level() -> None:
    assert per_share(Money(5_000_001), Quantity(10 * SHARE)) == 500_000
    assert per_share(Money(4_000_000), Quantity(10 * SHARE)) == 400_000


@given(st.integers(1, 999_999), st.integers(10_000, 10_000_000))
def test_a_price_further_down_in_log_odds_is_the_least_micro_not_under_it(
    price: int, distance: int
) -> None:
    with localcontext(Context(prec=60)):
        factor = Fraction((Decimal(distance) / 1_000_000).exp())
    p = Fraction(price, 1_000_000)
    exact = p / (p + (1 - p) * factor) * 1_000_000
    assert exact <= odds_below(Price(price), distance) < exact + 1 + Fraction(1, 10**9)


@pytest.mark.parametrize(
    ("price", "below"),
    [(500_000, 377_541), (900_000, 845_172), (970_000, 951_483), (60_000, 37_272), (0, 0)],
)
def test_half_a_log_odds_below_is_less_near_the_edges(price: int, below: int) -> None:
    assert odds_below(Price(price), 500_000) == below


def test_log_odds_do_not_depend_on_the_precision_of_the_program() -> None:
    odds_below.cache_clear()
    with localcontext(Context(prec=5)):
        assert odds_below(Price(900_000), 500_000) == 845_172


def test_a_stop_that_trails_in_log_odds_sells_at_its_price_and_not_over_it() -> None:
    odds = structs.replace(WATCH, stop=None, trail_odds=500_000)
    levels = Levels(Price(40 * CENT), Price(90 * CENT), None)
    assert triggered(odds, levels, Price(845_173), market(), NOW) is None
    assert triggered(odds, levels, Price(845_172), market(), NOW) is ExitCause.TRAIL
