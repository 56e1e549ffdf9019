"""What a strategy hears that listens: trades of its markets and its own fills, as events come."""

from msgspec import structs
from tests.unit.core.building import (
    BUY,
    CENT,
    SHARE,
    WS,
    NaiveVenue,
    Scripted,
    cut,
    engine,
    fill,
    forty_sixty,
    market,
    opening,
    placed,
    quote,
    seat,
    told,
)

from polywire.core.engine.engine import Engine
from polywire.core.ids import MarketId
from polywire.core.model.account import OrderFilled
from polywire.core.model.command import PlaceOrder, StrategyHalted
from polywire.core.model.instrument import Market
from polywire.core.model.market import PublicTrade
from polywire.core.units import Ns, Price, Quantity

T0 = 10
TRADE = PublicTrade(Ns(T0), Ns(T0), MarketId("m"), 0, BUY, Price(60 * CENT), Quantity(SHARE), WS)


class Hearing(Scripted):
    """A strategy that bids once at fifty cents and writes down what it hears."""

    def __init__(self, name: str = "s", *, deaf_to: str = "", raises: bool = False) -> None:
        super().__init__(lambda _: (quote(BUY, 50),), name)
        self.heard: list[PublicTrade | tuple[PlaceOrder, OrderFilled]] = []
        self.deaf_to = deaf_to
        self.raises = raises

    def follows(self, market: Market) -> bool:
        return market.id != self.deaf_to

    def traded(self, trade: PublicTrade) -> None:
        if self.raises:
            raise ZeroDivisionError("a bug")
        self.heard.append(trade)

    def filled(self, order: PlaceOrder, fill: OrderFilled) -> None:
        if self.raises:
            raise ZeroDivisionError("a bug")
        self.heard.append((order, fill))


def running(*strategies: Scripted, venue: NaiveVenue | None = None) -> Engine:
    started = engine(*map(seat, strategies))
    told(started, *opening(venue or forty_sixty(), at=T0))
    return started


def test_it_hears_a_trade_of_a_market_it_follows_before_any_cut() -> None:
    hearing, deaf = Hearing(), Hearing("deaf", deaf_to="m")
    told(running(hearing, deaf), TRADE)
    assert hearing.heard == [TRADE]
    assert deaf.heard == []


def test_it_hears_each_fill_of_its_own_once() -> None:
    hearing, other = Hearing(), Hearing("other", deaf_to="m")
    started = running(hearing, other)
    (order,) = placed(cut(started, T0))
    filled = structs.replace(fill("f1"), order_id=order.order_id)
    told(started, filled, filled)
    assert hearing.heard == [(order, filled)]
    assert other.heard == []


def test_it_hears_nothing_of_the_run_before() -> None:
    started = running(Hearing())
    (order,) = placed(cut(started, T0))
    hearing = Hearing()
    again = engine(seat(hearing))
    for record in (
        *opening(forty_sixty()),
        order,
        structs.replace(fill("f1"), order_id=order.order_id),
    ):
        again.recover(record)
    assert hearing.heard == []


def test_one_that_raises_when_it_hears_is_halted_and_hears_no_more() -> None:
    raising, hearing = Hearing(raises=True), Hearing("other")
    started = running(raising, hearing)
    told(started, TRADE)
    raising.raises = False
    told(started, TRADE)
    assert raising.heard == []
    halted = [each for each in cut(started, T0) if isinstance(each, StrategyHalted)]
    assert [each.strategy for each in halted] == ["s"]
    assert halted[0].error.startswith("ZeroDivisionError: a bug")
    told(started, TRADE)
    assert raising.heard == []
    assert hearing.heard == [TRADE, TRADE, TRADE]


def test_a_strategy_that_does_not_listen_is_told_nothing() -> None:
    told(running(Scripted(lambda _: ())), TRADE)
    assert market().id == TRADE.market
