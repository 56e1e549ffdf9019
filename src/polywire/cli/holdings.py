"""What is held, in a terminal: the table of positions, and which of them would not be sold."""

from collections import Counter
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from polywire.cli.cells import BAD, BOLD, Middle, line_of, middle, table_of, with_rest
from polywire.core.model.command import ExitCause
from polywire.core.units import DAY, format_micros, format_money
from polywire.observe.exit_line import GUARDED, ExitState
from polywire.observe.status import QUESTION_MAX, EngineStatus, PositionLine

UNSOLD_SHOWN: Final = 2


def positions(engine: EngineStatus, rows: int) -> RenderableType:
    """Whose each is, is said where there are several strategies; where its exit is, if any has."""
    lines = engine.positions
    lines = sorted(lines, key=lambda line: (line.strategy, line.market))
    several = len({line.strategy for line in lines}) > 1
    whose = ["strategy"] if several else []
    exits = ["exit"] if any(line.exit.state is not ExitState.NONE for line in lines) else []
    table = table_of("position", *whose, "outcome", "shares", "paid", "worth", "realised", *exits)
    for line in lines[:rows]:
        names = [Text(line.strategy)] if several else []
        last = [exit_cell(line)] if exits else []
        table.add_row(Middle(line.market), *names, Text(line.outcome), *_amounts(line), *last)
    return with_rest(table, len(lines) - rows)


def guarded(engine: EngineStatus) -> Text:
    """How many positions would be sold, and how many would not."""
    counts = Counter(line.exit.state for line in engine.positions)
    there = ", ".join(f"{counts[state]} {state}" for state in GUARDED)
    without = engine.positions_without_exit
    exits = [line.exit for line in engine.positions]
    meant = all(one.state is ExitState.NONE and not one.lacks for one in exits)
    shade = BAD if without and not meant else ""
    return line_of(("exits ", BOLD), f"{there}, ", (f"{without} without one", shade))


def baskets(engine: EngineStatus) -> list[Text]:
    """A line each: where it stands, what all its shares cost, its sets pay, and what is amiss."""
    lines = []
    for one in engine.baskets:
        amiss = f"{format_micros(one.surplus)} shares too many: {one.reason}" if one.reason else ""
        lines.append(
            line_of(
                ("basket ", BOLD),
                f"{one.state}, {format_micros(one.sets)} sets of {one.legs}, "
                f"${format_money(one.paid_micros)} for ${format_money(one.worth_micros)} "
                f"in {-(-one.left_ns // DAY)} d, {one.daily / 10_000:.2f}% a day ",
                (amiss, BAD),
            )
        )
    return lines


def unsold(engine: EngineStatus) -> list[Text]:
    """Of each position with a plan that would not be sold, or not by all of it: why."""
    return [
        line_of(
            (f"{line.exit.state} ", BAD),
            f"{line.outcome} of {middle(line.market, QUESTION_MAX)!r}: ",
            line.exit.told,
        )
        for line in engine.positions
        if line.exit.state in (ExitState.WAITING, ExitState.DUST) or line.exit.lacks
    ]


def few_unsold(engine: EngineStatus) -> list[Text]:
    """The first of them, a line each however narrow the page."""
    few = unsold(engine)[:UNSOLD_SHOWN]
    for line in few:
        line.no_wrap, line.overflow = True, "ellipsis"
    return few


def exit_cell(line: PositionLine) -> str:
    """Where it stands, and what sells first either way: "armed, stop 0.31, target 0.5"."""
    priced = [(one.price, one.cause) for one in line.exit.levels if one.price is not None]
    above = [each for each in priced if each[1] is ExitCause.TARGET]
    below = [each for each in priced if each[1] is not ExitCause.TARGET]
    first = sorted(below)[-1:] + sorted(above)[:1]
    lacks = [one.partition(":")[0] for one in line.exit.lacks.split("; ") if one]
    told = [f"{cause} {format_micros(at)}" for at, cause in first]
    return ", ".join([line.exit.state, *lacks, *told])


def _amounts(line: PositionLine) -> list[str]:
    return [format_money(each) for each in (line.shares, line.paid, line.value, line.realised)]
