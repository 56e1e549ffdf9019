"""The alarm before the disk is full."""

from pathlib import Path

import pytest

from polywire.journal.disk import DiskAlarm, DiskWarning, free_bytes_of

MIB = 1_048_576


@pytest.mark.parametrize(
    ("free_mib", "expected"),
    [(2_048, None), (2_047, False), (256, False), (255, True), (0, True)],
)
def test_it_warns_below_two_gibibytes_and_is_critical_below_a_quarter(
    free_mib: int, expected: bool | None
) -> None:
    warning = DiskAlarm(lambda: free_mib * MIB).warning()
    assert (None if warning is None else warning.critical) is expected


def test_it_says_how_much_is_left_and_what_to_do() -> None:
    alarm = DiskAlarm(lambda: 70 * MIB, low_bytes=100 * MIB, critical_bytes=50 * MIB)
    assert alarm.warning() == DiskWarning(
        "70 MiB are left for the journal; free some space or lower its size limit", critical=False
    )


def test_a_folder_knows_its_free_space(tmp_path: Path) -> None:
    assert free_bytes_of(tmp_path)() > 0
