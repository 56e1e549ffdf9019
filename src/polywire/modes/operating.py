"""What a person asks of a running engine: put as an event, waited for, and told in sentences."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from polywire.core.engine.engine import Engine
from polywire.core.ids import OrderId, StrategyId
from polywire.core.ledger.ledger import Key
from polywire.core.model.control import Operation, OperatorCommand
from polywire.core.model.instrument import Side
from polywire.core.units import counted
from polywire.modes.selling_words import Held, holdings_of, selling_words
from polywire.modes.steering import STEERING, kept_value, steered, steering_objection, touched
from polywire.modes.telling import told
from polywire.modes.turnover import TURNOVER, added, guarded, name_in, objection
from polywire.net.clock import Clock
from polywire.observe.run_status import RunStatus
from polywire.observe.stops import BY_HAND, day_left, day_lost
from polywire.runtime.loop import EngineLoop
from polywire.runtime.operator_door import Answer, Asked

CANCELS_S = 10.0
"""How long the answers to cancels are waited for."""
SALES_S = 20.0
"""How long sales are waited for; they go on after that."""
LOOK_S = 0.02


class Operating:
    """`obey` puts what is asked for into the journal at once, whatever else is waited for."""

    def __init__(
        self,
        engine: Engine,
        loop: EngineLoop,
        clock: Clock,
        status: Callable[[], RunStatus] | None = None,
    ) -> None:
        self._status = status
        self._engine = engine
        self._loop = loop
        self._clock = clock
        self._coming: set[StrategyId] = set()

    async def obey(self, asked: Asked, who: str) -> Answer:
        """Do it and say what became of it."""
        if self._loop.stopped.is_set():
            return Answer(False, ["the engine has stopped"])
        refused = objection(self._engine, asked) or steering_objection(self._engine, asked)
        return Answer(False, [refused]) if refused else await self._done(asked, who)

    async def _done(self, asked: Asked, who: str) -> Answer:
        if asked.operation is None:
            return told(self._engine, asked, self._status)
        if asked.operation in TURNOVER:
            return await self._turned_over(asked, asked.operation, who)
        if asked.operation in STEERING:
            return await self._steered(asked, asked.operation, who)
        orders, held = list(self._engine.ledger.open_orders), holdings_of(self._engine, None)
        open_for = [one.reason for one in self._engine.breaker.open.values()]
        await self._put(asked, asked.operation, who)
        match asked.operation:
            case Operation.RESUME:
                return self._resumed(open_for)
            case Operation.FLATTEN:
                return await self._flattened(held)
            case _:
                return await self._cancelled(asked.operation, orders)

    async def _steered(self, asked: Asked, operation: Operation, who: str) -> Answer:
        orders = touched(self._engine, asked)
        await self._put(asked, operation, who)
        setting = operation is Operation.SET
        untold = steering_objection(self._engine, asked) if setting else ""
        if untold:  # another parameter was told in between, and this one contradicts it
            return Answer(False, [untold])
        gone = await self._gone(orders)
        return Answer(gone.done, steered(self._engine, asked, gone.said))

    async def _put(self, asked: Asked, operation: Operation, who: str) -> None:
        """Into the journal, and wait until it was decided on."""
        reason = asked.reason or f"{operation} by {who}"
        now = self._clock.now()
        value = kept_value(self._engine, asked)
        self._loop.put_fact(OperatorCommand(now, operation, reason, who, asked.subject, value))
        cuts = self._loop.cuts
        await self._until(lambda: self._loop.cuts > cuts + 1, CANCELS_S)

    async def _turned_over(self, asked: Asked, operation: Operation, who: str) -> Answer:
        name = name_in(self._engine, asked)
        if name in self._coming:
            return Answer(False, [f"{name} is being added or retired already"])
        self._coming.add(name)
        ledger, held = self._engine.ledger, holdings_of(self._engine, name)
        mine = ledger.open_orders.items()
        orders = [one for one, order in mine if order.command.strategy == name]
        await self._put(asked, operation, who)
        self._coming.discard(name)
        if operation is Operation.ADD:
            seat = self._engine.roster.seats.get(name)
            if seat is None or seat.retired:
                return Answer(False, ["nothing was decided yet; look again: strategies list"])
            return Answer(not seat.failed, added(self._engine, name))
        guards = self._engine.roster.seats[name].exits is not None
        orders = [
            one for one in orders if not (guards and ledger.orders[one].command.side is Side.SELL)
        ]
        if operation is Operation.RETIRE:
            gone = await self._gone(orders)
            gone.said[0] = f"{name} is retired; {gone.said[0]}"
            return Answer(gone.done, gone.said + guarded(self._engine, name))
        gone, sold = await asyncio.gather(self._gone(orders), self._sold(held, name))
        gone.said[0] = f"{name} is retired; {gone.said[0]}"
        return Answer(gone.done and sold.done, gone.said + sold.said)

    def _resumed(self, before: Iterable[str]) -> Answer:
        """What ended, and what goes on to stop trading or buying all the same."""
        left = [one.reason for one in self._engine.breaker.open.values()]
        said = [f"no more: {reason}" for reason in before if reason not in left]
        stays = [f"not resumed: {reason}" for reason in left]
        standing = self._engine.standing
        loss, most = standing.loss, standing.limits.loss_max
        if loss >= most:
            stays.append(day_lost(loss, most))
        seats = self._engine.roster.seats.items()
        stays += [f"strategy {name} stays halted" for name, seat in seats if seat.halted]
        goes_on = ["trading goes on"] if said else ["nothing was halted"]
        return Answer(not left, said + (stays or goes_on) + day_left(loss, most))

    async def _cancelled(self, operation: Operation, orders: Sequence[OrderId]) -> Answer:
        gone = await self._gone(orders)
        if operation is Operation.HALT:
            gone.said[0] = f"trading is halted; {gone.said[0]}"
        return gone

    async def _gone(self, orders: Sequence[OrderId]) -> Answer:
        """Wait until orders are cancelled; which still are not."""
        ledger = self._engine.ledger
        await self._until(lambda: not any(one in ledger.open_orders for one in orders), CANCELS_S)
        still = [one for one in orders if one in ledger.open_orders]
        count = len(orders) - len(still)
        said = [f"{counted(count, 'order')} cancelled or filled"]
        for one in still:
            order = ledger.open_orders.get(one)
            if order is not None:
                said.append(f"still open, as far as is known: {order.venue_id or one}")
        return Answer(not still, said)

    async def _flattened(self, before: dict[Key, Held]) -> Answer:
        sold = await self._sold(before, None)
        goes_on = self._engine.standing.flattening
        sold.said.append(f"nothing is bought {BY_HAND}" if goes_on else "ended: somebody resumed")
        return sold

    async def _sold(self, before: dict[Key, Held], seller: StrategyId | None) -> Answer:
        """Wait until all that everybody, or one, holds is sold; what is not, and why."""
        flattening, standing = self._engine.desk.flattening, self._engine.standing
        await self._until(
            lambda: bool(standing.halted) or not any(one.waits for one in flattening.left(seller)),
            SALES_S,
        )
        left = flattening.left(seller)
        said = list(selling_words(self._engine, before, left))
        if left and standing.halted:
            said.append(f"nothing is sold while trading is halted ({BY_HAND})")
        return Answer(not left, said)

    async def _until(self, holds: Callable[[], bool], within_s: float) -> None:
        for _ in range(int(within_s / LOOK_S)):
            if holds() or self._loop.stopped.is_set():
                return
            await asyncio.sleep(LOOK_S)
