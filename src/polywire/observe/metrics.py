"""A run as Prometheus metrics: what was counted of its feeds, put into its text format.

Names and labels are documented in docs/reference/metrics.md. Serving them is net.scrape's.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from typing_extensions import override

from polywire.core.engine.engine import Engine
from polywire.core.ids import FeedId, MarketId
from polywire.core.model.counts import FeedsCounted, MarketCount, SocketCount
from polywire.core.units import MICROSECOND, SECOND
from polywire.observe.account_metrics import Watched, account_metrics
from polywire.observe.latency import Latencies

BOUNDS_US: Final = (
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 5_000_000,
)  # fmt: skip
"""Upper ends of the latency buckets."""


class Spread(Struct, frozen=True):
    """One stage: how many values lie at or below each bound, all of them, and their sum."""

    stage: str
    at_most: Sequence[int]
    count: int
    total_ns: int


class Proof(Struct, frozen=True):
    """One book: whether it is proven, and how long ago it last was; None for never."""

    market: MarketId
    proven: bool
    age_ns: int | None


class Moment(Struct, frozen=True, kw_only=True):
    """All that a scrape tells, taken at once."""

    version: str
    source: str
    counts: FeedsCounted
    proofs: list[Proof]
    gaps: int
    decisions: int
    live: dict[FeedId, bool]
    spreads: list[Spread]
    account: Watched


def proofs_of(engine: Engine) -> list[Proof]:
    """How each tracked book that can still be traded stands."""
    return [
        Proof(
            market,
            not engine.standing.distrust_of(tracked),
            engine.now - proven_ns if (proven_ns := tracked.integrity.proven_ns) else None,
        )
        for market, tracked in engine.watch.books.items()
        if not tracked.resolved
    ]


def spreads_of(latencies: Latencies) -> list[Spread]:
    """The stages' values by bucket."""
    bounds = [bound * MICROSECOND for bound in BOUNDS_US]
    return [
        Spread(name, stage.at_most(bounds), stage.count, stage.total_ns)
        for name, stage in latencies.stages.items()
    ]


def exposition(moment: Moment) -> bytes:
    """The text that Prometheus reads."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told(moment))
    return generate_latest(registry)


class _Told(Collector):
    def __init__(self, moment: Moment) -> None:
        self._moment = moment

    @override
    def collect(self) -> Iterable[Metric]:
        moment = self._moment
        yield from _run(moment)
        yield from _markets(moment.counts.markets)
        yield from _proofs(moment.proofs)
        yield from _sockets(moment)
        yield from _rest(moment.counts)
        yield from _latency(moment)
        yield from account_metrics(moment.account)


def _run(moment: Moment) -> Iterator[Metric]:
    build = GaugeMetricFamily(
        "polywire_build_info", "Always 1; the build and the source.", labels=("version", "source")
    )
    build.add_metric((moment.version, moment.source), 1)
    yield build
    started_s = moment.counts.started_ns / SECOND
    yield GaugeMetricFamily("polywire_start_time_seconds", "When the run began.", started_s)
    yield CounterMetricFamily("polywire_decisions", "Cuts of the engine.", moment.decisions)


def _markets(counts: Iterable[MarketCount]) -> Iterator[Metric]:
    messages = CounterMetricFamily(
        "polywire_feed_messages", "Messages applied to a book.", labels=("market",)
    )
    proofs = {
        kind: CounterMetricFamily(
            f"polywire_feed_{kind}", f"Compared {kind} by result.", labels=("market", "result")
        )
        for kind in ("hashes", "snapshots", "touches")
    }
    for one in counts:
        messages.add_metric((one.market,), one.messages)
        for kind, result, value in _results(one):
            proofs[kind].add_metric((one.market, result), value)
    yield messages
    yield from proofs.values()


def _results(one: MarketCount) -> Iterator[tuple[str, str, int]]:
    yield "hashes", "agreed", one.agreed
    yield "hashes", "late", one.late
    yield "hashes", "wrong", one.wrong
    yield "snapshots", "agreed", one.snapshots_agreed
    yield "snapshots", "differing", one.snapshots - one.snapshots_agreed
    yield "touches", "agreed", one.touches - one.touches_differing
    yield "touches", "differing", one.touches_differing


def _proofs(proofs: Iterable[Proof]) -> Iterator[Metric]:
    proven = GaugeMetricFamily(
        "polywire_book_proven", "1 while a book may be traded on.", labels=("market",)
    )
    age = GaugeMetricFamily(
        "polywire_book_proof_age_seconds", "Time since a book was last proven.", labels=("market",)
    )
    for one in proofs:
        proven.add_metric((one.market,), one.proven)
        if one.age_ns is not None:
            age.add_metric((one.market,), one.age_ns / SECOND)
    yield proven
    yield age


def _sockets(moment: Moment) -> Iterator[Metric]:
    yield CounterMetricFamily("polywire_feed_gaps", "Times a book lost its proof.", moment.gaps)
    up = GaugeMetricFamily(
        "polywire_feed_up", "1 while a connection brings data.", labels=("feed",)
    )
    for place, feeds in _by_place(moment.live).items():
        up.add_metric((place,), any(moment.live[feed] for feed in feeds))
    yield up
    sockets = {one.feed: one for one in moment.counts.sockets}
    places = _by_place(sockets)
    for name, meaning in _COUNTED.items():
        counter = CounterMetricFamily(f"polywire_feed_{name}", meaning, labels=("feed",))
        for place, feeds in places.items():
            total = sum(getattr(sockets[feed], name) for feed in feeds)
            counter.add_metric((place,), total)
        yield counter
    yield _leads(sockets[feeds[-1]] for feeds in places.values())


def _by_place(feeds: Iterable[FeedId]) -> dict[str, list[FeedId]]:
    """Connections by their place: one that replaces `market-1` is called `market-1.2`."""
    places: dict[str, list[FeedId]] = {}
    for feed in feeds:
        places.setdefault(feed.partition(".")[0], []).append(feed)
    return places


_COUNTED: Final = {
    "frames": "Frames received, pongs included.",
    "undecodable": "Frames that could not be read.",
    "unknown": "Messages of unknown types.",
    "pongs": "Answers to pings.",
    "reconnects": "Attempts to connect after the first.",
    "first": "Messages told before the twin did.",
}


def _leads(sockets: Iterable[SocketCount]) -> Metric:
    lead = GaugeMetricFamily(
        "polywire_feed_lead_seconds", "By how much a twin was first.", labels=("feed", "quantile")
    )
    for one in sockets:
        if one.first:
            place = one.feed.partition(".")[0]
            lead.add_metric((place, "0.5"), one.lead_p50_ns / SECOND)
            lead.add_metric((place, "0.99"), one.lead_p99_ns / SECOND)
    return lead


def _rest(counts: FeedsCounted) -> Iterator[Metric]:
    replies = CounterMetricFamily(
        "polywire_rest_replies", "REST calls that ended, 0: no answer.",
        labels=("purpose", "status"),
    )  # fmt: skip
    for one in counts.replies:
        replies.add_metric((one.purpose, str(one.status)), one.replies)
    yield replies
    yield CounterMetricFamily(
        "polywire_book_views", "Proven books shown to strategies.", counts.views
    )


def _latency(moment: Moment) -> Iterator[Metric]:
    target_s = moment.counts.target_ns / SECOND
    yield GaugeMetricFamily("polywire_latency_target_seconds", "The target.", target_s)
    above = CounterMetricFamily(
        "polywire_latency_above_target", "Values above the target.", labels=("stage",)
    )
    for one in moment.counts.stages:
        above.add_metric((one.stage,), one.above)
    yield above
    latency = HistogramMetricFamily(
        "polywire_latency_seconds", "How long a stage took.", labels=("stage",)
    )
    for spread in moment.spreads:
        bounds = (str(bound / 1_000_000) for bound in BOUNDS_US)
        buckets = [*zip(bounds, spread.at_most, strict=True), ("+Inf", spread.count)]
        latency.add_metric((spread.stage,), buckets, spread.total_ns / SECOND)
    yield latency
