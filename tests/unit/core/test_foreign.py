"""What the venue calls our orders, and what it tells of orders that are none of ours."""

import pytest
from tests.unit.core.building import BUY, CENT, SHARE, YES, cut, fill, place, told
from tests.unit.core.started import FIRST, T0, bid_at, running, with_order

from polywire.core.ids import FillId, OrderId, VenueOrderId
from polywire.core.ledger import ledger as ledger_module
from polywire.core.model.account import (
    ForeignFill,
    ForeignOrder,
    OrderSigned,
    Settlement,
)
from polywire.core.model.command import PlaceOrder
from polywire.core.units import Money, Ns, Price, Quantity

OURS, THEIRS = VenueOrderId("0x" + "a" * 64), VenueOrderId("0x" + "b" * 64)


def theirs(shares: int) -> ForeignOrder:
    return ForeignOrder(Ns(T0), THEIRS, YES, BUY, Price(50 * CENT), Quantity(shares * SHARE))


def their_fill() -> ForeignFill:
    return ForeignFill(
        Ns(T0),
        Ns(T0),
        THEIRS,
        FillId("t1"),
        YES,
        BUY,
        Price(50 * CENT),
        Quantity(SHARE),
        Money(0),
        True,
        Settlement.FINAL,
    )


def test_an_order_is_known_by_what_the_venue_calls_it() -> None:
    engine = with_order(bid_at(50))
    told(engine, OrderSigned(Ns(T0), FIRST, OURS))
    assert engine.ledger.by_venue == {OURS: FIRST}
    assert engine.ledger.orders[FIRST].venue_id == OURS


def test_a_recovered_order_was_sent_when_it_was_signed() -> None:
    live, again = with_order(bid_at(50)), running(bid_at(50))
    placed = live.ledger.orders[FIRST].command
    assert isinstance(placed, PlaceOrder)
    for record in (placed, OrderSigned(Ns(T0), FIRST, OURS)):
        again.recover(record)
    assert again.ledger.by_venue == {OURS: FIRST}
    assert again.ledger.orders[FIRST].sent_ns == T0


def test_a_signature_of_an_order_nobody_placed_is_a_stranger() -> None:
    engine = running(bid_at(50))
    told(engine, OrderSigned(Ns(T0), OrderId("other"), OURS))
    assert engine.ledger.by_venue == {}
    assert engine.ledger.strangers == 1


def test_a_forgotten_order_s_other_name_is_forgotten_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "CLOSED_KEPT", 0)
    ledger = running(bid_at(50)).ledger
    ledger.sent(place("o1"), Ns(T0))
    ledger.sign(OrderSigned(Ns(T0), OrderId("o1"), OURS))
    ledger.apply_fill(fill("f1"))
    assert ledger.by_venue == {}


def test_what_others_do_is_counted_and_neither_cancelled_nor_held() -> None:
    engine = running(bid_at(40))
    told(engine, theirs(10), theirs(9), their_fill())
    assert list(engine.ledger.foreign.resting) == [THEIRS]
    commands = cut(engine, T0)
    assert [type(command).__name__ for command in commands] == ["Approved"]
    told(engine, theirs(0))
    foreign = engine.ledger.foreign
    assert (foreign.orders, foreign.fills, foreign.resting) == (1, 1, {})
    assert engine.ledger.held(YES) == 0
