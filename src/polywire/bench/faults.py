"""Every fault of the local exchange against a paper engine: noticed, healed, and at what cost.

A few run side by side, each with an exchange of its own; the engines share this process.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from msgspec import Struct

from polywire.bench.fault_cases import (
    AUDIT_S,
    CASES,
    FRAMES_A_SECOND,
    LATE_S_MAX,
    MARKETS,
    SEED,
    Case,
)
from polywire.bench.fault_figures import FaultFigures
from polywire.bench.fault_run import Served, run_case, settings
from polywire.bench.result import Figure, Target, figure, machine
from polywire.core.units import SCALE

SIDE_BY_SIDE = 6
APART_S = 0.5
NEVER_S = 3_600.0

Serve = Callable[[Sequence[str]], AbstractAsyncContextManager[Served]]
"""Starts a local exchange with these arguments."""


class Faults(Struct, frozen=True, kw_only=True):
    """What the benchmark found; `ok` if every target is met."""

    benchmark: str
    ok: bool
    faults: dict[str, FaultFigures]
    targets: list[Figure]
    notes: list[str]
    machine: str


async def run(serve: Serve, done: Callable[[str], None], cases: Sequence[Case] = CASES) -> Faults:
    """Run all and judge them; `done` is told the name of each. Raises what `run_case` raises."""
    places = asyncio.Semaphore(SIDE_BY_SIDE)
    async with asyncio.TaskGroup() as group:
        running = [
            group.create_task(_one(serve, done, places, case, number))
            for number, case in enumerate(cases)
        ]
    found = {case.name: one.result() for case, one in zip(cases, running, strict=True)}
    judged = [one for case in cases for one in targets(case, found[case.name])]
    return Faults(
        benchmark="faults",
        ok=all(one.met is not False for one in judged),
        faults=found,
        targets=judged,
        notes=NOTES,
        machine=machine(),
    )


async def _one(
    serve: Serve, done: Callable[[str], None], places: asyncio.Semaphore, case: Case, number: int
) -> FaultFigures:
    arguments = [
        "--control", "--markets", str(MARKETS), "--frames-a-second", str(FRAMES_A_SECOND),
        "--seed", str(SEED),
    ]  # fmt: skip
    async with places:
        await asyncio.sleep(APART_S * (number % SIDE_BY_SIDE))  # starting takes a whole core
        async with serve(arguments) as served:
            found = await run_case(case, served)
    done(case.name)
    return found


def targets(case: Case, found: FaultFigures) -> list[Figure]:
    """What one fault must not exceed; what never happened took an hour."""
    limits = settings().limits
    cap = limits.group_exposure_max if case.asset else limits.total_exposure_max
    held: list[tuple[str, float | None, str, float | None]] = [
        ("detected", found.detected_s, "s", case.detect_s),
        ("healed", found.healed_s, "s", case.heal_s),
        ("exposure", found.exposure_micros / SCALE, "dollars", cap / SCALE),
        ("books that differ", float(not found.equal), "", 0),
    ]
    return [
        figure(
            f"{case.name}: {name}",
            NEVER_S if value is None else value,
            unit,
            Target("at most", bound),
        )
        for name, value, unit, bound in held
        if bound is not None
    ]


NOTES = [
    f"{MARKETS} synthetic markets, {FRAMES_A_SECOND:g} frames a second in all, seed {SEED}; quiet "
    f"books are audited every {AUDIT_S:g} s, which is 45 s by default",
    "detected: from the exchange's onset to the first gap of a book that is concerned, to the end "
    "of its feed, or to word that a twin is behind; healed: from there to the last of those gaps, "
    "or to the end of the frozen twin",
    "exposure: orders decided on these books between onset and detection, at their prices; cap: "
    "what one group of markets, or all of them, may cost",
    "lost: messages that reached no socket of ours, or could not be read; REST calls for books "
    "until all was healed, audits among them",
    f"what is no freeze must be healed within {LATE_S_MAX:g} s after the fault; no target where "
    "nothing that is read is wrong, or the hash proves the book all the same",
]
