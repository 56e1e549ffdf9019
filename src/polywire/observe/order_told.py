"""One order for who asks what became of it: what it was, where it stands, and each step.

Keys are documented in docs/reference/glance.md.
"""

from collections.abc import Iterable

from msgspec import Struct

from polywire.core.ids import MarketId, OrderId, StrategyId
from polywire.core.model.instrument import Market
from polywire.core.units import Ns, Price, Quantity
from polywire.observe.order_histories import SIDES, OrderHistory, Step


class StepTold(Struct):
    """What happened at `at_ns`, in words; `times` says how often the same was told in all."""

    at_ns: Ns
    said: str
    times: int = 1


class OrderTold(Struct):
    """An order of a run; `state` as in the ledger, or `filled`."""

    id: OrderId
    strategy: StrategyId
    market: str
    market_id: MarketId
    outcome: str
    side: str
    price: Price
    size: Quantity
    time_in_force: str
    post_only: bool
    filled: Quantity
    state: str
    steps: list[StepTold]


def order_told(history: OrderHistory, market: Market | None) -> OrderTold:
    """A history with the names of its market, where that is still known."""
    command = history.command
    outcome = ""
    if market is not None:
        outcome = market.outcome_of(command.instrument).name
    return OrderTold(
        id=command.order_id,
        strategy=command.strategy,
        market=market.question if market is not None else "",
        market_id=command.market,
        outcome=outcome,
        side=SIDES[command.side],
        price=command.price,
        size=command.quantity,
        time_in_force=command.time_in_force.value,
        post_only=command.post_only,
        filled=history.filled,
        state=history.state,
        steps=_once(history.steps),
    )


def _once(steps: Iterable[Step]) -> list[StepTold]:
    """Each step where it was told first: replies, channel and readings tell the same again."""
    told: dict[str, StepTold] = {}
    for at, words in steps:
        if words in told:
            told[words].times += 1
        else:
            told[words] = StepTold(at, words)
    return list(told.values())
