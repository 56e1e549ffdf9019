"""Of the orders of a long run, those that are over are forgotten first."""

import pytest
from tests.unit.core.building import market, place

from polywire.core.ids import OrderId
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import OrderAccepted, OrderCancelled
from polywire.core.units import Ns
from polywire.observe import order_histories
from polywire.observe.order_histories import OrderHistories


def listed() -> Ledger:
    """A ledger that knows one market."""
    ledger = Ledger()
    ledger.markets |= {one.instrument: market() for one in market().outcomes}
    return ledger


def test_an_order_that_is_open_stays_while_others_that_are_over_make_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(order_histories, "ORDERS_MAX", 3)
    ledger, histories = listed(), OrderHistories()
    for at in range(1, 7):
        command = place(f"o{at}")
        ledger.sent(command, Ns(at))
        histories.take(command, Ns(at), ledger)
        if at not in (1, 6):
            event = OrderCancelled(Ns(at), OrderId(f"o{at}"), "unwanted")
            ledger.apply_order(event)
            histories.take(event, Ns(at), ledger)
    assert list(histories.orders) == ["o1", "o5", "o6"]


def test_where_all_are_open_the_oldest_makes_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_histories, "ORDERS_MAX", 2)
    ledger, histories = listed(), OrderHistories()
    for at in range(1, 5):
        command = place(f"o{at}")
        ledger.sent(command, Ns(at))
        histories.take(command, Ns(at), ledger)
    assert list(histories.orders) == ["o3", "o4"]


def test_an_order_of_an_earlier_run_that_is_still_open_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(order_histories, "ORDERS_MAX", 2)
    ledger, histories = listed(), OrderHistories()
    ledger.sent(place("before"), Ns(1))
    ledger.apply_order(OrderAccepted(Ns(1), OrderId("before")))
    histories.begin(ledger)
    for at in range(2, 6):
        command = place(f"o{at}")
        event = OrderCancelled(Ns(at), command.order_id, "unwanted")
        ledger.sent(command, Ns(at))
        ledger.apply_order(event)
        for record in (command, event):
            histories.take(record, Ns(at), ledger)
    assert list(histories.orders) == ["before", "o5"]
