"""The feed as a library when its engine has a bug: no book that stands still is handed out."""

import asyncio

import pytest
from tests.unit.core.building import market

from polywire.core.model.market import InstrumentListed
from polywire.core.units import Ns
from polywire.feed import open_feed


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
