"""Reading torn, damaged, packed and running journals."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from polywire.core.errors import JournalError
from polywire.core.ids import OrderId, RunId
from polywire.core.model.account import OrderAccepted
from polywire.core.model.control import Cut
from polywire.core.units import Ns
from polywire.journal.capture import Capture
from polywire.journal.files import day_files, readable
from polywire.journal.log import Journal
from polywire.journal.reader import ALL_ROWS, read_account, read_all

NOON = Ns(1_732_708_800_000_000_000)
DAY = 86_400_000_000_000
RUN = RunId("first")
FIRST_DAY = "2024-11-27.first.1.sqlite"


def accepted(count: int) -> OrderAccepted:
    return OrderAccepted(Ns(NOON + count), OrderId(f"first-{count}"))


def write(folder: Path, counts: range, *, day: int = 0, run: RunId = RUN) -> None:
    """Odd numbers become account rows, even ones cuts."""
    with Journal(folder, run) as journal:
        for count in counts:
            record = accepted(count) if count % 2 else Cut(Ns(NOON + count))
            assert journal.append(record, Ns(NOON + day * DAY)) == count


def seqs(path: Path, after: int = 0) -> list[int]:
    return [seq for seq, _ in read_all(path, after)]


def alter(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        assert connection.execute(statement).rowcount > 0
    connection.close()


def torn_copy(folder: Path, target: Path, *, log_bytes: int) -> None:
    """The folder as a crash would leave it, with only the first bytes of the log on disk."""
    target.mkdir()
    for path in folder.iterdir():
        shutil.copyfile(path, target / path.name)
    (log,) = target.glob("*-wal")
    (shared,) = target.glob("*-shm")
    shared.unlink()
    with log.open("r+b") as file:
        file.truncate(log_bytes)


def test_reading_starts_behind_any_number_and_crosses_days_and_runs(tmp_path: Path) -> None:
    write(tmp_path, range(1, 2_500))
    write(tmp_path, range(2_500, 2_600), day=1, run=RunId("second"))
    write(tmp_path, range(2_600, 2_700), day=1, run=RunId("third"))
    for after in (0, 1, 999, 2_498, 2_499, 2_500, 2_599, 2_699):
        assert seqs(tmp_path, after) == list(range(after + 1, 2_700))
    assert [seq for seq, _ in read_account(tmp_path, 2_597)] == list(range(2_599, 2_700, 2))


def test_a_single_file_can_be_read_under_any_name(tmp_path: Path) -> None:
    write(tmp_path, range(1, 10))
    (tmp_path / FIRST_DAY).rename(tmp_path / "kept.db")
    assert seqs(tmp_path / "kept.db") == list(range(1, 10))
    assert seqs(tmp_path) == []


def test_a_folder_that_is_not_there_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"found none"):
        seqs(tmp_path / "nowhere")


def test_a_log_torn_at_any_place_gives_a_clean_beginning(tmp_path: Path) -> None:
    running = tmp_path / "running"
    with Journal(running, RUN) as journal:
        for count in range(1, 31):
            journal.append(accepted(count), NOON)
            journal.barrier()
        (log,) = running.glob("*-wal")
        size = log.stat().st_size
        lengths = set()
        for at in range(0, size, size // 40):
            torn = tmp_path / str(at)
            torn_copy(running, torn, log_bytes=at)
            found = seqs(torn)
            assert found == list(range(1, len(found) + 1))
            lengths.add(len(found))
            with Journal(torn, RunId("second")) as following:
                assert following.append(accepted(0), NOON) == len(found) + 1
            assert seqs(torn) == list(range(1, len(found) + 2))
        assert len(lengths) > 20


def test_a_file_whose_writer_died_at_once_is_empty(tmp_path: Path) -> None:
    write(tmp_path, range(1, 5))
    (tmp_path / "2024-11-27.second.5.sqlite").touch()
    assert seqs(tmp_path) == [1, 2, 3, 4]
    assert [seq for seq, _ in read_account(tmp_path)] == [1, 3]
    write(tmp_path, range(5, 8), run=RunId("third"))
    assert seqs(tmp_path) == list(range(1, 8))


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE account SET payload = CAST(replace(payload, 'first-3', 'first-4') AS BLOB)",
        "UPDATE account SET payload = 'text' WHERE seq = 3",
        "UPDATE account SET payload = NULL WHERE seq = 3",
        "UPDATE account SET kind = 'OrderRejected' WHERE seq = 3",
        "UPDATE account SET kind = NULL WHERE seq = 3",
        "UPDATE account SET checksum = checksum + 1 WHERE seq = 3",
    ],
)
def test_a_damaged_row_is_refused_with_file_and_number(tmp_path: Path, damage: str) -> None:
    write(tmp_path, range(1, 10))
    alter(tmp_path / FIRST_DAY, damage)
    for read in (read_all, read_account):
        found = []
        with pytest.raises(JournalError, match=rf"row 3 of .*{FIRST_DAY}"):
            found.extend(seq for seq, _ in read(tmp_path))


def test_swapped_rows_are_refused(tmp_path: Path) -> None:
    write(tmp_path, range(1, 10))
    alter(tmp_path / FIRST_DAY, "UPDATE account SET seq = -seq WHERE seq IN (3, 5)")
    alter(tmp_path / FIRST_DAY, "UPDATE account SET seq = 8 + seq WHERE seq < 0")
    with pytest.raises(JournalError, match=r"row 3 of .* is damaged"):
        seqs(tmp_path)


def test_a_missing_row_in_the_middle_is_refused_where_all_were_captured(tmp_path: Path) -> None:
    write(tmp_path, range(1, 10))
    alter(tmp_path / FIRST_DAY, "DELETE FROM market WHERE seq IN (4, 6)")
    with pytest.raises(
        JournalError, match=rf"rows 4 to 4 are missing before row 5 of .*{FIRST_DAY}"
    ):
        seqs(tmp_path)
    alter(tmp_path / FIRST_DAY, "DELETE FROM account WHERE seq = 1")
    with pytest.raises(JournalError, match="rows 1 to 1 are missing before row 2"):
        seqs(tmp_path)


def test_a_missing_day_in_the_middle_is_refused(tmp_path: Path) -> None:
    for day, counts in enumerate((range(1, 4), range(4, 7), range(7, 10))):
        write(tmp_path, counts, day=day, run=RunId(f"run{day}"))
    (tmp_path / "2024-11-28.run1.4.sqlite").unlink()
    with pytest.raises(JournalError, match="rows 4 to 6 are missing before row 7"):
        seqs(tmp_path)
    assert seqs(tmp_path, after=6) == [7, 8, 9]


def test_rows_left_out_by_choice_are_not_missed(tmp_path: Path) -> None:
    with Journal(tmp_path, RUN, capture=Capture.NONE) as journal:
        for count in range(1, 6):
            journal.append(accepted(count) if count == 3 else Cut(NOON), NOON)
    write(tmp_path, range(4, 7), run=RunId("second"))
    assert seqs(tmp_path) == [3, 4, 5, 6]


def test_pages_overwritten_in_the_middle_are_refused(tmp_path: Path) -> None:
    write(tmp_path, range(1, 4_000))
    path = tmp_path / FIRST_DAY
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2 // 4_096 * 4_096)
        file.write(b"\xa5" * 4_096)
    with pytest.raises(JournalError, match=FIRST_DAY):
        seqs(tmp_path)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    write(tmp_path, range(1, 4_000))
    path = tmp_path / FIRST_DAY
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    with pytest.raises(JournalError, match=FIRST_DAY):
        seqs(tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    write(tmp_path, range(1, 4))
    (tmp_path / FIRST_DAY).write_bytes(b"not a database, but long enough to look at " * 40)
    with pytest.raises(JournalError, match=rf"{FIRST_DAY} cannot be read: file is not a database"):
        seqs(tmp_path)


def test_a_reader_follows_a_running_journal_and_holds_nobody_up(tmp_path: Path) -> None:
    with Journal(tmp_path, RUN) as journal:
        journal.append(accepted(1), NOON)
        journal.barrier()
        reading = read_all(tmp_path)
        assert next(reading)[0] == 1
        for count in range(2, 2_000):
            journal.append(accepted(count), NOON)
        journal.barrier()
        connection = journal._connection
        assert connection is not None
        # Were the paused reader inside a transaction, the log could not be emptied.
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert busy == 0
        assert seqs(tmp_path, after=1) == list(range(2, 2_000))
        reading.close()


def test_reading_everything_merges_both_tables_without_sorting(tmp_path: Path) -> None:
    write(tmp_path, range(1, 4))
    (file,) = day_files(tmp_path)
    with readable(file.path) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {ALL_ROWS}", {"after": 0}).fetchall()
    steps = " / ".join(row[3] for row in plan)
    assert "MERGE" in steps
    assert "TEMP B-TREE" not in steps


def test_what_a_killed_writer_had_begun_is_undone_by_the_reader(tmp_path: Path) -> None:
    write(tmp_path, range(1, 1_000))
    begun = (
        "import os, sqlite3, sys; connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('PRAGMA journal_mode = DELETE')\n"
        "connection.execute('PRAGMA cache_size = 1')\n"
        "connection.execute('BEGIN')\n"
        "connection.execute('UPDATE account SET kind = 1')\n"
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", begun, str(tmp_path / FIRST_DAY)], check=True)
    assert (tmp_path / f"{FIRST_DAY}-journal").stat().st_size > 0
    assert seqs(tmp_path) == list(range(1, 1_000))
    assert not (tmp_path / f"{FIRST_DAY}-journal").exists()


def test_a_reader_cannot_write_and_leaves_nothing_behind(tmp_path: Path) -> None:
    write(tmp_path, range(1, 10))
    with (
        pytest.raises(JournalError, match="attempt to write a readonly database"),
        readable(tmp_path / FIRST_DAY) as connection,
    ):
        connection.execute("DELETE FROM account")
    assert seqs(tmp_path) == list(range(1, 10))
    assert sorted(path.name for path in tmp_path.iterdir()) == [FIRST_DAY, "journal.lock"]
