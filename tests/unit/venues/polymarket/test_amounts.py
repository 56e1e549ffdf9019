"""Amounts against the vectors' literals and a twin in decimals that follows the table's words."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from polywire.core.model.instrument import Side
from polywire.core.units import Money, Price, Quantity
from polywire.venues.polymarket.amounts import (
    Amounts,
    Unfit,
    amounts,
    amounts_at_once,
    amounts_for_dollars,
    cents_step,
)

TABLE = {"0.1": 3, "0.01": 4, "0.005": 5, "0.0025": 6, "0.001": 5, "0.0001": 6}
"""Decimals of a computed amount by tick, as the venue's table has them."""


def micros(text: str) -> int:
    return int(Decimal(text).scaleb(6))


def places(value: Decimal) -> int:
    return max(0, -int(value.normalize().as_tuple().exponent))


def rounded(value: Decimal, allowed: int) -> Decimal:
    """Up to four more decimals, then down to those allowed, each only where it is too long."""
    for decimals, rounding in ((allowed + 4, ROUND_CEILING), (allowed, ROUND_FLOOR)):
        if places(value) > allowed:
            value = value.quantize(Decimal(1).scaleb(-decimals), rounding)
    return value


@some.composite
def orders(draw: some.DrawFn) -> tuple[str, Decimal, Decimal]:
    """A tick, a price on its grid, and shares or dollars in micros, perhaps too finely told."""
    tick = draw(some.sampled_from(sorted(TABLE)))
    steps = draw(some.integers(1, int(1 / Decimal(tick)) - 1))
    return tick, Decimal(tick) * steps, Decimal(draw(some.integers(10_000, 10**13))).scaleb(-6)


@given(order=orders(), side=some.sampled_from(Side))
def test_an_order_for_shares_is_what_the_table_says(
    order: tuple[str, Decimal, Decimal], side: Side
) -> None:
    tick, price, size = order
    shares = size.quantize(Decimal("0.01"), ROUND_FLOOR)
    dollars = rounded(shares * price, TABLE[tick])
    gives, wants = (dollars, shares) if side is Side.BUY else (shares, dollars)
    found = amounts(
        side, Price(micros(str(price))), Quantity(micros(str(size))), Price(micros(tick))
    )
    assert found == Amounts(micros(str(gives)), micros(str(wants)))


@given(order=orders())
def test_dollars_buy_what_the_table_says(order: tuple[str, Decimal, Decimal]) -> None:
    tick, price, size = order
    dollars = 1 + size.quantize(Decimal("0.01"), ROUND_FLOOR)
    shares = rounded(dollars / price, TABLE[tick])
    spent = Money(micros(str(dollars)) + 9_999)  # what is less than a cent stays
    found = amounts_for_dollars(spent, Price(micros(str(price))), Price(micros(tick)))
    assert found == Amounts(micros(str(dollars)), micros(str(shares)))


@given(order=orders())
def test_a_buy_at_once_costs_whole_cents_or_is_refused(order: tuple[str, Decimal, Decimal]) -> None:
    tick, price, size = order
    at, step = Price(micros(str(price))), Price(micros(tick))
    quantity = Quantity(micros(str(size)) // 10_000 * 10_000)
    found = amounts_at_once(Side.BUY, at, quantity, step)
    cents = Decimal(quantity).scaleb(-6) * price * 100
    fits = cents == int(cents) and cents >= 100
    assert isinstance(found, Amounts) == fits
    assert (quantity % cents_step(at) == 0) == (cents == int(cents))
    assert isinstance(amounts_at_once(Side.SELL, at, quantity, step), Amounts)


@pytest.mark.parametrize(
    ("dollars", "price", "tick", "gives", "wants"),
    [
        ("100", "0.56", "0.01", 100_000_000, 178_571_400),
        ("1.20", "0.55", "0.01", 1_200_000, 2_181_800),
        ("1.20", "0.55", "0.0001", 1_200_000, 2_181_818),
        ("10", "0.3", "0.1", 10_000_000, 33_333_000),
    ],
)
def test_dollars_buy(dollars: str, price: str, tick: str, gives: int, wants: int) -> None:
    found = amounts_for_dollars(Money(micros(dollars)), Price(micros(price)), Price(micros(tick)))
    assert found == Amounts(gives, wants)


def test_amounts_are_exact_where_binary_floats_are_not() -> None:
    # 1.15 * 100 is 114.99999999999999 in binary: a client in floats would sell 1.14 shares.
    assert amounts(Side.SELL, Price(290_000), Quantity(1_150_000), Price(10_000)) == Amounts(
        1_150_000, 333_500
    )


@pytest.mark.parametrize(
    ("price", "tick", "reason"),
    [
        ("0.523", "0.01", "the price 0.523 is not on the grid of 0.01"),
        ("0.003", "0.0025", "the price 0.003 is not on the grid of 0.0025"),
        ("0", "0.01", "the price 0 is not on the grid of 0.01"),
        ("1", "0.01", "the price 1 is not on the grid of 0.01"),
        ("0.999", "0.01", "the price 0.999 is not on the grid of 0.01"),
        ("0.5", "0.02", "the tick size 0.02 is not known"),
        ("0.5", "0", "the tick size 0 is not known"),
    ],
)
def test_a_price_off_the_grid_is_refused(price: str, tick: str, reason: str) -> None:
    at, step = Price(micros(price)), Price(micros(tick))
    assert amounts(Side.BUY, at, Quantity(5_000_000), step) == Unfit(reason)
    assert amounts_at_once(Side.SELL, at, Quantity(5_000_000), step) == Unfit(reason)
    assert amounts_for_dollars(Money(5_000_000), at, step) == Unfit(reason)


def test_less_than_a_hundredth_of_a_share_is_refused() -> None:
    assert amounts(Side.BUY, Price(500_000), Quantity(9_999), Price(10_000)) == Unfit(
        "0.009999 shares are less than 0.01"
    )


def test_a_buy_at_once_says_what_would_fit() -> None:
    assert amounts_at_once(Side.BUY, Price(570_000), Quantity(5_500_000), Price(10_000)) == Unfit(
        "5.5 shares at 0.57 are $3.135, and a buy at once has to cost whole cents:"
        " take a multiple of 1 shares"
    )
    assert cents_step(Price(999_000)) == 10_000_000
    assert cents_step(Price(500_000)) == 20_000


def test_a_buy_at_once_costs_a_dollar_at_least() -> None:
    assert amounts_at_once(Side.BUY, Price(110_000), Quantity(9_000_000), Price(10_000)) == Unfit(
        "$0.99 is less than the dollar that a buy at once has to cost"
    )
    assert amounts_for_dollars(Money(999_999), Price(110_000), Price(10_000)) == Unfit(
        "$0.99 is less than the dollar that a buy at once has to cost"
    )
