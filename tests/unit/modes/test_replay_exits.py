"""A journal with exits replays byte for byte, and an engine recovered from it goes on selling."""

from pathlib import Path

import pytest
from msgspec import structs
from tests.unit.core.building import BUY, Scripted, engine, fill, placed, quote, seat
from tests.unit.core.guarding import KEY, WATCH, Held

from polywire.core.engine.engine import Command, Engine
from polywire.core.errors import ReplayMismatch
from polywire.core.ids import RunId
from polywire.core.model.command import ExitMoved, ExitStep
from polywire.core.model.control import Cut, RunStarted
from polywire.core.model.event import Event, History, Record
from polywire.core.model.intent import Quote
from polywire.core.risk.gate import Approved
from polywire.core.units import Ns, Price
from polywire.core.view import MarketView
from polywire.journal.log import Journal
from polywire.modes.replay import recover
from polywire.observe.auditor import Auditor

PLAN = structs.replace(WATCH, trail=WATCH.stop)


def wants(view: MarketView) -> tuple[Quote, ...]:
    return () if view.held(0) else (quote(BUY, 40, 10),)


class Written(Held):
    """Keeps what a journal would."""

    def __init__(self) -> None:
        self.rows: list[Record] = []
        super().__init__(PLAN)

    def _wants(self, view: MarketView) -> tuple[Quote, ...]:
        return wants(view)

    def tell(self, *events: Event) -> None:
        self.rows += events
        super().tell(*events)

    def cut(self, later: int = 10_000_000) -> list[Command]:
        self.now += later
        cut = Cut(Ns(self.now))
        said = self.engine.handle(cut)
        self.rows += [cut, *(one.order if isinstance(one, Approved) else one for one in said)]
        return said


def again(_: RunStarted | None = None) -> Engine:
    place = seat(Scripted(wants), dwell=10**9)
    place.exits = PLAN
    return engine(place)


def stopped() -> Written:
    """Bought, risen to a peak, fallen through the stop, and sold in part."""
    held = Written()
    held.cut()
    held.book((45, 100))
    held.cut()
    held.book((30, 100))
    (order,) = placed(held.cut())
    held.tell(fill("f1", order.order_id, 30, 4))
    held.gone(order.order_id)
    held.cut()
    return held


def exits(rows: list[Record]) -> list[ExitMoved]:
    return [row for row in rows if isinstance(row, ExitMoved)]


def audited(rows: list[Record]) -> Auditor:
    auditor = Auditor(again)
    for seq, row in enumerate(rows, start=1):
        auditor.take(seq, row)
    return auditor


def test_exits_are_told_as_rows_of_the_account() -> None:
    told = exits(stopped().rows)
    assert [(str(row.step), row.attempts, row.peak) for row in told] == [
        ("armed", 0, 0),
        ("armed", 0, 390_000),
        ("armed", 0, 450_000),
        ("selling", 0, 450_000),
        ("selling", 1, 450_000),
        ("selling", 2, 450_000),
    ]
    assert all(isinstance(row, History) for row in told)


def test_an_audit_makes_the_same_rows_and_notices_another_price() -> None:
    rows = stopped().rows
    orders = 3
    assert audited(rows).seen.commands == len(exits(rows)) + orders + 1
    at = rows.index(exits(rows)[3])
    moved = exits(rows)[3]
    rows[at] = structs.replace(moved, price=Price(moved.price - 1))
    with pytest.raises(ReplayMismatch, match=rf"^seq {at + 1}: recorded ExitMoved"):
        audited(rows)


def test_a_recovered_engine_knows_peak_and_attempts(tmp_path: Path) -> None:
    held = stopped()
    with Journal(tmp_path, RunId("run")) as journal:
        for row in held.rows:
            journal.append(row, Ns(held.now))
    found = again()
    assert recover(found, tmp_path)
    assert found.ledger.exits == held.engine.ledger.exits
    moved = found.ledger.exits[KEY]
    assert (moved.step, moved.attempts, moved.peak) == (ExitStep.SELLING, 2, 450_000)
