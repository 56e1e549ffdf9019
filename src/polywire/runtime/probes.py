"""What a diagnosis asks of a venue, one question a function, each with its own figures.

A question that gets no answer raises TransportError or DecodeError; what an answer is worth is
judged in modes/verdicts.py.
"""

import asyncio

from msgspec import Struct

from polywire.core.book.order_book import OrderBook
from polywire.core.errors import DecodeError
from polywire.core.ids import FeedId
from polywire.core.model.instrument import Market
from polywire.core.model.market import BookSnapshot
from polywire.core.units import SECOND, Ns
from polywire.net.clock import Clock
from polywire.net.http import Http
from polywire.net.websocket import connect
from polywire.venues.polymarket.checksum import BookChecksum
from polywire.venues.polymarket.market_ws import MarketSession
from polywire.venues.polymarket.rest import books_body, decode_books
from polywire.venues.polymarket.wire import PING

ASKED = 5
"""The first answer pays for name look-up, connection and TLS; the median is of those after it."""

BOOK_TRIES = 3
"""A hash may be taken a few messages late (polymarket.md 1.6); three in a row are no accident."""


class Answer(Struct, frozen=True):
    """One answer over HTTP and when it was asked for and came."""

    asked_ns: Ns
    came_ns: Ns
    body: bytes


class Books(Struct, frozen=True):
    """How many whole books came, and how many of them have the hash that came with them."""

    came: int
    agreed: int


class ChannelSeen(Struct, kw_only=True):
    """What one socket of the market channel did; times in ns since the one before, None: never."""

    connected_ns: int
    book_ns: int | None = None
    pong_ns: int | None = None
    books: Books = Books(0, 0)
    unreadable: int = 0
    ended: str = ""


async def ask(http: Http, url: str, clock: Clock) -> tuple[Answer, ...]:
    """The answers to a few GETs, one after the other."""
    answers = []
    for _ in range(ASKED):
        asked = clock.now()
        body = await http.get(url, label="probe")
        answers.append(Answer(asked, clock.now(), body))
    return tuple(answers)


async def ask_books(http: Http, url: str, market: Market, clock: Clock) -> Books:
    """Both books of a market over REST; asked for again while a hash disagrees."""
    books = Books(0, 0)
    for _ in range(BOOK_TRIES):
        body = await http.post(f"{url}/books", books_body([market]), label="probe")
        came = decode_books(body, [market], clock.now())
        books = Books(len(came), sum(agrees(market, one) for one in came))
        if books.agreed == books.came:
            break
    return books


async def listen(url: str, market: Market, clock: Clock, wait_s: float) -> ChannelSeen:
    """Connect, subscribe a market's two assets, ping; what came until all had come or in time."""
    began = clock.now()
    listener = Listener(market, clock)
    async with asyncio.timeout(wait_s):  # picows closes no socket whose handshake is cancelled
        socket = await connect(url, listener.take, handshake_s=wait_s / 2)
    listener.connected(began)
    left_s = wait_s - listener.seen.connected_ns / SECOND
    for frame in (*listener.session.outbox(), PING):
        socket.send(frame)
    ways = [asyncio.ensure_future(each.wait()) for each in (listener.complete, socket.closed)]
    try:
        await asyncio.wait(ways, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        listener.seen.ended = socket.cause
        socket.close("the probe is over")
    if socket.bug is not None:
        raise socket.bug
    return listener.seen


class Listener:
    """Takes the frames of one socket until both books and a pong were there."""

    def __init__(self, market: Market, clock: Clock) -> None:
        self.session = MarketSession(FeedId("doctor"), float)  # no reconnection, so no chance
        self.seen = ChannelSeen(connected_ns=0)
        self.complete = asyncio.Event()
        self._market = market
        self._clock = clock
        self._opened = clock.now()
        self._agreed: dict[int, bool] = {}

    def connected(self, began: Ns) -> None:
        """The socket is open; the subscription waits in the session."""
        self._opened = self._clock.now()
        self.seen.connected_ns = self._opened - began
        self.session.subscribe([self._market], self._opened)
        self.session.connected(self._opened)

    def take(self, frame: bytes) -> None:
        """One message of the venue."""
        now = self._clock.now()
        try:
            events = self.session.receive(frame, now)
        except DecodeError:
            self.seen.unreadable += 1
            return
        for event in events:
            if isinstance(event, BookSnapshot):
                self._book(event)
        if self.session.stats.pongs and self.seen.pong_ns is None:
            self.seen.pong_ns = now - self._opened
        if len(self._agreed) == len(self._market.outcomes) and self.seen.pong_ns is not None:
            self.complete.set()

    def _book(self, snapshot: BookSnapshot) -> None:
        if self.seen.book_ns is None:
            self.seen.book_ns = snapshot.recv_ns - self._opened
        agreed = self._agreed.get(snapshot.outcome, False) or agrees(self._market, snapshot)
        self._agreed[snapshot.outcome] = agreed
        self.seen.books = Books(len(self._agreed), sum(self._agreed.values()))


def agrees(market: Market, snapshot: BookSnapshot) -> bool:
    """Whether a whole book has the hash that came with it."""
    checksum = BookChecksum(market)
    if snapshot.tick:
        checksum.set_tick(snapshot.tick)
    checksum.change(OrderBook(market.id).replace(snapshot))
    digest = checksum.digest(snapshot.outcome, snapshot.venue_ns, snapshot.last_trade)
    return digest == snapshot.hash
