"""The polling feed: the books of the watched markets by REST, in rounds of an even rhythm.

Stands where a FeedPool and a BookProver would stand. When to ask is rhythm.py's.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence

import structlog

from polywire.core.errors import DecodeError, TransportError
from polywire.core.ids import FeedId, MarketId
from polywire.core.model.healing import FeedOrder, ProveBook
from polywire.core.model.instrument import Market
from polywire.core.model.market import BookSnapshot, FeedCarries, FeedDown, FeedUp
from polywire.core.units import SECOND, Ns
from polywire.net.clock import Clock
from polywire.net.http import Http
from polywire.observe.run_status import FeedCounts, FeedLine
from polywire.runtime.feed import Put
from polywire.runtime.polling import Polling
from polywire.runtime.rhythm import Rhythm
from polywire.runtime.tasks import Task, end, spawn
from polywire.venues.polymarket.rest import (
    BOOKS_MAX,
    book_query,
    books_body,
    decode_book,
    decode_books,
)
from polywire.venues.reconnector import ALERT_ATTEMPTS

FEED = FeedId("poll-1")

log = structlog.get_logger()


class PollPool:
    """Polls one book of each market, the first outcome's: that of the other is its mirror.

    One call is under way at a time, so answers come in the order of the questions. A new market,
    and one whose proof is asked for, is fetched between the rounds while the feed is up.
    """

    def __init__(
        self,
        polling: Polling,
        http: Http,
        url: str,
        clock: Clock,
        put: Put,
        random: Callable[[], float],
    ) -> None:
        self.failures = 0
        self.answered = 0
        self.rhythm = Rhythm(polling.every_ns, clock.now(), random)
        self._polling = polling
        self._http = http
        self._url = url
        self._clock = clock
        self._put = put
        self._markets: dict[MarketId, Market] = {}
        self._told_ns: dict[MarketId, Ns] = {}
        self._wanted: dict[MarketId, None] = {}
        self._woken = asyncio.Event()
        self._task: Task | None = None
        self._counts = FeedCounts()

    def add(self, markets: Sequence[Market]) -> None:
        """Poll these markets too, soon for the first time."""
        self._markets.update({market.id: market for market in markets})
        self._carry()
        self._want(market.id for market in markets)
        self._task = self._task or spawn(self._run())

    def remove(self, markets: Iterable[MarketId]) -> None:
        """Poll these markets no more."""
        for market in markets:
            self._markets.pop(market, None)
            self._told_ns.pop(market, None)
        self._carry()

    def ask(self, command: FeedOrder) -> None:
        """Fetch a book soon; while the feed is down, once it is back. No socket needs mending."""
        if isinstance(command, ProveBook):
            self._want([command.market])

    def announced(self) -> bool:
        """REST announces no market."""
        return False

    def lines(self) -> list[FeedLine]:
        """The feed as it stands; none before there is anything to poll."""
        now = self.rhythm
        line = FeedLine(FEED, now.state, now.attempt, len(self._markets), now.cause)
        return [line] if self._markets else []

    def counts(self) -> FeedCounts:
        """What was counted so far; reconnections are the times the feed came back."""
        return self._counts

    async def close(self) -> None:
        """Poll no more; an answer under way is not awaited."""
        await end(self._task)

    def _carry(self) -> None:
        self._put([FeedCarries(self._clock.now(), FEED, tuple(self._markets))])

    def _want(self, markets: Iterable[MarketId]) -> None:
        self._wanted.update(dict.fromkeys(markets))
        self._woken.set()

    async def _run(self) -> None:
        while True:
            now = self._clock.now()
            wanted = [self._markets[key] for key in self._wanted if key in self._markets]
            if now >= self.rhythm.due_ns:
                await self._round()
            elif wanted and self.rhythm.may_ask(now):
                await self._fetch(wanted)
            else:
                await self._pause(self.rhythm.due_ns - now)

    async def _pause(self, wait_ns: int) -> None:
        """Wait so long, or until a book is wanted."""
        self._woken.clear()
        try:
            await asyncio.wait_for(self._woken.wait(), self._clock.wait_s(wait_ns))
        except TimeoutError:
            return

    async def _round(self) -> None:
        refusal = await self._fetch(list(self._markets.values()))
        now = self._clock.now()
        if refusal:
            self._miss(now, refusal)
        self.rhythm.over(now)

    async def _fetch(self, markets: list[Market]) -> str:
        """Ask for the books of these markets; why none at all came, or empty."""
        answered, refusal = False, ""
        size = BOOKS_MAX if self._polling.batched else 1
        for start in range(0, len(markets), size):
            try:
                self._take(await self._call(markets[start : start + size]))
            except (TransportError, DecodeError) as error:
                refusal = str(error)
                if self._hopeless(error):
                    break
            else:
                answered = True
                self.answered += 1
        for market in markets:  # what was not answered is asked for again by who wants it
            self._wanted.pop(market.id, None)
        return "" if answered else refusal

    async def _call(self, markets: list[Market]) -> list[BookSnapshot]:
        if self._polling.batched:
            body = books_body(markets, outcomes=(0,))
            reply = await self._http.post(f"{self._url}/books", body, label="book")
            return decode_books(reply, markets, self._clock.now(), FEED)
        reply = await self._http.get(f"{self._url}{book_query(markets[0])}", label="book")
        return decode_book(reply, markets[0], self._clock.now(), FEED)

    def _take(self, books: list[BookSnapshot]) -> None:
        """Put what is not older than what the feed told before: caches may answer with the past."""
        if self.rhythm.heard():
            self._rise()
        fresh = [
            book
            for book in books
            if book.market in self._markets
            and book.venue_ns >= self._told_ns.get(book.market, Ns(0))
        ]
        now = self._clock.now()  # a time still to come would make every later answer an old one
        self._told_ns.update({book.market: min(book.venue_ns, now) for book in fresh})
        self._put(fresh)

    def _rise(self) -> None:
        self._put([FeedUp(self._clock.now(), FEED)])
        if self.rhythm.cause:
            self._counts.reconnects += 1
            log.info("feed_up", feed=FEED)

    def _hopeless(self, error: TransportError | DecodeError) -> bool:
        """Count a failed call; whether the rest of its round would fare no better."""
        log.warning("poll_failed", feed=FEED, error=str(error))
        if isinstance(error, DecodeError):
            self._counts.undecodable += 1
            return False
        self.failures += 1
        if error.wait_s:
            self.rhythm.hold(self._clock.now(), error.wait_s * SECOND)
        return not error.status or error.wait_s > 0

    def _miss(self, now: Ns, cause: str) -> None:
        """Nothing came in a whole round: tell the engine when that was once too often."""
        rhythm = self.rhythm
        if rhythm.missed(cause):
            self._put([FeedDown(now, FEED, cause)])
            log.warning("feed_down", feed=FEED, attempt=rhythm.attempt, error=cause)
        if rhythm.attempt == ALERT_ATTEMPTS:
            log.critical("feed_unreachable", feed=FEED, attempt=rhythm.attempt, error=cause)
