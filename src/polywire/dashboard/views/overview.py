"""The view of all: money, each strategy's part of it, limits and how near they are."""

from collections.abc import Iterator

from polywire.core.engine.engine import Engine
from polywire.core.units import format_micros, utc_time
from polywire.dashboard.scene import Ask, Scene, to_ms
from polywire.dashboard.views.pulse import Shape, alerts
from polywire.observe.exit_line import GUARDED, ExitLine
from polywire.observe.status import EngineStatus
from polywire.observe.strategies import Stands, StrategyLine

ALERTS = 20
STATES = {
    Stands.ACTIVE: "trading",
    Stands.HALTED: "halted",
    Stands.DISABLED: "disabled",
    Stands.RETIRED: "retired",
    Stands.SELLING_OUT: "retired",
}


def overview(scene: Scene, _ask: Ask) -> Shape | None:
    """See the contract of the page; None before the run began."""
    engine = scene.shadow.engine
    if engine is None:
        return None
    status = scene.status(engine)
    return {
        "equity": status.equity_micros,
        "cash": status.cash_micros,
        "profit": status.profit_micros,
        "realised": status.realised_micros,
        "fees": status.fees_micros,
        "loss": status.loss_micros,
        "loss_max": status.loss_max_micros,
        "paired": status.paired_micros,
        "per_strategy": [_part(engine, line) for line in status.strategies],
        "limits": list(_limits(engine, status)),
        "curve": [(to_ms(at), value) for at, value in scene.shadow.memory.curve.points()],
        "alerts": alerts(scene, ALERTS),
        "positions": list(held(scene, engine)),
        "orders": _orders(status),
    }


def state_of(line: StrategyLine) -> tuple[str, str]:
    """How a strategy stands, in the page's words, and why."""
    if line.state is Stands.SELLING_OUT:
        return STATES[line.state], "all that it holds is being sold"
    return STATES[line.state], line.barred and f"it buys nothing more today: {line.barred}"


def held(scene: Scene, engine: Engine) -> Iterator[Shape]:
    """Every position as the page has it, of the moment of the status."""
    status = scene.status(engine)
    for instrument, line in zip(scene.held, status.positions, strict=True):
        yield {
            "market": line.market,
            "market_id": engine.ledger.markets[instrument].id,
            "outcome": line.outcome,
            "strategy": line.strategy,
            "shares": line.shares,
            "paid": line.paid,
            "average": line.average,
            "value": line.value,
            "percent": line.percent,
            "realised": line.realised,
            "exit": exit_words(line.exit),
        }


def exit_words(line: ExitLine) -> str:
    """What would sell a position, in one line."""
    levels = []
    for one in line.levels:
        at = f" at {format_micros(one.price)}" if one.price is not None else ""
        when = f" at {utc_time(one.at_ns)} UTC" if one.at_ns is not None else ""
        levels.append(f"{one.cause}{at}{when}")
    words = [", ".join(levels) if line.state in GUARDED else "", line.told]
    return ": ".join(part for part in (line.state, "; ".join(filter(None, words))) if part)


def _part(engine: Engine, line: StrategyLine) -> Shape:
    state, reason = state_of(line)
    return {
        "name": line.name,
        "profit": line.profit_micros,
        "realised": line.realised_micros,
        "fees": line.fees_micros,
        "exposure": line.stake_micros,
        "budget": line.budget_micros,
        "state": state,
        "reason": reason or engine.roster.seats[line.name].halted,
    }


def _limits(engine: Engine, status: EngineStatus) -> Iterator[Shape]:
    """What is used of each limit, the fullest of its kind."""
    ledger, standing, limits = engine.ledger, engine.standing, engine.standing.limits
    shares = max(map(abs, ledger.shares.values()), default=0)
    orders = len(standing.recent_orders)
    for name, used, most, unit in (
        ("at stake in all", ledger.exposure, limits.total_exposure_max, "dollars"),
        (
            "at stake on one venue",
            max(ledger.venue_exposures.values(), default=0),
            limits.venue_exposure_max,
            "dollars",
        ),
        (
            "at stake in one market",
            max(ledger.exposures.values(), default=0),
            limits.market_exposure_max,
            "dollars",
        ),
        ("lost today", status.loss_micros, limits.loss_max, "dollars"),
        ("largest position", shares, limits.position_max, "shares"),
        ("orders in a minute", orders, limits.orders_per_minute, "count"),
    ):
        yield {"name": name, "used": used, "max": most, "unit": unit}


def _orders(status: EngineStatus) -> Shape:
    orders = status.orders
    return {
        "sent": orders.sent,
        "filled": orders.filled,
        "refused": orders.refused,
        "open": orders.open,
    }
