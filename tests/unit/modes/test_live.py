"""What a real run asks the venue for first: trades since when, balances of which instruments."""

from tests.unit.core.building import engine, forty_sixty, market, opening, place, told
from tests.unit.core.building import fill as filled

from polywire.core.ids import FillId, MarketId, OrderId, VenueOrderId
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import FillSettled, OrderCancelled, OrderSigned, Settlement
from polywire.core.model.market import MarketResolved
from polywire.core.units import DAY, Money, Ns
from polywire.modes.live import _listed, _since

NOW = Ns(1_000 * DAY)


def ledger_with(sent_ns: int) -> Ledger:
    """A ledger with one open order, which was signed."""
    ledger = Ledger()
    ledger.list_market(market())
    ledger.sent(place(), Ns(sent_ns))
    ledger.sign(OrderSigned(Ns(sent_ns), OrderId("o1"), VenueOrderId("0x1")))
    return ledger


def test_with_nothing_under_way_nothing_can_be_missing() -> None:
    assert _since(Ledger(), NOW) == NOW


def test_with_an_order_under_way_a_day_is_asked_for() -> None:
    assert _since(ledger_with(NOW - 5), NOW) == NOW - DAY


def test_after_a_long_weekend_all_is_asked_for_since_the_order_was_sent() -> None:
    assert _since(ledger_with(NOW - 3 * DAY), NOW) == NOW - 3 * DAY


def test_an_order_that_was_never_signed_never_left() -> None:
    ledger = Ledger()
    ledger.list_market(market())
    ledger.sent(place(), Ns(0))  # as a recovered order that was not signed
    assert _since(ledger, NOW) == NOW
    ledger = ledger_with(NOW - 5)
    ledger.sent(place("o2"), Ns(0))
    assert _since(ledger, NOW) == NOW - DAY


def test_a_closed_order_counts_until_its_fills_are_settled() -> None:
    ledger = ledger_with(NOW - 3 * DAY)
    ledger.apply_fill(filled("f", settlement=Settlement.PENDING))
    ledger.apply_order(OrderCancelled(NOW, OrderId("o1"), "cancelled"))
    assert _since(ledger, NOW) == NOW - 3 * DAY
    ledger.apply_settlement(FillSettled(NOW, FillId("f"), Settlement.FINAL))
    assert _since(ledger, NOW) == NOW


def test_instruments_of_markets_that_are_over_are_not_asked_for() -> None:
    one = engine()
    told(one, *opening(forty_sixty("m"), forty_sixty("n")))
    assert list(_listed(one)) == ["m-yes", "m-no", "n-yes", "n-no"]
    told(one, MarketResolved(NOW, NOW, MarketId("m"), (Money(1_000_000), Money(0))))
    one.ledger.list_market(market("traded-long-ago"))
    assert list(_listed(one)) == ["n-yes", "n-no"]
