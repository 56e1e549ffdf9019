"""What a real run asks the venue for first: trades since when, balances of which instruments."""

from tests.unit.core.building import engine, forty_sixty, market, opening, place, told

from polywire.core.ids import MarketId, OrderId, VenueOrderId
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import OrderCancelled, OrderSigned
from polywire.core.model.command import DayOpened
from polywire.core.model.market import MarketResolved
from polywire.core.units import DAY, HOUR, Money, Ns
from polywire.modes.live import _listed, _since

NOW = Ns(1_000 * DAY)


def seen_today() -> Ledger:
    """A ledger that an engine had in its hands a moment ago."""
    ledger = Ledger()
    ledger.open_day(DayOpened(1_000, Money(0)))
    return ledger


def ledger_with(sent_ns: int) -> Ledger:
    """A ledger with one open order, which was signed."""
    ledger = seen_today()
    ledger.list_market(market())
    ledger.sent(place(), Ns(sent_ns))
    ledger.sign(OrderSigned(Ns(sent_ns), OrderId("o1"), VenueOrderId("0x1")))
    return ledger


def test_what_others_traded_meanwhile_is_asked_for_with_nothing_under_way() -> None:
    assert _since(seen_today()) == NOW - DAY
    ledger = seen_today()
    ledger.told.since_ns = Ns(NOW - HOUR)
    assert _since(ledger) == NOW - HOUR
    assert _since(Ledger()) == 0


def test_an_order_of_today_makes_nothing_more_to_ask_for() -> None:
    assert _since(ledger_with(NOW + 5)) == NOW - DAY


def test_all_is_asked_for_since_the_oldest_open_order_was_sent() -> None:
    ledger = ledger_with(NOW - 3 * DAY)
    assert _since(ledger) == NOW - 3 * DAY
    ledger.apply_order(OrderCancelled(NOW, OrderId("o1"), "cancelled"))
    assert _since(ledger) == NOW - DAY


def test_an_order_that_was_never_signed_never_left() -> None:
    ledger = ledger_with(NOW + 5)
    ledger.sent(place("o2"), Ns(0))  # as a recovered order that was not signed
    assert _since(ledger) == NOW - DAY


def test_instruments_of_markets_that_are_over_are_not_asked_for() -> None:
    one = engine()
    told(one, *opening(forty_sixty("m"), forty_sixty("n")))
    assert list(_listed(one)) == ["m-yes", "m-no", "n-yes", "n-no"]
    told(one, MarketResolved(NOW, NOW, MarketId("m"), (Money(1_000_000), Money(0))))
    one.ledger.list_market(market("traded-long-ago"))
    assert list(_listed(one)) == ["n-yes", "n-no"]
