"""From the configuration file to what a run is made of, in the owners' terms."""

from polywire.config.account_table import AccountTable
from polywire.config.alerts_table import AlertsTable
from polywire.config.file import ExitsTable, File, StrategyTable, WatchTable
from polywire.config.ladder import rungs_from
from polywire.config.pace import paced
from polywire.config.risk_tables import BreakerTable
from polywire.config.schema import SeatSettings, Settings
from polywire.core.engine.accountant import Reconciling
from polywire.core.execution.exits import ExitPlan, ExitStyle
from polywire.core.risk.breaker import BreakerPlan
from polywire.core.risk.limits import Limits
from polywire.core.units import Money
from polywire.journal.retention import Retention
from polywire.observe.alert import AlertTerms, Severity
from polywire.observe.alert_pace import PaceTerms
from polywire.runtime.ceiling import Ceiling
from polywire.runtime.endpoints import Endpoints
from polywire.runtime.polling import Polling
from polywire.runtime.watch_list import Watch
from polywire.sim.latency import ConstantLatency
from polywire.venues.polymarket.selection import Criteria


def settings_from(file: File, *, live: bool = False) -> Settings:
    """What decides; the journal keeps it and replay builds the engine from it.

    `live`: differences from the venue's account are told and put right; on paper they are bugs.
    """
    limits = file.limits
    settings = Settings(
        limits=Limits(
            order_size_max=limits.order_size_max,
            position_max=limits.position_max,
            price_through_max=limits.price_through_max,
            market_exposure_max=limits.market_exposure_max,
            group_exposure_max=limits.group_exposure_max,
            venue_exposure_max=limits.venue_exposure_max,
            total_exposure_max=limits.total_exposure_max,
            loss_max=limits.loss_max,
            orders_per_minute=limits.orders_per_minute,
            proof_age_ns_max=limits.proof_age_max,
        ),
        audit_ns=file.feed.audit_every,
        audit_twin_ns=file.feed.audit_twin_every,
        strategies=tuple(_seat(one) for one in file.strategies),
        reconciling=_reconciling(file.account) if live else None,
        breaker=_breaker(file.breaker, live=live),
        sell_pending=file.account.sell_pending or not live,
    )
    return paced(settings, polling_from(file))


def endpoints_from(file: File) -> Endpoints:
    """Where the venue is."""
    venue = file.venue
    return Endpoints(
        venue.clob, venue.market_ws, venue.gamma, venue.data, venue.user_ws, venue.geoblock
    )


def ceiling_from(file: File) -> Ceiling:
    """The last stop before the wire: twice what the limits allow in a minute, unless told."""
    orders, dollars = file.account.orders_per_minute_max, file.account.dollars_per_minute_max
    return Ceiling(
        orders=orders if orders is not None else 2 * file.limits.orders_per_minute,
        dollars=dollars if dollars is not None else Money(2 * file.limits.total_exposure_max),
    )


def watch_from(watch: WatchTable) -> Watch:
    """Which markets."""
    criteria = Criteria(
        keywords=watch.keywords,
        tags=watch.tags,
        volume_min=watch.volume_min,
        liquidity_min=watch.liquidity_min,
        spread_max=watch.spread_max,
        remaining_ns_min=watch.hours_to_end_min,
        remaining_ns_max=watch.hours_to_end_max,
        markets_max=watch.markets_max,
    )
    return Watch(criteria=criteria, every_ns=watch.every, pages_max=watch.pages_max)


def polling_from(file: File) -> Polling | None:
    """How books are polled; None where they are streamed."""
    if file.feed.kind == "stream":
        return None
    return Polling(file.feed.poll_every, file.feed.batched)


def fallback_from(file: File) -> Polling | None:
    """How books are polled where the stream fails; None where they are not."""
    if file.feed.kind == "stream" and file.feed.fallback:
        return Polling(file.feed.poll_every, batched=True)
    return None


def latency_from(file: File) -> ConstantLatency:
    """Delays of the simulated venue."""
    return ConstantLatency(file.paper.order_latency, file.paper.reply_latency)


def retention_from(file: File) -> Retention:
    """How much journal is kept."""
    return Retention(bytes_max=file.journal.size_max, age_ns_max=file.journal.age_max)


def alert_terms_from(alerts: AlertsTable) -> AlertTerms:
    """What is told."""
    return AlertTerms(
        suspect_ns=alerts.suspect_after, fill_min=alerts.fill_min, cash_min=alerts.cash_min
    )


def pace_from(alerts: AlertsTable) -> PaceTerms:
    """When it is sent."""
    quiet = None
    if alerts.quiet is not None:
        begins, _, ends = alerts.quiet.partition("-")
        quiet = _minute(begins), _minute(ends)
    return PaceTerms(severity_min=Severity(alerts.severity_min), quiet=quiet, zone=alerts.time_zone)


def _minute(time: str) -> int:
    """The minute of the day of a time such as 22:00."""
    hours, _, minutes = time.partition(":")
    return 60 * int(hours) + int(minutes)


def _breaker(breaker: BreakerTable, *, live: bool) -> BreakerPlan:
    return BreakerPlan(
        orders_min=breaker.orders_min,
        rejected_percent=breaker.rejected_percent,
        unknown_percent=breaker.unknown_percent,
        silence_ns=breaker.silence if live else None,
        cool_ns=breaker.cool_down,
    )


def _reconciling(account: AccountTable) -> Reconciling:
    return Reconciling(
        tolerance=account.tolerance, adopt=account.others == "adopt", exits=account.exits_by
    )


def _seat(one: StrategyTable) -> SeatSettings:
    return SeatSettings(
        name=one.name,
        budget=one.budget,
        patience_ns=one.patience,
        dwell_ns=one.dwell,
        exits=_plan(one.exits),
        renew_ns=one.audit_every,
        loss_max=one.loss_max,
        parameters=one.parameters,
    )


def _plan(exits: ExitsTable) -> ExitPlan | None:
    if exits.style == "none":
        return None
    assert exits.slack is not None, "a contradiction otherwise"
    assert exits.floor is not None, "a contradiction otherwise"
    return ExitPlan(
        style=ExitStyle(exits.style),
        target=exits.take_profit,
        ladder=rungs_from(exits.ladder or ()),
        stop=exits.stop_loss,
        trail=exits.trailing,
        trail_odds=exits.trailing_odds,
        before_end_ns=exits.before_end,
        confirm_ns=exits.confirm,
        slack=exits.slack,
        floor=exits.floor,
        attempts_max=exits.attempts,
        rest_ns=exits.rest,
    )
