"""A ledger through bytes and back, and what else the bytes might be."""

import pytest
from tests.unit.core.building import BUY, DOLLAR, NO, SHARE, YES, fill, market, place

from polywire.core.errors import JournalError
from polywire.core.ids import InstrumentId, MarketId, OrderId, VenueOrderId
from polywire.core.ledger.dump import dump, load
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import (
    ForeignOrder,
    OrderAccepted,
    OrderCancelled,
    OrderSigned,
    Settlement,
)
from polywire.core.model.market import MarketResolved
from polywire.core.units import Money, Ns, Price, Quantity


def lived() -> Ledger:
    """One order open and half filled, one closed, one fill pending, one market resolved."""
    ledger = Ledger()
    ledger.start(Money(100 * DOLLAR))
    for name in ("m", "gone"):
        ledger.list_market(market(name))
    ledger.sent(place("o1"), Ns(7))
    ledger.apply_order(OrderAccepted(Ns(8), OrderId("o1")))
    ledger.apply_fill(fill("f1", "o1", 50, 4, settlement=Settlement.PENDING))
    ledger.sent(place("o2", BUY, 20, 10, instrument="gone-yes"), Ns(9))
    ledger.apply_fill(fill("f2", "o2", 20, 10))
    ledger.resolve(MarketResolved(Ns(9), Ns(9), MarketId("gone"), (Money(DOLLAR), Money(0))))
    ledger.apply_fill(fill("f9", "stranger"))
    return ledger


def test_a_ledger_continues_where_it_was_dumped() -> None:
    again = Ledger()
    load(again, dump(lived()))
    # 100 - 2 pending - 2 + 10
    assert (again.cash, again.cash_start, again.strangers) == (106 * DOLLAR, 100 * DOLLAR, 1)
    assert again.reserved == 3 * DOLLAR
    assert again.exposure == again.exposures[MarketId("m")] == 5 * DOLLAR
    assert (again.held(YES), again.held(NO)) == (4 * SHARE, 0)
    assert [order.command.order_id for order in again.open_on(YES)] == ["o1"]
    assert not again.apply_fill(fill("f1", "o1", 50, 4))
    again.apply_order(OrderCancelled(Ns(9), OrderId("o1"), "asked"))
    assert again.reserved == 0
    assert again.apply_fill(fill("f3", "o2", 20, 5))  # paid at once: the market is resolved
    assert again.cash == 110 * DOLLAR


def test_a_first_fill_told_after_the_restart_is_paid_as_its_market_was_resolved_before() -> None:
    ledger, again = lived(), Ledger()
    ledger.sent(place("o3", BUY, 30, 10, instrument="gone-no"), Ns(9))
    load(again, dump(ledger))
    assert again.apply_fill(fill("f3", "o3", 30, 10))
    assert (again.cash, again.held(InstrumentId("gone-no"))) == (103 * DOLLAR, 0)


def test_the_first_order_on_a_market_may_come_behind_the_dump() -> None:
    ledger, again = lived(), Ledger()
    ledger.list_market(market("watched"))
    load(again, dump(ledger))
    again.sent(place("o5", BUY, 50, 10, instrument="watched-yes"), Ns(9))
    assert again.reserved == 8 * DOLLAR


def test_a_market_that_was_only_watched_is_forgotten_with_its_book() -> None:
    ledger, again = lived(), Ledger()
    ledger.list_market(market("watched", group="g"))
    load(again, dump(ledger))
    for name in ("watched", "m", "gone"):
        again.drop_market(MarketId(name))
    assert {one.id for one in again.markets.values()} == {"m", "gone"}


def test_open_orders_keep_their_age() -> None:
    ledger, again = lived(), Ledger()
    for name in ("o3", "o4"):
        ledger.sent(place(name, BUY, 10), Ns(9))
    load(again, dump(ledger))
    assert [order.command.order_id for order in again.open_on(YES)] == ["o1", "o3", "o4"]
    assert list(again.open_orders) == ["o1", "o3", "o4"]


def test_what_the_venue_calls_our_orders_and_what_others_rest_is_kept() -> None:
    ledger, again = lived(), Ledger()
    ledger.sign(OrderSigned(Ns(9), OrderId("o1"), VenueOrderId("0xaa")))
    other = ForeignOrder(Ns(9), VenueOrderId("0xbb"), YES, BUY, Price(1), Quantity(5))
    ledger.foreign.take(other)
    load(again, dump(ledger))
    assert again.by_venue == {"0xaa": "o1"}
    assert again.foreign.resting == {"0xbb": other}
    assert again.foreign.orders == 1


@pytest.mark.parametrize("state", [b"", b"\x00", b"\x93\x01\x02\x03"])
def test_other_bytes_are_refused(state: bytes) -> None:
    with pytest.raises(JournalError, match="the ledger snapshot cannot be read"):
        load(Ledger(), state)


def test_only_an_empty_ledger_is_filled() -> None:
    with pytest.raises(AssertionError, match="empty"):
        load(lived(), dump(lived()))
