"""Four ways to run the position bot, on the same seeded venue hour at 60 times real time.

Each engine is a process of its own. The streaming ones run side by side on one exchange, then the
polling ones on another that makes the same hour: the machine is shared by as few as possible.
"""

import asyncio
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic_ns

import msgspec
from msgspec import Struct

from polywire.bench.differences import Difference, differences
from polywire.bench.hour import START_NS, Followed, Plan, followed
from polywire.bench.mode_figures import ModeFigures, figures
from polywire.bench.mode_report import Report
from polywire.bench.mode_run import Spec
from polywire.bench.result import Figure, Target, figure, machine
from polywire.core.errors import ConfigError
from polywire.core.execution.exits import ExitStyle
from polywire.core.units import SECOND
from polywire.runtime.endpoints import Endpoints
from polywire.runtime.polling import Polling

SPEED = 60.0
MARKETS = 12
FRAMES_A_SECOND = 12.0
SHARES = 20_000_000
BASELINE_S = 10
"""Polling at this interval, one GET a position, is what streaming is compared with."""
LEAD_S = 4.0
LEAD_EACH_S = 1.0
END_S = 60.0

BOOK_CALLS_MAX = 100.0
DECISION_MS_MAX = 100.0
SOONER_MIN = 50.0
POINTS_MAX = 2.0

Serve = Callable[[Sequence[str]], AbstractAsyncContextManager[Endpoints]]
"""Starts a local exchange with these arguments."""


class Way(Struct, frozen=True):
    """One of the ways to run: `every_s` is 0 for the stream."""

    style: ExitStyle
    every_s: int = 0
    batched: bool = False

    @property
    def name(self) -> str:
        """`<feed>_<exits>`; other intervals than the baseline's and batches say so behind it."""
        if not self.every_s:
            return f"stream_{self.style}"
        pace = "" if self.every_s == BASELINE_S else f"_{self.every_s}s"
        return f"poll_{self.style}{pace}{'_batched' if self.batched else ''}"

    @property
    def polling(self) -> Polling | None:
        """What the engine is told."""
        return Polling(self.every_s * SECOND, self.batched) if self.every_s else None


class Modes(Struct, frozen=True, kw_only=True):
    """What the benchmark found; `ok` if every target is met."""

    benchmark: str
    ok: bool
    seed: int
    speed: float
    venue_minutes: float
    markets: list[str]
    modes: dict[str, ModeFigures]
    targets: list[Figure]
    differences: list[Difference]
    recommendation: str
    notes: list[str]
    machine: str


def plan_of(*, seed: int, minutes: float, frames_a_second: float = FRAMES_A_SECOND) -> Plan:
    """The hour that is run."""
    return Plan(
        seed=seed,
        minutes=minutes,
        markets=MARKETS,
        frames_a_second=frames_a_second,
        shares=SHARES,
    )


def ways(poll_every: Sequence[int]) -> tuple[list[Way], list[Way]]:
    """Streaming and polling; the baseline's interval is always among them.

    What other intervals and batches cost and see does not depend on the exits: they are watched.
    """
    watch, resting = ExitStyle.WATCH, ExitStyle.RESTING
    streams = [Way(watch), Way(resting)]
    polls = [Way(watch, BASELINE_S), Way(resting, BASELINE_S), Way(watch, BASELINE_S, batched=True)]
    for every_s in sorted({*poll_every} - {BASELINE_S}):
        polls += [Way(watch, every_s), Way(watch, every_s, batched=True)]
    return streams, polls


async def run(serve: Serve, plan: Plan, poll_every: Sequence[int], speed: float = SPEED) -> Modes:
    """Run all and judge them; raises what `measure` raises."""
    markets = followed(plan)
    reports = await measure(serve, plan, markets, ways(poll_every), speed)
    return judged(plan, markets, reports, speed)


async def measure(
    serve: Serve,
    plan: Plan,
    markets: Sequence[Followed],
    groups: Iterable[Sequence[Way]],
    speed: float,
) -> list[Report]:
    """Run the groups one after the other; ConfigError where the machine was too slow to begin."""
    reports: list[Report] = []
    for group in groups:
        reports += await _side_by_side(serve, plan, markets, group, speed)
    return reports


async def _side_by_side(
    serve: Serve, plan: Plan, markets: Sequence[Followed], group: Sequence[Way], speed: float
) -> list[Report]:
    lead_s = LEAD_S + LEAD_EACH_S * len(group)
    begin_ns = monotonic_ns() + int(lead_s * SECOND)
    arguments = [
        "--markets", str(plan.markets), "--frames-a-second", str(plan.frames_a_second),
        "--seed", str(plan.seed), "--speed", str(speed),
        "--start-ns", str(START_NS), "--begin-ns", str(begin_ns),
    ]  # fmt: skip
    with TemporaryDirectory(prefix="polywire-bench-") as name:
        async with serve(arguments) as endpoints:
            specs = [
                Spec(
                    name=way.name,
                    endpoints=endpoints,
                    plan=plan,
                    slugs=tuple(market.slug for market in markets),
                    style=way.style,
                    polling=way.polling,
                    begin_ns=begin_ns,
                    speed=speed,
                    report=str(Path(name) / f"{way.name}.report"),
                )
                for way in group
            ]
            limit_s = lead_s + plan.minutes * 60 / speed + END_S
            return await asyncio.gather(*(_child(spec, limit_s) for spec in specs))


async def _child(spec: Spec, limit_s: float) -> Report:
    path = Path(spec.report).with_suffix(".spec")
    path.write_bytes(msgspec.json.encode(spec))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "polywire.bench.mode_run", str(path), start_new_session=True
    )
    try:
        async with asyncio.timeout(limit_s):
            code = await child.wait()
    except TimeoutError as error:
        raise ConfigError(
            f"{spec.name} did not end in {limit_s:.0f} s; run it on a quieter machine"
        ) from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if code != 0:
        raise ConfigError(f"{spec.name} ended with {code}: its own error is above")
    report = _read(spec)
    if report.late:
        raise ConfigError(
            "an engine was not ready when the hour began; run it on a quieter machine"
        )
    return report


def _read(spec: Spec) -> Report:
    return msgspec.json.decode(Path(spec.report).read_bytes(), type=Report)


def judged(
    plan: Plan, markets: Sequence[Followed], reports: Sequence[Report], speed: float
) -> Modes:
    """The figures of every mode, held against the targets."""
    modes = {report.name: figures(report, plan, markets, speed) for report in reports}
    by_name = {report.name: report for report in reports}
    apart = {
        style: differences(markets, by_name[f"stream_{style}"], by_name[f"poll_{style}"])
        for style in ExitStyle
    }
    found = [one for style in ExitStyle for one in targets(style, modes, apart[style])]
    return Modes(
        benchmark="modes",
        ok=all(one.met is not False for one in found),
        seed=plan.seed,
        speed=speed,
        venue_minutes=plan.minutes,
        markets=[market.slug for market in markets],
        modes=modes,
        targets=found,
        differences=[one for style in ExitStyle for one in apart[style]],
        recommendation=recommendation(modes),
        notes=NOTES,
        machine=machine(),
    )


def targets(
    style: ExitStyle, modes: dict[str, ModeFigures], apart: Sequence[Difference]
) -> list[Figure]:
    """What streaming must reach beside polling at the baseline, with the same kind of exits."""
    ours, theirs = modes[f"stream_{style}"], modes[f"poll_{style}"]
    sooner = theirs.decision_ms_p50 / max(ours.decision_ms_p50, 1e-3)
    points = abs(ours.win_rate - theirs.win_rate)
    unexplained = sum(not one.explained for one in apart) if points > POINTS_MAX else 0
    most = [
        ("book calls an hour", ours.book_calls_per_hour, "calls", BOOK_CALLS_MAX),
        ("decision p99", ours.decision_ms_p99, "ms", DECISION_MS_MAX),
        ("errors", ours.errors, "errors", theirs.errors),
        (f"unexplained, win rates {points:.1f} points apart", unexplained, "positions", 0),
    ]
    return [
        *(
            figure(f"{style}: {name}", value, unit, Target("at most", bound))
            for name, value, unit, bound in most
        ),
        figure(f"{style}: sooner than polling", sooner, "x", Target("at least", SOONER_MIN)),
    ]


def recommendation(modes: dict[str, ModeFigures]) -> str:
    """One line: what to run, and what it rests on."""
    watch, resting = modes["stream_watch"], modes["stream_resting"]
    poll = modes["poll_watch"]
    best = "watch" if watch.profit_dollars >= resting.profit_dollars else "resting"
    return "; ".join(
        (
            'kind = "stream" under [feed]: decisions in '
            f"{watch.decision_ms_p50:,.1f} ms instead of {poll.decision_ms_p50:,.0f}",
            f"{watch.book_calls_per_hour:,.0f} book calls an hour instead of "
            f"{poll.book_calls_per_hour:,.0f}",
            f"stops {watch.stop_slippage_cents:.1f} cents past their level instead of "
            f"{poll.stop_slippage_cents:.1f}",
            f'style = "{best}" under [exits]: {watch.profit_dollars:+.2f} dollars over '
            f"{watch.positions} positions watched, {resting.profit_dollars:+.2f} over "
            f"{resting.positions} resting, on this tape alone",
        )
    )


NOTES = [
    "decision: from the venue's own time of a change of the executable price to the decision on a "
    "book that includes it; waiting for a poll counts in venue time, the rest in real time",
    "network fee: 0, for orders are signed messages that the operator settles; only deposits and "
    "withdrawals are transactions of ours",
    "account calls: 0, for fills are simulated; CPU, memory and bytes are of the engine's process "
    "for the whole hour, 60 times as fast as in life",
]
