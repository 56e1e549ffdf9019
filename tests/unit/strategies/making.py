"""A market to make for tests: a book, a ledger, a clock, and what the maker wants of them."""

from tests.unit.core.building import (
    ASK,
    BID,
    BUY,
    CENT,
    DOLLAR,
    SHARE,
    USUAL,
    WS,
    delta,
    fill,
    market,
)

from polywire.core.book.order_book import OrderBook
from polywire.core.ids import FillId, InstrumentId, MarketId, OrderId, StrategyId
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import OrderAccepted, OrderCancelled, Settlement
from polywire.core.model.command import PlaceOrder
from polywire.core.model.instrument import Market, Side
from polywire.core.model.intent import Quote, TimeInForce
from polywire.core.model.market import PublicTrade
from polywire.core.strategy import Strategy
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.core.view import MarketView
from polywire.strategies.maker_parameters import MakerParameters
from polywire.strategies.market_maker import MarketMaker

SECOND = 1_000_000_000
NAME = StrategyId("s")
Levels = dict[int, int]


def told(**changes: object) -> MakerParameters:
    """A maker of ten shares up to sixty, one layer, without a warm-up or anything that widens."""
    usual: dict[str, object] = {
        "size": Quantity(10 * SHARE),
        "cap": Quantity(60 * SHARE),
        "price_min": Price(5 * CENT),
        "layers": 1,
        "skew": 0,
        "spread_volatility": 0,
        "warm_up": SECOND,
    }
    return MakerParameters(**(usual | changes))  # type: ignore[arg-type]


class Table:
    """Where a maker sits; time moves with `look`."""

    def __init__(self, parameters: MakerParameters | None = None, **terms: object) -> None:
        self.market: Market = market(**terms)
        self.book = OrderBook(MarketId("m"))
        self.ledger = Ledger()
        self.ledger.start(Money(10_000 * DOLLAR))
        self.ledger.list_market(self.market)
        self.maker = MarketMaker(NAME, parameters or told())
        self.footing = USUAL
        self.now = 1_000 * SECOND
        self.sent = 0

    def show(self, bids: Levels, asks: Levels) -> None:
        """Replace the book; cents to shares."""
        old = [(BID, p // CENT, 0) for p in self.book.bid_ladder.prices]
        old += [(ASK, p // CENT, 0) for p in self.book.ask_ladder.prices]
        new = [(BID, *level) for level in bids.items()] + [(ASK, *level) for level in asks.items()]
        self.book.apply(delta(0, *old, *new))

    def view(self) -> MarketView:
        """What is seen now."""
        footing, now = self.footing, Ns(self.now)
        return MarketView(self.market, self.book, self.ledger, NAME, footing, now=now)

    def look(self, seconds: float = 1, strategy: Strategy | None = None) -> list[Quote]:
        """What is wanted so much later."""
        self.now += round(seconds * SECOND)
        return list((strategy or self.maker).quotes(self.view()))

    def warm(self, seconds: int = 30) -> list[Quote]:
        """Look once a second, so often; the last wants."""
        return [self.look() for _ in range(seconds)][-1]

    def trade(self, side: Side, shares: int, *, outcome: int = 0, cents: int = 50) -> None:
        """Others trade."""
        price, size = Price(cents * CENT), Quantity(shares * SHARE)
        at = Ns(self.now)
        self.maker.traded(PublicTrade(at, at, self.market.id, outcome, side, price, size, WS))

    def rest(self, quote: Quote) -> OrderId:
        """An order for a quote rests."""
        self.sent += 1
        order = PlaceOrder(
            OrderId(f"o{self.sent}"), NAME, self.market.id, quote.instrument, quote.side,
            quote.price, quote.quantity, TimeInForce.GTC, post_only=True, layer=quote.layer,
        )  # fmt: skip
        self.ledger.sent(order, Ns(self.now))
        self.ledger.apply_order(OrderAccepted(Ns(self.now), order.order_id))
        return order.order_id

    def gone(self, order: OrderId) -> None:
        """A cancel is answered."""
        self.ledger.apply_order(OrderCancelled(Ns(self.now), order, "asked"))

    def fill(self, order: OrderId, shares: int, *, heard: bool = True, final: bool = True) -> None:
        """Some of an order fills at its price."""
        command = self.ledger.orders[order].command
        name = FillId(f"{order}:{self.ledger.orders[order].filled}")
        settled = Settlement.FINAL if final else Settlement.PENDING
        event = fill(str(name), str(order), command.price // CENT, shares, settlement=settled)
        assert self.ledger.apply_fill(event)
        if heard:
            self.maker.filled(command, event)

    def hold(self, instrument: str, shares: int, cents: int = 50, *, final: bool = True) -> None:
        """Shares were bought some time ago."""
        quote = Quote(InstrumentId(instrument), BUY, Price(cents * CENT), Quantity(shares * SHARE))
        self.fill(self.rest(quote), shares, heard=False, final=final)
