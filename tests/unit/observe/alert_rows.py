"""Account rows that somebody should hear of, and what of them is told."""

from tests.unit.core.building import market

from polywire.core.ids import (
    FeedId,
    FillId,
    GroupId,
    InstrumentId,
    MarketId,
    OrderId,
    RunId,
    StrategyId,
)
from polywire.core.model.account import (
    OrderFilled,
    Settlement,
)
from polywire.core.model.basket import Basket, BasketMoved, BasketStep
from polywire.core.model.breaker import BreakerCause, BreakerMoved
from polywire.core.model.command import OrderRefused, PlaceOrder
from polywire.core.model.control import (
    Operation,
    OperatorCommand,
    ReconnectorMoved,
    ReconnectorState,
    RunStarted,
)
from polywire.core.model.counts import (
    FeedsCounted,
    MarketCount,
    MoneyCounted,
    ReplyCount,
    StrategyMoney,
)
from polywire.core.model.event import Record
from polywire.core.model.healing import GapStarted
from polywire.core.model.instrument import Side
from polywire.core.model.intent import TimeInForce
from polywire.core.model.market import InstrumentListed, MarketResolved
from polywire.core.model.reckoning import Correction, DifferenceFound
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.observe.alert import Alert, AlertTerms
from polywire.observe.alerts import Alerts

SECOND = 1_000_000_000
T0 = 1_785_000_000 * SECOND
DAY = 86_400 * SECOND
S = StrategyId("s")
TERMS = AlertTerms(suspect_ns=60 * SECOND, fill_min=Money(5_000_000), cash_min=Money(50_000_000))
HALF = Price(500_000)


def at(seconds: float) -> Ns:
    return Ns(T0 + int(seconds * SECOND))


def order(number: int = 1, name: str = "m") -> PlaceOrder:
    return PlaceOrder(
        OrderId(f"o{number}"), S, MarketId(name), InstrumentId(f"{name}-yes"), Side.BUY, HALF,
        Quantity(20_000_000), TimeInForce.GTC, post_only=False,
    )  # fmt: skip


def fill(shares: int, fill_id: str = "f") -> OrderFilled:
    return OrderFilled(
        at(0), at(0), OrderId("o1"), FillId(fill_id), HALF, Quantity(shares * 1_000_000),
        Money(0), maker=True, settlement=Settlement.PENDING,
    )  # fmt: skip


def counts(*markets: str, refused: int = 0, ending: bool = False) -> FeedsCounted:
    told = tuple(MarketCount(MarketId(one), *[1] * 9) for one in markets)
    replies = (ReplyCount("book", 200, 9), ReplyCount("book", 429, refused))
    return FeedsCounted(at(0), at(0), Ns(1), 0, told, (), replies, (), ending)


def money(cash: int = 100, loss: int = 0, own: int = 0) -> MoneyCounted:
    each = (StrategyMoney(S, Money(own * 1_000_000), Money(10_000_000)),)
    micros = 1_000_000
    return MoneyCounted(
        at(0), Money(cash * micros), Money(0), Money(loss * micros), Money(20 * micros), each
    )


def moved(cause: BreakerCause, reason: str = "why", *, to_open: bool = True) -> BreakerMoved:
    return BreakerMoved(cause, to_open, reason, at(0))


def reconnector(state: ReconnectorState, feed: str = "market-1") -> ReconnectorMoved:
    return ReconnectorMoved(at(0), FeedId(feed), state, 3, at(9), "refused")


def gap(name: str) -> GapStarted:
    return GapStarted(MarketId(name), at(0), "checksum")


def started(configuration: str = "{}") -> RunStarted:
    return RunStarted(at(0), RunId("one"), "0.1", configuration, Money(0))


LISTED = InstrumentListed(at(0), market())
BASKET = Basket(
    group=GroupId("g"), legs=(), sets=Quantity(0), give=Price(0), patience_ns=0,
    spends=Money(0), pays=Money(0), left_ns=0, daily=0,
)  # fmt: skip
FLAGGED = BasketMoved(S, BASKET, BasketStep.FLAGGED, Quantity(0), Quantity(0), (), "stuck", at(0))
DIFFERENCE = DifferenceFound("cash", 2_000_000, 1_000_000, "")
MONEY_IN = Correction(S, None, Quantity(0), Money(3_000_000), unexplained=True)
REFUSED = OrderRefused(
    S, InstrumentId("m-yes"), Side.BUY, HALF, Quantity(0), "position_limit", "at 300 shares"
)
PAYS = MarketResolved(at(0), at(0), MarketId("m"), (Money(1_000_000), Money(0)))
BY_HAND = OperatorCommand(at(0), Operation.HALT, "lunch", "ann (uid 7)")


def heard(*records: Record, after: float = 0.0, terms: AlertTerms = TERMS) -> list[Alert]:
    """What is told of these records, and of what still lasts so many seconds later."""
    alerts = Alerts(terms)
    for record in records:
        alerts.take(record, at(0))
    told = alerts.due(at(0))
    return told + (alerts.due(at(after)) if after else [])
