"""The page of the backtest's keys, and the numbers of its how-to, are the program's own."""

import re
from pathlib import Path

import pytest
from msgspec import Struct
from rich.console import Console
from tests.pages import DOCS, ROOT, blocks, named

from polywire.cli.earnings import earnings
from polywire.config.backtest_plan import plan_from
from polywire.config.load import load
from polywire.history.provenance import Provenance
from polywire.modes import backtest_result
from polywire.modes.backtesting import backtest

PAGE = DOCS / "reference" / "backtest.md"
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
    ],
)
def test_every_key_is_documented_in_its_order(heading: str, kind: type[Struct]) -> None:
    names = [*kind.__struct_fields__]
    assert named(PAGE, "" if heading.startswith("# ") else heading)[: len(names)] == names


@pytest.mark.timeout(600)
@pytest.mark.parametrize("recording", [CHANNEL, TICKS])
def test_the_numbers_of_the_how_to_come_out_again(recordings: Path, recording: str, counts) -> None:
    if recording == TICKS and not counts(0, 1):
        pytest.skip("a quarter of an hour of six markets takes half a minute: check --long")
    plan = plan_from(
        load(ROOT / "examples" / "backtest.toml", {}),
        recordings / "polymarket" / recording,
        ("front", "back"),
    )
    console = Console(width=100, highlight=False, soft_wrap=True)
    with console.capture() as capture:
        console.print(earnings(backtest(plan)))
    shown = {line.rstrip() for line in capture.get().splitlines()}
    (printed,) = [block.text for block in blocks(HOW_TO) if recording in block.text.split("(")[0]]
    expected = [line for line in printed.splitlines() if re.match("^│ ", line)]
    assert len(expected) > 12
    assert [line for line in expected if line not in shown] == []
