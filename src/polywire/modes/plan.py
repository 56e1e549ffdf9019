"""What a backtest is to run, and what that assumes, in sentences; backtesting.py runs it."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from polywire.core.engine.engine import Engine
from polywire.core.units import SECOND, Money, Ns
from polywire.history import journals
from polywire.history.provenance import VENUE, Provenance
from polywire.history.terms import Given
from polywire.modes.part import WHOLE, Part
from polywire.sim.latency import (
    ConstantLatency,
    DrawnLatency,
    Latency,
    RecordedLatency,
    SeenLater,
)

SLOW_EVERY: Final = 20
"""One drawn delay in so many is ten times as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run. `engine` makes a fresh one from `configuration`, `trips` are recorded latencies.

    `usual` is the latency unless there are trips; drawn around it with a `seed`. `cache`: where
    recordings are kept as columns for the next run; None keeps them for this one alone.
    """

    engine: Callable[[], Engine]
    configuration: str
    build: str
    recordings: Path
    given: Given
    queues: Sequence[str]
    cash: Money
    usual: ConstantLatency
    seed: int | None = None
    trips: tuple[Ns, ...] = ()
    feed_delay_ns: Ns = Ns(0)
    taker_wait_ns: Ns = Ns(0)
    away: tuple[tuple[Ns, Ns], ...] = ()
    decide_every_ns: int | None = None
    rebates: bool = False
    journal: Path | None = None
    part: Part = WHOLE
    cache: Path | None = None


def latency_of(plan: Plan) -> Latency:
    """The ways of a plan's orders, which meet what we see as much later as we see all of it."""
    latency: Latency = plan.usual
    if plan.trips:
        latency = RecordedLatency(plan.trips)
    elif plan.seed is not None:
        latency = DrawnLatency(random.Random(plan.seed), plan.usual, SLOW_EVERY)
    return SeenLater(latency, plan.feed_delay_ns)


def confirms(opened: Sequence[Provenance]) -> bool:
    """Whether books are confirmed where the engine asks REST: a journal has what REST said."""
    return not any(one.shape == journals.SHAPE for one in opened)


def assumptions(plan: Plan, opened: Sequence[Provenance]) -> list[str]:
    """Everything a result rests on beside the recordings and the configuration, in sentences."""
    told = [sentence for one in opened for sentence in one.assumptions]
    told += plan.part.told()
    delay = _ms(plan.feed_delay_ns)
    told.append(
        f"what we see was so {delay} before: an order meets the book of when it arrives, which is "
        "seen as much later"
    )
    if any(one.clock == VENUE for one in opened):
        told.append(f"recordings with venue times alone were received {delay} after those")
    told.append(_latency_words(plan))
    wait = _ms(plan.taker_wait_ns)
    told.append(f"an order that trades at once waits {wait} at the venue, or as its market says")
    if plan.away:
        told.append(f"the venue is away {len(plan.away)} times; post-only for two minutes after")
    told.append(
        "the engine decides after each time of receipt and every 100 ms"
        if plan.decide_every_ns is None
        else f"the engine decides every {_ms(plan.decide_every_ns)} and at no other time"
    )
    told.append("nothing is decided while no feed is up and no order is open")
    if (plan.decide_every_ns or 0) > SECOND:
        told.append(
            "the deepest fall is that at decisions; a gain is told if its mid was seen within 1 s"
        )
    told.append(
        "REST confirms a book 200 ms after it is asked, while nothing recorded contradicts it"
        if confirms(opened)
        else "REST is not asked: what it answered that run stands in the journal"
    )
    told.append(
        "what rests fills by trades at its price, after the queue there, by trades through it at "
        "once, and at its own price where the other side of a book that is proven reaches it"
    )
    told.append("nobody reacts to our orders; what we take of a level is not given to us twice")
    told.append("fills are final at once; makers pay no fee, takers that of the market")
    told.append(
        "maker rebates are estimated apart and in no profit" if plan.rebates else "no maker rebates"
    )
    told.append(
        "liquidity rewards are estimated apart and in no profit: each minute, where a market's "
        "terms name them, beside all others as if they were one maker"
    )
    told.append("what is held at the end is worth the best bid, or what its market paid if known")
    return list(dict.fromkeys(told))


def _latency_words(plan: Plan) -> str:
    there, back = _ms(plan.usual.order), _ms(plan.usual.reply)
    if plan.trips:
        return f"latency: {len(plan.trips)} recorded round trips in turn, half each way"
    if plan.seed is not None:
        return (
            f"latency: drawn around {there} to the venue and {back} back, one in {SLOW_EVERY} ten "
            f"times as long, seed {plan.seed}"
        )
    return f"latency: {there} to the venue, {back} back, always"


def _ms(ns: int) -> str:
    return f"{ns / 1e6:g} ms"
