"""The venue's hash against a naive twin that sorts, dumps and hashes everything each time."""

import hashlib
import json
from decimal import Decimal

import pytest
from tests.unit.venues.building import AT_NS, asset, condition, market

from polywire.core.book.checksum import Checksum
from polywire.core.model.market import Level
from polywire.core.units import Ns, Price, Quantity
from polywire.venues.polymarket.checksum import BookChecksum, trade_text

MICRO = Decimal(1_000_000)


def text(micros: int) -> str:
    return f"{(Decimal(micros) / MICRO).normalize():f}"


def naive(levels: dict[tuple[int, int], int], outcome: int, **terms: object) -> str:
    """The recipe of the venue, spelled out over sizes by (side, primary price)."""
    sides: tuple[list[dict[str, str]], list[dict[str, str]]] = ([], [])
    for (side, price), size in levels.items():
        own = side ^ outcome, price if outcome == 0 else 1_000_000 - price
        sides[own[0]].append({"price": text(own[1]), "size": text(size)})
    bids, asks = (sorted(side, key=lambda level: Decimal(level["price"])) for side in sides)
    body = {
        "market": condition(1),
        "asset_id": asset(1, outcome),
        "timestamp": str(AT_NS // 1_000_000),
        "hash": "",
        "bids": bids,
        "asks": asks[::-1],
        "min_order_size": "5",
        "tick_size": "0.01",
        "neg_risk": False,
        "last_trade_price": "0.850",
    } | terms
    raw = json.dumps(body, separators=(",", ":"))
    return hashlib.sha1(raw.encode(), usedforsecurity=False).hexdigest()


BOOK: dict[tuple[int, int], int] = {
    (0, 10_000): 12_816_020_000,
    (0, 140_000): 83_240_000,
    (1, 150_000): 473_000_000,
    (1, 990_000): 11_570_960_000,
}


def loaded(levels: dict[tuple[int, int], int] = BOOK) -> BookChecksum:
    checksum = BookChecksum(market())
    checksum.change(tuple((side, Price(p), Quantity(size)) for (side, p), size in levels.items()))
    return checksum


def both(checksum: Checksum, last_trade: int | None = 850_000) -> list[str]:
    last = None if last_trade is None else Price(last_trade)
    return [checksum.digest(outcome, Ns(AT_NS), last) for outcome in (0, 1)]


def twins(levels: dict[tuple[int, int], int], **terms: object) -> list[str]:
    return [naive(levels, outcome, **terms) for outcome in (0, 1)]


def test_a_whole_book_hashes_for_both_outcomes() -> None:
    assert both(loaded()) == twins(BOOK)


def test_an_empty_book_hashes_too() -> None:
    assert both(BookChecksum(market())) == twins({})


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ((0, 140_000, 7_000_000), BOOK | {(0, 140_000): 7_000_000}),
        ((1, 995_000, 1), BOOK | {(1, 995_000): 1}),
        ((0, 1_000, 500_000), BOOK | {(0, 1_000): 500_000}),
        ((0, 145_000, 500_000), BOOK | {(0, 145_000): 500_000}),
        ((1, 150_000, 0), {slot: size for slot, size in BOOK.items() if slot != (1, 150_000)}),
        ((0, 20_000, 0), BOOK),
    ],
)
def test_a_change_of_any_kind_is_taken_in(
    level: Level, expected: dict[tuple[int, int], int]
) -> None:
    checksum = loaded()
    before = both(checksum)
    checksum.change((level,))
    assert both(checksum) == twins(expected)
    assert (both(checksum) == before) == (expected == BOOK)


def test_taking_every_level_away_leaves_an_empty_book() -> None:
    checksum = loaded()
    checksum.change(tuple((side, Price(p), Quantity(0)) for side, p in BOOK))
    assert both(checksum) == twins({})


def test_a_new_tick_enters_the_hash() -> None:
    checksum = loaded()
    checksum.set_tick(Price(1_000))
    assert both(checksum) == twins(BOOK, tick_size="0.001")


@pytest.mark.parametrize("last_trade", [None, 0])
def test_without_a_trade_the_last_price_is_empty_text(last_trade: int | None) -> None:
    assert both(loaded(), last_trade) == twins(BOOK, last_trade_price="")


def test_the_terms_of_the_market_enter_the_hash() -> None:
    terms = market(neg_risk=True, size_min=Quantity(15_000_000), tick=Price(2_500))
    expected = twins({}, neg_risk=True, min_order_size="15", tick_size="0.0025")
    assert both(BookChecksum(terms)) == expected


@pytest.mark.parametrize(
    ("price", "expected"),
    [(850_000, "0.850"), (1_000, "0.001"), (999_500, "0.9995"), (1_000_000, "1.000"), (0, "")],
)
def test_a_last_trade_price_has_at_least_three_decimals(price: int, expected: str) -> None:
    assert trade_text(Price(price)) == expected
