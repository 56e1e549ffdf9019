"""Number texts: exact, remembered, and bounded in memory."""

import pytest

from polywire.venues.polymarket import texts
from polywire.venues.polymarket.texts import Prices, Sizes, canonical, last_trade, price_between


@pytest.mark.parametrize(
    ("text", "outcome", "micros"),
    [("0.57", 0, 570_000), (".48", 0, 480_000), ("0.9995", 1, 500), ("0.500", 1, 500_000)],
)
def test_a_price_text_is_exact_in_the_primary_outcome(text: str, outcome: int, micros: int) -> None:
    prices = Prices()
    assert prices.primary(text, outcome) == micros
    assert prices.primary(text, outcome) == micros


@pytest.mark.parametrize("text", ["", "0", "1", "1.01", "-0.5", "0.0000001", "5e-1", "nan", " 0.5"])
def test_what_is_no_level_price_is_an_error_and_is_not_remembered(text: str) -> None:
    prices = Prices()
    with pytest.raises(ValueError, match="expected"):
        prices.primary(text, 0)
    assert prices.known == {}


def test_a_known_price_keeps_its_complement_as_the_venue_would_write_it() -> None:
    prices = Prices()
    prices.primary("0.430", 0)
    assert prices.known == {"0.430": (430_000, 570_000, "0.57")}


def test_memory_for_prices_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "PRICES_MAX", 3)
    prices = Prices()
    known = prices.known
    for number in range(1, 9):
        prices.primary(f"0.{number}", 0)
    assert list(known) == ["0.7", "0.8"]
    assert prices.primary("0.1", 0) == 100_000


def test_a_size_text_is_exact_and_memory_for_sizes_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(texts, "SIZES_MAX", 2)
    sizes = Sizes()
    assert [sizes[text] for text in ("0", "219.217767", "12816.02")] == [
        0,
        219_217_767,
        12_816_020_000,
    ]
    assert list(sizes) == ["12816.02"]


@pytest.mark.parametrize("text", ["", "-1", "1e3", "0.1234567", "1000000000001", "x"])
def test_what_is_no_size_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        Sizes()[text]


def test_trades_may_show_the_ends_of_the_scale_and_no_more() -> None:
    assert (price_between("0"), price_between("1.000")) == (0, 1_000_000)
    with pytest.raises(ValueError, match="at most 1"):
        price_between("1.000001")


def test_no_last_trade_told_and_no_trade_yet_are_two_things() -> None:
    assert last_trade(None) is None
    assert last_trade("") == 0
    assert last_trade("0.850") == 850_000


def test_canonical_text_has_no_needless_zero() -> None:
    assert [canonical(micros) for micros in (0, 1, 850_000, 12_000_000)] == [
        "0",
        "0.000001",
        "0.85",
        "12",
    ]
