"""`polywire parity` in words, and what a run says that has no frames to keep."""

import io
from pathlib import Path

import pytest
from rich.console import Console
from tests.conftest import ROOT

from polywire.cli.configured import recorded, setup_from
from polywire.cli.parity import comparison
from polywire.config.load import load
from polywire.core.errors import ConfigError
from polywire.modes.parity import Agreement, Parity
from polywire.modes.parity_sums import Difference, Line, Sums


def shown(agreed, difference=""):
    decisions = Agreement(
        runs=1, cuts=40, commands=2_000, agreed=agreed, rebuilt=900, differing=0, lacking=0,
        difference=difference,
    )  # fmt: skip
    fewer = Sums(fills=-1, shares=-10_000_000, fees=0, cash=4_900_000)
    sums = {"fee": Sums(), "queue": fewer, "latency": Sums(), "cut": Sums(orders=2)}
    causes = {name: Difference(sums=one, added=[], missing=[]) for name, one in sums.items()}
    gone = [
        Line(
            what="fill", strategy="quote", instrument="1" * 70, side="BUY", price=cents * 10_000,
            shares=10_000_000, times=1,
        )
        for cents in range(43, 50)
    ]  # fmt: skip
    causes["frames"] = Difference(sums=Sums(), added=gone[:1], missing=gone)
    journal = Sums(orders=20, fills=3, shares=30_000_000, fees=0, cash=-12_000_000)
    backtest = journal + fewer + Sums(orders=2)
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(
        comparison(Parity(decisions=decisions, journal=journal, causes=causes, backtest=backtest))
    )
    return decisions, console.export_text()


def test_agreement_and_causes_are_told_in_rows_that_add_up():
    decisions, text = shown(2_000)
    assert decisions.whole
    assert "2,000 of 2,000 commands agree (100 %), at 40 cuts" in text
    rows = {line.split("│")[1].strip(): line.split("│")[2:-1] for line in text.splitlines()
            if line.startswith("│")}  # fmt: skip
    told = {
        name.partition(":")[0]: [cell.strip() for cell in cells] for name, cells in rows.items()
    }
    assert told["journal"][:5] == ["20", "3", "30", "$0.00", "-$12.00"]
    assert told["queue"][:5] == ["0", "-1", "-10", "$0.00", "$4.90"]
    assert told["cut"][:2] == ["2", "0"]
    assert told["backtest"] == ["22", "2", "20", "$0.00", "-$7.10", "", ""]
    assert told["frames"] == ["0", "0", "0", "$0.00", "$0.00", "1", "7"], "as many may be others"
    assert "frames: missing 1 x fill BUY 10 of 111111111111 at 0.44 by quote" in text
    assert "frames: missing 2 kinds more (--json)" in text


def test_almost_all_is_never_called_all():
    decisions, text = shown(1_999, "seq 7: recorded this, replayed that")
    assert not decisions.whole
    assert "1,999 of 2,000 commands agree (99.9 %)" in text
    assert "first difference: seq 7" in text


def test_a_run_that_polls_has_no_frames_to_keep():
    polls = {"POLYWIRE_FEED__KIND": "poll"}
    polled = setup_from(load(ROOT / "examples" / "paper.toml", polls))
    with pytest.raises(ConfigError, match="polls"):
        recorded(polled, Path("frames"))
    streamed = setup_from(load(ROOT / "examples" / "paper.toml", {}))
    assert recorded(streamed, Path("frames")).record == Path("frames")
    assert recorded(polled, None).record is None
