"""Puts the account side of the exchange together: keys, orders, reads, user channel, switch."""

import asyncio
import contextlib
import time
from functools import partial
from typing import Final

from aiohttp import web

from polywire.exchange.account_routes import AccountRoutes
from polywire.exchange.accounts import Accounts
from polywire.exchange.channel import Channel
from polywire.exchange.door import Door
from polywire.exchange.heartbeats import Heartbeats
from polywire.exchange.key_routes import KeyRoutes
from polywire.exchange.limiter import Limiter
from polywire.exchange.notices import Notices
from polywire.exchange.options import ExchangeOptions
from polywire.exchange.order_routes import OrderRoutes
from polywire.exchange.user_channel import UserChannel
from polywire.exchange.venue import Venue

SWEEP_S: Final = 0.25


class AccountSide:
    """Everything of one exchange that needs an account."""

    def __init__(self, options: ExchangeOptions, venue: Venue, channel: Channel) -> None:
        self._venue = venue
        self._channel = channel
        self.accounts = Accounts(options.seed, self._opened)
        self.users = UserChannel(venue, self.accounts, options.silence_s)
        self._heartbeats = Heartbeats(options.seed, venue.clock.now())
        self._notices = Notices(venue.catalogue)
        self._limiter = Limiter(options.tier)
        self._sweeping: asyncio.Task[None] | None = None
        venue.faults.on_begin = self.users.begin

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register all routes."""
        door = Door(self._venue, self.accounts)
        KeyRoutes(door).add_to(router)
        OrderRoutes(self._venue, door, self._channel, self._limiter).add_to(router)
        AccountRoutes(self._venue, door, self._heartbeats, self._notices).add_to(router)
        router.add_get("/ws/user", self.users.serve)

    def start(self) -> None:
        """Watch sockets and heartbeats from now on."""
        self._sweeping = asyncio.create_task(self._sweep())

    async def close(self) -> None:
        """Stop watching and close the sockets."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeping
        await self.users.close()

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self.users.sweep(loop.time())
            now_ns = self._venue.clock.now()
            for key in self._heartbeats.fired(now_ns):
                self._venue.floor.cancel_all(key, now_ns)
                self._channel.deliver(self._venue.floor.take_frames())
            await asyncio.sleep(SWEEP_S)

    def _opened(self, key: str) -> None:
        self._venue.floor.listen(key, partial(self._heard, key))

    def _heard(self, key: str, event: dict[str, object]) -> None:
        self._notices.hear(key, event, int(time.time()))
        self.users.tell(key, event)
