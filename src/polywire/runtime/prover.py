"""Asks the venue for books by REST, many at a time, and puts the answers in as snapshots."""

import asyncio
from collections.abc import Callable, Iterable

import structlog

from polywire.core.errors import DecodeError, TransportError
from polywire.core.ids import MarketId
from polywire.core.model.event import Event
from polywire.core.model.healing import ProveBook
from polywire.core.model.instrument import Market
from polywire.core.model.market import BookSnapshot
from polywire.core.units import MILLISECOND, Ns
from polywire.net.clock import Clock
from polywire.net.http import Http
from polywire.runtime.tasks import Task, end, spawn
from polywire.venues.polymarket.rest import BOOKS_MAX, books_body, decode_books

GATHER_NS = 50 * MILLISECOND
"""Requests of this long go out as one call."""

log = structlog.get_logger()


class BookProver:
    """Collects ProveBook commands into POST /books of up to 500 instruments."""

    def __init__(
        self,
        http: Http,
        url: str,
        clock: Clock,
        put: Callable[[Iterable[Event]], None],
        market_of: Callable[[MarketId], Market | None],
    ) -> None:
        self.failures = 0
        self._http = http
        self._url = url
        self._clock = clock
        self._put = put
        self._market_of = market_of
        self._wanted: dict[MarketId, None] = {}
        self._gathering: Task | None = None
        self._tasks: dict[Task, None] = {}

    def ask(self, command: ProveBook) -> None:
        """Fetch the book soon; asking twice is asking once."""
        self._wanted[command.market] = None
        if self._gathering is None:
            task = self._gathering = spawn(self._gather())
            self._tasks[task] = None
            task.add_done_callback(self._tasks.pop)

    async def close(self) -> None:
        """Stop asking; an answer under way is not awaited."""
        await end(*self._tasks)

    async def _gather(self) -> None:
        await asyncio.sleep(self._clock.wait_s(GATHER_NS))
        markets = [market for key in self._wanted if (market := self._market_of(key)) is not None]
        self._wanted.clear()
        self._gathering = None
        for start in range(0, len(markets), BOOKS_MAX // 2):
            await self._fetch(markets[start : start + BOOKS_MAX // 2])

    async def _fetch(self, markets: list[Market]) -> None:
        try:
            body = await self._http.post(f"{self._url}/books", books_body(markets), label="book")
            snapshots: list[BookSnapshot] = decode_books(body, markets, Ns(self._clock.now()))
        except (TransportError, DecodeError) as error:
            self.failures += 1
            log.warning("books_unavailable", error=str(error))
            return
        self._put(snapshots)
