"""What the touch quoter wants from a book and what it holds, in numbers."""

import pytest
from tests.unit.core.building import (
    ASK,
    BID,
    BUY,
    CENT,
    DOLLAR,
    SELL,
    SHARE,
    USUAL,
    delta,
    fill,
    market,
    place,
    quote,
)

from polywire.core.book.order_book import OrderBook
from polywire.core.ids import MarketId, StrategyId
from polywire.core.ledger.ledger import Ledger
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.core.view import MarketView
from polywire.strategies.touch_quoter import TouchQuoter, TouchQuoterParameters

QUOTER = TouchQuoter(
    name=StrategyId("s"),
    parameters=TouchQuoterParameters(
        size=Quantity(10 * SHARE),
        cap=Quantity(20 * SHARE),
        spread_ticks_min=2,
        price_min=Price(5 * CENT),
    ),
)
NO_BID = quote(BUY, 56, 10, "m-no")


def wanted(levels: list[tuple[int, int, int]], held: int = 0, size_min: int = 5) -> list[object]:
    book, ledger = OrderBook(MarketId("m")), Ledger()
    listed = market(size_min=Quantity(size_min * SHARE))
    book.apply(delta(0, *levels))
    ledger.start(Money(100 * DOLLAR))
    ledger.list_market(listed)
    if held:
        ledger.sent(place("o1", BUY, 40, held), Ns(0))
        ledger.apply_fill(fill("f1", "o1", 40, held))
    return [*QUOTER.quotes(MarketView(listed, book, ledger, QUOTER.name, USUAL, now=Ns(0)))]


WIDE = [(BID, 40, 1), (ASK, 44, 1)]


def test_it_bids_at_the_best_bid_of_both_outcomes() -> None:
    assert wanted(WIDE) == [quote(BUY, 40, 10), NO_BID]


@pytest.mark.parametrize("levels", [[], [(BID, 40, 1)], [(ASK, 44, 1)]])
def test_it_wants_nothing_without_both_prices(levels: list[tuple[int, int, int]]) -> None:
    assert wanted(levels) == []


@pytest.mark.parametrize(("ask", "quotes"), [(41, 0), (42, 2)])
def test_it_wants_nothing_inside_a_narrow_spread(ask: int, quotes: int) -> None:
    assert len(wanted([(BID, 40, 1), (ASK, ask, 1)])) == quotes


def test_it_offers_what_it_holds_and_bids_up_to_its_cap() -> None:
    assert wanted(WIDE, held=10) == [quote(BUY, 40, 10), quote(SELL, 44, 10), NO_BID]
    assert wanted(WIDE, held=11) == [quote(SELL, 44, 10), NO_BID]
    assert wanted(WIDE, held=6) == [quote(BUY, 40, 10), quote(SELL, 44, 6), NO_BID]
    assert wanted(WIDE, held=4) == [quote(BUY, 40, 10), NO_BID]


@pytest.mark.parametrize(("bid", "ask"), [(4, 20), (96, 98)])
def test_it_opens_nothing_where_a_resolution_is_near(bid: int, ask: int) -> None:
    quotes = wanted([(BID, bid, 1), (ASK, ask, 1)])
    assert quote(BUY, bid, 10) not in quotes


def test_it_bids_at_both_ends_of_its_range() -> None:
    assert wanted([(BID, 5, 1), (ASK, 8, 1)])[0] == quote(BUY, 5, 10)
    assert wanted([(BID, 92, 1), (ASK, 95, 1)])[1] == quote(BUY, 5, 10, "m-no")


def test_it_bids_no_more_than_its_size_where_the_venue_s_minimum_is_more() -> None:
    """The gate says that it is too little; what is held can be sold by the minimum alone."""
    assert wanted(WIDE, size_min=15)[0] == quote(BUY, 40, 10)
    assert quote(SELL, 44, 15) in wanted(WIDE, held=20, size_min=15)


def test_it_follows_everything_but_placeholders() -> None:
    assert QUOTER.follows(market())
    assert not QUOTER.follows(market(placeholder=True))
