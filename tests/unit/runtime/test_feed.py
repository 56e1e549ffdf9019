"""A feed whose socket ends says so, and opens another; the sockets are of the test's making."""

import asyncio
from collections.abc import Callable, Iterable

import pytest

from polywire.bench.tape import record
from polywire.core.ids import FeedId
from polywire.core.model.event import Event
from polywire.core.model.market import FeedDown, FeedUp
from polywire.core.units import Ns
from polywire.net.clock import Clock
from polywire.runtime.feed import MarketFeed
from polywire.venues.polymarket.market_ws import MarketSession

TURNS = 300


class Hasty(Clock):
    """A clock on which nobody waits."""

    def wait_s(self, ns: int) -> float:
        """No time at all."""
        return 0.0 * ns


class Socket:
    """An open socket until the test ends it."""

    bug: BaseException | None = None

    def __init__(self, on_message: Callable[[bytes], None]) -> None:
        self.on_message = on_message
        self.closed = asyncio.Event()
        self.cause = ""

    def send(self, frame: bytes) -> None:
        """Nobody listens."""

    def close(self, cause: str) -> None:
        """End it."""
        self.cause = cause
        self.closed.set()


@pytest.fixture
async def opened(monkeypatch: pytest.MonkeyPatch) -> list[Socket]:
    """Every socket that was opened."""
    sockets: list[Socket] = []

    async def connect(_url: str, on_message: Callable[[bytes], None]) -> Socket:
        await asyncio.sleep(0)
        sockets.append(Socket(on_message))
        return sockets[-1]

    monkeypatch.setattr("polywire.runtime.feed.connect", connect)
    return sockets


async def turns_until(holds: Callable[[], object]) -> None:
    for _ in range(TURNS):
        if holds():
            return
        await asyncio.sleep(0)
    pytest.fail("did not happen")


async def test_a_socket_that_ends_is_told_and_another_is_opened(opened: list[Socket]) -> None:
    told: list[Event] = []

    def put(events: Iterable[Event]) -> None:
        told.extend(events)

    tape = record(markets=1, count=1)
    session = MarketSession(FeedId("m"), lambda: 0.5)
    session.subscribe(tape.markets, Ns(1))
    feed = MarketFeed(session, "ws://nowhere", Hasty(), put)
    feed.start()
    await turns_until(lambda: opened)
    opened[0].on_message(tape.opening[0])
    assert [one.feed for one in told if isinstance(one, FeedUp)] == ["m"]
    opened[0].close("hung up")
    await turns_until(lambda: len(opened) == 2)
    assert [one.feed for one in told if isinstance(one, FeedDown)] == ["m"]
    assert feed.reconnects == 1
    await feed.close()
