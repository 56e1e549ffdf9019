"""Lets proven callers in: what an L2 signature covers, and which clocks count."""

import json
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from polywire.exchange.accounts import Accounts, Caller, Signed
from polywire.exchange.quotes import Route
from polywire.exchange.venue import Venue

Guarded = Callable[[web.Request, Caller], Awaitable[web.Response]]


class Door:
    """Lets proven callers in; the machine's time and the venue's both count as now."""

    def __init__(self, venue: Venue, accounts: Accounts) -> None:
        self._venue = venue
        self.accounts = accounts

    def now_s(self) -> tuple[int, int]:
        """What counts as now, in seconds."""
        return self._venue.now_ms() // 1000, int(time.time())

    async def signed(self, request: web.Request) -> Signed:
        """What an HMAC of a request covers."""
        return Signed(request.method, request.rel_url.raw_path, await request.read())

    def guarded(self, route: Guarded) -> Route:
        """A route that knows who asks; the others get 401."""

        async def entered(request: web.Request) -> web.Response:
            signed = await self.signed(request)
            caller = self.accounts.l2(signed, request.headers, self.now_s())
            return await route(request, caller)

        return entered


def json_of(text: str | bytes) -> object:
    """What a text says; None where it is no JSON, which no caller takes."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
