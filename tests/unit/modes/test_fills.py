"""The fills of a journal: each once, how it ended, whose it was, what the venue calls it."""

import csv
import io
from pathlib import Path

from msgspec import structs
from tests.unit.core.building import market
from tests.unit.runtime.test_last_orders import MARKET, NOW, filled, placed, venue

from polywire.cli.export import table
from polywire.core.ids import FillId, RunId
from polywire.core.ledger.dump import dump
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.account import FillSettled, ForeignFill, OrderSigned, Settlement
from polywire.core.model.command import PlaceOrder
from polywire.core.model.event import Record
from polywire.core.model.instrument import Side
from polywire.core.model.market import InstrumentListed
from polywire.core.units import Money, Ns, Price, Quantity
from polywire.journal.log import Journal
from polywire.modes.fills import FillRow, fills_of

LISTED = InstrumentListed(NOW, MARKET)
BY_HAND = ForeignFill(
    NOW, Ns(NOW + 1_500_000), venue(9), FillId("z"), MARKET.outcomes[1].instrument, Side.SELL,
    Price(250_000), Quantity(1_250_000), Money(10), maker=False, settlement=Settlement.FINAL,
)  # fmt: skip


def read(folder: Path, *records: Record, state: bytes = b"") -> list[FillRow]:
    with Journal(folder, RunId("run")) as journal:
        if state:
            journal.snapshot(state, NOW)
        for record in records:
            journal.append(record, NOW)
    return fills_of(folder, lambda _: None)


def test_a_fill_is_one_row_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        LISTED,
        *placed(1),
        filled(1, 4, "a"),
        filled(1, 6, "b"),
        filled(1, 4, "a"),
        FillSettled(NOW, FillId("b"), Settlement.REVERSED),
        FillSettled(NOW, FillId("a"), Settlement.FINAL),
        BY_HAND,
    )
    assert [(row.fill_id, row.state, row.shares) for row in rows] == [
        ("a", "final", "4"),
        ("b", "reversed", "6"),
        ("z", "final", "1.25"),
    ]
    first, _, last = rows
    assert (first.strategy, first.side, first.price, first.maker) == ("s", "BUY", "0.5", True)
    assert (first.order_id, first.venue_order_id) == ("o1", venue(1))
    assert first.time == "2023-11-14T22:13:20.000000Z"
    assert (last.strategy, last.order_id, last.venue_order_id) == ("", "", venue(9))
    assert (last.side, last.fee, last.outcome) == ("SELL", "0.00001", MARKET.outcomes[1].name)
    assert last.time == "2023-11-14T22:13:20.001500Z"


def test_orders_from_before_the_journal_are_known_from_its_first_snapshot(tmp_path: Path) -> None:
    ledger, (order, signed) = Ledger(), placed(1)
    assert isinstance(order, PlaceOrder)
    assert isinstance(signed, OrderSigned)
    ledger.list_market(MARKET)
    ledger.sent(order, NOW)
    ledger.sign(signed)
    (row,) = read(tmp_path, filled(1, 4, "a"), state=dump(ledger))
    assert (row.strategy, row.venue_order_id, row.market) == ("s", venue(1), MARKET.id)


def test_a_fill_of_an_order_nobody_knows_is_told_as_far_as_it_goes(tmp_path: Path) -> None:
    (row,) = read(tmp_path, filled(1, 4, "a"))
    assert (row.order_id, row.strategy, row.side, row.price) == ("o1", "", "", "0.5")


def test_the_table_is_csv_that_no_spreadsheet_runs(tmp_path: Path) -> None:
    listed = InstrumentListed(NOW, market(question='=HYPERLINK("x"), "y"'))
    (row,) = read(tmp_path, listed, *placed(1), filled(1, 4, "a"))
    head, line = csv.reader(io.StringIO(table([row]).decode()))
    assert head[:3] == ["time", "strategy", "market"]
    assert line[head.index("question")] == "'" + '=HYPERLINK("x"), "y"'
    assert line[head.index("shares")] == "4"


def test_what_others_paid_as_takers_is_not_known_and_as_makers_nothing(tmp_path: Path) -> None:
    free = structs.replace(BY_HAND, fee=Money(0))
    made = structs.replace(free, fill_id=FillId("y"), maker=True)
    assert [row.fee for row in read(tmp_path, LISTED, free, made)] == ["", "0"]
