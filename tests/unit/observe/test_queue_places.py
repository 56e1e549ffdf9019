"""The shares before an order of ours: those that rested there, less what traded since."""

from tests.unit.core.building import BUY, Scripted, engine, forty_sixty, opening, quote, seat

from polywire.core.engine.engine import Engine
from polywire.core.ids import FeedId, OrderId
from polywire.core.model.account import OrderAccepted
from polywire.core.model.control import Cut
from polywire.core.model.instrument import Side
from polywire.core.model.market import PublicTrade
from polywire.core.units import SECOND, Ns, Price, Quantity, complement
from polywire.observe.queue_places import Places

T0 = 100 * SECOND
MINE = OrderId("run-1")


def stood() -> tuple[Places, Engine, str, Quantity]:
    """One bid of ours at 40 cents that was accepted; the market, and what rests at its price."""
    live = engine(seat(Scripted(lambda _: (quote(BUY, 40),))))
    for event in [*opening(forty_sixty(), at=T0), Cut(Ns(T0))]:
        live.handle(event)
    places = Places()
    accepted = OrderAccepted(Ns(T0), MINE)
    live.handle(accepted)
    places.take(accepted, live)
    (tracked,) = live.watch.books.values()
    return places, live, tracked.market.id, tracked.book.size_at(0, Side.BUY, Price(400_000))


def trade(market: str, side: Side, price: int, outcome: int = 0) -> PublicTrade:
    return PublicTrade(
        Ns(T0), Ns(T0), market, outcome, side, Price(price), Quantity(1_000_000), FeedId("f")
    )


def test_sales_at_its_price_bring_it_forward_and_others_do_not() -> None:
    places, live, market, shown = stood()
    assert shown > 3_000_000
    assert places.ahead(MINE, shown) == shown
    places.take(trade(market, Side.SELL, 400_000), live)
    assert places.ahead(MINE, shown) == shown - 1_000_000
    other = complement(Price(400_000))
    places.take(trade(market, Side.BUY, other, outcome=1), live)  # the same, told of the complement
    assert places.ahead(MINE, shown) == shown - 2_000_000
    for passed in (trade(market, Side.BUY, 400_000), trade(market, Side.SELL, 390_000)):
        places.take(passed, live)
    assert places.ahead(MINE, shown) == shown - 2_000_000


def test_it_never_has_more_before_it_than_others_show_and_nothing_is_said_of_unknown_ones() -> None:
    places, _, _, _ = stood()
    assert places.ahead(MINE, Quantity(5)) == 5
    assert places.ahead(OrderId("other"), Quantity(5)) is None
