"""A journal as Parquet: the same rows back, day by day, and nothing of it lost unnoticed."""

import sys

import pytest

from polywire.core.errors import ConfigError, JournalError
from polywire.core.model.account import AccountReported, OrderAccepted
from polywire.core.model.command import PlaceOrder
from polywire.core.model.control import Cut, RunStarted
from polywire.core.model.instrument import Side
from polywire.core.model.intent import TimeInForce
from polywire.core.model.market import BookDelta, MarketResolved, Proof
from polywire.history.opening import histories
from polywire.history.terms import Given
from polywire.journal import archive
from polywire.journal.archive import archive_files, read_archive, write_archive
from polywire.journal.log import Journal
from polywire.journal.reader import read_entries
from polywire.journal.record import LedgerSnapshot

DAY = 86_400 * 10**9
START = 20_000 * DAY
ORDER = PlaceOrder(
    "r1-1", "s", "m", "yes", Side.BUY, 400_000, 10_000_000, TimeInForce.GTC, False
)  # fmt: skip


def rows(run="r1"):
    """Two days, of which the second begins with what the engine answered to the first."""
    first, second = START, START + DAY
    delta = BookDelta(
        first + 5, 0, "m", ((0, 400_000, 7),), (Proof(0, "h", None, 1),), "ws", first + 5
    )
    return [
        RunStarted(first, run, "b", "{}", 5),
        LedgerSnapshot(first, b"\x00\xff"),
        delta,
        Cut(first + 6),
        ORDER,
        OrderAccepted(second, "r1-1"),
        AccountReported(second + 1, 5, (("yes", 3),)),
        MarketResolved(second + 2, 0, "m", (0, 1_000_000)),
    ]


def journal(folder, told):
    with Journal(folder, "r1") as writer:
        now = 0
        for row in told:
            now = getattr(row, "recv_ns", now)
            writer.append(row, now)
    return folder


def archived(source, folder):
    return write_archive(source, folder, lambda _: None)


def test_a_journal_comes_back_row_by_row_in_a_file_a_day(tmp_path):
    source = journal(tmp_path / "j", rows())
    assert archived(source, tmp_path / "a") == 8
    assert [each.name for each in archive_files(tmp_path / "a")] == [
        "2024-10-04.0.parquet", "2024-10-05.5.parquet",
    ]  # fmt: skip
    assert [*read_archive(tmp_path / "a")] == [*read_entries(source)] == [*enumerate(rows(), 1)]


def test_a_backtest_is_fed_the_same_from_either(tmp_path):
    source = journal(tmp_path / "j", rows())
    archived(source, tmp_path / "a")
    opened = [histories(each, Given(), 0)[0] for each in (source, tmp_path / "a")]
    events = [[*one.events()] for one in opened]
    assert len(events[0]) == 2
    assert events[0] == events[1]
    counts = [(one.provenance.shape, one.provenance.lines) for one in opened]
    assert counts[0] == counts[1] == ("journal", 8)
    (one,) = histories(archive_files(tmp_path / "a")[1], Given(), 0)
    assert [*one.events()] == events[0][1:]


def test_programs_find_the_fields_of_each_record_by_name(tmp_path):
    import polars as pl  # noqa: PLC0415  # an extra

    archived(journal(tmp_path / "j", rows()), tmp_path / "a")
    table = pl.read_parquet(tmp_path / "a" / "*.parquet").filter(pl.col("kind") == "PlaceOrder")
    price = table.select(pl.col("record").str.json_path_match("$.price")).item()
    assert (price, table["recv_ns"].item()) == ("400000", START + 6)


def test_what_grew_is_added_and_another_journal_is_not_mixed_in(tmp_path):
    sources = [journal(tmp_path / f"j{upto}", rows()[:upto]) for upto in (3, 6, 8)]
    assert [archived(source, tmp_path / "a") for source in sources] == [3, 6, 3]
    assert [entry for _, entry in read_archive(tmp_path / "a")] == rows()
    other = journal(tmp_path / "other", rows("r2")[:3])
    archived(other, tmp_path / "b")
    for source, folder in ((sources[2], "b"), (other, "a")):
        with pytest.raises(JournalError, match="another journal"):
            archived(source, tmp_path / folder)


def test_a_missing_or_damaged_file_ends_the_reading(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "ROWS_MAX", 2)
    archived(journal(tmp_path / "j", rows()), tmp_path / "a")
    files = archive_files(tmp_path / "a")
    assert len(files) > 2
    files[1].rename(tmp_path / "aside")
    with pytest.raises(JournalError, match="missing"):
        [*read_archive(tmp_path / "a")]
    files[1].write_bytes(b"PAR1 and no more")
    with pytest.raises(JournalError, match="cannot be read"):
        [*read_archive(tmp_path / "a")]


def test_without_polars_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ConfigError, match="Parquet needs polars; to install it: "):
        archived(journal(tmp_path / "j", rows()), tmp_path / "a")
