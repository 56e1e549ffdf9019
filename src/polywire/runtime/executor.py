"""Sends what the engine approved, each order once, and says what the replies prove.

Signs before the journal's barrier, so that the venue's id is known before anything leaves. Owns
neither fills, which the user channel tells, nor the decision to ask again, which is the engine's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from hashlib import blake2b
from typing import Final, assert_never

import structlog

from polywire.core.errors import DecodeError, TransportError
from polywire.core.ids import OrderId, VenueOrderId
from polywire.core.model.account import (
    NOT_SENT,
    AccountEvent,
    OrderAccepted,
    OrderRejected,
    OrderSigned,
    OrderUnknown,
)
from polywire.core.model.command import CancelOrder, LookUpOrder
from polywire.core.model.control import AlertRaised
from polywire.core.model.event import Event
from polywire.core.risk.gate import Approved
from polywire.core.units import SECOND, Ns
from polywire.net.clock import Clock
from polywire.net.line import BrokenError, Reply
from polywire.runtime.ceiling import Ceiling
from polywire.runtime.gateway import Gateway
from polywire.runtime.loop import OrderCommand, PutFact
from polywire.runtime.own_orders import OwnOrders
from polywire.runtime.tasks import Task, end, spawn
from polywire.venues.polymarket.account import AccountReader
from polywire.venues.polymarket.cancels import CANCELS_MAX, cancel_many, cancel_one, cancel_reply
from polywire.venues.polymarket.orders import BATCH_MAX, SALT_END, SignedOrder, batch_body
from polywire.venues.polymarket.pace import CANCELS_NS_MAX, ORDERS_NS_MAX, Pace
from polywire.venues.polymarket.replies import DELAYED, batch_events, reply_events

HELD_S = 0.1
"""How soon cancels are tried again that the venue's rate held back."""

LATE_NS: Final = SECOND
"""An order that waited for so long, for a slow disk or a stopped process, does not leave."""

LONG_NS: Final = 5 * SECOND
"""A longer wait that the venue asks for is told."""

NEVER_SIGNED = "the engine ended before it was signed"

log = structlog.get_logger()


class Executor:
    """The order edge of a real venue.

    What becomes of orders is put as events: accepted, rejected or unknown. `sent` and `unknown`
    count orders, `refused` those that were not sent at all. `on_taken` is called with when orders
    left of which the venue took one, and did not hold it back.
    """

    def __init__(
        self,
        gateway: Gateway,
        reader: AccountReader,
        orders: OwnOrders,
        ceiling: Ceiling,
        clock: Clock,
        put: PutFact,
    ) -> None:
        self.sent = self.unknown = self.refused = 0
        self.on_taken: Callable[[Ns], object] = lambda _: None
        self.pace = Pace()
        self._gateway = gateway
        self._reader = reader
        self._orders = orders
        self._ceiling = ceiling
        self._clock = clock
        self._put = put
        self._tasks: set[Task] = set()
        self._signed: dict[OrderId, SignedOrder] = {}
        self._cancels: dict[VenueOrderId, None] = {}
        self._asked: dict[VenueOrderId, None] = {}
        self._held: asyncio.TimerHandle | None = None

    @property
    def quiet(self) -> bool:
        """Whether every request has been answered and no cancel waits."""
        return not (self._tasks or self._cancels)

    def sign(self, approved: Approved, now: Ns) -> OrderSigned | OrderRejected:
        """The order with the venue's id, for the journal; a refusal if it is not to be sent."""
        order, before = approved.order, self._ceiling.hit
        reason = self._ceiling.refusal(order, now) or self.pace.refusal(order, now)
        if self._ceiling.hit != before:
            self._put(AlertRaised(now, "ceiling", self._ceiling.hit))
        if reason:
            return self._refusal(order.order_id, reason, now)
        market, made = self._orders.market(order.instrument), self._gateway.clock.wall()
        assert market is not None, f"an order on {order.instrument} was approved"
        signed = self._gateway.signer.sign(order, market, made, salt_of(order.order_id))
        if isinstance(signed, OrderRejected):
            return self._refusal(order.order_id, signed.reason, now)
        self._signed[order.order_id] = signed
        return OrderSigned(now, order.order_id, signed.venue_order_id)

    def send(self, commands: Sequence[OrderCommand], now: Ns) -> None:
        """Let all that one cut asked for leave: cancels first, its orders together."""
        leaving: list[SignedOrder] = []
        for command in commands:
            match command:
                case Approved():
                    signed = self._signed.pop(command.order.order_id, None)
                    if signed is not None:
                        leaving.append(signed)
                case CancelOrder():
                    venue_id = self._orders.venue_id(command.order_id)
                    if venue_id:
                        self._cancels[venue_id] = None
                case LookUpOrder():
                    if command.venue_order_id is None:
                        self._tell([self._refusal(command.order_id, NEVER_SIGNED, now)])
                    else:
                        self._ask(command.venue_order_id)
                case _:
                    assert_never(command)
        if self._cancels:
            self._send_cancels(now)
        for start in range(0, len(leaving), BATCH_MAX):
            self._send_orders(leaving[start : start + BATCH_MAX], now)

    def observe(self, event: Event) -> None:
        """Market events do not concern it."""

    def due(self, _now: Ns, /) -> list[AccountEvent]:
        """Nothing: what is known is put at once."""
        return []

    def wakeup(self) -> Ns | None:
        """Never."""
        return None

    async def close(self) -> None:
        """Stop waiting for answers; what is unknown stays so, in the journal."""
        if self._held is not None:
            self._held.cancel()
        await end(*self._tasks)

    def _send_orders(self, orders: Sequence[SignedOrder], now: Ns) -> None:
        """Send now or never: the gate has looked at the books of this moment."""
        if self._now - now > LATE_NS:
            self._tell(self._refusals(orders, "it was decided more than a second ago"))
            return
        if len(orders) == 1:
            answer = self._gateway.order("/order", orders[0].body)
        else:
            answer = self._gateway.order("/orders", batch_body(orders))
        if answer is None:
            self._tell(self._refusals(orders, "no connection is ready"))
            return
        self.sent += len(orders)
        self._run(self._hear(orders, answer, now))

    def _refusals(self, orders: Sequence[SignedOrder], reason: str) -> list[OrderRejected]:
        return [self._refusal(one.order_id, reason, self._now) for one in orders]

    def _refusal(self, order_id: OrderId, reason: str, now: Ns) -> OrderRejected:
        self.refused += 1
        return OrderRejected(now, order_id, NOT_SENT + reason)

    async def _hear(
        self, orders: Sequence[SignedOrder], answer: Awaitable[Reply], sent: Ns
    ) -> None:
        """Say what became of orders; however it ends, each gets one event."""
        try:
            reply = await answer
        except BrokenError as error:
            self._tell([OrderUnknown(self._now, one.order_id, str(error)) for one in orders])
            return
        wait_ns = self.pace.placed(reply.status, reply.headers, reply.body, self._now)
        _tell_wait("orders", wait_ns, ORDERS_NS_MAX)
        if len(orders) == 1:
            told = reply_events(reply.status, reply.body, orders[0], self._now)
        else:
            told = batch_events(reply.status, reply.body, orders, self._now)
        self._tell(told)
        if DELAYED not in reply.body and any(isinstance(one, OrderAccepted) for one in told):
            self.on_taken(sent)

    def _send_cancels(self, now: Ns) -> None:
        taken: list[VenueOrderId] = []
        for venue_id in tuple(self._cancels)[:CANCELS_MAX]:
            if not self.pace.may_cancel(now):
                break
            del self._cancels[venue_id]
            taken.append(venue_id)
        if self._cancels:
            self._hold()
        if taken:
            asked = cancel_one(taken[0]) if len(taken) == 1 else cancel_many(taken)
            answer = self._gateway.cancel(asked.method, asked.path, asked.body)
            self._run(self._hear_cancels(taken, answer))

    def _hold(self) -> None:
        """Try again soon what the venue's rate, or its longest list, does not allow now."""
        if self._held is not None:
            self._held.cancel()
        loop = asyncio.get_running_loop()
        self._held = loop.call_later(HELD_S, lambda: self.send((), self._now))

    async def _hear_cancels(self, ids: Sequence[VenueOrderId], answer: Awaitable[Reply]) -> None:
        """What was not cancelled is looked up; of the others the user channel tells all fills."""
        try:
            reply = await answer
        except TransportError as error:
            log.warning("cancel_unanswered", reason=f"{len(ids)} orders", error=str(error))
            return  # the engine asks again
        wait_ns = self.pace.cancelled(reply.status, reply.headers, self._now)
        _tell_wait("cancels", wait_ns, CANCELS_NS_MAX)
        proven = cancel_reply(reply.status, reply.body)
        if proven is None:
            log.warning("cancel_refused", reason=f"{len(ids)} orders", error=f"HTTP {reply.status}")
            return
        for venue_id in ids:
            if venue_id in proven.refused:
                self._ask(venue_id)

    def _ask(self, venue_id: VenueOrderId) -> None:
        """Look an order up, unless that is under way."""
        if venue_id not in self._asked:
            self._asked[venue_id] = None
            self._run(self._look_up(venue_id))

    async def _look_up(self, venue_id: VenueOrderId) -> None:
        try:
            reply = await self._gateway.ask("GET", f"/data/order/{venue_id}")
            self._tell(self._reader.order_reply(reply.status, reply.body, venue_id, self._now))
        except (TransportError, DecodeError) as error:
            log.warning("order_not_found_out", venue_order_id=venue_id, error=str(error))
        finally:
            self._asked.pop(venue_id, None)

    @property
    def _now(self) -> Ns:
        return self._clock.now()

    def _tell(self, events: Iterable[AccountEvent]) -> None:
        for event in events:
            self.unknown += isinstance(event, OrderUnknown)
            self._put(event)

    def _run(self, work: Coroutine[object, object, None]) -> None:
        task = spawn(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _tell_wait(what: str, wait_ns: int, most_ns: int) -> None:
    if wait_ns > LONG_NS:
        again_s = min(wait_ns, most_ns) // SECOND
        reason = f"it wants no {what} for {wait_ns // SECOND} s; it is asked again in {again_s} s"
        log.warning("venue_wants_pause", reason=reason)


def salt_of(order: OrderId) -> int:
    """A number below 2**53 that no other order of ours has, made of its id."""
    return int.from_bytes(blake2b(order.encode(), digest_size=8).digest()) % SALT_END
