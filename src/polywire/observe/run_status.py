"""A whole run as data: its engine, and what its edges counted; `polywire demo --json` writes this.

Keys are documented in docs/reference/status.md.
"""

from msgspec import Struct, field, to_builtins

from polywire.core.units import MILLISECOND
from polywire.observe.latency import Latencies
from polywire.observe.status import BookLine, EngineStatus


class FeedLine(Struct):
    """One connection: where it stands, since how many failed attempts, and why the last ended.

    `reconnector` is how it is tried again; `first`, of what its twin brought too, the part that
    it brought first.
    """

    feed: str
    state: str
    attempt: int
    assets: int
    cause: str
    reconnector: str = "closed"
    first: float = 0.0


class FeedCounts(Struct):
    """What all feeds counted since the start."""

    frames: int = 0
    reconnects: int = 0
    undecodable: int = 0
    unknown: int = 0


class RestCalls(Struct):
    """REST requests by what they were for, and the bytes of all their answers, unpacked."""

    book: int = 0
    catalogue: int = 0
    bytes: int = 0


class AccountCounts(Struct):
    """What went between us and the venue over a real account, and what of it went wrong."""

    orders_sent: int = 0
    orders_unsent: int = 0
    orders_unknown: int = 0
    readings: int = 0
    readings_failed: int = 0
    entries_unreadable: int = 0
    frames_undecodable: int = 0
    trades_inexact: int = 0
    trades_contradicted: int = 0
    foreign_orders: int = 0
    foreign_fills: int = 0
    strangers: int = 0


class LatencyTarget(Struct):
    """How soon decisions should come, which part came later, and alerts raised for that."""

    ms: float
    share_above: float
    alerts: int


class RunStatus(Struct):
    """A whole run: the engine, and what its edges know. `seconds` is how long it has run.

    `guards`: what would cancel our orders when this process cannot, and whether it is on.
    """

    source: str
    mode: str
    seconds: float
    frames: int
    events: int
    cuts: int
    merged_frames: int
    engine: EngineStatus
    books: list[BookLine]
    feeds: list[FeedLine]
    rest_calls: RestCalls
    reconnects: int
    undecodable: int
    unknown: int
    errors: int
    latency_us: dict[str, dict[str, float]]
    latency_target: LatencyTarget
    journal: str
    guards: dict[str, str] = {}
    account: AccountCounts = field(default_factory=AccountCounts)


def latency_target(latencies: Latencies) -> LatencyTarget:
    """The target and how it was kept so far."""
    return LatencyTarget(
        latencies.target_ns / MILLISECOND, latencies.share_above(), latencies.alerts
    )


def as_json(run: RunStatus) -> dict[str, object]:
    """The documented keys: the engine's are at the top level, beside the run's."""
    flat: dict[str, object] = to_builtins(run)
    engine: dict[str, object] = to_builtins(run.engine)
    flat["book_lines"] = flat.pop("books")
    del flat["engine"]
    return {**flat, **engine}
