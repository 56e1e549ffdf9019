"""What a person asks of a running engine: put as an event, waited for, and told in sentences."""

import asyncio
from collections.abc import Callable, Iterable

from polywire.core.engine.engine import Engine
from polywire.core.ids import OrderId
from polywire.core.ledger.ledger import Key
from polywire.core.model.control import Operation, OperatorCommand
from polywire.core.units import Quantity, format_micros
from polywire.net.clock import Clock
from polywire.runtime.loop import EngineLoop
from polywire.runtime.operator_door import Answer, Asked

CANCELS_S = 10.0
"""How long the answers to cancels are waited for."""
SALES_S = 20.0
"""How long sales are waited for; they go on after that."""
LOOK_S = 0.02


class Operating:
    """`obey` does one thing at a time, each through the journal."""

    def __init__(self, engine: Engine, loop: EngineLoop, clock: Clock) -> None:
        self._engine = engine
        self._loop = loop
        self._clock = clock
        self._one = asyncio.Lock()

    async def obey(self, asked: Asked, who: str) -> Answer:
        """Do it and say what became of it."""
        async with self._one:
            if self._loop.stopped.is_set():
                return Answer(False, ["the engine has stopped"])
            orders, held = list(self._engine.ledger.open_orders), self._held()
            reason = asked.reason or f"{asked.operation} by {who}"
            self._loop.put_control(OperatorCommand(self._clock.now(), asked.operation, reason, who))
            cuts = self._loop.cuts
            await self._until(lambda: self._loop.cuts > cuts + 1, CANCELS_S)
            match asked.operation:
                case Operation.RESUME:
                    return self._resumed()
                case Operation.FLATTEN:
                    return await self._flattened(held)
                case _:
                    return await self._cancelled(asked.operation, orders)

    def _resumed(self) -> Answer:
        left = [f"not resumed: {one.reason}" for one in self._engine.breaker.open.values()]
        return Answer(not left, left or ["trading goes on"])

    async def _cancelled(self, operation: Operation, orders: Iterable[OrderId]) -> Answer:
        ledger = self._engine.ledger
        await self._until(lambda: not any(one in ledger.open_orders for one in orders), CANCELS_S)
        still = [one for one in orders if one in ledger.open_orders]
        gone = f"{len(list(orders)) - len(still)} orders are gone"
        said = [gone if operation is Operation.CANCEL_ALL else f"trading is halted; {gone}"]
        for one in still:
            order = ledger.open_orders.get(one)
            if order is not None:
                said.append(f"still open, as far as is known: {order.venue_id or one}")
        return Answer(not still, said)

    async def _flattened(self, before: dict[Key, Quantity]) -> Answer:
        flattening = self._engine.desk.flattening
        await self._until(lambda: not any(one.waits for one in flattening.left()), SALES_S)
        now = self._held()
        said = [
            f"sold {format_micros(shares - now.get(key, 0))} {self._name(key)}"
            for key, shares in before.items()
            if shares > now.get(key, 0)
        ]
        left = flattening.left()
        said += [
            f"not sold: {format_micros(one.shares)} {self._name((one.strategy, one.instrument))}: "
            f"{one.reason}"
            for one in left
        ]
        said.append("nothing is bought until somebody resumes")
        return Answer(not left, said)

    def _held(self) -> dict[Key, Quantity]:
        holdings = self._engine.ledger.holdings.items()
        return {key: one.now.held for key, one in holdings if one.now.held > 0}

    def _name(self, key: Key) -> str:
        market = self._engine.ledger.markets[key[1]]
        outcome = market.outcomes[market.outcome_index(key[1])].name
        return f"{outcome} of {market.question!r} ({key[0]})"

    async def _until(self, holds: Callable[[], bool], within_s: float) -> None:
        for _ in range(int(within_s / LOOK_S)):
            if holds() or self._loop.stopped.is_set():
                return
            await asyncio.sleep(LOOK_S)
