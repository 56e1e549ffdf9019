"""An audit demands the recorded commands, byte for byte, run by run; recovery sends nothing."""

from pathlib import Path

import pytest
from msgspec import structs
from tests.unit.core.building import (
    BUY,
    SECOND,
    Scripted,
    engine,
    fill,
    forty_sixty,
    opening,
    place,
    quote,
    seat,
)

from polywire.core.engine.engine import Engine
from polywire.core.errors import ConfigError, ReplayMismatch
from polywire.core.ids import MarketId, RunId, VenueOrderId
from polywire.core.ledger.dump import dump
from polywire.core.model.account import OrderSigned
from polywire.core.model.command import PlaceOrder
from polywire.core.model.control import AlertRaised, Cut, RunStarted
from polywire.core.model.counts import FeedsCounted, MarketCount
from polywire.core.model.event import History, Record
from polywire.core.risk.gate import Approved
from polywire.core.units import Money, Ns
from polywire.journal.log import Journal
from polywire.journal.record import LedgerSnapshot
from polywire.modes.replay import recover
from polywire.observe.auditor import Auditor

T0 = 100 * SECOND


def bidder(_: RunStarted | None = None) -> Engine:
    """An engine whose one strategy bids for 10 at 40 cents."""
    return engine(seat(Scripted(lambda _: (quote(BUY, 40),))))


def recorded() -> list[Record]:
    """A run as its journal has it: opening, a cut, the order, its fill, another cut and order."""
    live = bidder()
    records: list[Record] = []
    for event in [
        *opening(forty_sixty(), at=T0),
        Cut(Ns(T0)),
        fill("f1", "run-1", cents=40, shares=10),
        Cut(Ns(T0 + 1)),
    ]:
        records.append(event)
        records += [
            command.order if isinstance(command, Approved) else command
            for command in live.handle(event)
        ]
    return records


def audited(records: list[Record]) -> Auditor:
    auditor = Auditor(bidder)
    for seq, record in enumerate(records, start=1):
        auditor.take(seq, record)
    return auditor


def orders_at(records: list[Record]) -> list[int]:
    return [at for at, record in enumerate(records) if type(record).__name__ == "PlaceOrder"]


def test_the_same_events_give_the_same_commands() -> None:
    records = recorded()
    seen = audited(records).seen
    assert (seen.runs, seen.cuts) == (1, 2)
    assert len(orders_at(records)) == 2
    assert seen.commands == 3, "two orders, and that the day began"


def test_the_names_of_orders_stand_between_the_commands_of_their_cut() -> None:
    records: list[Record] = []
    for record in recorded():
        records.append(record)
        if isinstance(record, PlaceOrder):
            records.append(OrderSigned(Ns(T0), record.order_id, VenueOrderId("0xaa")))
    assert audited(records).seen.commands == 3


def test_any_other_event_between_the_commands_of_a_cut_is_a_mismatch() -> None:
    records = recorded()
    (first, _) = orders_at(records)
    records.insert(first, AlertRaised(Ns(T0), "name", "text"))
    with pytest.raises(ReplayMismatch, match="recorded nothing"):
        audited(records)


@pytest.mark.parametrize(
    "alert",
    [
        AlertRaised(Ns(T0), "latency receive_to_decision", "slow"),
        FeedsCounted(Ns(T0), Ns(T0), Ns(1), 9, (MarketCount(MarketId("m"), *[9] * 9),), (), (), ()),
    ],
)
def test_what_is_told_in_a_journal_changes_no_command_and_no_account(
    tmp_path: Path, alert: AlertRaised | FeedsCounted
) -> None:
    records: list[Record] = []
    for record in recorded():
        records += [alert, record] if isinstance(record, Cut) else [record]
    assert audited(records).seen.commands == 3
    with Journal(tmp_path, RunId("run")) as journal:
        for record in records:
            journal.append(record, Ns(T0))
    found = bidder()
    assert recover(found, tmp_path)
    assert found.ledger.cash == 996_000_000


def test_a_command_that_differs_in_one_micro_is_named_with_its_number() -> None:
    records = recorded()
    at = orders_at(records)[1]
    order = records[at]
    records[at] = structs.replace(order, price=order.price - 1)  # type: ignore[union-attr]
    with pytest.raises(ReplayMismatch, match=rf"^seq {at + 1}: recorded PlaceOrder.*replayed Pl"):
        audited(records)


def test_a_command_too_many_or_too_few_is_a_mismatch() -> None:
    records = recorded()
    at = orders_at(records)[0]
    with pytest.raises(ReplayMismatch, match="recorded nothing"):
        audited(records[:at] + records[at + 1 :])
    with pytest.raises(ReplayMismatch, match="replayed nothing"):
        audited([*records, place("run-9")])


def test_a_crash_may_cut_a_run_off_after_its_cut_and_the_next_begins_with_its_account() -> None:
    first = recorded()[:-1]  # the last order was never written
    again = bidder()
    for record in first:
        if not isinstance(record, Cut):
            again.recover(record)
    second: list[Record] = []
    started, *market = opening(forty_sixty(), at=T0 + SECOND)
    assert isinstance(started, RunStarted)
    begun = structs.replace(started, run=RunId("second"), cash=Money(0))
    for event in [begun, *market, Cut(Ns(T0 + SECOND))]:
        second.append(event)
        second += [
            command.order if isinstance(command, Approved) else command
            for command in again.handle(event)
        ]
    seen = audited(first + second).seen
    assert seen.runs == 2
    assert again.ledger.cash == 1_000_000_000 - 4_000_000


def test_recovery_continues_where_the_journal_ends(tmp_path: Path) -> None:
    assert not recover(bidder(), tmp_path / "never")
    with Journal(tmp_path, RunId("run")) as journal:
        for record in recorded():
            journal.append(record, Ns(T0))
    found = bidder()
    assert recover(found, tmp_path)
    assert found.ledger.cash == 996_000_000
    assert found.ledger.held(place().instrument) == 10_000_000
    assert [*found.ledger.open_orders] == ["run-2"]


def test_a_snapshot_alone_is_an_account_to_continue(tmp_path: Path) -> None:
    live = engine()
    live.handle(RunStarted(Ns(T0), RunId("run"), "build", "", Money(5)))
    with Journal(tmp_path, RunId("run")) as journal:
        journal.snapshot(dump(live.ledger), Ns(T0))
    found = engine()
    assert recover(found, tmp_path), "or it would be given its cash a second time"
    assert found.ledger.cash == 5


def test_a_run_that_continues_an_account_is_not_judged_without_its_history() -> None:
    started = RunStarted(Ns(T0), RunId("second"), "b", "c", Money(0))
    auditor = Auditor(bidder)
    with pytest.raises(ConfigError, match=r"^the run at seq 802 continues an account"):
        auditor.take(802, started)


def test_a_run_after_a_ledger_snapshot_begins_from_it() -> None:
    first = bidder()
    for record in recorded():
        if isinstance(record, History):
            first.recover(record)
    auditor = Auditor(bidder)
    auditor.take(50, LedgerSnapshot(Ns(T0), dump(first.ledger)))
    auditor.take(51, RunStarted(Ns(T0), RunId("second"), "b", "c", Money(0)))
    assert auditor.seen.runs == 1
    assert auditor.engine is not None
    assert auditor.engine.ledger.cash == first.ledger.cash
