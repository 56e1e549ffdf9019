"""The market channel `/ws/market`: subscription rules, heartbeat, dumps and delivery."""

import asyncio
import contextlib
import json
import re
from collections.abc import Callable, Iterable, Iterator

from aiohttp import WSMsgType, web

from polywire.exchange import frames
from polywire.exchange.connection import POLICY_VIOLATION, TRY_AGAIN_LATER, Connection
from polywire.exchange.frames import Frame
from polywire.exchange.venue import Venue

GOING_AWAY = 1001
HASH = re.compile(r'("hash":")[0-9a-f]{40}')


class Channel:
    """All open market-channel sockets."""

    def __init__(self, venue: Venue, silence_s: float, on_reader: Callable[[], None]) -> None:
        self._venue = venue
        self._silence_s = silence_s
        self._on_reader = on_reader
        self._connections: dict[Connection, None] = {}
        self._by_asset: dict[str, dict[Connection, None]] = {}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one socket from upgrade to close."""
        faults = self._venue.faults
        if faults.refuse_upgrades > 0:
            faults.refuse_upgrades -= 1
            return web.Response(status=429, text="Too Many Requests")
        socket = web.WebSocketResponse(compress=False, timeout=2.0)
        socket.headers["X-Polywire-Source"] = self._venue.flow.kind
        await socket.prepare(request)
        loop = asyncio.get_running_loop()
        connection = Connection(socket, request.transport, loop.time())
        self._connections[connection] = None
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
        faults = self._venue.faults
        if faults.freeze_all:
            return
        for frame in batch:
            if faults.frozen and not faults.frozen.isdisjoint(frame.assets):
                continue
            text = self._spoiled(frame) if faults.spoil_hash else frame.text
            for connection in self._readers(frame):
                connection.send(text)

    def readers(self) -> int:
        """How many sockets are open."""
        return len(self._connections)

    def backlog(self) -> int:
        """Bytes queued for the slowest reader."""
        return max((connection.queued_bytes for connection in self._connections), default=0)

    def sweep(self, now_s: float) -> None:
        """Close sockets that fell silent, never subscribed or do not read."""
        for connection in list(self._connections):
            if now_s - connection.heard_at > self._silence_s:
                code, reason = GOING_AWAY, "no PING"
                if not connection.subscribed:
                    code, reason = POLICY_VIOLATION, "no subscription"
                connection.close(code, reason)
            elif connection.queued_bytes and now_s - connection.moved_at > self._silence_s:
                connection.close(TRY_AGAIN_LATER, "slow reader")

    def drop(self, code: int) -> int:
        """Close every socket with a code, or without a word for code 0; how many there were."""
        dropped = list(self._connections)
        for connection in dropped:
            if code:
                connection.close(code, "dropped")
            else:
                connection.abort()
        return len(dropped)

    async def close(self) -> None:
        """Close every socket and wait for it."""
        closing = list(self._connections)
        self.drop(GOING_AWAY)
        for connection in closing:
            await connection.closed()

    async def _read(self, connection: Connection, loop: asyncio.AbstractEventLoop) -> None:
        async for message in connection.socket:
            if message.type is not WSMsgType.TEXT or connection.closing:
                return
            if not connection.subscribed:
                self._first(connection, message.data)
            elif message.data == "PING":
                connection.heard_at = loop.time()
                connection.send("PONG")
            else:
                self._later(connection, message.data)

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
        books = list(self._books(assets)) if dump else []
        if books:
            connection.send("[" + ",".join(books) + "]")

    def _books(self, assets: list[str]) -> Iterator[str]:
        faults = self._venue.faults
        for asset in dict.fromkeys(assets):
            found = self._venue.find(asset)
            if found is None or faults.freeze_all or asset in faults.frozen:
                continue
            if asset in faults.skip_first_book:
                faults.skip_first_book.discard(asset)
                continue
            _, index, book = found
            yield frames.book(book, index).text

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

    def _spoiled(self, frame: Frame) -> str:
        """The frame with its first hash made wrong, once for each asset asked for."""
        hit = self._venue.faults.spoil_hash.intersection(frame.assets)
        if not hit or not HASH.search(frame.text):
            return frame.text
        self._venue.faults.spoil_hash -= hit
        return HASH.sub(rf"\g<1>{'0' * 39}1", frame.text)


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
