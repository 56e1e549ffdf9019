"""Who may ask the dashboard what: before any route sees a request, over HTTP or a socket.

Its own names alone, one cookie a start, no other site's pages, little at a time. Knows no route.
"""

from collections.abc import Awaitable, Callable
from typing import Final, cast

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from polywire.dashboard.asked import HEADERS, USUAL, Asked, Refusal, plain, refuse, same
from polywire.dashboard.entering import entering
from polywire.dashboard.rules import Rules
from polywire.dashboard.tally import Tally

BODY_MAX: Final = 65_536
DIGITS_MAX: Final = 20
"""Of a length; Python refuses to read numbers of thousands."""
ASKS_MAX: Final = 120
"""A minute to act, whatever it is; which of it is too often is the route's to say."""
SOCKETS_MAX: Final = 8


class Gate:
    """An ASGI application in front of another one."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app = app
        self._rules = rules
        self._entering = entering(rules)
        self._asks = Tally(ASKS_MAX, rules.seconds)
        self._sockets = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer it here."""
        kind: str = scope["type"]
        if kind == "http":
            await self._http(scope, receive, send)
        elif kind == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Asked(scope)
        refusal = self._elsewhere(asked) or self._too_much(asked)
        if refusal is None and (self._entering.knocks(asked) or not self._is_known(asked)):
            await self._entering.answer(asked, receive, send)
            return
        if refusal is None and asked.method not in ("GET", "HEAD"):
            refusal = self._act(asked)
        if refusal is not None:
            await refuse(send, refusal)
        else:
            await self._app(scope, receive, _guarded(send))

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Asked(scope)
        refusal = self._elsewhere(asked)
        if refusal is None and not self._is_known(asked):
            refusal = Refusal(401, "this page is of another start, or of nobody who was let in")
        if refusal is None and self._sockets >= SOCKETS_MAX:
            refusal = Refusal(429, f"more than {SOCKETS_MAX} pages are open: close one")
        if refusal is not None:
            await receive()
            await _refuse_socket(scope, send, refusal)
            return
        self._sockets += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._sockets -= 1

    def _elsewhere(self, asked: Asked) -> Refusal | None:
        """Names that others could give this machine, and pages of other sites."""
        hosts = asked.all("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._rules.hosts:
            return Refusal(421, f"this page answers to {' and '.join(self._rules.hosts)} alone")
        origins = asked.all("origin")
        own = f"{self._rules.scheme}://{hosts[0].lower()}"
        if any(origin.lower() != own for origin in origins):
            return Refusal(403, "this was asked by the page of another site")
        return None

    def _is_known(self, asked: Asked) -> bool:
        return same(asked.cookie(self._rules.cookie), self._rules.token.encode())

    def _too_much(self, asked: Asked) -> Refusal | None:
        lengths = asked.all("content-length")
        if asked.all("transfer-encoding") or len(lengths) > 1:
            return Refusal(411, "say how long the body is, once")
        if lengths and (not lengths[0].isascii() or not lengths[0].isdigit()):
            return Refusal(400, "that is no length")
        if lengths and (len(lengths[0]) > DIGITS_MAX or int(lengths[0]) > BODY_MAX):
            return Refusal(413, f"a request has {BODY_MAX} bytes at most")
        return None

    def _act(self, asked: Asked) -> Refusal | None:
        """Whether something may be done that is not only looking."""
        if asked.method != "POST":
            return Refusal(405, "only GET and POST are answered", ((b"allow", b"GET, POST"),))
        if self._rules.read_only:
            return Refusal(403, "this dashboard only shows what a run does, and asks for nothing")
        if asked.all("x-polywire") != ["1"]:
            return Refusal(403, "this did not come from the dashboard's page")
        if asked.kind() != ["application/json"]:
            return Refusal(415, "expected JSON")
        if not self._asks.spend():
            return Refusal(429, f"more than {ASKS_MAX} questions in a minute: wait")
        return None


def _guarded(send: Send) -> Send:
    """Every answer says what a browser may do with it, unless its route has said so."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            said = {name.lower() for name, _ in headers}
            headers += [one for one in USUAL if one[0] not in said]
            message["headers"] = [*headers, *HEADERS]
        await send(message)

    return guarded


async def _refuse_socket(scope: Scope, send: Send, refusal: Refusal) -> None:
    """In words where the server can say them before there is a socket."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1008, "reason": refusal.said})
        return
    say = cast(Callable[[object], Awaitable[None]], send)  # Litestar does not know this extension
    start, body = "websocket.http.response.start", "websocket.http.response.body"
    await say({"type": start, "status": refusal.status, "headers": list(plain(refusal.said))})
    await say({"type": body, "body": refusal.said.encode()})
