"""Engines already told of a run and a market, for tests of what they do next."""

from msgspec import structs
from tests.unit.core.building import (
    BUY,
    LOOSE,
    SECOND,
    Scripted,
    cut,
    engine,
    forty_sixty,
    opening,
    placed,
    quote,
    seat,
    told,
)

from polywire.core.engine.engine import Engine
from polywire.core.ids import MarketId, OrderId
from polywire.core.model.account import (
    OrderAccepted,
)
from polywire.core.model.intent import Quote
from polywire.core.risk.limits import Limits
from polywire.core.units import Ns

M = MarketId("m")
T0 = 100 * SECOND
FIRST = OrderId("run-1")
ACCEPT = OrderAccepted(Ns(T0), FIRST)


def bid_at(cents: int, shares: int = 10) -> Scripted:
    return Scripted(lambda _: (quote(BUY, cents, shares),))


def running(strategy: Scripted, **pace: int) -> Engine:
    """An engine that has traded nothing yet, before its first cut."""
    started = engine(seat(strategy, **pace))
    told(started, *opening(forty_sixty(), at=T0))
    return started


def with_order(strategy: Scripted, **pace: int) -> Engine:
    """An engine whose first order, 10 shares at 50 cents, rests since T0."""
    started = running(strategy, **pace)
    assert [order.order_id for order in placed(cut(started, T0))] == [FIRST]
    told(started, ACCEPT)
    return started


def changing(*wants: tuple[Quote, ...]) -> Scripted:
    """Wants one thing at a time; the last for good."""
    left = list(wants)
    return Scripted(lambda _: left.pop(0) if len(left) > 1 else left[0])


def with_limits(**changed: int) -> Limits:
    return structs.replace(LOOSE, **changed)
