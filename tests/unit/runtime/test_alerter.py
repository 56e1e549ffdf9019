"""Following a journal for alerts: from where, over the day's end, and to the run's."""

from pathlib import Path

import pytest
from tests.unit.core.building import market

from polywire.core.ids import RunId, StrategyId
from polywire.core.model.command import StrategyHalted
from polywire.core.model.control import RunStarted
from polywire.core.model.counts import FeedsCounted
from polywire.core.model.event import Record
from polywire.core.model.market import InstrumentListed
from polywire.core.units import Money, Ns
from polywire.journal.log import Journal
from polywire.observe.alert import AlertTerms, Severity
from polywire.observe.alert_pace import Message, PaceTerms
from polywire.runtime.alerter import UNREADABLE_MAX, AlertSettings, Follower, HandOver

SECOND = 1_000_000_000
T0 = 1_785_000_000 * SECOND
SETTINGS = AlertSettings(
    terms=AlertTerms(suspect_ns=60 * SECOND),
    pace=PaceTerms(severity_min=Severity.INFO),
    urls=("json://token-of-somebody@127.0.0.1/",),
)
ENDING = FeedsCounted(Ns(T0), Ns(T0), Ns(1), 0, (), (), (), (), ending=True)


def at(seconds: float) -> Ns:
    return Ns(T0 + int(seconds * SECOND))


def halted(name: str) -> StrategyHalted:
    return StrategyHalted(StrategyId(name), "x")


def started(run: str) -> RunStarted:
    return RunStarted(at(0), RunId(run), "0.1", "", Money(0))


class Watching:
    """A journal, and who follows it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "folder"
        self.sent: list[Message] = []
        self.follower = Follower(self.folder, SETTINGS, self.sent.append)

    def write(self, run: str, *records: Record, seconds: float = 0.0) -> None:
        with Journal(self.folder, RunId(run)) as journal:
            for record in records:
                journal.append(record, at(seconds))

    @property
    def told(self) -> str:
        return "\n".join(one.body for one in self.sent)


@pytest.fixture
def watching(tmp_path: Path) -> Watching:
    return Watching(tmp_path)


def test_a_run_is_told_from_its_first_row_however_late_one_looks(watching: Watching) -> None:
    watching.write("one", started("one"), halted("before"))
    watching.write("two", started("two"), halted("now"))
    watching.follower.begin("two", at(0))
    watching.follower.turn(at(1))
    watching.follower.turn(at(4))
    assert "strategy now raised" in watching.told
    assert "before" not in watching.told


def test_a_run_that_has_written_nothing_yet_is_told_from_its_first_row(watching: Watching) -> None:
    watching.follower.begin("one", at(0))
    watching.write("one", halted("first"))
    watching.follower.turn(at(1))
    watching.follower.turn(at(4))
    assert "strategy first raised" in watching.told


def test_one_who_comes_in_the_middle_tells_what_happens_from_now_on(watching: Watching) -> None:
    watching.write("one", InstrumentListed(at(0), market()), halted("before"))
    watching.follower.begin("", at(0))
    watching.follower.turn(at(5))
    assert watching.told == ""
    watching.write("one", halted("after"), seconds=100_000)  # the next day: another file
    watching.follower.turn(at(6))
    watching.follower.turn(at(9))
    assert watching.told == "strategy after raised and was halted: x"


def test_the_last_rows_are_read_and_sent_at_the_end(watching: Watching) -> None:
    watching.follower.begin("one", at(0))
    watching.write("one", halted("late"), ENDING)
    watching.follower.end(at(1))
    assert "strategy late raised" in watching.told
    assert "the run is over, cleanly" in watching.told


def test_a_killed_engine_is_told_at_once(watching: Watching) -> None:
    watching.follower.begin("one", at(0))
    watching.write("one", started("one"))
    watching.follower.turn(at(1))
    watching.follower.end(at(2))
    (only,) = watching.sent
    assert only.severity is Severity.CRITICAL
    assert "ended without a clean stop" in only.body


def test_a_damaged_journal_is_told_once_it_stays_damaged(watching: Watching) -> None:
    watching.write("one", started("one"))
    watching.follower.begin("one", at(0))
    watching.follower.turn(at(0))
    (file,) = watching.folder.glob("*.sqlite")
    file.write_bytes(b"this is no journal, and it is longer than a header" * 100)
    for second in range(UNREADABLE_MAX - 1):
        watching.follower.turn(at(3 + second))
    assert "cannot be read" not in watching.told
    for second in range(10):
        watching.follower.turn(at(20 + second))
    assert watching.told.count("the journal cannot be read") == 1


def test_the_settings_print_no_address() -> None:
    told = HandOver(journal="j", settings=SETTINGS)
    assert "somebody" not in f"{told!r} {SETTINGS} {[SETTINGS]}"
