"""What a person asks of a running engine: put as an event, waited for, and told in sentences."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from polywire.core.engine.engine import Engine
from polywire.core.ids import OrderId
from polywire.core.ledger.ledger import Key
from polywire.core.model.control import Operation, OperatorCommand
from polywire.core.units import Quantity, format_micros
from polywire.net.clock import Clock
from polywire.observe.stops import BY_HAND, day_lost
from polywire.runtime.loop import EngineLoop
from polywire.runtime.operator_door import Answer, Asked

CANCELS_S = 10.0
"""How long the answers to cancels are waited for."""
SALES_S = 20.0
"""How long sales are waited for; they go on after that."""
LOOK_S = 0.02


class Operating:
    """`obey` puts what is asked for into the journal at once, whatever else is waited for."""

    def __init__(self, engine: Engine, loop: EngineLoop, clock: Clock) -> None:
        self._engine = engine
        self._loop = loop
        self._clock = clock

    async def obey(self, asked: Asked, who: str) -> Answer:
        """Do it and say what became of it."""
        if self._loop.stopped.is_set():
            return Answer(False, ["the engine has stopped"])
        orders, held = list(self._engine.ledger.open_orders), self._held()
        open_for = [one.reason for one in self._engine.breaker.open.values()]
        reason = asked.reason or f"{asked.operation} by {who}"
        self._loop.put_fact(OperatorCommand(self._clock.now(), asked.operation, reason, who))
        cuts = self._loop.cuts
        await self._until(lambda: self._loop.cuts > cuts + 1, CANCELS_S)
        match asked.operation:
            case Operation.RESUME:
                return self._resumed(open_for)
            case Operation.FLATTEN:
                return await self._flattened(held)
            case _:
                return await self._cancelled(asked.operation, orders)

    def _resumed(self, before: Iterable[str]) -> Answer:
        """What ended, and what goes on to stop trading or buying all the same."""
        left = [one.reason for one in self._engine.breaker.open.values()]
        said = [f"no more: {reason}" for reason in before if reason not in left]
        stays = [f"not resumed: {reason}" for reason in left]
        standing = self._engine.standing
        if standing.loss >= standing.limits.loss_max:
            stays.append(day_lost(standing.loss, standing.limits.loss_max))
        seats = self._engine.roster.seats.items()
        stays += [f"strategy {name} stays halted" for name, seat in seats if seat.halted]
        goes_on = ["trading goes on"] if said else ["nothing was halted"]
        return Answer(not left, said + (stays or goes_on))

    async def _cancelled(self, operation: Operation, orders: Sequence[OrderId]) -> Answer:
        ledger = self._engine.ledger
        await self._until(lambda: not any(one in ledger.open_orders for one in orders), CANCELS_S)
        still = [one for one in orders if one in ledger.open_orders]
        count = len(orders) - len(still)
        gone = f"{count} order{'' if count == 1 else 's'} cancelled or filled"
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
        goes_on = self._engine.standing.flattening
        said.append(f"nothing is bought {BY_HAND}" if goes_on else "ended: somebody resumed")
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
