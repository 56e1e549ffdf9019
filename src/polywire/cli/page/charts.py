"""What the charts of a backtest's page draw, as JSON: curves thinned where no eye could tell."""

from collections.abc import Iterator, Sequence
from itertools import dropwhile
from math import ceil
from typing import Final

import msgspec
from msgspec import Struct

from polywire.core.ids import MarketId
from polywire.core.units import MILLISECOND, complement
from polywire.modes.backtest_result import BacktestReport, Earned, FillPoint

POINTS_MAX: Final = 3_000
"""Of a curve; a wide screen has fewer columns of pixels."""
MARKETS_MAX: Final = 40
FILLS_MAX: Final = 5_000
"""At each end of the queue."""
Row = tuple[int | None, ...]


class Curve(Struct):
    """Columns of one length: times in ms, then what is drawn over them."""

    at_ms: list[int | None]
    lines: list[list[int | None]]


class MarketChart(Struct):
    """Best prices of a market's first outcome."""

    market: MarketId
    question: str
    prices: Curve


class FillMark(Struct, array_like=True):
    """One fill. `shown` is its price on the first outcome's scale; see FillPoint for the rest."""

    market: int
    queue: int
    at_ms: int
    shown: int
    strategy: str
    outcome: int
    side: str
    price: int
    quantity: int
    fee: int
    maker: bool
    gains: tuple[int | None, int | None, int | None]


class Charts(Struct):
    """Everything that is drawn; curves of equity are profit, fall and exposure by queue."""

    queues: list[str]
    equity: list[Curve]
    markets: list[MarketChart]
    fills: list[FillMark]
    left_out: list[str]


def charts(report: BacktestReport) -> Charts:
    """The charts of a result, with what was left out of them in sentences."""
    results = report.results
    chosen = _chosen(results)
    places = {market.market: place for place, market in enumerate(chosen)}
    traded = {market for one in results for market in one.prices}
    fills = [[fill for fill in one.points if fill.market in places] for one in results]
    most = max(map(len, fills), default=0)
    told = [(len(traded), len(chosen), "markets"), (most, FILLS_MAX, "fills of a queue")]
    return Charts(
        queues=[one.queue for one in results],
        equity=[_curve(falls(one)) for one in results],
        markets=chosen,
        fills=[
            _mark(places[fill.market], queue, fill)
            for queue, found in enumerate(fills)
            for fill in found[:FILLS_MAX]
        ],
        left_out=[f"{shown:,} of {all_:,} {what} are drawn" for all_, shown, what in told
                  if all_ > shown],
    )  # fmt: skip


def falls(one: Earned) -> Iterator[Row]:
    """Profit, how far it is below its best so far, and exposure, by time in ms.

    From when something was first at stake: a part that is held out waits long before it begins.
    """
    peak = 0
    for point in dropwhile(lambda each: not (each.profit or each.exposure), one.equity):
        peak = max(peak, point.profit)
        yield point.at_ns // MILLISECOND, point.profit, peak - point.profit, point.exposure


def thinned(rows: Sequence[Row], most: int = POINTS_MAX) -> list[Row]:
    """At most about so many: of each stretch the first, the last, and both extremes of a column."""
    if len(rows) <= most:
        return [*rows]
    columns = range(1, len(rows[0]))
    stretch = ceil(len(rows) * 2 * len(rows[0]) / most)
    kept: list[Row] = []
    for begin in range(0, len(rows), stretch):
        part = rows[begin : begin + stretch]
        places = {0, len(part) - 1}
        for column in columns:
            known = [
                (value, at) for at, row in enumerate(part) if (value := row[column]) is not None
            ]
            places |= {extreme(known)[1] for extreme in (min, max) if known}
        kept += [part[at] for at in sorted(places)]
    return kept


def _curve(rows: Iterator[Row]) -> Curve:
    kept = thinned([*rows])
    at, *lines = [list(column) for column in zip(*kept, strict=True)] if kept else [[]]
    return Curve(at, lines)


def _chosen(results: Sequence[Earned]) -> list[MarketChart]:
    """Markets that were ordered in, most fills first, each with the prices of one run."""
    known = {market: points for one in results for market, points in one.prices.items()}
    questions = {row.market: row.question for one in results for row in one.rows}
    fills = dict.fromkeys(known, 0)
    for one in results:
        for fill in one.points:
            fills[fill.market] += 1
    order = sorted(known, key=lambda market: (-fills[market], market))[:MARKETS_MAX]
    return [
        MarketChart(
            market,
            questions.get(market, market),
            _curve((one.at_ns // MILLISECOND, one.bid, one.ask) for one in known[market]),
        )
        for market in order
    ]


def _mark(place: int, queue: int, fill: FillPoint) -> FillMark:
    shown = fill.price if fill.outcome == 0 else complement(fill.price)
    return FillMark(
        place, queue, fill.at_ns // MILLISECOND, shown, fill.strategy, fill.outcome, fill.side,
        fill.price, fill.quantity, fill.fee, fill.maker, fill.gains,
    )  # fmt: skip


def embedded(told: Charts) -> str:
    """As JSON that may stand between script tags, whatever names are in it."""
    text = msgspec.json.encode(told).decode()
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
