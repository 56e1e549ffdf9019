"""The feed as a library: what it says of a book, and to a reader that is slow or meets a bug."""

import asyncio

import pytest
from msgspec import structs
from tests.unit.core.building import WS, forty_sixty, ladder, market

from polywire.core.model.market import FeedCarries, FeedUp, InstrumentListed
from polywire.core.units import Ns
from polywire.feed import EventTap, open_feed


async def test_a_bug_of_the_engine_reaches_whoever_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    async with open_feed() as feed:

        def broken(_event: object) -> None:
            raise AssertionError("a bug")

        monkeypatch.setattr(feed._engine, "handle", broken)
        feed._put([InstrumentListed(Ns(1), market())])
        with pytest.raises(AssertionError, match="a bug"):
            await asyncio.wait_for(anext(feed.events()), 5.0)
        with pytest.raises(AssertionError, match="a bug"):
            feed.book("m-yes")


async def test_a_book_says_why_it_should_not_be_acted_on() -> None:
    async with open_feed() as feed:
        listed = market()
        feed._markets.update({one.instrument: listed for one in listed.outcomes})
        locked = structs.replace(forty_sixty().snapshot(2), asks=ladder({40: 10}), hash="")
        up = FeedUp(Ns(1), WS)
        carries = FeedCarries(Ns(1), WS, (listed.id,))
        feed._put([InstrumentListed(Ns(1), listed), carries, up, locked])
        await asyncio.sleep(0)
        assert (feed.book("m-yes").bid, feed.book("m-yes").ask) == (400_000, 400_000)
        assert feed.book("m-yes").distrust == "crossed"


async def test_a_reader_that_falls_behind_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("polywire.feed.EVENTS_WAITING_MAX", 2)
    tap = EventTap()
    reading = tap.read()
    first = asyncio.ensure_future(anext(reading))
    await asyncio.sleep(0)
    for at in range(3):
        tap.observe(FeedUp(Ns(at), WS))
    assert await first == FeedUp(Ns(0), WS)
    with pytest.raises(OverflowError, match="not read in time"):
        await anext(reading)
