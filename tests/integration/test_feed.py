"""The feed as a library: its page's example runs as written, and a book is the exchange's own."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.waiting import until

from polywire.core.errors import ConfigError, TransportError
from polywire.core.model.market import BookDelta, BookSnapshot
from polywire.exchange.app import Exchange, serve
from polywire.exchange.options import ExchangeOptions
from polywire.feed import Endpoints, open_feed

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "use-the-feed.md"
EXAMPLE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    exchange = await serve(ExchangeOptions(frames_a_second=200.0))
    yield exchange
    await exchange.close()


def where(exchange: Exchange) -> Endpoints:
    told = exchange.addresses
    return Endpoints(told.clob, told.market_ws, told.gamma, told.data)


def market_of(exchange: Exchange) -> str:
    return next(iter(exchange.venue.flow.books))


async def test_the_example_of_the_page_runs_as_written(
    exchange: Exchange, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = EXAMPLE.findall(PAGE.read_text())
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(example, str(PAGE), "exec"), names)
    async with asyncio.timeout(15):
        await names["main"](market_of(exchange), where(exchange))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    for line in lines:
        _, bid, ask = line.split()
        assert 0 < int(bid) < int(ask) < 1_000_000


async def test_a_book_is_the_exchanges_own_for_both_tokens(exchange: Exchange) -> None:
    async with open_feed(where(exchange)) as feed, asyncio.timeout(15):
        (market,) = await feed.subscribe([market_of(exchange)])
        seen = []
        async for event in feed.events():
            seen.append(type(event))
            if BookSnapshot in seen and BookDelta in seen:
                exchange.venue.clock.stop()
                break
        truth = exchange.venue.flow.books[market.id]
        tokens = [outcome.instrument for outcome in market.outcomes]
        await until(lambda: dict(feed.book(tokens[0]).bids) == truth.bids.sizes)
        first, second = map(feed.book, tokens)
        assert (first.distrust, second.distrust) == ("", "")
        assert first.bid == truth.best(0)[0]
        assert (second.bid, second.ask) == truth.best(1)
        assert second.asks == tuple((1_000_000 - price, size) for price, size in first.bids)


async def test_what_was_not_subscribed_is_refused_in_words(exchange: Exchange) -> None:
    async with open_feed(where(exchange)) as feed:
        with pytest.raises(ConfigError, match="token 1 is not subscribed"):
            feed.book("1")
        with pytest.raises(ConfigError, match="no open market 0xabc in the catalogue"):
            await feed.subscribe(["0xabc"])


async def test_a_catalogue_that_cannot_be_reached_is_an_error_and_closing_is_clean(
    closed_port: int,
) -> None:
    host = f"127.0.0.1:{closed_port}"
    nowhere = Endpoints(f"http://{host}", f"ws://{host}", f"http://{host}", "")
    async with open_feed(nowhere) as feed:
        with pytest.raises(TransportError, match="cannot connect"):
            await feed.subscribe(["0xabc"])


async def test_events_end_when_the_feed_closes(exchange: Exchange) -> None:
    async with open_feed(where(exchange)) as feed:
        (market,) = await feed.subscribe([market_of(exchange)])
        token = market.outcomes[0].instrument
        seen: list[object] = []

        async def read() -> None:
            seen.extend([event async for event in feed.events()])

        reading = asyncio.ensure_future(read())
        await until(lambda: feed.book(token).bids)
    async with asyncio.timeout(5):
        await reading
    assert seen
