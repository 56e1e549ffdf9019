"""From when on a run that takes up where another ended asks for trades."""

from tests.unit.core.building import fill as filled
from tests.unit.core.building import market, place

from polywire.core.ids import FillId, OrderId
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import FillSettled, OrderCancelled, Settlement
from polywire.core.units import DAY, Ns
from polywire.modes.live import _since

NOW = Ns(1_000 * DAY)


def ledger_with(sent_ns: int) -> Ledger:
    """A ledger with one open order."""
    ledger = Ledger()
    ledger.list_market(market())
    ledger.sent(place(), Ns(sent_ns))
    return ledger


def test_with_nothing_under_way_nothing_can_be_missing() -> None:
    assert _since(Ledger(), NOW) == NOW


def test_with_an_order_under_way_a_day_is_asked_for() -> None:
    assert _since(ledger_with(NOW - 5), NOW) == NOW - DAY


def test_after_a_long_weekend_all_is_asked_for_since_the_order_was_sent() -> None:
    assert _since(ledger_with(NOW - 3 * DAY), NOW) == NOW - 3 * DAY


def test_a_closed_order_counts_until_its_fills_are_settled() -> None:
    ledger = ledger_with(NOW - 3 * DAY)
    ledger.apply_fill(filled("f", settlement=Settlement.PENDING))
    ledger.apply_order(OrderCancelled(NOW, OrderId("o1"), "cancelled"))
    assert _since(ledger, NOW) == NOW - 3 * DAY
    ledger.apply_settlement(FillSettled(NOW, FillId("f"), Settlement.FINAL))
    assert _since(ledger, NOW) == NOW
