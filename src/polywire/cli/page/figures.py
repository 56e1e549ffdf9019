"""The tables of a backtest's page, made of its result and nothing else; no HTML here."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Final

from polywire.cli.page.cell import Cell, Sheet, cents, count, money, shares, words
from polywire.core.units import utc_time
from polywire.history.provenance import Provenance
from polywire.modes.backtest_result import (
    HORIZONS,
    BacktestReport,
    Earned,
    EarnedRow,
    mean_gains,
)

FEW_FILLS: Final = 30
"""A mean of fewer says little."""
Measure = tuple[str, Callable[[Earned], Cell]]
MEASURES: Final[tuple[Measure, ...]] = (
    ("profit, fees paid", lambda one: money(one.profit)),
    ("realised", lambda one: money(one.realised)),
    ("unrealised: held at the best bid, less its cost", lambda one: money(one.open)),
    ("fees", lambda one: money(one.fees)),
    ("maker rebates, estimated, in no profit", lambda one: money(one.rebates)),
    ("liquidity rewards, estimated, in no profit", lambda one: money(one.rewards)),
    ("deepest fall", lambda one: money(one.drawdown)),
    ("most at stake", lambda one: money(one.exposure_max)),
    ("cash to begin with", lambda one: money(one.cash + one.worth - one.profit)),
    ("cash at the end", lambda one: money(one.cash)),
    ("worth of what is held, at the best bid", lambda one: money(one.worth)),
    ("orders", lambda one: count(one.orders)),
    ("cancels", lambda one: count(one.cancels)),
    ("fills", lambda one: count(one.fills)),
    ("of these maker", lambda one: count(one.maker_fills)),
    ("of these taker", lambda one: count(one.taker_fills)),
    ("refused by the limits", lambda one: count(sum(one.refused.values()))),
    ("rejected by the venue", lambda one: count(sum(one.rejected.values()))),
    ("decisions", lambda one: count(one.cuts)),
    ("books known of", lambda one: words(f"{one.books_known} of {one.books}")),
    ("hashes that agreed", lambda one: count(one.hashes_agreed)),
    ("hashes that never did", lambda one: count(one.hashes_wrong)),
    ("times a book was not proven", lambda one: count(one.gaps)),
    ("digest of all decisions", lambda one: words(one.digest[:12])),
)


def ends(results: Sequence[Earned]) -> Sheet:
    """Everything that is one number, a column for each end of the queue."""
    rows = [[words(name), *(cell(one) for one in results)] for name, cell in MEASURES]
    over = [("", 1), ("of the queue", len(results))]
    return Sheet(("", *(one.queue for one in results)), rows, over)


def by_strategy(results: Sequence[Earned]) -> Sheet:
    """What each strategy made of all its markets."""
    return _summed("strategy", results, attrgetter("strategy"), {})


def by_market(results: Sequence[Earned]) -> Sheet:
    """What all strategies made of each market."""
    names: dict[str, str] = {row.market: row.question for one in results for row in one.rows}
    return _summed("market", results, attrgetter("market"), names)


SUMS: Final[tuple[tuple[str, Callable[[Iterable[EarnedRow]], Cell]], ...]] = (
    ("profit", lambda rows: money(sum(row.profit for row in rows))),
    ("fees", lambda rows: money(sum(row.fees for row in rows))),
    ("rebates", lambda rows: money(sum(row.rebates for row in rows))),
    ("rewards", lambda rows: money(sum(row.rewards for row in rows))),
    ("volume", lambda rows: money(sum(row.volume for row in rows))),
    ("fills", lambda rows: count(sum(row.fills for row in rows))),
    ("orders", lambda rows: count(sum(row.orders for row in rows))),
    ("refused", lambda rows: count(sum(sum(row.refused.values()) for row in rows))),
)


def _summed(
    what: str,
    results: Sequence[Earned],
    key: Callable[[EarnedRow], str],
    names: Mapping[str, str],
) -> Sheet:
    """Rows of one key, added up for each end of the queue; the worst first, no columns of zeros."""
    keys = dict.fromkeys(key(row) for one in results for row in one.rows)
    found = {
        each: [[row for row in one.rows if key(row) == each] for one in results] for each in keys
    }
    order = sorted(keys, key=lambda each: (sum(row.profit for row in found[each][-1]), each))
    every = [part for parts in found.values() for part in parts]
    shown = [(name, cell) for name, cell in SUMS if _tells(name, [cell(part) for part in every])]
    rows = [
        [words(names.get(each, each)), *(cell(part) for _, cell in shown for part in found[each])]
        for each in order
    ]
    heads = (what, *(one.queue for _ in shown for one in results))
    return Sheet(heads, rows, [("", 1), *((name, len(results)) for name, _ in shown)])


def _tells(name: str, column: Sequence[Cell]) -> bool:
    """Whether a column is worth its room: but for the profit, one of zeros alone is not."""
    return name == "profit" or not column or any(cell.exact != "0" for cell in column)


def pairs(one: Earned) -> Sheet:
    """What each strategy made of each market, at one end of the queue, without columns of zeros."""
    heads = (
        "strategy", "market", "profit", "realised", "unrealised", "shares", "other outcome",
        "fees", "maker", "taker", "fall", "stake", "refused", "rejected",
    )  # fmt: skip
    rows = sorted(one.rows, key=lambda row: (row.strategy, row.profit, row.market))
    cells = [_pair(row) for row in rows]
    shown = [at for at in range(len(heads)) if _tells(heads[at], [row[at] for row in cells])]
    return Sheet([heads[at] for at in shown], [[row[at] for at in shown] for row in cells])


def _pair(row: EarnedRow) -> list[Cell]:
    return [
        words(row.strategy), words(row.question), money(row.profit), money(row.realised),
        money(row.open), shares(row.held[0]), shares(row.held[1]), money(row.fees),
        count(row.maker_fills), count(row.taker_fills), money(row.drawdown), money(row.stake_max),
        count(sum(row.refused.values())), count(row.rejected),
    ]  # fmt: skip


def markouts(results: Sequence[Earned]) -> Sheet:
    """What a share had gained some time after a fill: of all, then by strategy and role."""
    rows: list[list[Cell]] = []
    for one in results:
        rows.append(
            [words(one.queue), words("all"), words("both"), count(one.fills)]
            + [cents(gain) for gain in one.gains]
        )
        rows += _roles(one)
    return Sheet(("queue", "strategy", "role", "fills", *(f"after {h}" for h in HORIZONS)), rows)


def _roles(one: Earned) -> Iterator[list[Cell]]:
    for name in dict.fromkeys(row.strategy for row in one.rows):
        for maker in (True, False):
            fills = [fill for fill in one.points if (fill.strategy, fill.maker) == (name, maker)]
            if fills:
                role = "maker" if maker else "taker"
                gains = map(cents, mean_gains(fills))
                yield [words(one.queue), words(name), words(role), count(len(fills)), *gains]


def refusals(results: Sequence[Earned]) -> Sheet:
    """The noes of the limits by rule, then those of the venue by reason."""
    rows: list[list[Cell]] = []
    for who, told in (
        ("limits", [one.refused for one in results]),
        ("venue", [one.rejected for one in results]),
    ):
        names = dict.fromkeys(name for counts in told for name in counts)
        rows += [
            [words(who), words(name), *(count(each.get(name, 0)) for each in told)]
            for name in names
        ]
    return Sheet(("by", "rule or reason", *(one.queue for one in results)), rows)


def recordings(read: Sequence[Provenance]) -> Sheet:
    """What was read, and what can prove it."""
    heads = (
        "recording", "shape", "from, UTC", "until, UTC", "times", "venue hashes", "lines",
        "events", "refused lines", "sha256",
    )  # fmt: skip
    return Sheet(heads, [_recording(one) for one in read])


def _recording(one: Provenance) -> list[Cell]:
    venue = f"the venue's, {one.delay_ns / 1e6:g} ms added"
    return [
        words(one.input.name),
        words(one.shape),
        words(utc_time(one.first_ns)),
        words(utc_time(one.last_ns)),
        words("of receipt" if one.clock == "received" else venue),
        words("yes" if one.hashes else "none"),
        count(one.lines),
        count(one.events),
        words(", ".join(f"{name}: {times:,}" for name, times in one.refused.items()) or "-"),
        words(one.input.sha256[:12]),
    ]


def halts(results: Sequence[Earned]) -> Iterator[str]:
    """A strategy that raised did not trade a result to its end: that stands above any number."""
    told: dict[str, list[str]] = {}
    for one in results:
        for name, error in one.halted.items():
            told.setdefault(f"{name} raised and was halted: {error}", []).append(one.queue)
    for said, queues in told.items():
        yield f"{said} (queue: {', '.join(queues)}). What follows is no result of it."


def troubles(report: BacktestReport) -> list[str]:
    """What a reader must know before any number."""
    told = [*halts(report.results)]
    told += [
        f"{one.input.name} has no venue hashes: its books are trusted without proof"
        for one in report.recordings
        if not one.hashes
    ]
    for one in report.results:
        where = f"at the {one.queue} of the queue"
        told += [f"{where}, {name} ordered nothing: {why}" for name, why in one.idle.items()]
        told += [f"{where}, trading stopped: {one.stopped}"] if one.stopped else []
        held = one.open
        told += [f"{where}, {money(held).text} of the profit is still held"] if held > 0 else []
    return told


def remarks(results: Sequence[Earned]) -> list[str]:
    """What to think of the ends of the queue beside each other, and of few fills."""
    told = []
    front, back = results[0], results[-1]
    if len(results) > 1 and (front.profit, front.fills) == (back.profit, back.fills):
        told.append("The queue decided nothing here: both ends came to the same.")
    elif len(results) > 1 and back.profit > front.profit:
        told.append(
            "The back came out better here: what is filled changes what is ordered next, so "
            "neither end is the best or the worst."
        )
    least = min((one.fills for one in results), default=0)
    if 0 < least < FEW_FILLS:
        few = "1 fill is" if least == 1 else f"{least} fills are"
        told.append(f"{few} few: another day may say the opposite.")
    return told


def verdict(results: Sequence[Earned]) -> str:
    """The result in one sentence; it says so where the ends of the queue contradict each other."""
    profits = [one.profit for one in results]
    told = " and ".join(f"{money(one.profit).text} at the {one.queue}" for one in results)
    if min(profits, default=0) < 0 < max(profits, default=0):
        return f"{told} of the queue: this recording does not answer whether it earns."
    return f"{told} of the queue, fees paid."
