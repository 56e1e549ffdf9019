"""What the position holder wants from a book and what it holds, in numbers."""

import pytest
from tests.unit.core.building import ASK, BID, BUY, CENT, SHARE, USUAL, delta, fill, market, place

from polywire.core.book.order_book import OrderBook
from polywire.core.ids import MarketId, StrategyId
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.intent import Quote, TimeInForce
from polywire.core.units import Ns, Price, Quantity
from polywire.core.view import MarketView
from polywire.strategies.holder import OUTCOMES, HolderParameters, PositionHolder


def holding(outcome: int = 0) -> PositionHolder:
    return PositionHolder(
        StrategyId("s"),
        HolderParameters(
            shares=Quantity(20 * SHARE),
            outcome=OUTCOMES[outcome],
            price_min=Price(30 * CENT),
            price_max=Price(70 * CENT),
            spread_max=Price(2 * CENT),
        ),
    )


def wanted(bid: int, ask: int, held: int = 0, outcome: int = 0) -> tuple[Quote, ...]:
    """What a holder of 20 shares wants, 30 to 70 cents, at most 2 cents of spread."""
    book, ledger = OrderBook(MarketId("m")), Ledger()
    levels = [(side, cents, 100) for side, cents in ((BID, bid), (ASK, ask)) if cents]
    book.apply(delta(0, *levels))
    ledger.list_market(market())
    if held:
        instrument = market().outcomes[outcome].instrument
        ledger.sent(place("o1", BUY, 40, held, instrument=instrument), Ns(0))
        ledger.apply_fill(fill("f1", "o1", 40, held))
    holder = holding(outcome)
    return holder.quotes(MarketView(market(), book, ledger, holder.name, USUAL, now=Ns(0)))


def test_it_takes_what_is_missing_at_the_ask() -> None:
    (buy,) = wanted(39, 40, held=8)
    assert (buy.instrument, buy.side) == ("m-yes", BUY)
    assert (buy.price, buy.quantity) == (40 * CENT, 12 * SHARE)
    assert (buy.time_in_force, buy.post_only) == (TimeInForce.IOC, False)


def test_the_second_outcome_has_its_own_ask() -> None:
    (buy,) = wanted(41, 42, outcome=1)
    assert (buy.instrument, buy.price) == ("m-no", 59 * CENT)


@pytest.mark.parametrize(
    ("bid", "ask", "held"),
    [(39, 40, 20), (39, 40, 16), (37, 40, 0), (28, 29, 0), (70, 71, 0), (0, 40, 0), (39, 0, 0)],
)
def test_it_wants_nothing_when_full_or_outside_its_band_or_without_a_side(
    bid: int, ask: int, held: int
) -> None:
    assert wanted(bid, ask, held) == ()


def test_it_follows_no_placeholder() -> None:
    holder = holding()
    assert holder.follows(market())
    assert not holder.follows(market(placeholder=True))
