"""A request as the gate reads it, and the short answers that are given before any route."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from litestar.types import Receive, Scope, Send

POLICY: Final = (
    "default-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
CSP: Final = b"content-security-policy"
REFERRER: Final = b"referrer-policy"
HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
USUAL: Final = ((REFERRER, b"no-referrer"), (CSP, POLICY.encode()))
"""What a route may say otherwise of its own page."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody is sent away."""

    status: int
    said: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Asked:
    """What a request says of itself."""

    def __init__(self, scope: Scope) -> None:
        self._headers = [
            (name.decode("latin-1").lower(), text.decode("latin-1"))
            for name, text in scope["headers"]
        ]
        self.path = str(scope["path"])
        self._query: bytes = scope.get("query_string", b"")
        self.method = str(scope.get("method", ""))

    def all(self, name: str) -> list[str]:
        """Every header of a name."""
        return [text for each, text in self._headers if each == name]

    def kind(self) -> list[str]:
        """What the body is said to be."""
        return [one.partition(";")[0].strip() for one in self.all("content-type")]

    def cookie(self, name: str) -> bytes:
        """A cookie's text; empty without it. Other programs here may write theirs in any way."""
        pairs = (
            one.strip().partition("=") for text in self.all("cookie") for one in text.split(";")
        )
        return next((value.encode() for key, _, value in pairs if key == name), b"")

    def token(self) -> str | None:
        """What stands as token in the address of the page itself; None elsewhere."""
        if self.method != "GET" or self.path != "/":
            return None
        told = self._query.decode("latin-1")
        return next((text for name, text in parse_qsl(told) if name == "token"), None)


def same(told: bytes, kept: bytes) -> bool:
    """Whether two texts are one; how long that takes tells nothing of where they differ."""
    return secrets.compare_digest(told, kept)


async def whole_body(receive: Receive, most: int) -> bytes | None:
    """The body of a request; None where it is longer, or whoever sends it has gone."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message["body"]
        if len(body) > most:
            return None
        if not message["more_body"]:
            return body


def plain(said: str) -> Iterable[tuple[bytes, bytes]]:
    """The headers of a sentence."""
    length = str(len(said.encode())).encode()
    yield from ((b"content-type", b"text/plain; charset=utf-8"), (b"content-length", length))
    yield from (*HEADERS, *USUAL)


async def refuse(send: Send, refusal: Refusal) -> None:
    """Say no, in a sentence."""
    headers = [*plain(refusal.said), *refusal.headers]
    await answer(send, refusal.status, headers, refusal.said.encode())


async def lead_to(send: Send, path: str, ticket: str | None = None) -> None:
    """Have a browser open another address of ours, with a cookie of this start from here on."""
    cookie = [] if ticket is None else [(b"set-cookie", ticket.encode())]
    headers = [(b"location", path.encode()), *cookie, (b"content-length", b"0"), *HEADERS, *USUAL]
    await answer(send, 303, headers, b"")


async def answer(
    send: Send, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes
) -> None:
    """A whole answer."""
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body, "more_body": False})
