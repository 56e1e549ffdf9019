"""A run at one moment for who asks in a terminal: how it stands, and its open orders.

The same of a running engine and of one that a shadow has rebuilt. Keys are documented in
docs/reference/glance.md.
"""

from collections.abc import Iterator

from msgspec import Struct, to_builtins

from polywire.core.engine.engine import Engine
from polywire.core.ids import MarketId, OrderId, RunId, StrategyId
from polywire.core.ledger.order import Order
from polywire.core.model.instrument import Side
from polywire.core.units import Ns, Price, Quantity
from polywire.observe.run_status import FeedLine, RunStatus
from polywire.observe.shadow import Shadow
from polywire.observe.status import EngineStatus, engine_status


class OrderLine(Struct):
    """One open order; `state` as in the ledger, `sent_ns` 0 where an earlier run sent it.

    `cancelled_by`: who did so after the journal's end, or empty.
    """

    id: OrderId
    strategy: StrategyId
    market: str
    market_id: MarketId
    outcome: str
    side: str
    price: Price
    size: Quantity
    filled: Quantity
    state: str
    cancelling: bool
    sent_ns: Ns
    venue_id: str
    cancelled_by: str = ""


class Glance(Struct, kw_only=True):
    """How a run stands at `at_ns`.

    `process`: the engine that answered; None: a journal was read, of which so many decisions
    agree. `feeds`, `guards` and `errors` are known of a running engine alone, `watchdog` of one
    that was killed: what was done about its orders.
    """

    journal: str
    run: RunId
    account: str
    process: int | None
    began_ns: Ns
    at_ns: Ns
    agreed: int = 0
    difference: str = ""
    partial: str = ""
    feeds: list[FeedLine] = []
    guards: dict[str, str] = {}
    errors: int = 0
    watchdog: str = ""
    engine: EngineStatus
    open_orders: list[OrderLine]


def of_running(engine: Engine, status: RunStatus, process: int) -> Glance:
    """What a running engine says of itself."""
    return Glance(
        journal=status.journal,
        run=engine.desk.run,
        account=f"{status.mode} orders, {status.source} data",
        process=process,
        began_ns=engine.desk.began_ns,
        at_ns=engine.now,
        feeds=status.feeds,
        guards=status.guards,
        errors=status.errors,
        engine=status.engine,
        open_orders=list(order_lines(engine)),
    )


def of_journal(shadow: Shadow, engine: Engine) -> Glance:
    """What a shadow's engine comes to where it stands."""
    started, status = shadow.started, engine_status(engine, "")
    return Glance(
        journal=str(shadow.journal),
        run=engine.desk.run,
        account=started.owner if started is not None else "",
        process=None,
        began_ns=engine.desk.began_ns,
        at_ns=engine.now,
        agreed=shadow.agreed,
        difference=shadow.difference,
        partial=shadow.partial,
        engine=status,
        open_orders=list(order_lines(engine)),
    )


def order_lines(engine: Engine) -> Iterator[OrderLine]:
    """Every open order, oldest first."""
    for order in engine.ledger.open_orders.values():
        yield _line(engine, order)


def as_json(glance: Glance) -> dict[str, object]:
    """The documented keys: the engine's are at the top level, beside the glance's."""
    flat: dict[str, object] = to_builtins(glance)
    engine: dict[str, object] = to_builtins(glance.engine)
    del flat["engine"]
    return {**flat, **engine}


def _line(engine: Engine, order: Order) -> OrderLine:
    command = order.command
    market = engine.ledger.markets[command.instrument]
    return OrderLine(
        id=command.order_id,
        strategy=command.strategy,
        market=market.question,
        market_id=market.id,
        outcome=market.outcome_of(command.instrument).name,
        side="buy" if command.side is Side.BUY else "sell",
        price=command.price,
        size=command.quantity,
        filled=order.filled,
        state=order.state.value,
        cancelling=order.cancelling,
        sent_ns=order.sent_ns,
        venue_id=order.venue_id or "",
    )
