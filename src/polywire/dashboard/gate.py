"""Who may ask the dashboard what: before any route sees a request, over HTTP or a socket.

Loopback names alone, one token a start in a cookie, no other site's pages, little at a time. Knows
no route.
"""

import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import parse_qsl

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from polywire.dashboard.tally import Tally

HTTP: Final = 80
BODY_MAX: Final = 65_536
ASKS_MAX: Final = 120
"""A minute to act, whatever it is; which of it is too often is the route's to say."""
SOCKETS_MAX: Final = 8
POLICY: Final = (
    "default-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
CSP: Final = b"content-security-policy"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody is sent away."""

    status: int
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a gate goes by: the port that is listened on, the token, and whether anything may act.

    `seconds` is a clock that only grows.
    """

    port: int
    token: str
    read_only: bool
    seconds: Callable[[], float]

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names by which this machine may be asked."""
        port = "" if self.port == HTTP else f":{self.port}"  # which browsers leave out
        return tuple(f"{name}{port}" for name in ("127.0.0.1", "localhost"))

    @property
    def cookie(self) -> str:
        """Cookies do not know ports, so the name does."""
        return f"polywire-{self.port}"


class Gate:
    """An ASGI application in front of another one."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app = app
        self._rules = rules
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
        asked = _Asked(scope)
        token = asked.token()
        refusal = self._elsewhere(asked)
        if refusal is None and token is not None:
            await self._enter(token, send)
            return
        refusal = refusal or self._stranger(asked) or self._too_much(asked)
        if refusal is None and asked.method not in ("GET", "HEAD"):
            refusal = self._act(asked)
        if refusal is not None:
            await _answer(send, refusal)
        else:
            await self._app(scope, receive, _guarded(send))

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = _Asked(scope)
        refusal = self._elsewhere(asked) or self._stranger(asked)
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

    def _elsewhere(self, asked: "_Asked") -> Refusal | None:
        """Names that others could give this machine, and pages of other sites."""
        hosts = asked.all("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._rules.hosts:
            return Refusal(421, f"this page answers to {' and '.join(self._rules.hosts)} alone")
        origins = asked.all("origin")
        if any(origin.lower() != f"http://{hosts[0].lower()}" for origin in origins):
            return Refusal(403, "this was asked by the page of another site")
        return None

    def _stranger(self, asked: "_Asked") -> Refusal | None:
        if secrets.compare_digest(asked.cookie(self._rules.cookie), self._rules.token.encode()):
            return None
        return Refusal(401, "open the address that the terminal printed; it has this start's token")

    def _too_much(self, asked: "_Asked") -> Refusal | None:
        lengths = asked.all("content-length")
        if asked.all("transfer-encoding") or len(lengths) > 1:
            return Refusal(411, "say how long the body is, once")
        if lengths and (not lengths[0].isascii() or not lengths[0].isdigit()):
            return Refusal(400, "that is no length")
        if lengths and int(lengths[0]) > BODY_MAX:
            return Refusal(413, f"a request has {BODY_MAX} bytes at most")
        return None

    def _act(self, asked: "_Asked") -> Refusal | None:
        """Whether something may be done that is not only looking."""
        if asked.method != "POST":
            return Refusal(405, "only GET and POST are answered")
        if self._rules.read_only:
            return Refusal(403, "this dashboard only shows what a run does, and asks for nothing")
        if asked.all("x-polywire") != ["1"]:
            return Refusal(403, "this did not come from the dashboard's page")
        if [one.partition(";")[0].strip() for one in asked.all("content-type")] != [
            "application/json"
        ]:
            return Refusal(415, "expected JSON")
        if not self._asks.spend():
            return Refusal(429, f"more than {ASKS_MAX} questions in a minute: wait")
        return None

    async def _enter(self, token: str, send: Send) -> None:
        """The address with its token: from here on, the cookie has it."""
        if not secrets.compare_digest(token.encode(), self._rules.token.encode()):
            await _answer(send, Refusal(401, "that is the token of another start"))
            return
        cookie = f"{self._rules.cookie}={self._rules.token}; Path=/; HttpOnly; SameSite=Strict"
        headers = [(b"location", b"/"), (b"set-cookie", cookie.encode()), *HEADERS]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class _Asked:
    """What a request says of itself."""

    def __init__(self, scope: Scope) -> None:
        self._headers = [
            (name.decode("latin-1").lower(), text.decode("latin-1"))
            for name, text in scope["headers"]
        ]
        self._scope = scope
        self.method = str(scope.get("method", ""))

    def all(self, name: str) -> list[str]:
        """Every header of a name."""
        return [text for each, text in self._headers if each == name]

    def cookie(self, name: str) -> bytes:
        """A cookie's text; empty without it. Other programs here may write theirs in any way."""
        pairs = (
            one.strip().partition("=") for text in self.all("cookie") for one in text.split(";")
        )
        return next((value.encode() for key, _, value in pairs if key == name), b"")

    def token(self) -> str | None:
        """What stands as token in the address of the page itself; None elsewhere."""
        if self.method != "GET" or self._scope["path"] != "/":
            return None
        told = self._scope["query_string"].decode("latin-1")
        return next((text for name, text in parse_qsl(told) if name == "token"), None)


def _guarded(send: Send) -> Send:
    """Every answer says what a browser may do with it, unless its route has said so."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            if all(name.lower() != CSP for name, _ in headers):
                headers.append((CSP, POLICY.encode()))
            message["headers"] = [*headers, *HEADERS]
        await send(message)

    return guarded


def _plain(said: str) -> Iterable[tuple[bytes, bytes]]:
    length = str(len(said.encode())).encode()
    yield from ((b"content-type", b"text/plain; charset=utf-8"), (b"content-length", length))
    yield from (*HEADERS, (CSP, POLICY.encode()))


async def _answer(send: Send, refusal: Refusal) -> None:
    headers = list(_plain(refusal.said))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": refusal.said.encode(), "more_body": False})


async def _refuse_socket(scope: Scope, send: Send, refusal: Refusal) -> None:
    """In words where the server can say them before there is a socket."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1008, "reason": refusal.said})
        return
    say = cast(Callable[[object], Awaitable[None]], send)  # Litestar does not know this extension
    start, body = "websocket.http.response.start", "websocket.http.response.body"
    await say({"type": start, "status": refusal.status, "headers": list(_plain(refusal.said))})
    await say({"type": body, "body": refusal.said.encode()})
