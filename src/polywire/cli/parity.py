"""`polywire parity`: a run's decisions on the frames it recorded, and a backtest's beside them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter, validators
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from polywire.cli.configured import ConfigFile
from polywire.cli.output import emit
from polywire.cli.steps import Steps
from polywire.config.backtest_plan import plan_from
from polywire.config.build import engine_from
from polywire.config.load import load
from polywire.config.schema import load as settings_of
from polywire.core.engine.engine import Engine
from polywire.core.model.control import RunStarted
from polywire.core.units import dollars, format_micros
from polywire.modes.parity import Agreement, Parity
from polywire.modes.parity import parity as compare
from polywire.modes.parity_sums import Difference, Sums

Existing = Annotated[Path, Parameter(validator=validators.Path(exists=True))]
WORDS: Final = {
    "fee": "fee: by the schedule, on the fills there were",
    "queue": "queue: fills by the simulated venue, at the back",
    "latency": "latency: the configuration's",
    "cut": "cut: decided when a backtest would",
    "frames": "frames: each change alone, REST that agrees",
}
TOLD_MAX: Final = 5
"""Differences of one cause that are shown; JSON has all."""


def parity(*, journal: Existing, frames: Existing, config: ConfigFile, json: bool = False) -> int:
    """Hold a run of `paper --record` or `run --record` against its frames, and against a backtest.

    With the journal's cuts and account events, the frames have to lead to the same decisions: the
    exit code is 1 if one differs. Then the backtest's rules take their place one by one, and the
    differences are told by cause.

    Parameters
    ----------
    journal
        The folder of the run's journal, captured in full, or one file of it.
    frames
        The folder of its frames.
    config
        The run's configuration file; `[backtest]` says what a backtest assumes.
    json
        Print both as JSON.
    """
    plan = plan_from(load(config, os.environ), frames, ("back",))
    found = compare(journal, frames, plan, _engine_for, Steps().at)
    emit(found, comparison(found), as_json=json)
    return 0 if found.decisions.whole else 1


def _engine_for(started: RunStarted) -> Engine:
    return engine_from(settings_of(started.configuration))


def comparison(found: Parity) -> RenderableType:
    """What agreed, and a backtest's differences by cause."""
    table = Table("what it came to", title="Journal and backtest", title_justify="left")
    for column in ("orders", "fills", "shares", "fees", "cash", "added", "missing"):
        table.add_column(column, justify="right")
    table.add_row("journal", *_cells(found.journal))
    for cause, one in found.causes.items():
        changed = (f"{sum(line.times for line in lines):,}" for lines in (one.added, one.missing))
        table.add_row(Text(WORDS[cause]), *_cells(one.sums), *changed, style="dim")
    table.add_row("backtest", *_cells(found.backtest))
    told = [line for cause, one in found.causes.items() for line in _changes(cause, one)]
    return Group(Text("\n".join(_words(found.decisions))), Text(), table, Text("\n".join(told)))


def _changes(cause: str, found: Difference) -> Iterator[str]:
    for word, lines in (("added", found.added), ("missing", found.missing)):
        for one in lines[:TOLD_MAX]:
            what = f"{one.what} {one.side} {format_micros(one.shares)} of {one.instrument[:12]}"
            price = format_micros(one.price)
            yield f"{cause}: {word} {one.times} x {what} at {price} by {one.strategy}"
        if len(lines) > TOLD_MAX:
            yield f"{cause}: {word} {len(lines) - TOLD_MAX:,} kinds more (--json)"


def _words(seen: Agreement) -> list[str]:
    part = 100.0 if seen.agreed == seen.commands else int(1_000 * seen.agreed / seen.commands) / 10
    told = [
        f"{seen.agreed:,} of {seen.commands:,} commands agree ({part:g} %), at {seen.cuts:,} cuts",
        f"{seen.rebuilt:,} rows made anew from frames, {seen.differing:,} of them otherwise; "
        f"{seen.lacking:,} without a frame",
    ]
    return [*told, f"first difference: {seen.difference}"] if seen.difference else told


def _cells(sums: Sums) -> tuple[str, ...]:
    shares = format_micros(sums.shares)
    return f"{sums.orders:,}", f"{sums.fills:,}", shares, dollars(sums.fees), dollars(sums.cash)
