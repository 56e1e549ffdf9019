"""The CLOB's routes that place and cancel: who asks, how often, and what goes wrong on the way."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from aiohttp import web

from polywire.exchange import trading_mode
from polywire.exchange.accounts import Caller
from polywire.exchange.channel import Channel
from polywire.exchange.clerk import MALFORMED, Clerk
from polywire.exchange.door import Door, json_of
from polywire.exchange.faults import Fault, Kind
from polywire.exchange.limiter import Limiter, Verdict
from polywire.exchange.quotes import Route
from polywire.exchange.refusal import RefusedError, answer
from polywire.exchange.terms import Cancelled
from polywire.exchange.venue import Venue

CANCELS_MAX: Final = 1000
FAILED: Final = "Internal server error"

Answered = tuple[object, Verdict]
Work = Callable[[Caller, bytes], Answered]


class OrderRoutes:
    """The routes."""

    def __init__(self, venue: Venue, door: Door, channel: Channel, limiter: Limiter) -> None:
        self._venue = venue
        self._door = door
        self._channel = channel
        self._limiter = limiter
        self._clerk = Clerk(venue, door.accounts)

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register all routes."""
        router.add_post("/order", self._route(self._place))
        router.add_post("/orders", self._route(self._place_batch))
        router.add_delete("/order", self._route(self._cancel))
        router.add_delete("/orders", self._route(self._cancel_batch))
        router.add_delete("/cancel-all", self._route(self._cancel_all))
        router.add_delete("/cancel-market-orders", self._route(self._cancel_market))

    def tell(self) -> None:
        """Send what trading changed in the public books."""
        self._channel.deliver(self._venue.floor.take_frames())

    def _place(self, caller: Caller, body: bytes) -> Answered:
        verdict = self._orders(caller, 1)
        return self._limited(verdict, lambda: self._clerk.place(caller, body))

    def _place_batch(self, caller: Caller, body: bytes) -> Answered:
        batch = self._clerk.batch(body)
        verdict = self._orders(caller, len(batch))
        return self._limited(verdict, lambda: self._clerk.place_batch(caller, batch))

    def _cancel(self, caller: Caller, body: bytes) -> Answered:
        asked = json_of(body)
        order = asked.get("orderID") if isinstance(asked, dict) else None
        if not isinstance(order, str):
            raise RefusedError(400, "Invalid orderID")
        return self._cancelled(caller, [order])

    def _cancel_batch(self, caller: Caller, body: bytes) -> Answered:
        ids = json_of(body)
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            raise RefusedError(400, MALFORMED)
        if len(ids) > CANCELS_MAX:
            raise RefusedError(400, f"Too many orders in payload, max allowed: {CANCELS_MAX}")
        return self._cancelled(caller, list(dict.fromkeys(ids)))

    def _cancelled(self, caller: Caller, ids: list[str]) -> Answered:
        floor, now_ns = self._venue.floor, self._venue.clock.now()
        verdict = self._cancels(caller, len(ids))
        return self._limited(verdict, lambda: _told(floor.cancel(caller.key, ids, now_ns)))

    def _cancel_all(self, caller: Caller, _: bytes) -> Answered:
        floor, now_ns = self._venue.floor, self._venue.clock.now()
        return self._counted(caller, lambda: floor.cancel_all(caller.key, now_ns))

    def _cancel_market(self, caller: Caller, body: bytes) -> Answered:
        asked = json_of(body)
        named = asked if isinstance(asked, dict) else {}
        market, token = named.get("market") or "", named.get("asset_id") or ""
        if not isinstance(market, str) or not isinstance(token, str) or not market + token:
            raise RefusedError(400, "Invalid order params payload")
        floor, now_ns = self._venue.floor, self._venue.clock.now()
        return self._counted(caller, lambda: floor.cancel_market(caller.key, market, token, now_ns))

    def _counted(self, caller: Caller, cancel: Callable[[], Cancelled]) -> Answered:
        """Cancel what nobody has counted, and take its tokens afterwards."""
        verdict = self._cancels(caller, 1)

        def counted() -> object:
            done = cancel()
            self._limiter.owe(caller.address, len(done.canceled))
            return _told(done)

        return self._limited(verdict, counted)

    def _orders(self, caller: Caller, cost: int) -> Verdict:
        return self._limiter.orders(caller.address, cost, time.monotonic_ns(), time.time())

    def _cancels(self, caller: Caller, cost: int) -> Verdict:
        trading_mode.check_cancels(self._venue.faults, self._venue.clock.now())
        return self._limiter.cancels(caller.address, cost, time.monotonic_ns(), time.time())

    def _limited(self, verdict: Verdict, work: Callable[[], object]) -> Answered:
        """What the work gives; whatever it is, its answer carries the limiter's headers."""
        if not verdict.passes:
            raise RefusedError(429, "Too Many Requests", headers=verdict.headers)
        try:
            return work(), verdict
        except RefusedError as error:
            error.headers |= verdict.headers
            raise

    def _route(self, work: Work) -> Route:
        async def route(request: web.Request, caller: Caller) -> web.Response:
            faults, method = self._venue.faults, request.method
            if lost := faults.strikes(Kind.LOST_REQUESTS, self._venue.clock.now(), method):
                return _lost(request, lost)
            told, verdict = work(caller, await request.read())
            self.tell()
            late = faults.strikes(Kind.LATE_REPLIES, self._venue.clock.now(), method)
            if late:
                await asyncio.sleep(max(0, late.milliseconds) / 1000)
            if lost := faults.strikes(Kind.LOST_REPLIES, self._venue.clock.now(), method):
                return _lost(request, lost)
            response = answer(told)
            response.headers.update(verdict.headers)
            return response

        return self._door.guarded(route)


def _lost(request: web.Request, fault: Fault) -> web.Response:
    """Answer with a status that proves nothing, or end the connection without an answer."""
    if fault.status:
        raise RefusedError(fault.status, FAILED)
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _told(done: Cancelled) -> object:
    return {"canceled": done.canceled, "not_canceled": done.not_canceled}
