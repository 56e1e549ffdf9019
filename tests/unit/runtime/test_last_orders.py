"""What may rest, by a journal alone: in doubt one order too many, never one of somebody else's."""

from pathlib import Path

from tests.unit.core.building import market

from polywire.core.ids import FillId, InstrumentId, OrderId, RunId, StrategyId, VenueOrderId
from polywire.core.ledger.dump import dump
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import (
    AccountReported,
    ForeignOrder,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderSigned,
    OrderUnknown,
    Settlement,
)
from polywire.core.model.command import PlaceOrder
from polywire.core.model.event import Record
from polywire.core.model.instrument import Side
from polywire.core.model.intent import TimeInForce
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.journal.log import Journal
from polywire.runtime.last_orders import may_rest

MARKET = market()
YES = MARKET.outcomes[0].instrument
NOW = Ns(1_700_000_000_000_000_000)


def venue(number: int) -> VenueOrderId:
    return VenueOrderId(f"0x{number:064x}")


def placed(number: int, shares: int = 10) -> list[Record]:
    order = PlaceOrder(
        OrderId(f"o{number}"), StrategyId("s"), MARKET.id, YES, Side.BUY, Price(500_000),
        Quantity(shares * 1_000_000), TimeInForce.GTC, post_only=False,
    )  # fmt: skip
    return [order, OrderSigned(NOW, order.order_id, venue(number))]


def filled(number: int, shares: int, fill: str) -> OrderFilled:
    return OrderFilled(
        NOW, NOW, OrderId(f"o{number}"), FillId(fill), Price(500_000),
        Quantity(shares * 1_000_000), Money(0), maker=True, settlement=Settlement.PENDING,
    )  # fmt: skip


def left(folder: Path, *records: Record, state: bytes = b"") -> list[VenueOrderId]:
    with Journal(folder, RunId("run")) as journal:
        if state:
            journal.snapshot(state, NOW)
        for record in records:
            journal.append(record, NOW)
    return may_rest(folder)


def test_without_a_journal_nothing_may_rest(tmp_path: Path) -> None:
    assert may_rest(tmp_path / "none") == []


def test_what_was_signed_may_rest_until_its_end_is_proven(tmp_path: Path) -> None:
    found = left(
        tmp_path,
        *placed(1),
        *placed(2),
        OrderAccepted(NOW, OrderId("o2")),
        *placed(3),
        OrderUnknown(NOW, OrderId("o3"), "no answer"),
        *placed(4),
        OrderCancelled(NOW, OrderId("o4"), "asked"),
        *placed(5),
        OrderRejected(NOW, OrderId("o5"), "no money"),
        placed(6)[0],
    )
    assert found == [venue(1), venue(2), venue(3)]


def test_a_refusal_does_not_end_what_the_venue_has_accepted(tmp_path: Path) -> None:
    accepted, refused = OrderAccepted(NOW, OrderId("o1")), OrderRejected(NOW, OrderId("o1"), "late")
    assert left(tmp_path, *placed(1), accepted, refused) == [venue(1)]


def test_a_fill_told_twice_counts_once(tmp_path: Path) -> None:
    half = filled(1, 5, "a")
    assert left(tmp_path, *placed(1), half, half) == [venue(1)]
    assert left(tmp_path, filled(1, 5, "b")) == []


def test_what_the_venue_shows_after_its_end_may_rest_and_others_never(tmp_path: Path) -> None:
    shown = AccountReported(NOW, Money(0), (), ((venue(1), Quantity(5)), (venue(9), Quantity(5))))
    foreign = ForeignOrder(NOW, venue(8), InstrumentId(YES), Side.BUY, Price(1), Quantity(1))
    ended = OrderCancelled(NOW, OrderId("o1"), "asked")
    assert left(tmp_path, *placed(1), ended, foreign, shown) == [venue(1)]


def test_it_goes_on_from_the_ledgers_own_dump(tmp_path: Path) -> None:
    ledger = Ledger()
    ledger.list_market(MARKET)
    for number in (1, 2, 3):
        order, signed = placed(number)
        assert isinstance(order, PlaceOrder)
        assert isinstance(signed, OrderSigned)
        ledger.sent(order, NOW)
        ledger.sign(signed)
    ledger.apply_order(OrderAccepted(NOW, OrderId("o1")))
    ledger.apply_order(OrderCancelled(NOW, OrderId("o2"), "asked"))
    ended = OrderCancelled(NOW, OrderId("o3"), "asked")
    assert left(tmp_path, ended, state=dump(ledger)) == [venue(1)]
