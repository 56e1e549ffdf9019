"""Rounding for all numbers, against exact rationals."""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from hypothesis import given
from hypothesis import strategies as st

from polywire.core import units
from polywire.core.units import Money, Price, Quantity

prices = st.integers(0, 1_000_000).map(Price)
quantities = st.integers(0, 10**13).map(Quantity)
steps = st.sampled_from([1, 10, 100, 1_000, 2_500, 5_000, 10_000, 100_000])
MICRO = Fraction(1, 1_000_000)


def dollars(price: int, quantity: int) -> Fraction:
    return price * MICRO * quantity * MICRO


@given(prices, quantities)
def test_a_buy_costs_the_exact_product_rounded_up(price: Price, quantity: Quantity) -> None:
    assert units.cost(price, quantity) == ceil(dollars(price, quantity) / MICRO)


@given(prices, quantities)
def test_a_sale_brings_the_exact_product_rounded_down(price: Price, quantity: Quantity) -> None:
    assert units.proceeds(price, quantity) == floor(dollars(price, quantity) / MICRO)
    assert units.payout(Money(price), quantity) == floor(dollars(price, quantity) / MICRO)


@given(prices, quantities, st.integers(0, 1_000_000), st.sampled_from([1, 2]))
def test_a_fee_is_the_exact_formula_rounded_up_to_five_decimals(
    price: Price, quantity: Quantity, rate: int, exponent: int
) -> None:
    p = price * MICRO
    exact = quantity * MICRO * rate * MICRO * (p * (1 - p)) ** exponent
    assert units.fee(price, quantity, rate, exponent) == ceil(exact * 10**5) * 10


@given(st.integers(0, 10**15), st.integers(1, 10**12), st.data())
def test_a_share_of_an_amount_never_exceeds_it(
    amount: int, whole: int, data: st.DataObject
) -> None:
    part = data.draw(st.integers(0, whole))
    expected = floor(Fraction(amount * part, whole))
    assert units.share_of(Money(amount), Quantity(part), Quantity(whole)) == expected


@given(st.integers(0, 10**12), steps)
def test_steps_are_met_from_below(value: int, step: int) -> None:
    assert units.floor_to(value, step) == floor(Fraction(value, step)) * step


@given(st.integers(0, 10**16))
def test_a_text_read_back_is_the_same_number(micros: int) -> None:
    text = units.format_micros(micros)
    assert units.parse_micros(text) == micros
    assert Decimal(text) * 1_000_000 == micros
    assert "E" not in text.upper()


@given(st.text(st.characters(codec="utf-8"), max_size=12))
def test_any_text_is_read_exactly_or_refused(text: str) -> None:
    try:
        micros = units.parse_micros(text)
    except ValueError:
        return
    assert Fraction(text if not text.startswith(".") else f"0{text}") == micros * MICRO
