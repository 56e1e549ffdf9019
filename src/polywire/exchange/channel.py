"""The market channel `/ws/market`: subscription rules, heartbeat, dumps and delivery."""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from aiohttp import WSMsgType, web

from polywire.exchange import frames
from polywire.exchange.connection import POLICY_VIOLATION, TRY_AGAIN_LATER, Connection
from polywire.exchange.faults import Kind
from polywire.exchange.frames import Frame
from polywire.exchange.venue import Venue

GOING_AWAY = 1001
HEARD = frozenset({WSMsgType.TEXT, WSMsgType.PING, WSMsgType.PONG})


class Channel:
    """All open market-channel sockets."""

    def __init__(self, venue: Venue, silence_s: float, on_reader: Callable[[], None]) -> None:
        self._venue = venue
        self._silence_s = silence_s
        self._on_reader = on_reader
        self._connections: dict[Connection, None] = {}
        self._by_asset: dict[str, dict[Connection, None]] = {}
        self._opened = 0
        self.unheard: Counter[str] = Counter()
        """Messages about assets that nobody carried, by the first of them."""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one socket from upgrade to close."""
        faults = self._venue.faults
        refusal = faults.refusal(Kind.REFUSE_UPGRADES, self._venue.clock.now())
        if refusal is not None:
            return web.Response(status=refusal)
        socket = web.WebSocketResponse(compress=False, timeout=2.0, autoping=False)
        socket.headers["X-Polywire-Source"] = self._venue.flow.kind
        await socket.prepare(request)
        loop = asyncio.get_running_loop()
        self._opened += 1
        connection = Connection(socket, request.transport, loop.time(), self._opened)
        self._connections[connection] = None
        faults.opened(connection.number)
        connection.rate = faults.rate(connection.number)
        writer = asyncio.create_task(connection.write(loop))
        try:
            await self._read(connection, loop)
            await connection.closed()
        finally:
            self._forget(connection)
            writer.cancel()
        return socket

    def deliver(self, batch: Iterable[Frame]) -> None:
        """Send frames to whom they concern."""
        faultless = not self._venue.faults.in_force
        for frame in batch:
            if frame.assets and self._by_asset.keys().isdisjoint(frame.assets):
                self.unheard[frame.assets[0]] += 1
            for connection in self._readers(frame):
                if faultless:
                    connection.send(frame.text)
                else:
                    self._send(connection, frame)

    def switch(self, now_ns: int) -> None:
        """End and begin the faults that are due."""
        faults = self._venue.faults
        faults.end_due(now_ns)
        for one in faults.begin_due(now_ns, self.sockets()):
            if one.fault.kind is Kind.DROP:
                for connection in self._connections:
                    if one.meets(connection.number):
                        connection.close(one.fault.code, "dropped")
                        one.hits += 1
        for connection in self._connections:
            connection.rate = faults.rate(connection.number)
        for book in self._venue.flow.books.values():
            book.skew_ms = faults.skew_ms()

    def sockets(self) -> list[int]:
        """The numbers of the open sockets, in the order of connecting."""
        return [each.number for each in self._connections if not each.closing]

    def readers(self) -> int:
        """How many sockets are open."""
        return len(self._connections)

    def backlog(self) -> int:
        """Bytes queued for the slowest reader."""
        return max((connection.queued_bytes for connection in self._connections), default=0)

    def sweep(self, now_s: float) -> None:
        """Close sockets that fell silent, never subscribed or do not read."""
        for connection in list(self._connections):
            if self._venue.faults.dead(connection.number):
                continue
            if now_s - connection.heard_at > self._silence_s:
                code, reason = GOING_AWAY, "no PING"
                if not connection.subscribed:
                    code, reason = POLICY_VIOLATION, "no subscription"
                connection.close(code, reason)
            elif connection.queued_bytes and now_s - connection.moved_at > self._silence_s:
                connection.close(TRY_AGAIN_LATER, "slow reader")

    async def close(self) -> None:
        """Close every socket and wait for it."""
        closing = list(self._connections)
        for connection in closing:
            connection.close(GOING_AWAY, "the exchange ends")
        for connection in closing:
            await connection.closed()

    async def _read(self, connection: Connection, loop: asyncio.AbstractEventLoop) -> None:
        async for message in connection.socket:
            if connection.closing or message.type not in HEARD:
                return
            if self._venue.faults.dead(connection.number):
                connection.heard_at = loop.time()  # what is sent into nothing keeps it open
            elif message.type is WSMsgType.PING:
                await connection.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._hear(connection, message.data, loop.time())

    def _hear(self, connection: Connection, text: str, now_s: float) -> None:
        if not connection.subscribed:
            self._first(connection, text)
        elif text == "PING":
            connection.heard_at = now_s
            connection.send("PONG")
        else:
            self._later(connection, text)

    def _first(self, connection: Connection, text: str) -> None:
        asked = _json_object(text)
        assets = _asset_list(asked)
        if asked.get("type") != "market" or assets is None:
            connection.close(POLICY_VIOLATION, "invalid subscription payload")
            return
        connection.subscribed = True
        connection.custom = asked.get("custom_feature_enabled") is True
        self._subscribe(connection, assets, dump=asked.get("initial_dump") is not False)
        self._on_reader()

    def _later(self, connection: Connection, text: str) -> None:
        asked = _json_object(text)
        assets = _asset_list(asked)
        operation = asked.get("operation")
        if operation not in ("subscribe", "unsubscribe") or assets is None or "type" in asked:
            connection.send("INVALID OPERATION")
            return
        if operation == "unsubscribe":
            for asset in assets:
                self._venue.faults.unsubscribed(connection, asset)
                self._unsubscribe(connection, asset)
            return
        flag = asked.get("custom_feature_enabled")
        if isinstance(flag, bool):
            connection.custom = flag
        # A frame that names an active asset is refused whole, without a word; the flag stands.
        if connection.assets.keys().isdisjoint(assets):
            self._subscribe(connection, assets, dump=asked.get("initial_dump") is not False)

    def _subscribe(self, connection: Connection, assets: list[str], *, dump: bool) -> None:
        for asset in assets:
            connection.assets[asset] = None
            self._by_asset.setdefault(asset, {})[connection] = None
            self._venue.faults.subscribed(connection, asset)
        books = list(self._books(connection, assets)) if dump else []
        if books:
            text = "[" + ",".join(book.text for book in books) + "]"
            told = tuple(asset for book in books for asset in book.assets)
            self._pass(connection, Frame(text, told))

    def _books(self, connection: Connection, assets: list[str]) -> Iterator[Frame]:
        now_ns = self._venue.clock.now()
        for asset in dict.fromkeys(assets):
            found = self._venue.find(asset)
            if found is not None:
                frame = frames.book(found[2], found[1])
                if not self._venue.faults.withheld(connection, frame, now_ns):
                    yield frame

    def _send(self, connection: Connection, frame: Frame) -> None:
        """Send what the faults in force leave of a frame."""
        if not self._venue.faults.withheld(connection, frame, self._venue.clock.now()):
            self._pass(connection, frame)

    def _pass(self, connection: Connection, frame: Frame) -> None:
        for text in self._venue.faults.sent(connection, frame, self._venue.clock.now()):
            connection.send(text)

    def _unsubscribe(self, connection: Connection, asset: str) -> None:
        connection.assets.pop(asset, None)
        readers = self._by_asset.get(asset, {})
        readers.pop(connection, None)
        if not readers:
            self._by_asset.pop(asset, None)

    def _forget(self, connection: Connection) -> None:
        for asset in list(connection.assets):
            self._unsubscribe(connection, asset)
        self._connections.pop(connection, None)

    def _readers(self, frame: Frame) -> Iterator[Connection]:
        if not frame.assets:
            yield from [c for c in self._connections if c.subscribed and c.custom]
            return
        readers: dict[Connection, None] = {}
        for asset in frame.assets:
            readers |= self._by_asset.get(asset, {})
        for connection in readers:
            if connection.custom or not frame.custom:
                yield connection


def _json_object(text: str) -> dict[str, object]:
    """The object in a text; anything else counts as an empty one."""
    with contextlib.suppress(json.JSONDecodeError):
        asked = json.loads(text)
        if isinstance(asked, dict):
            return asked
    return {}


def _asset_list(asked: dict[str, object]) -> list[str] | None:
    assets = asked.get("assets_ids")
    if not isinstance(assets, list) or not all(isinstance(asset, str) for asset in assets):
        return None
    return assets
