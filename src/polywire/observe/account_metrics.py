"""What a trader watches of a run, as Prometheus metrics: money, stops, orders, rates, guards.

Names and labels are documented in docs/reference/metrics.md. What feeds count is metrics'.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct, structs
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from polywire.core.engine.engine import Engine
from polywire.core.ledger.order import OPEN
from polywire.core.model.breaker import BreakerCause
from polywire.core.units import SECOND, Money, Ns, in_dollars
from polywire.observe.run_status import AccountCounts
from polywire.observe.status import AFTER, BEFORE, EngineStatus, engine_status
from polywire.observe.strategies import Stands, StrategyLine

Rates = Mapping[str, tuple[int, int]]
"""What the venue takes now, by kind of request: how many are left, and how many at most."""

ON: Final = "on"
STATES: Final = tuple(sorted(state.value for state in OPEN))


class Watched(Struct, frozen=True, kw_only=True):
    """The account of a run at one moment; `ages_ns`: since when each feed that is up was silent."""

    status: EngineStatus
    states: Mapping[str, int]
    exposure: Money
    exposure_max: Money
    recent: int
    recent_max: int
    refused: Mapping[str, int]
    counts: AccountCounts
    guards: Mapping[str, str]
    rates: Rates
    ages_ns: Mapping[str, int]
    gaps_open: int


def watched(
    engine: Engine,
    now: Ns,
    refused: Mapping[str, int],
    counts: AccountCounts,
    guards: Mapping[str, str],
    rates: Rates,
) -> Watched:
    """What there is to tell of an engine and its account; `refused` counts by rule."""
    ledger, limits = engine.ledger, engine.standing.limits
    return Watched(
        status=engine_status(engine, ""),
        states=Counter(order.state.value for order in ledger.open_orders.values()),
        exposure=ledger.exposure,
        exposure_max=limits.total_exposure_max,
        recent=len(engine.standing.recent_orders),
        recent_max=limits.orders_per_minute,
        refused=refused,
        counts=counts,
        guards=guards,
        rates=rates,
        ages_ns=_ages(engine, now),
        gaps_open=sum(tracked.gap_ns > 0 for tracked in engine.watch.books.values()),
    )


def _ages(engine: Engine, now: Ns) -> dict[str, int]:
    """By a connection's place, whichever socket holds it."""
    ages: dict[str, int] = {}
    for feed, source in engine.watch.sources.by_feed.items():
        if source.up and source.heard_ns:
            place, age = feed.partition(".")[0], max(0, now - source.heard_ns)
            ages[place] = min(age, ages.get(place, age))
    return ages


def account_metrics(seen: Watched) -> Iterator[Metric]:
    """All of it."""
    yield from _stops(seen.status)
    yield from _money(seen)
    yield from _orders(seen)
    yield from _account(seen)
    yield from _strategies(seen.status.strategies)
    yield _by("feed_age_seconds", "Time since a feed that is up last told something.", "feed", {
        feed: age / SECOND for feed, age in seen.ages_ns.items()
    })  # fmt: skip
    yield _gauge("feed_gaps_open", "Books that were known and are not proven now.", seen.gaps_open)


def _stops(status: EngineStatus) -> Iterator[Metric]:
    yield _gauge("halted", "1 while nothing may be placed.", bool(status.halted))
    causes = {line.cause for line in status.breaker}
    told = {cause.value: float(cause in causes) for cause in BreakerCause}
    yield _by("breaker_open", "1 while the breaker is open for a cause.", "cause", told)


def _money(seen: Watched) -> Iterator[Metric]:
    status = seen.status
    for name, meaning, micros in (
        ("equity", "Cash, and all that is held at the best bids.", status.equity_micros),
        ("cash", "Cash.", status.cash_micros),
        ("profit", "What our strategies made, at the best bids.", status.profit_micros),
        ("realised", "Profit on what was sold or paid out.", status.realised_micros),
        ("fees", "Fees paid.", status.fees_micros),
        ("loss_today", "Lost since 00:00 UTC, at the best bids.", status.loss_micros),
        ("loss_max", "The day's loss that ends buying.", status.loss_max_micros),
        ("exposure", "What everything open could cost.", seen.exposure),
        ("exposure_max", "Its limit.", seen.exposure_max),
    ):
        yield _gauge(f"{name}_dollars", meaning, in_dollars(micros))
    yield _gauge("positions", "Positions held.", len(status.positions))
    without = status.positions_without_exit
    yield _gauge("positions_without_exit", "Those that no exit would sell now.", without)


def _orders(seen: Watched) -> Iterator[Metric]:
    states = {state: float(seen.states.get(state, 0)) for state in STATES}
    yield _by("open_orders", "Open orders by state.", "state", states)
    orders = seen.status.orders
    yield CounterMetricFamily("polywire_orders_sent", "Orders the gate let pass.", orders.sent)
    yield CounterMetricFamily("polywire_orders_filled", "Orders that filled.", orders.filled)
    refused = CounterMetricFamily(
        "polywire_orders_refused", "Orders the gate refused, by rule.", labels=("rule",)
    )
    for rule, count in seen.refused.items():
        refused.add_metric((rule,), count)
    yield refused
    yield _gauge("orders_last_minute", "Orders of the last minute.", seen.recent)
    yield _gauge("orders_per_minute_max", "Their limit.", seen.recent_max)


def _account(seen: Watched) -> Iterator[Metric]:
    counted = CounterMetricFamily(
        "polywire_account_events", "What went between us and the venue.", labels=("event",)
    )
    for event, count in structs.asdict(seen.counts).items():
        counted.add_metric((event,), count)
    yield counted
    left = {kind: float(rate[0]) for kind, rate in seen.rates.items()}
    most = {kind: float(rate[1]) for kind, rate in seen.rates.items()}
    yield _by("venue_rate_left", "Requests the venue would take at once.", "kind", left)
    yield _by("venue_rate_max", "The most it takes at once.", "kind", most)
    guards = {
        name: float(state == ON)
        for name, state in seen.guards.items()
        if name not in (BEFORE, AFTER)
    }
    yield _by("guard_on", "1 while it would cancel in our place.", "guard", guards)


def _strategies(lines: list[StrategyLine]) -> Iterator[Metric]:
    active = {str(one.name): float(one.state is Stands.ACTIVE) for one in lines}
    yield _by("strategy_active", "1 while a strategy is asked.", "strategy", active)
    halted = {str(one.name): float(one.state is Stands.HALTED) for one in lines}
    yield _by("strategy_halted", "1 after it raised.", "strategy", halted)
    for name, meaning, field in (
        ("stake", "What it could cost.", "stake_micros"),
        ("budget", "The most it may have at stake.", "budget_micros"),
        ("loss_today", "Lost since 00:00 UTC.", "loss_micros"),
    ):
        told = {str(one.name): in_dollars(getattr(one, field)) for one in lines}
        yield _by(f"strategy_{name}_dollars", meaning, "strategy", told)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"polywire_{name}", meaning, value)


def _by(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"polywire_{name}", meaning, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family
