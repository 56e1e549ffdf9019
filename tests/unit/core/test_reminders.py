"""When lost cancels are asked again, and when orders without a proven fate are looked up."""

import pytest
from tests.unit.core.building import (
    BUY,
    MS,
    SECOND,
    SHARE,
    Scripted,
    cancelled,
    cut,
    fill,
    forty_sixty,
    place,
    placed,
    quote,
    told,
)
from tests.unit.core.started import ACCEPT, FIRST, T0, bid_at, changing, running, with_order

from polywire.core.engine.engine import Engine
from polywire.core.ids import VenueOrderId
from polywire.core.ledger.order import OrderState
from polywire.core.model.account import (
    OrderCancelled,
    OrderMissing,
    OrderSigned,
    OrderUnknown,
)
from polywire.core.model.command import LookUpOrder
from polywire.core.model.control import RunStarted
from polywire.core.units import Money, Ns

HASH = VenueOrderId("0x" + "a" * 64)
SIGNED = OrderSigned(Ns(T0), FIRST, HASH)


def unknown(at: int) -> OrderUnknown:
    return OrderUnknown(Ns(at), FIRST, "time-out")


def missing(at: int) -> OrderMissing:
    return OrderMissing(Ns(at), FIRST, "Order not found")


def sent(strategy: Scripted) -> Engine:
    """An engine whose first order was sent at T0; nothing has been heard of it."""
    engine = running(strategy)
    assert [order.order_id for order in placed(cut(engine, T0))] == [FIRST]
    told(engine, SIGNED)
    return engine


def unwanted() -> Engine:
    """An engine whose order rests, and whose strategy has just stopped wanting it."""
    return with_order(changing((quote(),), ()))


def asked_at(engine: Engine, until: int, kind: str) -> list[int]:
    """At which tenths of a second after T0 something of this kind was told."""
    found = []
    for tenth in range(1, until * 10 + 1):
        commands = cut(engine, T0 + tenth * 100 * MS)
        found += [tenth for command in commands if type(command).__name__ == kind]
    return found


def test_an_unanswered_cancel_is_told_again_with_pauses_that_double_to_half_a_minute() -> None:
    engine = unwanted()
    assert asked_at(engine, 125, "CancelOrder") == [1, 21, 61, 141, 301, 601, 901, 1201]


def test_an_answered_cancel_is_not_told_again() -> None:
    engine = unwanted()
    assert cancelled(cut(engine, T0 + 1)) == [FIRST]
    told(engine, OrderCancelled(Ns(T0), FIRST, "unwanted"))
    assert asked_at(engine, 10, "CancelOrder") == []


def test_what_became_of_an_order_whose_cancel_was_asked_twice_in_vain_is_looked_up() -> None:
    engine = unwanted()
    assert asked_at(engine, 4, "LookUpOrder") == [21, 31]


def test_an_order_without_any_answer_is_looked_up_after_five_seconds() -> None:
    assert asked_at(sent(bid_at(50)), 115, "LookUpOrder") == [
        *(50, 60, 80, 120, 200, 360, 660, 960),
    ]


def test_an_unknown_order_is_looked_up_at_once_by_what_the_venue_calls_it() -> None:
    engine = sent(bid_at(50))
    cut(engine, T0 + 1)
    told(engine, unknown(T0 + 2))
    assert cut(engine, T0 + 2) == [LookUpOrder(FIRST, HASH)]
    assert cut(engine, T0 + 3) == []
    assert cut(engine, T0 + 2 + SECOND) == [LookUpOrder(FIRST, HASH)]


def test_an_order_that_rests_after_all_is_looked_up_no_more() -> None:
    engine = sent(bid_at(50))
    told(engine, unknown(T0), ACCEPT)
    assert asked_at(engine, 40, "LookUpOrder") == []


@pytest.mark.parametrize("known", [True, False])
def test_after_a_restart_every_order_without_proof_is_looked_up_at_once(known: bool) -> None:
    before, engine = sent(bid_at(50)), running(bid_at(50))
    rows = [before.ledger.orders[FIRST].command, SIGNED, *([ACCEPT] if known else [])]
    engine = running(bid_at(50))
    for row in rows:
        engine.recover(row)
    told(engine, RunStarted(Ns(T0), "r2", "build", "", Money(0)))  # type: ignore[arg-type]
    looked = [one for one in cut(engine, T0 + 1) if isinstance(one, LookUpOrder)]
    assert looked == ([] if known else [LookUpOrder(FIRST, HASH)])


@pytest.mark.parametrize("start", ["sent", "unknown", "live"])
def test_an_order_counts_as_gone_once_it_was_denied_for_a_minute(start: str) -> None:
    engine = sent(bid_at(50))
    told(engine, *{"sent": [], "unknown": [unknown(T0)], "live": [ACCEPT]}[start])
    ledger, order = engine.ledger, engine.ledger.orders[FIRST]
    for seconds in (5, 6, 64):
        told(engine, missing(T0 + seconds * SECOND))
        assert order.is_open
        assert ledger.reserved > 0
    told(engine, missing(T0 + 65 * SECOND))
    assert order.state is OrderState.MISSING
    assert (ledger.reserved, ledger.open_orders) == (0, {})


def test_being_seen_starts_the_minute_anew() -> None:
    engine = sent(bid_at(50))
    told(engine, missing(T0 + SECOND), ACCEPT, missing(T0 + 65 * SECOND))
    assert engine.ledger.orders[FIRST].is_open


def test_one_denial_however_late_proves_nothing() -> None:
    engine = sent(bid_at(50))
    told(engine, missing(T0 + 500 * SECOND))
    assert engine.ledger.orders[FIRST].is_open


def gone() -> Engine:
    """An engine that has given its order up, while its strategy would still want one like it."""
    engine = sent(bid_at(50))
    told(engine, missing(T0 + SECOND), missing(T0 + 61 * SECOND))
    told(engine, forty_sixty().snapshot(T0 + 61 * SECOND))
    assert not engine.ledger.open_orders
    return engine


def test_an_order_that_shows_up_after_all_counts_as_open_and_is_cancelled_at_once() -> None:
    engine = gone()
    told(engine, ACCEPT)
    assert engine.ledger.reserved == 5 * SHARE
    assert cancelled(cut(engine, T0 + 62 * SECOND)) == [FIRST]
    told(engine, OrderCancelled(Ns(T0), FIRST, "unwanted"))
    assert (engine.ledger.reserved, engine.ledger.open_orders) == (0, {})


def test_a_fill_of_what_was_taken_for_gone_shows_that_the_rest_is_open() -> None:
    engine = gone()
    told(engine, fill("f1", FIRST, 50, 4))
    assert engine.ledger.could_buy(place().instrument) == 6 * SHARE
    assert cancelled(cut(engine, T0 + 62 * SECOND)) == [FIRST]
    told(engine, fill("f2", FIRST, 50, 6))
    assert (engine.ledger.reserved, engine.ledger.open_orders) == (0, {})


def test_a_whole_fill_of_what_was_taken_for_gone_leaves_nothing_open() -> None:
    engine = gone()
    told(engine, fill("f1", FIRST, 50, 10))
    assert engine.ledger.open_orders == {}
    assert engine.ledger.orders[FIRST].state is OrderState.CLOSED
    assert place().side is BUY
