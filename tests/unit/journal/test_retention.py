"""What becomes of closed days."""

import shutil
from pathlib import Path

import pytest

from polywire.core.errors import JournalError
from polywire.core.ids import OrderId, RunId
from polywire.core.model.account import OrderAccepted
from polywire.core.units import Ns
from polywire.journal.log import Journal
from polywire.journal.reader import read_all
from polywire.journal.retention import Retention, pack_closed, prune
from polywire.journal.snapshot import recover

MIDNIGHT = Ns(1_732_665_600_000_000_000)
"""2024-11-27 00:00:00 UTC."""
DAY = 86_400_000_000_000
DAYS = ["2024-11-27.run0.1", "2024-11-28.run1.501", "2024-11-29.run2.1001", "2024-11-30.run3.1501"]
NO_LIMITS = Retention(bytes_max=None, age_ns_max=None)


def four_days(folder: Path, *, snapshot_on: int | None) -> None:
    """500 rows a day, a run each; the last of one day may be a ledger snapshot."""
    for day in range(4):
        at = Ns(MIDNIGHT + day * DAY)
        with Journal(folder, RunId(f"run{day}")) as journal:
            for count in range(499):
                journal.append(OrderAccepted(at, OrderId(f"{day}-{count}")), at)
            if day == snapshot_on:
                journal.snapshot(b"state", at)
            else:
                journal.append(OrderAccepted(at, OrderId(f"{day}-499")), at)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "journal.lock")


def plain(*days: int) -> list[str]:
    return [f"{DAYS[day]}.sqlite" for day in days]


def packed(*days: int) -> list[str]:
    return [f"{DAYS[day]}.sqlite.zst" for day in days]


def test_closed_days_are_packed_and_read_as_before(tmp_path: Path) -> None:
    four_days(tmp_path, snapshot_on=1)
    before = list(read_all(tmp_path))
    assert [path.name for path in pack_closed(tmp_path)] == plain(0, 1, 2)
    assert names(tmp_path) == packed(0, 1, 2) + plain(3)
    assert len(before) == 1_999
    assert list(read_all(tmp_path)) == before
    found = recover(tmp_path)
    assert (found.seq, found.ledger) == (1_000, b"state")
    assert [seq for seq, _ in found.records] == list(range(1_001, 2_001))
    assert pack_closed(tmp_path) == []


def test_a_packed_day_is_much_smaller(tmp_path: Path) -> None:
    four_days(tmp_path, snapshot_on=None)
    size = (tmp_path / plain(0)[0]).stat().st_size
    pack_closed(tmp_path)
    assert (tmp_path / packed(0)[0]).stat().st_size * 3 < size


def test_a_crash_while_packing_leaves_a_day_that_reads(tmp_path: Path) -> None:
    four_days(tmp_path, snapshot_on=None)
    kept = tmp_path / "kept"
    shutil.copy(tmp_path / plain(0)[0], kept)
    pack_closed(tmp_path)
    shutil.move(kept, tmp_path / plain(0)[0])
    (tmp_path / f"{packed(1)[0]}.part").write_bytes(b"half")
    assert [seq for seq, _ in read_all(tmp_path)] == list(range(1, 2_001))
    assert [path.name for path in pack_closed(tmp_path)] == plain(0)


def test_a_day_that_cannot_be_put_in_its_place_packed_stays_as_it_was(tmp_path: Path) -> None:
    four_days(tmp_path, snapshot_on=None)
    (tmp_path / packed(0)[0]).mkdir()
    with pytest.raises(JournalError, match="cannot be packed"):
        pack_closed(tmp_path)
    assert [seq for seq, _ in read_all(tmp_path / plain(0)[0])] == list(range(1, 501))


def test_a_crashed_writers_log_is_brought_in_before_packing(tmp_path: Path) -> None:
    crashed = tmp_path / "crashed"
    with Journal(tmp_path / "running", RunId("run0")) as journal:
        journal.append(OrderAccepted(MIDNIGHT, OrderId("a")), MIDNIGHT)
        journal.barrier()
        shutil.copytree(tmp_path / "running", crashed)
    with Journal(crashed, RunId("run1")) as journal:
        journal.append(OrderAccepted(MIDNIGHT, OrderId("b")), MIDNIGHT)
    assert [path.name for path in pack_closed(crashed)] == plain(0)
    assert names(crashed) == [*packed(0), "2024-11-27.run1.2.sqlite"]
    assert [seq for seq, _ in read_all(crashed)] == [1, 2]


def test_a_day_that_is_being_read_is_packed_another_time(tmp_path: Path) -> None:
    crashed = tmp_path / "crashed"
    with Journal(tmp_path / "running", RunId("run0")) as journal:
        for count in range(2_500):
            journal.append(OrderAccepted(MIDNIGHT, OrderId(f"{count}")), MIDNIGHT)
        journal.barrier()
        shutil.copytree(tmp_path / "running", crashed)
    Journal(crashed, RunId("run1")).close()
    (crashed / "2024-11-28.run1.2501.sqlite").touch()
    reading = read_all(crashed)
    next(reading)
    assert pack_closed(crashed) == []
    assert len(list(reading)) == 2_499
    assert [path.name for path in pack_closed(crashed)] == plain(0)


def test_a_damaged_packed_day_is_refused(tmp_path: Path) -> None:
    four_days(tmp_path, snapshot_on=None)
    pack_closed(tmp_path)
    path = tmp_path / packed(1)[0]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)
    with pytest.raises(JournalError, match=f"{packed(1)[0]} cannot be unpacked"):
        list(read_all(tmp_path))


def test_only_the_oldest_days_over_the_age_limit_go(tmp_path: Path) -> None:
    four_days(tmp_path, snapshot_on=2)
    noon = Ns(MIDNIGHT + 3 * DAY + DAY // 2)
    assert prune(tmp_path, NO_LIMITS, noon) == []
    assert prune(tmp_path, Retention(bytes_max=None, age_ns_max=3 * DAY), noon) == []
    gone = prune(tmp_path, Retention(bytes_max=None, age_ns_max=2 * DAY), noon)
    assert [path.name for path in gone] == plain(0)
    assert next(seq for seq, _ in read_all(tmp_path)) == 501


def test_days_go_until_the_rest_is_within_the_size_limit(tmp_path: Path) -> None:
    four_days(tmp_path, snapshot_on=3)
    size = sum(path.stat().st_size for path in tmp_path.glob("*.sqlite"))
    gone = prune(tmp_path, Retention(bytes_max=size // 2, age_ns_max=None), MIDNIGHT)
    assert [path.name for path in gone] == plain(0, 1)
    assert names(tmp_path) == plain(2, 3)


@pytest.mark.parametrize(("snapshot_on", "kept"), [(None, 0), (0, 0), (1, 1), (2, 2), (3, 3)])
def test_what_recovery_needs_is_never_deleted(
    tmp_path: Path, snapshot_on: int | None, kept: int
) -> None:
    four_days(tmp_path, snapshot_on=snapshot_on)
    before = list(recover(tmp_path).records)
    pack_closed(tmp_path)
    prune(tmp_path, Retention(bytes_max=0, age_ns_max=0), Ns(MIDNIGHT + 99 * DAY))
    assert names(tmp_path) == sorted(packed(*range(kept, 3)) + plain(3))
    assert list(recover(tmp_path).records) == before
