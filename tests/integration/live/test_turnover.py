"""Strategies of a real run come and go by the command line, and its journal is audited after it."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.integration.live.conftest import Start

from polywire.cli.operate import Which
from polywire.cli.strategies import add, retire, show
from polywire.config.build import engine_from
from polywire.config.schema import load
from polywire.core.errors import ConfigError
from polywire.core.ids import StrategyId
from polywire.core.model.command import PlaceOrder
from polywire.core.model.control import Operation, OperatorCommand
from polywire.core.model.instrument import Side
from polywire.journal.reader import read_entries
from polywire.modes.replay import audit

TOUCH, LATE = StrategyId("touch-1"), StrategyId("late")
LIMITS = """
[limits]
order_size_max = 100
position_max = 300
price_through_max = 0.05
market_exposure_max = 100
group_exposure_max = 200
venue_exposure_max = 800
total_exposure_max = 800
loss_max = 100
orders_per_minute = 1200
proof_age_max = 120
"""


def written(tmp_path: Path, journal: Path, *names: str) -> Path:
    """The file of a run with such strategies, touch quoters without exits."""
    path = tmp_path / "my.toml"
    text = f'[journal]\nfolder = "{journal}"\n' + LIMITS
    for name in names:
        text += (
            f'[[strategies]]\nkind = "touch_quoter"\nname = "{name}"\nbudget = 50\n'
            "size = 10\ncap = 40\nprice_min = 0.05\nloss_max = 20\n"
        )
    path.write_text(text)
    return path


def sold_alone_and_audited(journal: Path) -> None:
    """After it was retired nothing was bought for it, and every command is what replay commands."""
    rows = [entry for _, entry in read_entries(journal)]
    asked = [row for row in rows if isinstance(row, OperatorCommand) and row.who]
    operations = [row.operation for row in asked]
    assert operations == [Operation.ADD, Operation.RETIRE, Operation.SELL_OUT]
    later = rows[rows.index(asked[1]) :]
    placed = [row for row in later if isinstance(row, PlaceOrder) and row.strategy == TOUCH]
    assert {row.side for row in placed} == {Side.SELL}
    audit(journal, lambda run: engine_from(load(run.configuration)))


async def test_strategies_come_and_go_and_the_journal_is_audited(
    started: Start, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live = await started()
    engine, journal = live.trading.engine, live.trading._setup.journal
    await live.until(lambda: any(one.now.held > 0 for one in engine.ledger.holdings.values()), 30)
    config = written(tmp_path, journal, "touch-1", "late")
    which = Which(config=config)

    async def said(command: Callable[[], int]) -> tuple[int, str]:
        code = await asyncio.to_thread(command)
        return code, capsys.readouterr().out

    def add_late() -> int:
        return add("late", config=config)

    code, words = await said(add_late)
    assert code == 0
    assert words == (
        "late is asked about 12 of 12 markets; budget $50.00\n"
        f"as long as {config} has it, a restart by that file brings it too\n"
    )
    first = (
        "late is at work: polywire strategies retire late first, or give the new one another name"
    )
    assert await said(add_late) == (1, f"{first}\n")
    with pytest.raises(ConfigError, match='no strategy is named "none", there are touch-1, late'):
        add("none", config=config)
    await live.until(lambda: engine.ledger.strategy_exposures.get(LATE))

    code, words = await said(lambda: retire("touch-1", which=which))
    assert words.startswith("touch-1 is retired; ")
    assert "it has no exits, so " in words
    assert words.endswith(f"take it out of {config}, or a restart brings it back\n")
    code, words = await said(lambda: retire("touch-1", which=which))
    assert (code, words.partition(";")[0]) == (1, "touch-1 is retired already")
    no = "no strategy 'zero' in this run; there are touch-1, late\n"
    assert await said(lambda: retire("zero", which=which)) == (1, no)

    touch, late = json.loads((await said(lambda: show(journal=journal, json=True)))[1])
    assert (touch["state"], late["state"], touch["positions"] > 0) == ("retired", "active", True)
    assert late["loss_max_micros"] == 20_000_000
    _, words = await said(lambda: show(config=config))
    assert [line.split()[-1] for line in words.splitlines()[1:]] == ["retired", "active"]

    code, words = await said(lambda: retire("touch-1", sell=True, which=which))
    assert "sold " in words
    assert code == bool(engine.desk.flattening.left(TOUCH))
    await live.stop()
    sold_alone_and_audited(journal)
