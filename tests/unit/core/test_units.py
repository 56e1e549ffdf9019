"""Every rounding against us, in numbers; texts that are read exactly or refused."""

from decimal import Decimal

import pytest

from polywire.core import units
from polywire.core.ids import RunId, order_id
from polywire.core.units import Money, Price, Quantity


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("0", 0),
        ("0.57", 570_000),
        (".5", 500_000),
        ("1", 1_000_000),
        ("21574.08", 21_574_080_000),
        ("0.000001", 1),
        ("007.100000", 7_100_000),
    ],
)
def test_a_decimal_text_is_read_exactly(text: str, micros: int) -> None:
    assert units.parse_micros(text) == micros


@pytest.mark.parametrize(
    "text", ["", ".", "1.", "-1", "+1", "1e3", " 1", "1 ", "1_0", "0.0000001", "1.2.3", "٣", "nan"]
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        units.parse_micros(text)


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "0"),
        (570_000, "0.57"),
        (1_000_000, "1"),
        (1, "0.000001"),
        (-1_250_000, "-1.25"),
        (21_574_080_000, "21574.08"),
    ],
)
def test_micros_are_written_as_the_venue_writes_them(micros: int, text: str) -> None:
    assert units.format_micros(micros) == text


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "0.00"),
        (1_234_999, "1.23"),
        (1_235_000, "1.24"),
        (-1_234_999, "-1.23"),
        (-1_235_000, "-1.24"),
        (-2_438_310, "-2.44"),
        (-4_999, "0.00"),
        (995_000, "1.00"),
        (12_345_678_900_009, "12,345,678.90"),
    ],
)
def test_money_for_people_is_rounded_to_the_nearest_cent_halves_away_from_zero(
    micros: int, text: str
) -> None:
    assert units.format_money(micros) == text


def test_a_dollar_sign_stands_behind_the_minus() -> None:
    assert units.dollars(1_234_560_000) == "$1,234.56"
    assert units.dollars(-1_236_000) == "-$1.24"
    assert units.dollars(-4_999) == "$0.00"


def test_both_outcomes_pay_one_dollar_together() -> None:
    assert units.complement(Price(370_000)) == 630_000


def test_a_buy_costs_a_micro_more_rather_than_less() -> None:
    # 0.333333 * 0.000001 shares is a third of a micro
    assert units.cost(Price(333_333), Quantity(1)) == 1
    assert units.cost(Price(500_000), Quantity(10_000_000)) == 5_000_000
    assert units.cost(Price(333_333), Quantity(10)) == 4


def test_a_sale_brings_a_micro_less_rather_than_more() -> None:
    assert units.proceeds(Price(333_333), Quantity(1)) == 0
    assert units.proceeds(Price(500_000), Quantity(10_000_000)) == 5_000_000
    assert units.proceeds(Price(999_999), Quantity(10)) == 9


def test_a_payout_is_rounded_down() -> None:
    assert units.payout(Money(500_000), Quantity(3)) == 1
    assert units.payout(Money(1_000_000), Quantity(7)) == 7
    assert units.payout(Money(0), Quantity(7)) == 0


def test_a_share_of_an_amount_is_rounded_down() -> None:
    assert units.share_of(Money(10), Quantity(1), Quantity(3)) == 3
    assert units.share_of(Money(10), Quantity(3), Quantity(3)) == 10
    assert units.share_of(Money(10), Quantity(0), Quantity(0)) == 0
    with pytest.raises(AssertionError):
        units.share_of(Money(10), Quantity(4), Quantity(3))


def test_the_fees_of_the_protocol_notes_are_met() -> None:
    hundred, half = Quantity(100_000_000), Price(500_000)
    assert units.fee(half, hundred, 70_000, 1) == 1_750_000
    assert units.fee(half, hundred, 50_000, 1) == 1_250_000
    assert units.fee(half, hundred, 0, 1) == 0


def test_a_fee_is_rounded_up_to_five_decimals() -> None:
    # 5 * 0.05 * 0.333 * 0.667 = 0.05552775
    assert units.fee(Price(333_000), Quantity(5_000_000), 50_000, 1) == 55_530
    # 1e-6 shares still cost the smallest step
    assert units.fee(Price(500_000), Quantity(1), 50_000, 1) == 10
    # exponent 2: 100 * 0.25 * (0.5 * 0.5) ** 2 = 1.5625
    assert units.fee(Price(500_000), Quantity(100_000_000), 250_000, 2) == 1_562_500


def test_a_step_is_met_from_below() -> None:
    assert units.floor_to(19_999, 10_000) == 10_000
    assert units.floor_to(20_000, 10_000) == 20_000


def test_milliseconds_are_whole() -> None:
    assert units.milliseconds(1_999_999) == 1


def test_an_order_id_names_the_run_and_the_count() -> None:
    assert order_id(RunId("20260727-a"), 7) == "20260727-a-7"


@pytest.mark.parametrize(
    ("amount", "micros"),
    [
        (0, 0),
        (3, 3_000_000),
        (0.57, 570_000),
        (0.7 - 0.4, 300_000),
        (0.1 + 0.2, 300_000),
        (0.5700006, 570_000),
        (-0.5700006, -570_001),
        (-0.57, -570_000),
        (Decimal("0.57"), 570_000),
        (Decimal("0.5699999999999"), 569_999),
        (Decimal("-0.5700000000001"), -570_001),
    ],
)
def test_a_computed_amount_is_rounded_down_but_for_the_noise_of_floats(
    amount: float | Decimal, micros: int
) -> None:
    assert units.floor_micros(amount) == micros
