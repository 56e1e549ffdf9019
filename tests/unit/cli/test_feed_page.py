"""What a feed report says to people: worst first, names, UTC, and whatever a venue calls things."""

import os
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from tests.unit.observe.rows import at, counted, gap, healed, listed, of, started, write

from polywire.cli.feed import report
from polywire.cli.feed_page import feed_page, lasting
from polywire.core.errors import ConfigError
from polywire.core.model.healing import ChecksumsJudged
from polywire.journal.lock import FolderLock, holder
from polywire.journal.runs import runs_of
from polywire.observe.feed_report import feed_report


def shown(folder: Path, gaps: int = 20, width: int = 200) -> str:
    runs = runs_of(folder)
    told = feed_report(runs[-1], lambda _: True)
    console = Console(file=StringIO(), width=width)
    console.print(feed_page(told, [], gaps))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_page_tells_the_run_its_books_gaps_connections_and_calls(tmp_path: Path) -> None:
    write(tmp_path, [
        started(), listed("[bold]odd[/]"), listed("fine"), counted(0),
        gap("[bold]odd[/]", 600), healed("[bold]odd[/]", 600, 690),
        gap("[bold]odd[/]", 900, "silent"),
        ChecksumsJudged(at(0), believed=False, books=25),
        counted(1_200, of("[bold]odd[/]", 60, wrong=5), of("fine", 2_400)),
    ])  # fmt: skip
    lines = shown(tmp_path).splitlines()
    text = "\n".join(lines)
    assert lines[0].startswith(
        "run one, 2024-11-27 23:30:00 to 2024-11-27 23:50:00 UTC (20 min 00 s)"
    )
    assert "ended without a clean stop; counts as of 2024-11-27 23:50:00" in lines[0]
    assert "the venue's hashes are not believed" in lines[1]
    head = next(place for place, line in enumerate(lines) if line.startswith("book"))
    odd, fine, whole = lines[head + 1 : head + 4]
    assert odd.split() == [
        "silent", "now:", "Will", "[bold]odd[/]?", "60", "0.1", "2", "6.0", "32.50%",
        "5", "min", "00", "s", "7", "2", "5", "1",
    ]  # fmt: skip
    assert fine.split()[2:6] == ["2,400", "2.0", "0", "0.0"]
    assert whole.split()[2:7] == ["2,460", "2.0", "2", "-", "16.25%"]
    assert "still open" in text
    assert "REST book: 8 answered, 2 refused (429), 1 failed" in text
    assert "reads: 900 served from books, 8 answered by REST" in text
    assert "2.50% of the decisions took over 100 ms" in text


def test_the_first_minute_of_a_run_has_no_counts_yet_and_says_so(tmp_path: Path) -> None:
    write(tmp_path, [started(), listed("a"), counted(0), healed("a", 5, 6)])
    lines = shown(tmp_path).splitlines()
    assert lines[0].endswith(
        "counts are written each full minute, none yet (the metrics port has them meanwhile)"
    )
    (book,) = [line.split() for line in lines if line.startswith("Will a?") and "%" in line]
    assert book[2:] == ["-", "-", "1", "-", "16.67%", "1.0", "s", "-", "-", "-", "-"]
    assert "no counts of connections yet" in lines
    assert "reads: -" in lines


def test_one_outage_of_many_books_is_one_line_and_counts_for_each(tmp_path: Path) -> None:
    books = [f"b{number}" for number in range(9)]
    waits = [healed(name, 0, 3.5, "no snapshot") for name in books]
    outage = [healed(name, 300.1, 302.3 + at / 20, "feed down") for at, name in enumerate(books)]
    earlier = [healed("b0", 100, 101), healed("b1", 100, 101), healed("b2", 200, 201)]
    write(tmp_path, [started(), *map(listed, books), *waits, *earlier, *outage, counted(700)])
    text = shown(tmp_path, gaps=2)
    (line,) = [line.split() for line in text.splitlines() if line.startswith("9 books")]
    assert line[2:] == [
        "feed", "down", "2024-11-27", "23:35:00", "23:35:02", "2.6", "s",
        "rest", "resubscribe", "27",
    ]  # fmt: skip
    assert "and 2 older gaps" in text
    assert "besides, 9 waits for a first book, which count as no gaps: the longest 3.5 s" in text
    (whole,) = [line.split() for line in text.splitlines() if line.startswith("all 9")]
    assert whole[2:6] == ["-", "-", "12", "-"]


def test_in_a_narrow_terminal_names_give_way_and_figures_stay(tmp_path: Path) -> None:
    name = "this or that happens before the end of a very long year"
    write(tmp_path, [started(), listed(name), healed(name, 5, 6), counted(60, of(name, 123_456))])
    lines = shown(tmp_path, width=100).splitlines()
    assert all(len(line) <= 100 for line in lines)
    (book,) = [line for line in lines if line.startswith("Will this") and "123,456" in line]
    assert book.split()[-10:] == ["2,057.6", "1", "-", "1.67%", "1.0", "s", "7", "2", "0", "1"]
    (gap_line,) = [line for line in lines if line.startswith("Will this") and "checksum" in line]
    assert "2024-11-27 23:30:05  23:30:06" in gap_line


def test_a_calm_run_says_that_there_was_no_gap(tmp_path: Path) -> None:
    write(tmp_path, [started(), listed("a"), counted(60, of("a", 60), ending=True)])
    text = shown(tmp_path)
    assert "stopped cleanly" in text
    assert "no gap: no book lost its proof" in text


def test_only_so_many_gaps_and_books_are_listed_and_the_rest_is_counted(tmp_path: Path) -> None:
    books = [listed(f"b{number}") for number in range(40)]
    gaps = [healed("b0", second, second + 1) for second in range(30)]
    write(tmp_path, [started(), *books, *gaps, counted(60)])
    text = shown(tmp_path, gaps=5)
    assert "and 25 older gaps" in text
    assert "10 books with less trouble are not shown" in text
    assert "all 40" in text


def test_runs_and_books_that_are_not_there_are_said(tmp_path: Path) -> None:
    write(tmp_path, [started(), listed("a"), counted(60)])
    with pytest.raises(ConfigError, match="holds no run nine; the newest are one"):
        report(tmp_path, run="nine")
    with pytest.raises(ConfigError, match='no book of run one is about "b"'):
        report(tmp_path, market="b")
    with pytest.raises(ConfigError, match=r"there is no journal .*missing"):
        report(tmp_path / "missing")
    assert report(tmp_path, market="WILL A") == 0


def test_a_run_is_named_by_how_its_id_begins_if_that_is_one_only(tmp_path: Path) -> None:
    for name in ("night-1", "night-2", "day"):
        write(tmp_path, [started(name), listed("a"), counted(60)], run=name)
    assert report(tmp_path, run="d") == 0
    with pytest.raises(
        ConfigError, match=r"holds 2 runs night\.\.\.; the newest are night-1, night-2"
    ):
        report(tmp_path, run="night")


def test_a_run_without_a_book_says_so_and_names_one_that_had_some(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, [started(), listed("a"), healed("a", 0, 1, "no snapshot"), counted(90)])
    write(tmp_path, [started("two", 100), listed("a", 100), gap("a", 100, "no snapshot")], "two")
    assert report(tmp_path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "ended without a clean stop" in "".join(lines[:2])
    place = lines.index("no book came")
    assert lines[place + 1 : place + 4] == [
        "the newest other run that got books: --run one",
        "other runs of this journal (--run ID, or how it begins), newest first:",
        "  one  2024-11-27 23:30:00, 1 min 30 s",
    ]


def test_a_run_goes_on_while_its_folder_is_locked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, [started(), listed("a"), counted(90)])
    lock = FolderLock(tmp_path)
    report(tmp_path)
    assert f"going (process {os.getpid()})" in " ".join(capsys.readouterr().out.split())
    assert holder(tmp_path) == os.getpid()
    lock.close()
    assert holder(tmp_path) is None


def test_files_that_are_no_journal_are_named(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("bought at 0.5, sold at 0.4")
    with pytest.raises(ConfigError, match=r"notes\.txt is no journal; name the folder of one"):
        report(notes)
    with pytest.raises(ConfigError, match=r"holds no run \(ignored: notes.txt\): record one"):
        report(tmp_path)


def test_a_text_that_no_question_has_is_answered_with_the_nearest(tmp_path: Path) -> None:
    books = [listed(name) for name in ("it rain in May", "it snow in May", "x")]
    write(tmp_path, [started(), *books, counted(60)])
    with pytest.raises(ConfigError, match='nearest: "Will it rain in May\\?", "Will it snow'):
        report(tmp_path, market="will it rian in may")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (59.9, "59.9 s"), (61, "1 min 01 s"), (7_260, "2 h 01 min")],
)
def test_lengths_of_time_are_in_the_unit_that_suits_them(seconds: float, text: str) -> None:
    assert lasting(seconds) == text
