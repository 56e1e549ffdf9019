"""Local exchanges and readers of their market channel, over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from polywire.exchange.app import Exchange, serve
from polywire.exchange.options import ExchangeOptions

Event = dict[str, Any]
Served = Callable[[ExchangeOptions], Awaitable[Exchange]]


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A function that starts an exchange; all are stopped after the test."""
    async with AsyncExitStack() as stack:

        async def start(options: ExchangeOptions) -> Exchange:
            exchange = await serve(options)
            stack.push_async_callback(exchange.close)
            return exchange

        yield start


class Reader:
    """One market-channel socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, message: object) -> None:
        """Send a text as it is, anything else as JSON."""
        await self.socket.send_str(message if isinstance(message, str) else json.dumps(message))

    async def subscribe(self, *assets: str, **more: object) -> None:
        """The first frame of a connection."""
        await self.send({"type": "market", "assets_ids": list(assets)} | more)

    async def text(self, wait_s: float = 5.0) -> str:
        """The next text."""
        message = await asyncio.wait_for(self.socket.receive(), wait_s)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        return str(message.data)

    async def until(self, *kinds: str, wait_s: float = 5.0) -> Event:
        """The next event of one of these kinds, wherever it stands."""
        async with asyncio.timeout(wait_s):
            while True:
                text = await self.text()
                frame = json.loads(text) if text[0] in "[{" else {"event_type": text}
                for event in frame if isinstance(frame, list) else [frame]:
                    if event["event_type"] in kinds:
                        found: Event = event
                        return found

    async def silent(self, wait_s: float = 0.3) -> bool:
        """Whether nothing arrives for a while."""
        try:
            await asyncio.wait_for(self.socket.receive(), wait_s)
        except TimeoutError:
            return True
        return False

    async def closed(self, wait_s: float = 5.0) -> tuple[int | None, str]:
        """Code and reason of the close, after whatever else arrives."""
        async with asyncio.timeout(wait_s):
            while True:
                message = await self.socket.receive()
                if message.type is aiohttp.WSMsgType.CLOSE:
                    return message.data, message.extra or ""
                if message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR):
                    return self.socket.close_code, ""


class Client:
    """HTTP and sockets to one exchange."""

    def __init__(self, exchange: Exchange, session: aiohttp.ClientSession) -> None:
        self.exchange = exchange
        self.where = exchange.addresses
        self.session = session

    async def get(self, url: str, status: int = 200) -> Any:  # noqa: ANN401
        """The JSON answer to a GET."""
        async with self.session.get(url) as response:
            assert response.status == status, await response.text()
            return await response.json()

    async def post(self, url: str, body: object, status: int = 200) -> Any:  # noqa: ANN401
        """The JSON answer to a POST."""
        async with self.session.post(url, json=body) as response:
            assert response.status == status, await response.text()
            return await response.json()

    async def command(self, command: str, **arguments: object) -> None:
        """Tell the control port something."""
        assert self.where.control is not None
        await self.post(self.where.control, {"command": command} | arguments)

    async def markets(self) -> list[Event]:
        """All markets of the catalogue, tokens decoded."""
        page = await self.get(f"{self.where.gamma}/markets/keyset?limit=100")
        return [
            market | {"tokens": json.loads(market["clobTokenIds"])} for market in page["markets"]
        ]

    async def reader(self) -> Reader:
        """A new socket, nothing sent yet."""
        return Reader(await self.session.ws_connect(self.where.market_ws))


@pytest.fixture
async def client(
    served: Served,
) -> AsyncIterator[Callable[[ExchangeOptions | None], Awaitable[Client]]]:
    """A function that starts an exchange and gives a client of it."""
    async with aiohttp.ClientSession() as session:

        async def start(options: ExchangeOptions | None = None) -> Client:
            return Client(await served(options or ExchangeOptions()), session)

        yield start
