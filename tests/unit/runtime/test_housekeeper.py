"""What looks after the journal: what halts trading, what is only told, and what ends nothing."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from structlog.testing import capture_logs
from tests.unit.runtime.looping import Ticking
from tests.unit.venues.building import SECOND

from polywire.core.errors import JournalError
from polywire.core.model.account import AccountEvent
from polywire.core.model.control import AlertRaised, ControlEvent, OperatorCommand
from polywire.journal.disk import DiskAlarm, DiskWarning, free_bytes_of
from polywire.runtime.housekeeper import Housekeeper

LOW = DiskWarning("low", critical=False)
FULL = DiskWarning("full", critical=True)


class Keeping:
    """A housekeeper whose disk and files are what a test says, and the facts that it put."""

    def __init__(self, folder: Path, keep: Callable[[], None] = lambda: None) -> None:
        self.put: list[AccountEvent | ControlEvent] = []
        self.clock = Ticking()
        self.strays: list[Path] = []
        self.fails: OSError | None = None
        self.keeper = Housekeeper(folder, self.clock, self.put.append, keep, self._strays)

    def _strays(self) -> list[Path]:
        if self.fails is not None:
            raise self.fails
        return self.strays

    @property
    def halts(self) -> list[str]:
        """Why it halted, each time."""
        return [one.reason for one in self.put if isinstance(one, OperatorCommand)]

    @property
    def alerts(self) -> list[str]:
        """What somebody should hear of."""
        return [f"{one.name}: {one.text}" for one in self.put if isinstance(one, AlertRaised)]

    def look(self, warning: DiskWarning | None = None) -> list[str]:
        """Look once, at a disk like this; the names of the lines it wrote."""
        self.keeper._alarm.warning = lambda: warning  # type: ignore[method-assign]
        with capture_logs() as lines:
            self.keeper._look()
        return [line["event"] for line in lines]


def test_a_disk_that_is_nearly_full_halts_once_until_there_was_room(tmp_path: Path) -> None:
    keeping = Keeping(tmp_path)
    told = [keeping.look(one) for one in (None, LOW, FULL, FULL, LOW, FULL)]
    assert told == [[], ["disk_low"], ["disk_full"], ["disk_full"], ["disk_low"], ["disk_full"]]
    assert keeping.halts == ["disk: full"]
    assert keeping.alerts == ["disk: low"]
    for one in (None, LOW, FULL):
        keeping.look(one)
    assert keeping.halts == ["disk: full"] * 2
    assert keeping.alerts == ["disk: low"] * 2


def test_a_file_that_is_not_where_its_name_says_halts(tmp_path: Path) -> None:
    keeping = Keeping(tmp_path)
    keeping.strays = [tmp_path / "a.sqlite-wal"]
    keeping.keeper._alarm = DiskAlarm(free_bytes_of(tmp_path / "moved away"))
    with capture_logs() as lines:
        keeping.keeper._look()
    assert [line["event"] for line in lines] == ["journal_lost"]
    assert keeping.halts == [
        f"journal: a.sqlite-wal in {tmp_path} was deleted, moved or replaced under this run"
    ]


def test_a_look_that_fails_is_told_and_a_minute_of_them_halts(tmp_path: Path) -> None:
    keeping = Keeping(tmp_path)
    keeping.fails = PermissionError(13, "Permission denied")
    keeping.clock.at += 59 * SECOND
    assert keeping.look() == ["journal_unseen"]
    assert keeping.halts == []
    keeping.clock.at += SECOND
    assert keeping.look() == ["journal_unseen"]
    (reason,) = keeping.halts
    assert reason.startswith("journal: its folder could not be looked at for a minute: ")
    keeping.put.clear()
    keeping.fails = None
    assert keeping.look() == []
    keeping.fails = PermissionError(13, "Permission denied")
    keeping.clock.at += 59 * SECOND
    keeping.look()
    assert keeping.halts == [], "the minute begins again"


async def test_the_ledger_is_kept_from_the_start_and_a_refusal_ends_nothing(tmp_path: Path) -> None:
    asked: list[str] = []

    def keep() -> None:
        asked.append("keep")
        raise JournalError("disk full")

    keeping = Keeping(tmp_path, keep)
    keeping.keeper.start()
    await asyncio.sleep(0)
    await keeping.keeper.close()
    assert asked == ["keep"]
    assert keeping.halts == []
