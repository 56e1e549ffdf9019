"""The user channel `/ws/user`: who may listen, to which markets, and what goes wrong there."""

import asyncio
from typing import Final

from aiohttp import WSMsgType, web

from polywire.exchange.accounts import Accounts
from polywire.exchange.connection import POLICY_VIOLATION, TRY_AGAIN_LATER, Connection
from polywire.exchange.door import json_of
from polywire.exchange.faults import Kind
from polywire.exchange.force import InForce
from polywire.exchange.frames import compact
from polywire.exchange.venue import Venue

GOING_AWAY: Final = 1001

Json = dict[str, object]


class UserChannel:
    """All open user-channel sockets, by the API key that opened them."""

    def __init__(self, venue: Venue, accounts: Accounts, silence_s: float) -> None:
        self._venue = venue
        self._accounts = accounts
        self._silence_s = silence_s
        self._connections: dict[Connection, str | None] = {}
        self._held: dict[Connection, str] = {}
        self._opened = 0

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one socket from upgrade to close."""
        refusal = self._venue.faults.refusal(Kind.REFUSE_UPGRADES, self._venue.clock.now())
        if refusal is not None:
            return web.Response(status=refusal)
        socket = web.WebSocketResponse(compress=False, timeout=2.0)
        await socket.prepare(request)
        loop = asyncio.get_running_loop()
        self._opened += 1
        connection = Connection(socket, request.transport, loop.time(), self._opened)
        self._connections[connection] = None
        writer = asyncio.create_task(connection.write(loop))
        try:
            async for message in socket:
                if connection.closing or message.type is not WSMsgType.TEXT:
                    break
                self._hear(connection, message.data, loop.time())
            await connection.closed()
        finally:
            self._connections.pop(connection, None)
            self._held.pop(connection, None)
            writer.cancel()
        return socket

    def tell(self, key: str, event: Json) -> None:
        """Send an event to the sockets of its API key that follow its market."""
        text = compact(event)
        for connection, owner in self._connections.items():
            followed = not connection.assets or event["market"] in connection.assets
            if owner == key and followed:
                self._send(connection, text)

    def begin(self, one: InForce) -> None:
        """Do at once what a fault that has begun does at once."""
        if one.fault.kind is Kind.USER_DROP:
            for connection in self._connections:
                connection.close(one.fault.code, "dropped")
                one.hits += 1

    def sweep(self, now_s: float) -> None:
        """Close sockets that fell silent, never subscribed or do not read; send what was held."""
        if not any(self._venue.faults.of(Kind.USER_REORDER)):
            for connection, text in self._held.items():
                connection.send(text)
            self._held.clear()
        for connection, owner in list(self._connections.items()):
            if now_s - connection.heard_at > self._silence_s:
                if owner is None:
                    connection.close(POLICY_VIOLATION, "no subscription")
                else:
                    connection.close(GOING_AWAY, "no PING")
            elif connection.queued_bytes and now_s - connection.moved_at > self._silence_s:
                connection.close(TRY_AGAIN_LATER, "slow reader")

    async def close(self) -> None:
        """Close every socket and wait for it."""
        closing = list(self._connections)
        for connection in closing:
            connection.close(GOING_AWAY, "the exchange ends")
        for connection in closing:
            await connection.closed()

    def _hear(self, connection: Connection, text: str, now_s: float) -> None:
        if self._connections[connection] is None:
            self._first(connection, text)
        elif text == "PING":
            connection.heard_at = now_s
            connection.send("PONG")
        else:
            self._later(connection, text)

    def _first(self, connection: Connection, text: str) -> None:
        asked = _object(text)
        markets = _markets(asked)
        caller = self._accounts.channel(asked.get("auth"))
        if asked.get("type") != "user" or markets is None:
            connection.close(POLICY_VIOLATION, "invalid subscription payload")
        elif caller is None:
            connection.close(POLICY_VIOLATION, "invalid credentials")
        else:
            self._connections[connection] = caller.key
            connection.assets = dict.fromkeys(markets)

    def _later(self, connection: Connection, text: str) -> None:
        """Follow further markets, or fewer; who follows none by name hears of all."""
        asked = _object(text)
        markets, operation = _markets(asked), asked.get("operation")
        if operation not in ("subscribe", "unsubscribe") or markets is None or "type" in asked:
            connection.send("INVALID OPERATION")
        elif operation == "subscribe":
            connection.assets |= dict.fromkeys(markets)
        else:
            for market in markets:
                connection.assets.pop(market, None)

    def _send(self, connection: Connection, text: str) -> None:
        """Send what the faults in force leave of a text."""
        faults, now_ns = self._venue.faults, self._venue.clock.now()
        if faults.strikes(Kind.USER_FREEZE, now_ns):
            return
        held = self._held.pop(connection, None)
        if held is None and faults.strikes(Kind.USER_REORDER, now_ns):
            self._held[connection] = text
            return
        for one in (text,) if held is None else (text, held):
            connection.send(one)
            if faults.strikes(Kind.USER_REPEAT, now_ns):
                connection.send(one)


def _object(text: str) -> Json:
    """The object in a text; anything else counts as an empty one."""
    asked = json_of(text)
    return asked if isinstance(asked, dict) else {}


def _markets(asked: Json) -> list[str] | None:
    markets = asked.get("markets") or []
    if not isinstance(markets, list) or not all(isinstance(one, str) for one in markets):
        return None
    return markets
