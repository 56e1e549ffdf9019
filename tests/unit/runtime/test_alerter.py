"""Following a journal for alerts: from where, over the day's end, and to the run's."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.unit.core.building import market
from tests.unit.observe.alert_rows import gap, order, reconnector

from polywire.config.demo import demo_settings
from polywire.config.schema import dump
from polywire.core.ids import RunId, StrategyId
from polywire.core.ledger.dump import dump as ledger_dump
from polywire.core.ledger.ledger import Ledger
from polywire.core.model.command import StrategyHalted
from polywire.core.model.control import ReconnectorState, RunStarted
from polywire.core.model.counts import FeedsCounted
from polywire.core.model.event import Record
from polywire.core.model.market import InstrumentListed
from polywire.core.units import Money, Ns
from polywire.journal.log import Journal
from polywire.observe.alert import AlertTerms, Severity
from polywire.observe.alert_pace import Message, PaceTerms
from polywire.runtime import alerter as module
from polywire.runtime.alerter import AlertSettings, Follower, HandOver

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


def test_the_next_alerter_tells_that_the_engine_hangs_or_died(watching: Watching) -> None:
    watching.write("one", started("one"))
    watching.follower.begin("", at(1_000), "the alerter ended with code 1")
    watching.follower.turn(at(1_080))
    assert "it hangs" not in watching.told, "nobody listened for that long"
    watching.follower.turn(at(1_091))
    assert "the engine wrote nothing for 90 s: it hangs" in watching.told
    watching.follower.end(at(1_092))
    assert "ended without a clean stop" in watching.told


def test_the_next_alerter_knows_of_a_clean_end_behind_which_the_account_was_kept(
    watching: Watching,
) -> None:
    with Journal(watching.folder, RunId("one")) as journal:
        for record in (started("one"), ENDING):
            journal.append(record, at(0))
        journal.snapshot(ledger_dump(Ledger()), at(0))
    watching.follower.begin("", at(1))
    watching.follower.turn(at(100))
    watching.follower.end(at(101))
    assert watching.told == ""


def test_a_damaged_journal_is_told_once_it_stays_damaged(watching: Watching) -> None:
    watching.write("one", started("one"))
    watching.follower.begin("one", at(0))
    watching.follower.turn(at(0))
    (file,) = watching.folder.glob("*.sqlite")
    file.write_bytes(b"this is no journal, and it is longer than a header" * 100)
    for second in range(3):
        watching.follower.turn(at(3 + second))
    assert "cannot be read" not in watching.told
    for second in range(200):
        watching.follower.turn(at(20 + second))
    assert watching.told.count("the journal cannot be read") == 1
    assert "it hangs" not in watching.told


def test_the_next_alerter_on_a_damaged_row_says_so_and_tells_what_comes(
    watching: Watching,
) -> None:
    unconnected = reconnector(ReconnectorState.OPEN)
    watching.write("one", started("one"), unconnected, gap("m"), halted("damaged"), halted("x"))
    (file,) = watching.folder.glob("*.sqlite")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE account SET payload = x'00' WHERE seq = 4")
        connection.commit()
    watching.follower.begin("", at(1), "the alerter ended with code 1")
    for second in range(2, 6):
        watching.follower.turn(at(second))
    assert "the alerter ended with code 1" in watching.told
    assert watching.told.count("the journal cannot be read") == 1
    assert "row 4 of" in watching.told
    watching.write("one", halted("after"), seconds=1)
    watching.follower.turn(at(70))
    watching.follower.turn(at(73))
    assert "strategy after raised" in watching.told
    assert "not connected" not in watching.told, "whether it still is, nobody knows"
    assert "in doubt" not in watching.told
    watching.follower.end(at(74))
    assert "ended without a clean stop" in watching.told


def test_the_next_alerter_on_a_file_that_is_no_journal_begins_once_it_is_one(
    watching: Watching,
) -> None:
    watching.write("one", started("one"), halted("before"))
    (file,) = watching.folder.glob("*.sqlite")
    whole = file.read_bytes()
    file.write_bytes(b"this is no journal, and it is longer than a header" * 100)
    watching.follower.begin("", at(1), "the alerter ended with code 1")
    for second in range(2, 8):
        watching.follower.turn(at(second))
    assert "the alerter ended with code 1" in watching.told
    assert watching.told.count("the journal cannot be read") == 1
    file.write_bytes(whole)
    watching.follower.turn(at(10))
    watching.write("one", halted("after"), seconds=1)
    for second in range(11, 20):
        watching.follower.turn(at(second))
    assert "over: the journal cannot be read" in watching.told
    assert "strategy after raised" in watching.told
    assert "before raised" not in watching.told


def test_an_engine_that_dies_over_a_journal_that_nobody_can_read_is_told(
    watching: Watching,
) -> None:
    watching.write("one", started("one"))
    (file,) = watching.folder.glob("*.sqlite")
    file.write_bytes(b"this is no journal, and it is longer than a header" * 100)
    watching.follower.begin("", at(1))
    watching.follower.end(at(2))
    assert "ended without a clean stop" in watching.told


def test_a_folder_that_may_not_be_looked_into_ends_nothing(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    watching.follower.begin("one", at(0))

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(module, "read_account", refused)
        for second in range(10):
            watching.follower.turn(at(second))
    assert "the journal cannot be read: [Errno 13] Permission denied" in watching.told
    watching.write("one", started("one"))
    for second in range(20, 30):
        watching.follower.turn(at(second))
    assert "over: the journal cannot be read" in watching.told


def test_the_next_alerter_tells_of_the_last_and_goes_by_the_runs_own_limits(
    watching: Watching,
) -> None:
    settings = demo_settings()
    with Journal(watching.folder, RunId("one")) as journal:
        journal.append(RunStarted(at(0), RunId("one"), "0.1", dump(settings), Money(0)), at(0))
        journal.snapshot(ledger_dump(Ledger()), at(0))
    watching.follower.begin("", at(1), "the alerter ended with code 1")
    most = settings.limits.orders_per_minute
    watching.write("one", *(order(number) for number in range(most)), seconds=100_000)
    watching.follower.turn(at(2))
    watching.follower.turn(at(5))
    assert "the alerter ended with code 1" in watching.told
    assert f"orders in a minute, of at most {most}" in watching.told
    assert "a run begins" not in watching.told


def test_the_limits_of_a_run_whose_first_day_was_deleted_are_known(watching: Watching) -> None:
    settings = demo_settings()
    begun = RunStarted(at(0), RunId("one"), "0.1", dump(settings), Money(0))
    with Journal(watching.folder, RunId("one")) as journal:
        journal.append(begun, at(0))
        journal.append(halted("next day"), at(100_000))
    min(watching.folder.glob("*.sqlite")).unlink()
    watching.follower.begin("", at(1))
    most = settings.limits.orders_per_minute
    watching.write("one", *(order(number) for number in range(most)), seconds=100_001)
    watching.follower.turn(at(2))
    watching.follower.turn(at(5))
    assert f"orders in a minute, of at most {most}" in watching.told


def test_the_settings_print_no_address() -> None:
    told = HandOver(journal="j", settings=SETTINGS)
    assert "somebody" not in f"{told!r} {SETTINGS} {[SETTINGS]}"
