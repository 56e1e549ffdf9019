"""The page of the backtest's keys, and the numbers of its how-to, are the program's own."""

import faulthandler
from pathlib import Path

import pytest
from msgspec import Struct
from rich.console import Console
from tests.conftest import Counts
from tests.pages import DOCS, ROOT, blocks, named

from polywire.cli.earnings import earnings
from polywire.cli.sweep import Options, sweep
from polywire.config.backtest_plan import plan_from
from polywire.config.load import load
from polywire.history.provenance import Provenance
from polywire.modes import backtest_result, sweep_result
from polywire.modes.backtesting import backtest

PAGE = DOCS / "reference" / "backtest.md"
SWEEPS = DOCS / "how-to" / "sweep.md"
HOW_TO = DOCS / "how-to" / "backtest.md"
TICKS, CHANNEL = "ticks_20260607_0130.csv.zst", "market_channel_20260727.jsonl.zst"


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("# Backtest: keys of its result", backtest_result.BacktestReport),
        ("## Recordings", Provenance),
        ("## Results", backtest_result.Earned),
        ("## Rows", backtest_result.EarnedRow),
        ("## Equity", backtest_result.EquityPoint),
        ("## Points", backtest_result.FillPoint),
        ("## Prices", backtest_result.PricePoint),
        ("## Sweeps", sweep_result.SweepReport),
        ("## Runs", sweep_result.SweepRun),
        ("## Held out", sweep_result.HeldOut),
    ],
)
def test_every_key_is_documented_in_its_order(heading: str, kind: type[Struct]) -> None:
    names = [*kind.__struct_fields__]
    assert named(PAGE, "" if heading.startswith("# ") else heading)[: len(names)] == names


def columns(text: str) -> dict[str, dict[str, str]]:
    """The figures of a printed page by queue and by name."""
    table = [
        [cell.strip() for cell in line.strip("│┃").replace("┃", "│").split("│")]
        for line in text.partition("By strategy")[0].splitlines()
        if line[:1] in ("│", "┃")
    ]
    (_, *queues), *figures = table
    return {
        queue.partition(" ")[0]: {name: cells[at] for name, *cells in figures}
        for at, queue in enumerate(queues)
    }


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("recording", "queue"),
    [(CHANNEL, "front"), (CHANNEL, "back"), (TICKS, "front"), (TICKS, "back")],
)
def test_the_numbers_of_the_how_to_come_out_again(
    recordings: Path, counts: Counts, recording: str, queue: str
) -> None:
    if recording == TICKS and not counts(0, 1):
        pytest.skip("a quarter of an hour of six markets takes half a minute: check --long")
    faulthandler.cancel_dump_traceback_later()  # it would end the whole run on a busy machine
    plan = plan_from(
        load(ROOT / "examples" / "backtest.toml", {}),
        recordings / "polymarket" / recording,
        [queue],
    )
    console = Console(width=140, highlight=False, soft_wrap=True)
    with console.capture() as capture:
        console.print(earnings(backtest(plan)))
    (printed,) = [block.text for block in blocks(HOW_TO) if recording in block.text.split("(")[0]]
    documented, shown = columns(printed)[queue], columns(capture.get())[queue]
    shown.pop("digest of all decisions")  # another for each version
    assert documented == shown
    rows = [line for line in printed.partition("By strategy")[2].splitlines() if line[:1] == "│"]
    assert queue == "front" or [line for line in rows if line not in capture.get()] == []


@pytest.mark.timeout(900)
def test_the_sweep_of_the_how_to_comes_out_again(
    recordings: Path, counts: Counts, capsys: pytest.CaptureFixture[str]
) -> None:
    if not counts(0, 1):
        pytest.skip("fourteen backtests of a quarter of an hour: check --long")
    faulthandler.cancel_dump_traceback_later()
    vary = ("strategies.quote.size=5,10,20", "strategies.quote.spread_ticks_min=3,5")
    sweep(
        config=ROOT / "examples" / "backtest.toml",
        data=recordings / "polymarket" / TICKS,
        options=Options(vary=vary, holdout=0.3),
    )
    shown = capsys.readouterr().out.splitlines()
    printed = [each.text for each in blocks(SWEEPS) if "combinations, by profit" in each.text]
    documented = [line for line in printed[0].splitlines() if "│" in line or "fills)" in line]
    assert len(documented) == 7
    assert [line for line in documented if line not in shown] == []
