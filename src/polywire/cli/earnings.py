"""A backtest's result in a terminal: both ends of the queue side by side, and what was assumed."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from polywire.cli.cells import BAD, middle
from polywire.cli.page.cell import Cell, cents, words
from polywire.cli.page.figures import ends, halts, remarks
from polywire.core.units import SECOND, dollars, format_micros, utc_time
from polywire.history.provenance import Provenance
from polywire.modes.backtest_result import HORIZONS, BacktestReport, Earned, EarnedRow

SENTENCE: Final = (
    "At the front of the queue more is filled than would be, at the back less; profit may lie "
    "outside both. This is what the recordings come to if all that holds, and no promise."
)
QUESTION_MAX: Final = 34
NAMELESS: Final = (
    "this recording has no names of markets; [backtest] markets = FILE says them, and their terms"
)


def earnings(report: BacktestReport, *, assumptions: bool = False) -> RenderableType:
    """What it came to, and with all assumptions where asked; texts are never markup."""
    parts: list[RenderableType] = [Text(line, style=BAD) for line in halts(report.results)]
    parts += [Text(line) for line in map(_recording, report.recordings)]
    parts += [Text(), _ends(report.results), *map(Text, remarks(report.results))]
    for one in report.results:
        parts += [Text(), _rows(one)]
        parts += [Text(line) for line in _troubles(one)]
    assumed = report.assumptions
    more = "" if assumptions else " (--assumptions lists them)"
    parts += [Text(), Text(f"It rests on {len(assumed)} assumptions{more}.")]
    parts += [Text(f"- {sentence}") for sentence in assumed if assumptions]
    return Group(*parts, Text(SENTENCE))


def _recording(one: Provenance) -> str:
    span = (one.last_ns - one.first_ns) / SECOND
    refused = "".join(f"; {count:,} {reason}" for reason, count in one.refused.items())
    proof = "venue hashes" if one.hashes else "no venue hashes"
    return (
        f"{one.input.name} ({one.shape}): {utc_time(one.first_ns)}, {span:,.0f} s, "
        f"{one.lines:,} lines, {one.events:,} events, {one.clock} time, {proof}{refused}"
    )


def _ends(results: Sequence[Earned]) -> Table:
    table = Table(title="What the queue makes of it", title_justify="left")
    table.add_column("")
    for one in results:
        table.add_column(f"{one.queue} of the queue", justify="right")
    for name, *cells in (*ends(results).rows, *_gains(results)):
        table.add_row(name.text, *(cell.text for cell in cells))
    return table


def _gains(results: Sequence[Earned]) -> Iterator[list[Cell]]:
    for at, horizon in enumerate(HORIZONS):
        yield [words(f"gain a share after {horizon}"), *(cents(one.gains[at]) for one in results)]


def _rows(one: Earned) -> Table:
    table = Table(title=f"By strategy and market, {one.queue} of the queue", title_justify="left")
    table.add_column("strategy")
    table.add_column("market")
    for name in (
        "profit",
        "realised",
        "shares",
        "fees",
        "fills",
        "m/t",
        "fall",
        "stake",
        "refused",
    ):
        table.add_column(name, justify="right")
    for row in sorted(one.rows, key=lambda row: (row.strategy, row.profit)):
        if row.fills:
            table.add_row(*_cells(row))
    return table


def _cells(row: EarnedRow) -> list[Text]:
    held = " ".join(format_micros(shares) for shares in row.held if shares) or "-"
    cells = (
        row.strategy, middle(row.question, QUESTION_MAX), dollars(row.profit),
        dollars(row.realised),
        held, dollars(row.fees), f"{row.fills:,}", f"{row.maker_fills}/{row.taker_fills}",
        dollars(row.drawdown), dollars(row.stake_max), f"{sum(row.refused.values()) or '-'}",
    )  # fmt: skip
    return [Text(cell) for cell in cells]


def _troubles(one: Earned) -> list[str]:
    """What was never filled, refused, rejected and halted."""
    nameless = any(row.market.startswith(row.question) for row in one.rows)
    lines = [NAMELESS] if nameless else []
    vain = sum(not row.fills for row in one.rows)
    lines += [f"{vain} more ordered and were never filled"] if vain else []
    lines += [f"{name} ordered nothing: {why}" for name, why in one.idle.items()]
    if one.stopped:
        lines.append(f"trading stopped: {one.stopped}")
    if one.refused:
        lines.append(f"refused by the limits: {_counted(one.refused)}")
    if one.rejected:
        lines.append(f"rejected by the venue: {_counted(one.rejected)}")
    if one.unconfirmed:
        lines.append(f"{one.unconfirmed:,} times a book could not be confirmed")
    return lines


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
