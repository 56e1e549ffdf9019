"""What one mode's hour comes to in figures, and how long its decisions took.

A delay has two parts. Waiting for the next poll is an interval and counts in venue time; the rest
is latency and counts in real time. At 60 times real time the two differ by that factor.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from msgspec import Struct

from polywire.bench.hour import START_NS, Followed, Plan
from polywire.bench.mode_report import Look, Report
from polywire.bench.position_bot import CENT, STOP, TARGET
from polywire.bench.trips import Trip
from polywire.core.ids import MarketId
from polywire.core.model.command import ExitCause
from polywire.core.units import MILLISECOND


class Delay(Struct, frozen=True):
    """From a change at the venue to the decision on it: as waited in venue time, then real time."""

    waited_ns: int
    latency_ns: int

    @property
    def ms(self) -> float:
        """What it takes at the venue's own speed."""
        return (self.waited_ns + self.latency_ns) / MILLISECOND


class ModeFigures(Struct, frozen=True, kw_only=True):
    """One mode; money in dollars, slippage in cents a share, the worse the larger.

    `decision_ms_*` is at the venue's own speed; `decision_wall_ms_*` is what passed on the wall of
    this hurried hour. Calls count for a whole hour, however short the measured one was.
    """

    book_calls_per_hour: float
    catalogue_calls_per_hour: float
    account_calls_per_hour: float
    decision_ms_p50: float
    decision_ms_p99: float
    decision_wall_ms_p50: float
    decision_wall_ms_p99: float
    changes: int
    positions: int
    win_rate: float
    profit_dollars: float
    targets: int
    target_slippage_cents: float
    stops: int
    stop_slippage_cents: float
    orders: int
    refused: int
    taker_fees_dollars: float
    maker_fees_dollars: float
    network_fees_dollars: float
    errors: int
    reconnects: int
    uptime_percent: float
    cpu_s: float
    memory_mb: float
    bytes: int


def figures(report: Report, plan: Plan, markets: Sequence[Followed], speed: float) -> ModeFigures:
    """The figures of a report."""
    hours = plan.minutes / 60
    found = [each for market in markets for each in delays_of(report, market, speed)]
    spent = sorted(delay.ms for delay in found)
    wall = sorted((d.waited_ns / speed + d.latency_ns) / MILLISECOND for d in found)
    left = [trip for trip in report.trips if trip.closed]
    targets = [trip for trip in left if trip.cause == ExitCause.TARGET]
    stops = [trip for trip in left if trip.cause == ExitCause.STOP]
    return ModeFigures(
        book_calls_per_hour=report.book_calls / hours,
        catalogue_calls_per_hour=report.catalogue_calls / hours,
        account_calls_per_hour=report.account_calls / hours,
        decision_ms_p50=percentile(spent, 0.5),
        decision_ms_p99=percentile(spent, 0.99),
        decision_wall_ms_p50=percentile(wall, 0.5),
        decision_wall_ms_p99=percentile(wall, 0.99),
        changes=len(found),
        positions=len(left),
        win_rate=100 * sum(trip.won for trip in left) / max(1, len(left)),
        profit_dollars=sum(trip.brought - trip.sale_fees - trip.paid for trip in left) / 1e6,
        targets=len(targets),
        target_slippage_cents=_slippage(targets, TARGET),
        stops=len(stops),
        stop_slippage_cents=_slippage(stops, -STOP),
        orders=report.orders,
        refused=report.refused,
        taker_fees_dollars=sum(trip.taker_fees for trip in report.trips) / 1e6,
        maker_fees_dollars=sum(trip.maker_fees for trip in report.trips) / 1e6,
        network_fees_dollars=0.0,
        errors=report.errors,
        reconnects=report.reconnects,
        uptime_percent=100 * report.uptime,
        cpu_s=report.cpu_s,
        memory_mb=report.memory_mb,
        bytes=report.bytes,
    )


def delays_of(report: Report, market: Followed, speed: float) -> list[Delay]:
    """One delay for each change of the executable price that was decided on."""
    looks = report.looks.get(MarketId(market.id), [])
    changes = [at_ms for at_ms in market.times if at_ms * MILLISECOND > START_NS]
    return delays(changes, looks, speed, report.every_ns)


def delays(
    changes: Iterable[int], looks: Sequence[Look], speed: float, every_ns: int
) -> list[Delay]:
    """From each change, in venue milliseconds, to the first decision on a book that includes it.

    Rounds of polls are due on a grid of `every_ns` (0: none) from the hour's start. What a change
    waited for its round is venue time, all else real time; `speed` is the factor.
    """
    found: list[Delay] = []
    for at_ms in changes:
        changed_ns = at_ms * MILLISECOND
        place = bisect_left(looks, changed_ns, key=lambda look: look.book_ns)
        if place == len(looks):
            break
        look = looks[place]
        round_ns = look.had_ns - (look.had_ns - START_NS) % every_ns if every_ns else 0
        waited_ns = max(0, round_ns - changed_ns)
        latency_ns = int((look.at_ns - changed_ns - waited_ns) / speed)
        found.append(Delay(waited_ns, latency_ns))
    return found


def percentile(ordered: Sequence[float], part: float) -> float:
    """The value that this part of an ascending list does not exceed; 0 for none."""
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


def _slippage(trips: Sequence[Trip], away: int) -> float:
    """Cents a share below the level that triggers, in the mean; below 0 is better than it."""
    short = [trip.entry + away - trip.exit for trip in trips]
    return sum(short) / len(short) / CENT if short else 0.0
