"""The journal as a running engine uses it: numbers, barriers, days, capture, and its lock."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from polywire.core.errors import JournalError
from polywire.core.ids import FeedId, MarketId, OrderId, RunId
from polywire.core.model.account import OrderAccepted
from polywire.core.model.control import Cut
from polywire.core.model.event import Record
from polywire.core.model.market import BookDelta, Proof
from polywire.core.units import Ns, Price, Quantity
from polywire.journal.capture import Capture
from polywire.journal.log import Journal, Sync
from polywire.journal.reader import read_account, read_all

NOON = Ns(1_732_708_800_000_000_000)
"""2024-11-27 12:00:00 UTC."""
HOURS_12 = 43_200_000_000_000
RUN = RunId("first")


def accepted(count: int) -> OrderAccepted:
    return OrderAccepted(Ns(NOON + count), OrderId(f"first-{count}"))


def delta(bid: int, ask: int, *, touch: bool = True) -> BookDelta:
    return BookDelta(
        recv_ns=NOON,
        venue_ns=NOON,
        market=MarketId("0xabc"),
        levels=((0, Price(bid), Quantity(5_000_000)),),
        proofs=(Proof(0, "", Price(bid), Price(ask), touch),),
        feed=FeedId("ws-1"),
        first_ns=NOON,
    )


def everything(path: Path) -> list[tuple[int, Record]]:
    return list(read_all(path))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "journal.lock")


def test_rows_come_back_as_taken_and_numbered_from_one(tmp_path: Path) -> None:
    taken: list[Record] = [delta(1, 2), accepted(1), Cut(NOON), accepted(2)]
    with Journal(tmp_path, RUN) as journal:
        assert [journal.append(record, NOON) for record in taken] == [1, 2, 3, 4]
        assert journal.seq == 4
    assert everything(tmp_path) == list(enumerate(taken, 1))
    assert list(read_account(tmp_path)) == [(2, accepted(1)), (4, accepted(2))]


def test_what_is_not_yet_committed_is_not_seen_and_a_barrier_shows_it(tmp_path: Path) -> None:
    with Journal(tmp_path, RUN) as journal:
        journal.append(accepted(1), NOON)
        assert everything(tmp_path) == []
        journal.barrier()
        assert everything(tmp_path) == [(1, accepted(1))]


def test_the_number_of_waiting_rows_is_bounded(tmp_path: Path) -> None:
    with Journal(tmp_path, RUN) as journal:
        for count in range(1_000):
            journal.append(accepted(count), NOON)
        assert len(everything(tmp_path)) >= 1_000 - 256


def test_numbers_go_on_in_the_next_run(tmp_path: Path) -> None:
    with Journal(tmp_path, RUN) as journal:
        journal.append(accepted(1), NOON)
    with Journal(tmp_path, RunId("second")) as journal:
        assert journal.append(accepted(2), NOON) == 2
    assert names(tmp_path) == ["2024-11-27.first.1.sqlite", "2024-11-27.second.2.sqlite"]
    assert [seq for seq, _ in everything(tmp_path)] == [1, 2]


def test_a_new_utc_day_starts_a_new_file_and_an_older_time_does_not(tmp_path: Path) -> None:
    midnight = Ns(NOON + HOURS_12)
    with Journal(tmp_path, RUN) as journal:
        for at in (Ns(midnight - 1), midnight, Ns(midnight - 1)):
            journal.append(Cut(at), at)
    assert names(tmp_path) == ["2024-11-27.first.1.sqlite", "2024-11-28.first.2.sqlite"]
    assert [seq for seq, _ in everything(tmp_path)] == [1, 2, 3]
    assert [seq for seq, _ in everything(tmp_path / "2024-11-28.first.2.sqlite")] == [2, 3]


def test_touch_capture_keeps_changes_of_a_best_price_and_all_account_rows(tmp_path: Path) -> None:
    taken = [
        delta(10, 20),
        delta(10, 20),
        accepted(1),
        delta(11, 20),
        delta(11, 20, touch=False),
        Cut(NOON),
    ]
    with Journal(tmp_path, RUN, capture=Capture.TOUCH) as journal:
        assert [journal.append(record, NOON) for record in taken] == [1, 2, 3, 4, 5, 6]
    assert [seq for seq, _ in everything(tmp_path)] == [1, 3, 4, 5, 6]


def test_capture_of_nothing_keeps_account_rows_and_their_numbers(tmp_path: Path) -> None:
    with Journal(tmp_path, RUN, capture=Capture.NONE) as journal:
        for record in (delta(1, 2), accepted(1), Cut(NOON), accepted(2)):
            journal.append(record, NOON)
    assert everything(tmp_path) == [(2, accepted(1)), (4, accepted(2))]


@pytest.mark.parametrize(("sync", "expected"), [(Sync.NORMAL, 1), (Sync.FULL, 2)])
def test_the_database_waits_for_the_disk_as_told(tmp_path: Path, sync: Sync, expected: int) -> None:
    with Journal(tmp_path, RUN, sync=sync) as journal:
        journal.append(accepted(1), NOON)
        assert journal._connection is not None
        assert journal._connection.execute("PRAGMA synchronous").fetchone() == (expected,)
        assert journal._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_second_engine_is_refused_and_told_who_has_the_folder(tmp_path: Path) -> None:
    second = (
        "import sys; from pathlib import Path; from polywire.journal.log import Journal\n"
        "Journal(Path(sys.argv[1]), 'second')"
    )
    with Journal(tmp_path, RUN):
        refused = subprocess.run(
            [sys.executable, "-c", second, str(tmp_path)],
            check=False,
            capture_output=True,
            text=True,
        )
        assert refused.returncode == 1
        assert f"in use by process {os.getpid()};" in refused.stderr
    Journal(tmp_path, RunId("second")).close()


def test_another_version_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with Journal(tmp_path, RUN) as journal:
        journal.append(accepted(1), NOON)
    (path,) = tmp_path.glob("*.sqlite")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = '7' WHERE key = 'version'")
    connection.close()
    with pytest.raises(JournalError, match="has version 7, this build reads version 1"):
        everything(tmp_path)
    for _ in range(2):  # a refusal leaves the folder free
        with pytest.raises(JournalError, match="has version 7"):
            Journal(tmp_path, RUN)


def test_a_full_disk_is_an_error_that_loses_nothing_and_passes(tmp_path: Path) -> None:
    with Journal(tmp_path, RUN) as journal:
        journal.append(accepted(1), NOON)
        journal.barrier()
        assert journal._connection is not None
        (pages,) = journal._connection.execute("PRAGMA page_count").fetchone()
        journal._connection.execute(f"PRAGMA max_page_count = {pages}")
        for count in range(2, 258):
            journal.append(accepted(count), NOON)
        for _ in range(2):
            with pytest.raises(JournalError, match="256 records wait in memory"):
                journal.barrier()
        with pytest.raises(JournalError, match="full"):
            journal.append(accepted(258), NOON)
        assert journal.seq == 257
        assert everything(tmp_path) == [(1, accepted(1))]
        journal._connection.execute("PRAGMA max_page_count = 1000000")
        assert journal.append(accepted(258), NOON) == 258
    assert everything(tmp_path) == [(count, accepted(count)) for count in range(1, 259)]


def test_closing_twice_is_harmless_and_leaves_one_plain_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path, RUN)
    journal.append(accepted(1), NOON)
    journal.close()
    journal.close()
    assert names(tmp_path) == ["2024-11-27.first.1.sqlite"]
    with pytest.raises(AssertionError, match="closed journal"):
        journal.append(accepted(2), NOON)


def test_a_day_that_cannot_be_started_is_an_error_until_it_can(tmp_path: Path) -> None:
    midnight = Ns(NOON + HOURS_12)
    in_the_way = tmp_path / "2024-11-28.first.2.sqlite"
    with Journal(tmp_path, RUN) as journal:
        in_the_way.mkdir()
        journal.append(accepted(1), NOON)
        for _ in range(2):
            with pytest.raises(JournalError, match="unable to open database file"):
                journal.append(accepted(2), midnight)
        assert journal.seq == 1
        in_the_way.rmdir()
        assert journal.append(accepted(2), Ns(midnight - 1)) == 2
        assert journal.append(accepted(3), midnight) == 3
    assert everything(tmp_path) == [(count, accepted(count)) for count in (1, 2, 3)]


def test_a_failed_checkpoint_is_told_at_the_next_barrier(tmp_path: Path) -> None:
    with Journal(tmp_path, RUN) as journal:
        journal.append(accepted(1), NOON)
        assert journal._checkpointer is not None
        journal._checkpointer.error = sqlite3.OperationalError("disk I/O error")
        with pytest.raises(JournalError, match="disk I/O error; 0 records wait"):
            journal.barrier()
        assert everything(tmp_path) == [(1, accepted(1))]
        journal.append(accepted(2), NOON)
        journal.barrier()


def test_the_log_is_emptied_beside_the_loop(tmp_path: Path) -> None:
    with Journal(tmp_path, RUN) as journal:
        for count in range(20_000):
            journal.append(accepted(count), NOON)
        journal.barrier()
        assert journal._checkpointer is not None
        journal._checkpointer.finish(wait=True)
        (path,) = tmp_path.glob("*.sqlite")
        assert path.stat().st_size > 20_000 * len("OrderAccepted")


def test_a_run_that_died_before_its_first_commit_leaves_no_trace(tmp_path: Path) -> None:
    with Journal(tmp_path, RUN) as journal:
        journal.append(accepted(1), NOON)
    (tmp_path / "2024-11-27.zero.2.sqlite").touch()
    (tmp_path / "2024-11-27.zero.2.sqlite-wal").touch()
    with Journal(tmp_path, RunId("alpha")) as journal:
        assert journal.append(accepted(2), NOON) == 2
    assert names(tmp_path) == ["2024-11-27.alpha.2.sqlite", "2024-11-27.first.1.sqlite"]
    with Journal(tmp_path, RunId("beta")) as journal:
        assert journal.seq == 2


def test_a_folder_that_cannot_be_made_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match="file/journal cannot be used"):
        Journal(tmp_path / "file" / "journal", RUN)


def test_it_knows_when_its_names_lead_to_other_files(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    with Journal(folder, RUN) as journal:
        assert journal.strays() == []
        journal.append(accepted(1), NOON)
        journal.barrier()
        assert journal.strays() == []
        (database,) = folder.glob("*.sqlite")
        log, lock = folder / f"{database.name}-wal", folder / "journal.lock"
        assert log.exists()
        journal.append(accepted(2), Ns(NOON + HOURS_12))
        assert journal.strays() == [], "the next day has a file of its own"
        (database,) = folder.glob("2024-11-28*.sqlite")
        log = folder / f"{database.name}-wal"
        for path in (log, lock):
            kept = path.rename(tmp_path / path.name)
            assert journal.strays() == [path]
            path.write_bytes(kept.read_bytes())
            assert journal.strays() == [path], "a copy is not what is open"
            kept.rename(path)
            assert journal.strays() == []
        moved = folder.rename(tmp_path / "moved")
        assert journal.strays() == [lock, database, log]
        moved.rename(folder)
