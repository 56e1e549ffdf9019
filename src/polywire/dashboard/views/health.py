"""The view of health: connections, gaps, delays by stage, requests, differences, standstills."""

from typing import Final

from msgspec import structs

from polywire.core.model.counts import StageCount
from polywire.core.units import MICROSECOND
from polywire.dashboard.scene import Ask, Scene, to_ms
from polywire.dashboard.views.differences import differences
from polywire.dashboard.views.pulse import Shape, alerts
from polywire.observe.feed_lines import GapLine, gap_lines, rest_lines, socket_lines

GAPS: Final = 50
ALERTS: Final = 50


def health(scene: Scene, _ask: Ask) -> Shape | None:
    """See the contract of the page; most of it is as the newest count told it."""
    shadow = scene.shadow
    if shadow.engine is None:
        return None
    memory = shadow.memory
    gaps = gap_lines(memory.feeds, shadow.now)
    opened = sum(one.closed_ns is None for one in gaps)
    newest = memory.feeds.newest
    return {
        "sockets": [structs.asdict(one) for one in socket_lines(memory.feeds)],
        "gaps": {
            "open": opened,
            "closed": len(gaps) - opened,
            "last": [_gap(one) for one in gaps[:GAPS]],
        },
        "latency": {one.stage: _stage(one) for one in (newest.stages if newest else ())},
        "rest": {
            one.purpose: {
                "answered": one.answered,
                "refused": one.refused,
                "failed": one.failed,
            }
            for one in rest_lines(memory.feeds)
        },
        "differences": differences(shadow.engine, memory),
        "stalls": [
            {"at_ms": to_ms(one.recv_ns), "ms": to_ms(one.recv_ns - one.since_ns)}
            for one in reversed(memory.stills)
        ],
        "alerts": alerts(scene, ALERTS),
    }


def _gap(one: GapLine) -> Shape:
    return {
        "market": one.question,
        "cause": one.cause,
        "opened_ms": to_ms(one.opened_ns),
        "closed_ms": to_ms(one.closed_ns) if one.closed_ns is not None else None,
        "healed_by": one.healed_by,
        "step": one.step,
        "missed": one.missed,
    }


def _stage(one: StageCount) -> Shape:
    return {
        "count": one.count,
        "p50_us": one.p50_ns / MICROSECOND,
        "p90_us": one.p90_ns / MICROSECOND,
        "p99_us": one.p99_ns / MICROSECOND,
        "max_us": one.max_ns / MICROSECOND,
        "histogram": [(bound / MICROSECOND, count) for bound, count in one.spread],
    }
