"""The how-to of writing a strategy shows the example's files, and they are backtested and built."""

from pathlib import Path

import pytest
from tests.pages import DOCS, ROOT, blocks
from tests.unit.history.recording import NO, START_MS, YES, book, change, channel_file, trade

from polywire.cli.configured import setup_from
from polywire.config.backtest_plan import plan_from
from polywire.config.load import load
from polywire.modes.backtesting import backtest

PAGE = DOCS / "how-to" / "write-a-strategy.md"
DIP = ROOT / "examples" / "dip.toml"


@pytest.fixture(autouse=True)
def _started_where_it_lies(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "examples")


@pytest.mark.parametrize(("language", "suffix"), [("python", ".py"), ("toml", ".toml")])
def test_the_page_shows_what_the_files_say(language, suffix):
    shown = next(block.text for block in blocks(PAGE) if block.language == language)
    assert shown in DIP.with_suffix(suffix).read_text(encoding="utf-8")


def test_the_example_buys_a_dip_on_a_recording_and_sells_it_again(tmp_path):
    frames = [
        (0, book(YES, [("0.40", "100")], [("0.45", "80")])),
        (1, book(NO, [("0.55", "80")], [("0.60", "100")])),
        (2_000, trade("0.37", "30", "SELL", START_MS + 2_000)),
        (4_000, trade("0.46", "30", "BUY", START_MS + 4_000)),
        (9_000, change("0.30", "5", "BUY", ("0.40", "0.45"), START_MS + 9_000)),
    ]
    recording = channel_file(tmp_path / "recording.jsonl", frames)
    (result,) = backtest(plan_from(load(DIP, {}), recording, ["back"])).results
    told = [(point.side, point.price, point.quantity) for point in result.points]
    assert told == [("BUY", 380_000, 10_000_000), ("SELL", 450_000, 10_000_000)]


def test_the_same_file_is_one_for_paper():
    setup = setup_from(load(DIP, {}))
    (seat,) = setup.engine.roster.seats.values()
    assert (seat.strategy.name, type(seat.strategy).__name__) == ("dip", "Dip")
    assert setup.journal == Path("runs/dip")
