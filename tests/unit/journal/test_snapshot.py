"""Where recovery starts and what it reads."""

from pathlib import Path

import pytest

from polywire.core.errors import JournalError
from polywire.core.ids import OrderId, RunId
from polywire.core.model.account import OrderAccepted
from polywire.core.model.control import Cut
from polywire.core.units import Ns
from polywire.journal.files import readable
from polywire.journal.log import Journal
from polywire.journal.reader import ACCOUNT_ROWS, read_all
from polywire.journal.snapshot import NEWEST, recover

NOON = Ns(1_732_708_800_000_000_000)
DAY = 86_400_000_000_000
RUN = RunId("first")


def accepted(count: int) -> OrderAccepted:
    return OrderAccepted(Ns(NOON + count), OrderId(f"first-{count}"))


def test_without_a_journal_there_is_nothing_to_recover(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        found = recover(folder)
        assert (found.seq, found.ledger, list(found.records)) == (0, None, [])


def test_without_a_snapshot_all_account_history_is_read(tmp_path: Path) -> None:
    with Journal(tmp_path, RUN) as journal:
        for record in (accepted(1), Cut(NOON), accepted(3)):
            journal.append(record, NOON)
    found = recover(tmp_path)
    assert (found.seq, found.ledger) == (0, None)
    assert list(found.records) == [(1, accepted(1)), (3, accepted(3))]


def test_recovery_starts_at_the_newest_snapshot_whatever_day_it_is_of(tmp_path: Path) -> None:
    with Journal(tmp_path, RUN) as journal:
        journal.append(accepted(1), NOON)
        assert journal.snapshot(b"old", NOON) == 2
        journal.append(accepted(3), NOON)
        assert journal.snapshot(b"new", NOON) == 4
        journal.append(accepted(5), NOON)
        journal.append(Cut(NOON), NOON)
        journal.append(accepted(7), Ns(NOON + DAY))
    found = recover(tmp_path)
    assert (found.seq, found.ledger) == (4, b"new")
    assert list(found.records) == [(5, accepted(5)), (7, accepted(7))]
    assert [seq for seq, _ in read_all(tmp_path)] == [1, 3, 5, 6, 7]


def test_of_two_days_with_a_snapshot_the_later_is_where_recovery_starts(tmp_path: Path) -> None:
    with Journal(tmp_path, RUN) as journal:
        journal.snapshot(b"old", NOON)
        journal.append(accepted(2), NOON)
        journal.snapshot(b"new", Ns(NOON + DAY))
        journal.append(accepted(4), Ns(NOON + DAY))
    found = recover(tmp_path)
    assert (found.seq, found.ledger) == (3, b"new")
    assert list(found.records) == [(4, accepted(4))]


def test_a_damaged_snapshot_is_refused(tmp_path: Path) -> None:
    with Journal(tmp_path, RUN) as journal:
        journal.snapshot(b"state" * 10, NOON)
    (path,) = tmp_path.glob("*.sqlite")
    path.write_bytes(path.read_bytes().replace(b"statestate", b"statestatf", 1))
    with pytest.raises(JournalError, match=r"row 1 of .* is damaged"):
        recover(tmp_path)


def test_recovery_does_not_touch_the_market_table(tmp_path: Path) -> None:
    with Journal(tmp_path, RUN) as journal:
        journal.append(accepted(1), NOON)
    (path,) = tmp_path.glob("*.sqlite")
    with readable(path) as connection:
        for query in (NEWEST, ACCOUNT_ROWS):
            plan = connection.execute(f"EXPLAIN QUERY PLAN {query}", {"after": 0}).fetchall()
            steps = [row[3] for row in plan]
            assert len(steps) == 1
            assert "account" in steps[0]
        (step,) = connection.execute(f"EXPLAIN QUERY PLAN {ACCOUNT_ROWS}", {"after": 0}).fetchall()
        assert step[3] == "SEARCH account USING INTEGER PRIMARY KEY (rowid>?)"
