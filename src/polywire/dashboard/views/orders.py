"""The view of orders and fills: a page of them, the newest first, each with its whole history."""

from typing import Final

from polywire.core.engine.engine import Engine
from polywire.core.ids import OrderId
from polywire.core.model.command import PlaceOrder
from polywire.dashboard.scene import Ask, Scene, to_ms
from polywire.dashboard.views.pulse import Shape
from polywire.observe.order_histories import SIDES, FillHistory, OrderHistory

PAGE: Final = 100
FILLS: Final = 100

__all__ = ["SIDES", "fill_row", "order", "order_row", "orders"]


def orders(scene: Scene, ask: Ask) -> Shape | None:
    """See the contract of the page."""
    engine, histories = scene.shadow.engine, scene.shadow.memory.orders
    if engine is None:
        return None
    words = ask.search.lower()
    found = list(histories.orders.values())
    if words:
        found = [one for one in found if words in _text(engine, one)]
    page = max(0, ask.page)
    newest = found[::-1][page * PAGE : (page + 1) * PAGE]
    fills = list(histories.fills.values())[-FILLS:]
    return {
        "total": len(found),
        "page": page,
        "rows": [order_row(engine, one) for one in newest],
        "fills": [fill_row(engine, one) for one in reversed(fills)],
    }


def order(scene: Scene, order_id: str) -> Shape | None:
    """One order; None for one that is not known, or not any more."""
    engine = scene.shadow.engine
    known = scene.shadow.memory.orders.orders.get(OrderId(order_id))
    return order_row(engine, known) if engine is not None and known is not None else None


def order_row(engine: Engine, one: OrderHistory) -> Shape:
    """One order as the page has it."""
    command = one.command
    return _about(engine, command) | {
        "id": command.order_id,
        "at_ms": to_ms(one.at_ns),
        "price": command.price,
        "size": command.quantity,
        "filled": one.filled,
        "state": one.state,
        "tif": command.time_in_force,
        "history": [{"at_ms": to_ms(at), "text": words} for at, words in one.steps],
    }


def fill_row(engine: Engine, one: FillHistory) -> Shape:
    """One fill as the page has it."""
    return _about(engine, one.command) | {
        "at_ms": to_ms(one.event.recv_ns),
        "price": one.event.price,
        "size": one.event.quantity,
        "fee": one.event.fee,
        "state": one.settlement,
        "order": one.command.order_id,
    }


def _about(engine: Engine, command: PlaceOrder) -> Shape:
    market = engine.ledger.markets.get(command.instrument)
    outcome = market.outcome_of(command.instrument).name if market else ""
    return {
        "market": market.question if market is not None else command.market,
        "market_id": command.market,
        "outcome": outcome,
        "side": SIDES[command.side],
        "strategy": command.strategy,
    }


def _text(engine: Engine, one: OrderHistory) -> str:
    """What a search looks through."""
    about = _about(engine, one.command)
    words = (about["market"], about["outcome"], about["side"], about["strategy"], one.state)
    return " ".join(map(str, (*words, one.command.order_id))).lower()
