"""What REST tells of one account, page by page; what becomes of it is the caller's."""

from collections.abc import AsyncIterator, Callable, Mapping
from http import HTTPStatus
from typing import Final, TypeVar
from urllib.parse import urlencode

from polywire.core.errors import DecodeError, TransportError
from polywire.core.units import SECOND, Ns
from polywire.runtime.gateway import Gateway
from polywire.venues.polymarket.account import AccountReader, OrdersPage, TradesPage

FIRST: Final = "MA=="
PAGES_MAX: Final = 500
"""Of one question: 50,000 trades, as many as are remembered."""

Page = TypeVar("Page", OrdersPage, TradesPage)


class AccountPages:
    """Raises TransportError without an answer or for a refusal, DecodeError for what is no page."""

    def __init__(self, gateway: Gateway, reader: AccountReader) -> None:
        self._gateway = gateway
        self._reader = reader

    def orders(self) -> AsyncIterator[OrdersPage]:
        """What is open."""
        return self._each("/data/orders", {}, self._reader.orders_page)

    def trades(self, after: Ns) -> AsyncIterator[TradesPage]:
        """What was matched since."""
        asked = {"after": str(max(0, after) // SECOND)}
        return self._each("/data/trades", asked, self._reader.trades_page)

    async def get(self, path: str) -> bytes:
        """The answer to one question."""
        reply = await self._gateway.ask("GET", path)
        if reply.status != HTTPStatus.OK:
            told = reply.body[:200].decode(errors="replace")
            raise TransportError(
                f"GET {path.partition('?')[0]}: HTTP {reply.status} {told}", status=reply.status
            )
        return reply.body

    async def _each(
        self, path: str, asked: Mapping[str, str], read: Callable[[bytes, Ns], Page]
    ) -> AsyncIterator[Page]:
        cursor, seen = FIRST, set[str]()
        for _ in range(PAGES_MAX):
            if not cursor:
                return
            if cursor in seen:
                break
            seen.add(cursor)
            body = await self.get(f"{path}?{urlencode({**asked, 'next_cursor': cursor})}")
            page = read(body, self._gateway.clock.now())
            yield page
            cursor = page.next_cursor
        raise DecodeError(f"{path}: expected an end of the pages, found none after {len(seen)}")
