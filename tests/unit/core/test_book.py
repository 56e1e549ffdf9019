"""Levels, touches and sweeps of one book, seen from both outcomes, in numbers."""

import pytest
from tests.unit.core.building import ASK, BID, BUY, CENT, SELL, SHARE, NaiveVenue, delta, micros

from polywire.core.book.ladder import Ladder
from polywire.core.book.measures import crosses, sweep
from polywire.core.book.order_book import OrderBook
from polywire.core.ids import MarketId
from polywire.core.model.instrument import Side
from polywire.core.units import Price, Quantity


def cents(price: int | None) -> Price | None:
    return None if price is None else Price(price * CENT)


def book(*levels: tuple[int, int, int]) -> OrderBook:
    known = OrderBook(MarketId("m"))
    known.apply(delta(0, *levels))
    return known


def test_a_ladder_keeps_its_prices_in_order() -> None:
    ladder = Ladder()
    for price in (30, 10, 20):
        ladder.put(Price(price), Quantity(1))
    ladder.put(Price(20), Quantity(5))
    assert ladder.prices == [10, 20, 30]
    assert ladder.sizes == {30: 1, 10: 1, 20: 5}


def test_a_size_of_zero_removes_a_level_and_removing_none_is_no_error() -> None:
    ladder = Ladder()
    ladder.put(Price(10), Quantity(1))
    ladder.put(Price(20), Quantity(1))
    ladder.put(Price(10), Quantity(0))
    ladder.put(Price(10), Quantity(0))
    assert ladder.prices == [20]
    assert ladder.sizes == {20: 1}


def test_replacing_forgets_everything_and_empty_levels_are_none() -> None:
    ladder = Ladder()
    ladder.put(Price(10), Quantity(1))
    ladder.replace([(Price(30), Quantity(3)), (Price(20), Quantity(0)), (Price(25), Quantity(2))])
    assert ladder.prices == [25, 30]
    assert ladder.sizes == {30: 3, 25: 2}


@pytest.mark.parametrize(
    ("levels", "yes", "no"),
    [
        ([], (None, None), (None, None)),
        ([(BID, 40, 1)], (40, None), (None, 60)),
        ([(ASK, 45, 1)], (None, 45), (55, None)),
        ([(BID, 40, 1), (BID, 41, 1), (ASK, 45, 1), (ASK, 44, 1)], (41, 44), (56, 59)),
    ],
)
def test_an_empty_side_has_no_price_and_the_other_outcome_mirrors(
    levels: list[tuple[int, int, int]],
    yes: tuple[int | None, int | None],
    no: tuple[int | None, int | None],
) -> None:
    known = book(*levels)
    assert known.touch(0) == (cents(yes[0]), cents(yes[1]))
    assert known.touch(1) == (cents(no[0]), cents(no[1]))


@pytest.mark.parametrize(
    ("bid", "ask", "crossed"), [(40, 41, False), (41, 41, True), (42, 41, True)]
)
def test_a_bid_at_or_above_the_ask_crosses(bid: int, ask: int, crossed: bool) -> None:
    assert book((BID, bid, 1), (ASK, ask, 1)).crossed() is crossed


def test_one_side_alone_crosses_nothing() -> None:
    assert not book((BID, 40, 1)).crossed()
    assert not book((ASK, 40, 1)).crossed()


def test_levels_come_best_first_for_each_outcome_and_side() -> None:
    known = book((BID, 40, 1), (BID, 39, 2), (ASK, 44, 3), (ASK, 45, 4))
    seen = {
        (outcome, side): [
            (price // CENT, size // SHARE) for price, size in known.levels(outcome, side)
        ]
        for outcome in (0, 1)
        for side in (BUY, SELL)
    }
    assert seen == {
        (0, BUY): [(40, 1), (39, 2)],
        (0, SELL): [(44, 3), (45, 4)],
        (1, BUY): [(56, 3), (55, 4)],
        (1, SELL): [(60, 1), (61, 2)],
    }


@pytest.mark.parametrize(
    ("outcome", "side", "price", "shares"),
    [
        (0, BUY, 40, 1),
        (0, SELL, 44, 3),
        (0, SELL, 40, 0),
        (1, BUY, 56, 3),
        (1, SELL, 60, 1),
        (1, BUY, 60, 0),
    ],
)
def test_the_size_at_a_price_is_found_from_either_outcome(
    outcome: int, side: Side, price: int, shares: int
) -> None:
    known = book((BID, 40, 1), (ASK, 44, 3))
    assert known.size_at(outcome, side, Price(price * CENT)) == shares * SHARE


def test_a_snapshot_replaces_and_a_delta_overwrites() -> None:
    venue, known = NaiveVenue(), book((BID, 10, 9))
    assert not known.known
    venue.put(micros([(BID, 40, 1), (ASK, 44, 3)]))
    venue.last_trade = 41 * CENT
    known.replace(venue.snapshot(5, venue_ns=4))
    assert (known.known, known.venue_ns, known.recv_ns, known.last_trade) == (True, 4, 5, 410_000)
    assert list(known.levels(0, BUY)) == [(400_000, 1_000_000)]
    known.apply(delta(7, (BID, 40, 0), (BID, 41, 2), venue_ns=6))
    assert (known.venue_ns, known.recv_ns) == (6, 7)
    assert known.touch(0) == (410_000, 440_000)


def test_a_snapshot_that_tells_no_trade_price_keeps_the_known_one() -> None:
    venue, known = NaiveVenue(), OrderBook(MarketId("m"))
    known.last_trade = Price(30 * CENT)
    known.replace(venue.snapshot(1))
    assert known.last_trade == 30 * CENT
    venue.last_trade = 0
    known.replace(venue.snapshot(2))
    assert known.last_trade == 0


ASKS = [(Price(44), Quantity(3)), (Price(45), Quantity(4)), (Price(46), Quantity(5))]
BIDS = [(Price(40), Quantity(1)), (Price(39), Quantity(2))]


@pytest.mark.parametrize(
    ("levels", "side", "limit", "quantity", "taken"),
    [
        (ASKS, BUY, 45, 5, [(44, 3), (45, 2)]),
        (ASKS, BUY, 45, 100, [(44, 3), (45, 4)]),
        (ASKS, BUY, 43, 5, []),
        (ASKS, BUY, 46, 3, [(44, 3)]),
        (BIDS, SELL, 40, 5, [(40, 1)]),
        (BIDS, SELL, 39, 2, [(40, 1), (39, 1)]),
        (BIDS, SELL, 41, 5, []),
    ],
)
def test_a_sweep_takes_the_best_first_and_never_passes_its_limit(
    levels: list[tuple[Price, Quantity]],
    side: Side,
    limit: int,
    quantity: int,
    taken: list[tuple[int, int]],
) -> None:
    assert sweep(levels, side, Price(limit), Quantity(quantity)) == taken


@pytest.mark.parametrize(
    ("side", "price", "expected"),
    [(BUY, 44, True), (BUY, 43, False), (SELL, 40, True), (SELL, 41, False)],
)
def test_an_order_at_the_other_side_s_best_price_trades_at_once(
    side: Side, price: int, expected: bool
) -> None:
    assert crosses(side, Price(price), (Price(40), Price(44))) is expected


@pytest.mark.parametrize("side", [BUY, SELL])
def test_nothing_trades_against_an_empty_side(side: Side) -> None:
    assert not crosses(side, Price(1), (None, None))
    assert not crosses(side, Price(999_999), (None, None))
